# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The platform's own cliconf and terminal plugins, imported from the collections of whoever asks.

The broker runs without Ansible's collection loader: the folders are added to the package ``ansible_collections``,
and Python imports from them as from any other. What was imported first stays until the broker ends.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
import threading
import types
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..broker.errors import BadInput, MissingLibrary

PACKAGE = "ansible_collections"
FALLBACK = "ansible.netcommon.default"
_lock = threading.Lock()


class _Missing(BadInput):
    """A collection, or this plugin of it, is in none of the folders."""


@dataclass(frozen=True)
class Platform:
    """Classes of one ``ansible_network_os``; ``rules`` are the cliconf plugin's documented options."""

    network_os: str
    terminal: type[Any]
    cliconf: type[Any]
    rules: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def options(self, variables: Mapping[str, Any], environment: Mapping[str, str]) -> dict[str, Any]:
        """Values of the cliconf plugin's options for one host: variable, else environment, else default."""
        found = {}
        for name, rule in self.rules.items():
            given = [environment[e["name"]] for e in rule.get("env") or () if e["name"] in environment]
            given += [variables[v["name"]] for v in rule.get("vars") or () if v["name"] in variables]
            found[name] = _typed(given[-1] if given else rule.get("default"), str(rule.get("type", "str")))
        return found


def network_os(given: str, platform: str) -> str:
    """``NAMESPACE.COLLECTION.NAME`` for ``cisco.ios.ios``, ``ios`` or, when none is given, netmiko's device type.

    Raises BadInput when there is none.
    """
    if given.count(".") >= 2:
        return given
    from netutils.lib_mapper import ANSIBLE_LIB_MAPPER_REVERSE, NETMIKO_LIB_MAPPER

    name = ANSIBLE_LIB_MAPPER_REVERSE.get(NETMIKO_LIB_MAPPER.get(platform, ""))
    if not name:
        raise BadInput(
            f"ansible_network_os: '{given or platform}' does not name its plugins; write NAMESPACE.COLLECTION.NAME",
            option="ansible_network_os",
            value=given,
        )
    return str(name)


def load(name: str, folders: Sequence[str]) -> Platform:
    """The plugins of ``NAMESPACE.COLLECTION.NAME``. Raises BadInput, MissingLibrary."""
    with _lock:
        _extend(folders)
        if importlib.util.find_spec("ansible.plugins") is None:
            raise MissingLibrary(
                "ansible_connection: holdfast.network.network_cli needs ansible-core where the broker runs: "
                "pip install ansible-core",
                package="ansible-core",
            )
        namespace, _dot, rest = name.partition(".")
        collection, _dot, short = rest.rpartition(".")
        where = f"{namespace}.{collection}"
        terminal = _plugin(where, "terminal", short, folders)
        try:
            cliconf = _plugin(where, "cliconf", short, folders)
        except _Missing:
            cliconf = _plugin("ansible.netcommon", "cliconf", FALLBACK.rpartition(".")[2], folders)
        return Platform(name, terminal.TerminalModule, cliconf.Cliconf, _rules(cliconf))


def _plugin(collection: str, kind: str, name: str, folders: Sequence[str]) -> types.ModuleType:
    module = f"{PACKAGE}.{collection}.plugins.{kind}.{name}"
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as exc:
        missing = str(exc.name)
        if not missing.startswith(PACKAGE):
            raise MissingLibrary(f"{collection} needs a package: pip install {missing}", package=missing) from exc
        parts = missing.split(".")[1:3]
        needed = ".".join(parts) if len(parts) == 2 else collection
        raise _Missing(
            f"ansible_network_os: the {kind} plugin {collection}.{name} cannot be imported, {missing} is in none of "
            f"{', '.join(folders) or 'the collection folders'}; install it: ansible-galaxy collection install {needed}",
            option="ansible_network_os",
            value=f"{collection}.{name}",
        ) from exc


def _extend(folders: Sequence[str]) -> None:
    package = sys.modules.get(PACKAGE) or types.ModuleType(PACKAGE)
    sys.modules[PACKAGE] = package
    known = list(getattr(package, "__path__", ()))
    for folder in (*folders, *sys.path):
        path = folder if os.path.basename(folder) == PACKAGE else os.path.join(folder, PACKAGE)
        if path not in known and os.path.isdir(path):
            known.append(path)
    package.__path__ = known
    importlib.invalidate_caches()


def _rules(module: types.ModuleType) -> dict[str, dict[str, Any]]:
    """Options of a plugin's DOCUMENTATION."""
    import yaml

    text = getattr(module, "DOCUMENTATION", None)
    documented = yaml.safe_load(text) if text else None
    options = documented.get("options") if isinstance(documented, dict) else None
    return dict(options or {})


def _typed(value: Any, kind: str) -> Any:
    if value is None:
        return None
    if kind in ("bool", "boolean"):
        return value if isinstance(value, bool) else str(value).strip().lower() in ("1", "true", "yes", "on", "y", "t")
    if kind in ("int", "integer"):
        return int(value)
    if kind == "float":
        return float(value)
    if kind == "list" and isinstance(value, str):
        return [entry.strip() for entry in value.split(",")]
    return value
