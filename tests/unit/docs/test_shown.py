# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the documents name is there: variables, modules and their options, roles, error codes, checks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.holdfast.network.plugins.plugin_utils.state.checks.contract import definitions

from tests.unit.plugins.test_specs import MODULES, documented

ROOT = Path(__file__).resolve().parents[3]
PAGES = sorted(
    [
        *(ROOT / "docs").glob("*.md"),
        *(ROOT / "docs/guides").glob("*.md"),
        *ROOT.glob("*.md"),
        *ROOT.glob("roles/*/*.md"),
    ]
)
NAMED = re.compile(r"\b(?:holdfast|change|validation|rollback|discovery|record)_\w+")
OTHERS = {"checks", "drivers"}  # groups of entry points
FOREIGN = {"validation_file"}  # an option of NAPALM's own collection


def codes() -> set[str]:
    """Of errors, as the page says that a test of its own compares with the code."""
    return set(re.findall(r"^\| `(\w+)` \|", (ROOT / "docs/errors.md").read_text(), re.MULTILINE))


@cache
def known_variables() -> set[str]:
    """Of roles (arguments, facts), playbooks, connections and inventories; and the codes of errors."""
    found = codes()
    for path in ROOT.glob("roles/*/meta/argument_specs.yml"):
        for entry in yaml.safe_load(path.read_text())["argument_specs"].values():
            found |= set(entry.get("options") or {})
    shown = ["playbooks/*.yml", "roles/*/tasks/*.yml", "plugins/doc_fragments/*.py", "plugins/inventory/*.py"]
    shown += ["plugins/connection/*.py", "execution-environment/awx/settings.yml"]
    for path in (path for pattern in shown for path in ROOT.glob(pattern)):
        found |= set(NAMED.findall(path.read_text()))
    for source in ("netbox", "nautobot"):
        found |= {f"holdfast_{fact}" for fact in documented("inventory", source)["facts"]["choices"]}
    return found


def blocks(path: Path) -> Iterator[Any]:
    for text in re.findall(r"^```yaml\n(.*?)^```", path.read_text(), re.MULTILINE | re.DOTALL):
        yield from yaml.safe_load_all(text)


def mappings(data: Any) -> Iterator[dict[str, Any]]:
    """Every mapping inside."""
    if isinstance(data, dict):
        yield data
    for value in data.values() if isinstance(data, dict) else data if isinstance(data, list) else ():
        yield from mappings(value)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_variables_exist(path: Path) -> None:
    text = path.read_text()
    used = {name for block in blocks(path) for mapping in mappings(block) for name in map(str, mapping)}
    used |= set(re.findall(r"`(\w+)`", text)) | set(re.findall(r"-e (\w+)=", text))
    assert {name for name in used if NAMED.fullmatch(name)} - known_variables() - FOREIGN == set()


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_plugins_and_their_options_exist(path: Path) -> None:
    there = {one.stem for kind in ROOT.glob("plugins/*") for one in kind.glob("*.py")} | OTHERS
    there |= {one.stem for one in [*ROOT.glob("playbooks/*"), *ROOT.glob("roles/*")]}
    assert set(re.findall(r"(?<![\w.])holdfast\.network\.(\w+)", path.read_text())) - there == set()
    for mapping in (mapping for block in blocks(path) for mapping in mappings(block)):
        for module in MODULES:
            options = mapping.get(f"holdfast.network.{module}")
            if isinstance(options, dict):
                assert set(options) - set(documented("modules", module)) == set(), f"options of {module}"
        plugin = str(mapping.get("plugin", "")).removeprefix("holdfast.network.")
        if (ROOT / f"plugins/inventory/{plugin}.py").is_file():
            assert set(mapping) - set(documented("inventory", plugin)) == set(), f"options of {plugin}"


def test_the_guide_shows_every_built_in_check() -> None:
    path = ROOT / "docs/guides/validation-catalogue.md"
    shown = {str(mapping["check"]) for block in blocks(path) for mapping in mappings(block) if "check" in mapping}
    listed = set(re.findall(r"^\| \[`(\w+)`\]\(\.\./validation\.md#(?:\1)\) \|", path.read_text(), re.MULTILINE))
    headings = set(re.findall(r"^### `(\w+)`", (ROOT / "docs/validation.md").read_text(), re.MULTILINE))
    assert shown == listed == headings == set(definitions())


def test_the_guide_says_for_every_code_where_to_look() -> None:
    _shown, table = (ROOT / "docs/guides/troubleshooting.md").read_text().split("## Every code")
    rows = re.findall(r"^\| ((?:`\w+` ?)+)\|", table, re.MULTILINE)
    assert sorted(code for row in rows for code in re.findall(r"\w+", row)) == sorted(codes())


@pytest.mark.parametrize(
    "text",
    [
        "`change_confirm_whithin`",
        "ansible-playbook x -e validation_catalog=a",
        "```yaml\nholdfast_platfrom: ios\n```\n",
        "the module holdfast.network.comand",
        "```yaml\n- holdfast.network.config:\n    line: [a]\n```\n",
        "```yaml\nplugin: holdfast.network.netbox\nurll: a\n```\n",
    ],
)
def test_what_does_not_exist_is_found(text: str, tmp_path: Path) -> None:
    path = tmp_path / "page.md"
    path.write_text(text)
    with pytest.raises(AssertionError):
        test_variables_exist(path)
        test_plugins_and_their_options_exist(path)
