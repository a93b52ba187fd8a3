# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Device state through the broker: one trip for any number of features."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .broker.errors import Unsupported
from .broker.version import COLLECTION_VERSION
from .state.features import Collected, collect, feature_names, getters_for
from .state.snapshots import make_snapshot

Call = Callable[..., Any]


class DeviceReader:
    """What checks read from: ``features`` fresh at each call, ``ping`` from the device."""

    def __init__(self, call: Call, timeout: float | None = None) -> None:
        self._call = call
        self._timeout = timeout

    def collect(self, names: Sequence[str], option: str = "features") -> Collected:
        """The features that the platform has, and why others are missing."""
        wanted = feature_names(names, option)
        return collected(wanted, self._call("get", {"getters": needed(wanted)}, self._timeout))

    def features(self, names: Sequence[str]) -> dict[str, Any]:
        """Raises Unsupported for a feature that the platform has not."""
        found = self.collect(names)
        if found.skipped:
            raise Unsupported("; ".join(found.skipped.values()), features=found.skipped)
        return found.features

    def snapshot(self, names: Sequence[str], *, host: str, platform: str, label: str) -> dict[str, Any]:
        """The device as it is now, in the form of a saved snapshot."""
        found = self.collect(names)
        return make_snapshot(
            host=host,
            platform=platform,
            label=label,
            features=found.features,
            skipped=found.skipped,
            collection_version=COLLECTION_VERSION,
        )

    def ping(self, destination: str, **options: Any) -> dict[str, Any]:
        """NAPALM's ping dictionary."""
        return dict(self._call("ping", {"destination": destination, "options": options}, self._timeout))

    def getter(self, name: str, arguments: Mapping[str, Any]) -> Any:
        """What one of NAPALM's getters gives. Raises Unsupported."""
        answer = self._call("get", {"getters": [name], "arguments": {name: dict(arguments)}}, self._timeout)
        if name in answer["unsupported"]:
            raise Unsupported(answer["unsupported"][name])
        return answer["data"][name]


class SavedReader:
    """What checks read from when they look at a saved snapshot instead of the device."""

    def __init__(self, snapshot: Mapping[str, Any]) -> None:
        self._features: Mapping[str, Any] = snapshot["features"]
        self._label = str(snapshot["metadata"].get("label", ""))

    def features(self, names: Sequence[str]) -> dict[str, Any]:
        """Raises Unsupported for a feature that the snapshot has not."""
        missing = [name for name in names if name not in self._features]
        if missing:
            words = f"the snapshot '{self._label}' has no {', '.join(missing)}"
            raise Unsupported(words, features=dict.fromkeys(missing, words))
        return {name: self._features[name] for name in names}

    def ping(self, destination: str, **options: Any) -> dict[str, Any]:
        raise Unsupported(f"a snapshot cannot tell whether the device reaches {destination}: leave after out for that")

    def getter(self, name: str, arguments: Mapping[str, Any]) -> Any:
        raise Unsupported(f"a snapshot has features and not what {name} gives: leave after out for that")


def needed(names: Sequence[str]) -> list[str]:
    """What to ask the broker's ``get`` for."""
    return getters_for(names) + (["config"] if "config" in names else [])


def collected(names: Sequence[str], answer: Mapping[str, Any]) -> Collected:
    """Features out of the answer of ``get``."""
    data, unsupported = answer["data"], answer["unsupported"]
    return collect(names, lambda some: _given(some, data, unsupported), lambda: _config(data, unsupported))


def _given(getters: list[str], data: Mapping[str, Any], unsupported: Mapping[str, str]) -> Mapping[str, Any]:
    missing = [getter for getter in getters if getter in unsupported]
    if missing:
        raise Unsupported(unsupported[missing[0]], getters=missing[:1])
    return data


def _config(data: Mapping[str, Any], unsupported: Mapping[str, str]) -> str:
    if "config" in unsupported:
        raise Unsupported(unsupported["config"])
    return str(data["config"])


def as_ansible_facts(features: Mapping[str, Any]) -> dict[str, Any]:
    """``net_*`` facts, and every feature under ``holdfast``."""
    facts: dict[str, Any] = {"holdfast": dict(features)}
    device = features.get("facts") or {}
    for name, key in (("vendor", "vendor"), ("model", "model"), ("serial", "serial_number"), ("version", "os_version")):
        if key in device:
            facts[f"net_{name}"] = device[key]
    for name in ("hostname", "fqdn", "uptime"):
        if name in device:
            facts[f"net_{name}"] = device[name]
    if "interfaces" in features:
        facts["net_interfaces"] = features["interfaces"]
    return facts
