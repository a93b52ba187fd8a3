# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The vendors' plugins: found in the folders given, with the options of the host."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.errors import BadInput
from ansible_collections.holdfast.network.plugins.plugin_utils.cliconf.plugins import Platform, network_os

ROOT = Path(__file__).resolve().parents[5]
RULES = {
    "sessions": {
        "type": "boolean",
        "default": True,
        "vars": [{"name": "ansible_x_sessions"}],
        "env": [{"name": "X_S"}],
    },
    "timeout": {"type": "int", "vars": [{"name": "ansible_x_timeout"}]},
    "lines": {"type": "list", "default": []},
}
SCRIPT = """
import importlib.util, sys
from pathlib import Path
spec = importlib.util.spec_from_file_location("bootstrap", {root!r} + "/plugins/plugin_utils/broker/bootstrap.py")
bootstrap = importlib.util.module_from_spec(spec)
spec.loader.exec_module(bootstrap)
bootstrap.mount(Path({root!r}))
import importlib
plugins = importlib.import_module(bootstrap.PACKAGE + ".plugins.plugin_utils.cliconf.plugins")
errors = importlib.import_module(bootstrap.PACKAGE + ".plugins.plugin_utils.broker.errors")
try:
    found = plugins.load("acme.router.os9", [{folder!r}])
    print(found.cliconf.__name__, found.terminal.__name__, found.options({{"ansible_os9_x": "no"}}, {{}}))
except errors.HoldfastError as exc:
    print(exc.message)
"""


def loaded(folder: Path) -> str:
    """What a broker's process makes of it: a process of its own, for imports stay."""
    script = SCRIPT.format(root=str(ROOT), folder=str(folder))
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=folder)
    return done.stdout.strip()


def collection(folder: Path, **plugins: str) -> Path:
    for kind, text in plugins.items():
        path = folder / f"ansible_collections/acme/router/plugins/{kind}/os9.py"
        path.parent.mkdir(parents=True)
        path.write_text(text)
    return folder


@pytest.mark.parametrize(
    ("given", "platform", "name"),
    [
        ("cisco.ios.ios", "cisco_ios", "cisco.ios.ios"),
        ("ios", "cisco_ios", "cisco.ios.ios"),
        ("", "arista_eos", "arista.eos.eos"),
        ("acme.router.os9", "generic", "acme.router.os9"),
    ],
)
def test_names(given: str, platform: str, name: str) -> None:
    assert network_os(given, platform) == name


def test_a_platform_without_plugins() -> None:
    with pytest.raises(BadInput, match="'thing' does not name its plugins"):
        network_os("thing", "generic")


def test_options_come_from_variables_then_environment_then_defaults() -> None:
    platform = Platform("a.b.c", object, object, RULES)
    assert platform.options({}, {}) == {"sessions": True, "timeout": None, "lines": []}
    assert platform.options({"ansible_x_timeout": "5"}, {"X_S": "no"})["timeout"] == 5
    assert platform.options({"ansible_x_sessions": True}, {"X_S": "no"})["sessions"] is True
    assert platform.options({}, {"X_S": "0"})["sessions"] is False


def test_plugins_of_a_collection_are_imported_beside_ours(tmp_path: Path) -> None:
    text = "DOCUMENTATION = '''{options: {x: {type: bool, vars: [{name: ansible_os9_x}]}}}'''\nclass Cliconf: pass\n"
    collection(tmp_path, cliconf=text, terminal="class TerminalModule: pass\n")
    assert loaded(tmp_path) == "Cliconf TerminalModule {'x': False}"


def test_a_collection_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert "install it: ansible-galaxy collection install acme.router" in loaded(tmp_path)


def test_a_library_that_a_plugin_needs_is_named(tmp_path: Path) -> None:
    collection(tmp_path, terminal="import no_such_library\n")
    assert loaded(tmp_path) == "acme.router needs a package: pip install no_such_library"
