# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What differs between two states of a device: structured, in a fixed order, without what changes by itself."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NotRequired, TypedDict

from ..broker.errors import BadInput
from .features import FEATURES, feature_names
from .names import natural
from .paths import Path, Patterns, compile_patterns

_MISSING: Any = object()


class Difference(TypedDict):
    """``before`` and ``after`` are the values; for a configuration its removed and added lines, and ``diff``
    is the unified diff."""

    path: str
    kind: Literal["added", "removed", "changed"]
    before: Any
    after: Any
    diff: NotRequired[str]


@dataclass(frozen=True)
class Comparison:
    """``features`` were compared; ``not_compared`` are in only one of the two snapshots."""

    differences: list[Difference]
    features: list[str]
    not_compared: list[str]

    @property
    def differs(self) -> bool:
        return bool(self.differences)

    @property
    def text(self) -> str:
        return render(self.differences)


def compare_snapshots(
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    features: Sequence[str] | None = None,
    exclude: Iterable[str] = (),
) -> Comparison:
    """Compare two snapshots in the features named, or in all they share.

    Raises BadInput when a named feature is missing in one of them, or a pattern is wrong.
    """
    old, new = before["features"], after["features"]
    shared = [name for name in FEATURES if name in old and name in new]
    wanted = list(feature_names(features)) if features else shared
    for name in wanted:
        for snapshot in (before, after):
            if name not in snapshot["features"]:
                raise BadInput(_not_there(name, snapshot["metadata"]), option="features")
    found = diff_features({n: old[n] for n in wanted}, {n: new[n] for n in wanted}, exclude)
    return Comparison(found, wanted, [] if features else sorted(set(old) ^ set(new)))


def _not_there(name: str, metadata: Mapping[str, Any]) -> str:
    reason = metadata.get("skipped", {}).get(name)
    why = f" ({reason})" if reason else ""
    return (
        f"features: {name!r} is not in snapshot {metadata.get('label')!r} of {metadata.get('host')}{why}; "
        f"it has: {', '.join(metadata.get('features', [])) or 'none'}"
    )


def diff_features(
    before: Mapping[str, Any], after: Mapping[str, Any], exclude: Iterable[str] = (), *, option: str = "exclude"
) -> list[Difference]:
    """Differences of two ``{feature: data}``, in the order of the features, then of their keys.

    Lists have no order: an entry is known by its value, or by the fields that name it (an ARP entry by its
    interface and address). Raises BadInput naming ``option`` for a wrong pattern.
    """
    wanted = [exclude] if isinstance(exclude, str) else list(exclude)
    compile_patterns(wanted, option)
    found: list[Difference] = []
    for name in sorted({*before, *after}, key=lambda n: (list(FEATURES).index(n) if n in FEATURES else 99, n)):
        volatile = FEATURES[name].volatile if name in FEATURES else ()
        walk = _Walk(name, Patterns([*wanted, *volatile]))
        found.extend(walk.differences(before.get(name, _MISSING), after.get(name, _MISSING)))
    return found


class _Walk:
    """Down one feature's data, both sides at once."""

    def __init__(self, feature: str, ignored: Patterns) -> None:
        self.feature = feature
        self.ignored = ignored
        self.identity = FEATURES[feature].identity if feature in FEATURES else ()

    def differences(self, before: Any, after: Any) -> Iterator[Difference]:
        if self.feature == "config" and isinstance(before, str) and isinstance(after, str):
            yield from self._text(before, after)
        else:
            yield from self._value((self.feature,), before, after)

    def _skip(self, path: Path) -> bool:
        return self.ignored.match(path)

    def _value(self, path: Path, before: Any, after: Any) -> Iterator[Difference]:
        if self._skip(path) or before == after:
            return
        old, new = self._keyed(before), self._keyed(after)
        if old is not None and new is not None:
            for key in sorted({*old, *new}, key=natural):
                yield from self._value((*path, key), old.get(key, _MISSING), new.get(key, _MISSING))
            return
        name = ".".join(path)
        if before is _MISSING:
            yield Difference(path=name, kind="added", before=None, after=self._pruned(path, after))
        elif after is _MISSING:
            yield Difference(path=name, kind="removed", before=self._pruned(path, before), after=None)
        else:
            yield Difference(
                path=name, kind="changed", before=self._pruned(path, before), after=self._pruned(path, after)
            )

    def _keyed(self, value: Any) -> dict[str, Any] | None:
        """A mapping or list as ``{key: value}``; None for anything else. Equal entries of a list get a number."""
        if isinstance(value, Mapping):
            return {str(key): item for key, item in value.items()}
        if not isinstance(value, (list, tuple)):
            return None
        keyed: dict[str, Any] = {}
        for item in sorted(value, key=_canonical):
            key = name = self._name(item)
            count = 1
            while key in keyed:
                count += 1
                key = f"{name} #{count}"
            keyed[key] = item
        return keyed

    def _name(self, item: Any) -> str:
        if isinstance(item, Mapping):
            named = [str(item[field]) for field in self.identity if item.get(field) not in (None, "")]
            return " ".join(named) if named else _canonical(item)
        return item if isinstance(item, str) else _canonical(item)

    def _pruned(self, path: Path, value: Any) -> Any:
        """The value without its ignored parts."""
        keyed = self._keyed(value)
        if keyed is None:
            return value
        kept = {k: self._pruned((*path, k), v) for k, v in keyed.items() if not self._skip((*path, k))}
        return kept if isinstance(value, Mapping) else list(kept.values())

    def _text(self, before: str, after: str) -> Iterator[Difference]:
        if self._skip((self.feature,)):
            return
        sides = []
        for text in (before, after):
            sides.append([line for path, line in config_lines(text) if not self._skip((self.feature, *path))])
        unified = list(difflib.unified_diff(sides[0], sides[1], "before", "after", n=3, lineterm=""))
        if unified:
            yield Difference(
                path=self.feature,
                kind="changed",
                before=[line[1:] for line in unified[2:] if line.startswith("-")],
                after=[line[1:] for line in unified[2:] if line.startswith("+")],
                diff="\n".join(unified),
            )


def config_lines(text: str) -> Iterator[tuple[Path, str]]:
    """Each line of a configuration that is not blank, with the path of lines it is indented under."""
    above: list[tuple[int, str]] = []
    for line in text.splitlines():
        words = line.strip()
        if not words:
            continue
        indent = len(line) - len(line.lstrip())
        while above and above[-1][0] >= indent:
            above.pop()
        above.append((indent, words))
        yield tuple(name for _unused, name in above), line.rstrip()


def render(differences: Iterable[Difference]) -> str:
    """Readable text: a block for each feature, ``+`` added, ``-`` removed, ``~`` changed. Empty for no difference."""
    lines: list[str] = []
    current = ""
    for difference in differences:
        feature, _sep, rest = difference["path"].partition(".")
        if feature != current:
            lines.append(feature)
            current = feature
        if "diff" in difference:
            lines.extend(f"  {line}" for line in difference["diff"].splitlines())
            continue
        name = rest or feature
        before, after = (_canonical(difference[side]) for side in ("before", "after"))
        words = {"added": f"+ {name}: {after}", "removed": f"- {name}: {before}"}
        lines.append("  " + words.get(difference["kind"], f"~ {name}: {before} -> {after}"))
    return "\n".join(lines)


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, default=str, ensure_ascii=False)
