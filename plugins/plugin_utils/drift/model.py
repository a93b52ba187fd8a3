# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What drift is made of: differences between a source of truth and the network, each of one kind."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from ..broker.errors import BadInput
from ..state.names import natural, suggestion

SEVERITIES = ("low", "medium", "high", "critical")
#: each kind: its severity, and what it says
KINDS: Mapping[str, tuple[str, str]] = {
    "missing": ("high", "in the source of truth, not in the network"),
    "unreached": ("medium", "in the source of truth, could not be read"),
    "extra": ("medium", "in the network, not in the source of truth"),
    "replaced": ("high", "other hardware under the same name"),
    "name": ("medium", "other name"),
    "serial": ("high", "other serial number"),
    "model": ("medium", "other model"),
    "platform": ("medium", "other platform"),
    "version": ("low", "other software version"),
    "address": ("high", "primary address that the device does not have"),
    "interface_missing": ("medium", "interface that the device does not have"),
    "interface_extra": ("low", "interface that the source of truth does not have"),
    "interface": ("low", "interface with other settings"),
    "interface_address": ("medium", "interface with other addresses"),
    "cable_missing": ("high", "cable that no device tells of"),
    "cable_extra": ("medium", "cable that the source of truth does not have"),
    "cable": ("high", "cable whose other end differs"),
}
#: what an ignore rule may look at
RULE = ("kind", "device", "interface", "field", "site", "role")
IGNORED_STATUSES = ("planned", "staged", "inventory", "decommissioning", "decommissioned", "retired")


@dataclass(frozen=True, slots=True)
class Difference:
    """``truth`` and ``found`` are what each side says, None where it says nothing. ``device`` is the name in the source
    of truth, or the device's own. ``field`` tells which setting of an interface differs. ``key`` is the source's id
    of the device, ``id`` discovery's, each empty when there is none.
    """

    kind: str
    severity: str
    device: str
    truth: Any
    found: Any
    message: str
    interface: str = ""
    field: str = ""
    site: str = ""
    role: str = ""
    key: str = ""
    id: str = ""

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Options:
    """``ignore`` are mappings of RULE's words to shell patterns: a difference that fits all of one is left out.

    ``version_field`` names the custom field that has the software version. ``unset`` has also compared what the
    source of truth leaves empty.
    """

    kinds: Sequence[str] = tuple(KINDS)
    ignore: Sequence[Mapping[str, str]] = ()
    ignore_statuses: Sequence[str] = IGNORED_STATUSES
    severities: Mapping[str, str] = field(default_factory=dict)
    version_field: str = ""
    unset: bool = False

    def __post_init__(self) -> None:
        """Raises BadInput naming the option, the value and the fix."""
        _known("kinds", self.kinds, KINDS)
        _known("severities", self.severities, KINDS)
        _known("severities", self.severities.values(), SEVERITIES)
        for number, rule in enumerate(self.ignore, start=1):
            if not isinstance(rule, Mapping) or not rule:
                raise BadInput(
                    f"ignore: rule {number} is {rule!r}; give a mapping of some of: {', '.join(RULE)}", option="ignore"
                )
            _known("ignore", rule, RULE)
            kind = str(rule.get("kind", "*"))
            if not any(fnmatchcase(one, kind) for one in KINDS):
                hint = suggestion(kind, KINDS)
                raise BadInput(f"ignore: rule {number}: kind {kind!r} fits no kind; {hint}", option="ignore")

    def kept(self, differences: Iterable[Difference]) -> list[Difference]:
        """Those that are wanted, with their severity, in order."""
        wanted = [one for one in differences if one.kind in self.kinds and not self._ignored(one)]
        order = list(KINDS)
        return sorted(
            wanted,
            key=lambda one: (
                natural(one.device.lower()),
                order.index(one.kind),
                natural(one.interface),
                one.field,
                one.id,
            ),
        )

    def severity(self, kind: str) -> str:
        return self.severities.get(kind, KINDS[kind][0])

    def _ignored(self, one: Difference) -> bool:
        return any(
            all(fnmatchcase(str(getattr(one, word)).lower(), str(pattern).lower()) for word, pattern in rule.items())
            for rule in self.ignore
        )


def _known(option: str, given: Iterable[str], known: Iterable[str]) -> None:
    for one in given:
        if one not in known:
            raise BadInput(f"{option}: {one!r} is none; {suggestion(str(one), known)}", option=option, value=str(one))
