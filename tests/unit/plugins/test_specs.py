# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the actions accept is what the documentation says, word for word."""

from __future__ import annotations

import ast
import importlib
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[3]
PACKAGE = "ansible_collections.holdfast.network.plugins"
MODULES = sorted(path.stem for path in (ROOT / "plugins/modules").glob("*.py") if path.stem != "__init__")
ACTIONS = sorted(path.stem for path in (ROOT / "plugins/action").glob("*.py") if path.stem != "__init__")
RULES = ("type", "elements", "choices", "default", "required")


def fragment(name: str) -> dict[str, Any]:
    """``holdfast.network.FILE[.PART]``, or one of ``ansible.builtin``, as a dictionary."""
    namespace, _collection, file, *part = name.split(".")
    package = "ansible.plugins" if namespace == "ansible" else PACKAGE
    cls = importlib.import_module(f"{package}.doc_fragments.{file}").ModuleDocFragment
    found: dict[str, Any] = yaml.safe_load(getattr(cls, part[0].upper() if part else "DOCUMENTATION"))
    return found


def documented(kind: str, name: str) -> dict[str, Any]:
    """Options of a plugin's documentation, with those of its fragments."""
    tree = ast.parse((ROOT / "plugins" / kind / f"{name}.py").read_text())
    texts = [
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "DOCUMENTATION"
    ]
    page = yaml.safe_load(texts[0])
    options = dict(page.get("options") or {})
    for one in page.get("extends_documentation_fragment") or []:
        options.update(fragment(one).get("options") or {})
    return options


def rules(options: Any) -> dict[str, dict[str, Any]]:
    """What a program can see of options: defaults that mean the same compare equal."""
    found = {}
    for name, given in options.items():
        kept = {rule: given[rule] for rule in RULES if rule in given and given[rule] not in (None, False)}
        kept.setdefault("type", "str")
        if given.get("default") is False:
            kept["default"] = False
        if kept["type"] == "float" and "default" in kept:
            kept["default"] = float(kept["default"])
        found[name] = kept
    return found


def spec(name: str) -> Any:
    return importlib.import_module(f"{PACKAGE}.action.{name}").ActionModule.SPEC


def test_every_action_has_its_documentation_and_the_other_way() -> None:
    assert MODULES == ACTIONS and len(MODULES) >= 12


@pytest.mark.parametrize("name", MODULES)
def test_an_action_takes_what_its_documentation_says(name: str) -> None:
    assert rules(spec(name)) == rules(documented("modules", name))


def test_the_facts_module_takes_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    facts = importlib.import_module(f"{PACKAGE}.modules.facts")
    seen: dict[str, Any] = {}

    class Stop(Exception):
        pass

    def module(**given: Any) -> None:
        seen.update(given)
        raise Stop

    monkeypatch.setattr(facts, "AnsibleModule", module)
    with pytest.raises(Stop):
        facts.main()
    assert rules(seen["argument_spec"]) == rules(spec("facts")) and seen["supports_check_mode"]


def test_every_option_of_the_connection_is_documented_and_used() -> None:
    pinned = importlib.import_module(f"{PACKAGE}.connection.pinned")
    requester = importlib.import_module(f"{PACKAGE}.plugin_utils.requester")
    options = fragment("holdfast.network.connection")["options"]
    assert set(options) == {*pinned.OPTIONS, "queue_timeout"}
    named = {
        "host",
        "port",
        "user",
        "platform",
        "driver",
        "connect_timeout",
        "command_timeout",
        "enable_secret",
        "priority",
    }
    assert set(pinned.OPTIONS) == {*named, *requester.SECRETS.values(), *requester.TRANSPORT}


def test_every_option_of_the_connection_can_be_set_for_a_host() -> None:
    for name, given in fragment("holdfast.network.connection")["options"].items():
        variables = [one["name"] for one in given["vars"]]
        assert any(v.startswith(("ansible_", "holdfast_", "inventory_")) for v in variables), name
        for one in given.get("env", []):
            assert re.fullmatch(r"(HOLDFAST|ANSIBLE)_[A-Z_]+", one["name"])


def test_no_secret_has_a_place_in_a_file() -> None:
    options = fragment("holdfast.network.connection")["options"]
    for name in ("password", "private_key", "passphrase", "enable_secret", "proxy"):
        assert "ini" not in options[name] and "default" not in options[name]


def test_one_version_for_all() -> None:
    version = importlib.import_module(f"{PACKAGE}.plugin_utils.broker.version").COLLECTION_VERSION
    assert yaml.safe_load((ROOT / "galaxy.yml").read_text())["version"] == version
