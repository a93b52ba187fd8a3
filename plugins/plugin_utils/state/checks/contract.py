# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a check is: a function of its options and the device's data, registered under a name.

::

    @dataclass(frozen=True)
    class Uptime:
        least: float = option("number", 60)

    @register("uptime", Uptime, features=("facts",))
    def uptime(options: Uptime, context: Context) -> Outcome:
        seconds = context.features["facts"]["uptime"]
        problems = [] if seconds >= options.least else [f"up for {seconds} s only"]
        return Outcome(expected=options.least, actual=seconds, problems=problems)

Packages of other people register theirs by an entry point of the group ``holdfast.network.checks`` that
names the module with the decorated functions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module, metadata
from typing import Any, Protocol, TypeVar

from ...broker.errors import BadInput, UnknownCheck
from ..features import feature_names
from ..names import suggestion

SEVERITIES: tuple[str, ...] = ("low", "medium", "high", "critical")
ENTRY_POINTS = "holdfast.network.checks"

_BUILT_IN = (
    "bgp",
    "config",
    "expression",
    "facts",
    "interfaces",
    "lldp",
    "napalm_validate",
    "no_new_drops",
    "ospf",
    "reachability",
    "routes",
    "unchanged",
)

O = TypeVar("O")  # noqa: E741
O_contra = TypeVar("O_contra", contravariant=True)


@dataclass(frozen=True)
class Context:
    """All that a check may know. ``features`` and ``before`` are {feature: data}; ``before`` is None without a
    snapshot; ``ping`` takes NAPALM's arguments and gives NAPALM's result, ``getter`` does the same for a getter's
    name and its arguments."""

    host: str
    features: Mapping[str, Any]
    before: Mapping[str, Any] | None
    hostvars: Mapping[str, Any]
    ping: Callable[..., Mapping[str, Any]]
    getter: Callable[[str, Mapping[str, Any]], Any]


@dataclass(frozen=True)
class Outcome:
    """A check passes when it found no ``problems``: sentences that name what is wrong. ``tolerance`` of them
    are put up with. ``message`` is for the check that passes."""

    expected: Any
    actual: Any
    problems: Sequence[str] = ()
    message: str = ""
    tolerance: int = 0

    @property
    def passed(self) -> bool:
        return len(self.problems) <= self.tolerance


class CheckFunction(Protocol[O_contra]):
    """The contract. Raises nothing for a state that is wrong: that is an Outcome with problems."""

    def __call__(self, options: O_contra, context: Context, /) -> Outcome: ...


#: features a check reads: fixed, or worked out from its options and the features of the snapshot before
Needs = Sequence[str] | Callable[[Any, Sequence[str]], Sequence[str]]


@dataclass(frozen=True)
class Definition:
    """A registered check. ``needs_before`` are features its snapshot must have; with any, it is skipped when
    there is no snapshot."""

    name: str
    options: type[Any]
    run: CheckFunction[Any]
    needs: Needs = ()
    needs_before: Needs = ()


@dataclass(frozen=True)
class Check:
    """One entry of a catalogue, validated. ``where`` is its place for messages."""

    definition: Definition
    title: str
    options: Any
    where: str
    severity: str = "high"
    tags: tuple[str, ...] = ()
    skip_unsupported: bool = False

    def features(self, before: Sequence[str] = ()) -> tuple[str, ...]:
        """Features it reads from the device; ``before`` are those of the snapshot."""
        return _resolve(self.definition.needs, self.options, before)

    def before(self, before: Sequence[str] = ()) -> tuple[str, ...]:
        """Features it reads from the snapshot before."""
        return _resolve(self.definition.needs_before, self.options, before)


def _resolve(needs: Needs, options: Any, before: Sequence[str]) -> tuple[str, ...]:
    return tuple(needs(options, before) if callable(needs) else needs)


@dataclass
class _Registry:
    checks: dict[str, Definition] = field(default_factory=dict)
    loaded: bool = False


_registry = _Registry()


def register(
    name: str, options: type[O], *, features: Needs = (), before: Needs = ()
) -> Callable[[CheckFunction[O]], CheckFunction[O]]:
    """Decorator that makes a function the check ``name``. A later registration of the name replaces the earlier.

    Raises BadInput for a feature that does not exist, and for the name of a built-in check used elsewhere.
    """
    for needs in (features, before):
        if not callable(needs):
            feature_names(needs, option=f"check {name}")

    def decorate(function: CheckFunction[O]) -> CheckFunction[O]:
        if name in _BUILT_IN and function.__module__.rpartition(".")[0] != __package__:
            raise BadInput(f"check {name}: the name is that of a built-in check; choose another", check=name)
        _registry.checks[name] = Definition(name, options, function, features, before)
        return function

    return decorate


def definition(name: str) -> Definition:
    """The check registered under ``name``. Raises UnknownCheck with the close names."""
    known = definitions()
    if name not in known:
        raise UnknownCheck(f"check {name!r} does not exist; {suggestion(name, known)}", check=name)
    return known[name]


def definitions() -> Mapping[str, Definition]:
    """All checks: built-in ones, and those of entry points."""
    if not _registry.loaded:
        for module in _BUILT_IN:
            import_module(f".{module}", __package__)
        for entry in metadata.entry_points(group=ENTRY_POINTS):
            entry.load()
        _registry.loaded = True
    return _registry.checks
