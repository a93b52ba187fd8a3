# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The core runs without Ansible: no folder of plugin_utils that it consists of imports it, but one file."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
CORE = ROOT / "plugins" / "plugin_utils"
FOLDERS = ("broker", "cliconf", "discovery", "drift", "drivers", "sources", "state", "testbed", "topology")
#: The vendors' cliconf and terminal plugins raise and expect ansible's errors: this is their connection. It is
#: imported when the first playbook uses holdfast.network.network_cli.
EDGE = CORE / "cliconf" / "adapter.py"
FILES = sorted(path for folder in FOLDERS for path in (CORE / folder).rglob("*.py") if path != EDGE)


def imported(path: Path) -> list[str]:
    """Absolute names of modules that a file imports, at any depth."""
    names = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names.append(node.module or "")
    return names


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(CORE)))
def test_no_file_of_the_core_imports_ansible(path: Path) -> None:
    assert [name for name in imported(path) if name.split(".")[0] in ("ansible", "ansible_collections")] == []


def test_dependencies_point_one_way() -> None:
    """plugin -> client -> wire; server -> sessions -> drivers: a driver needs no more of the broker than its errors."""
    for path in (CORE / "drivers").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and node.level == 2:
                assert node.module == "broker.errors", f"{path.name} imports {node.module}"
    allowed = {"client": {"errors", "wire", ""}, "wire": {"errors"}, "errors": set(), "turns": {"errors"}}
    for name, may in allowed.items():
        tree = ast.parse((CORE / "broker" / f"{name}.py").read_text())
        used = {n.module or "" for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) and n.level}
        assert used <= may, f"{name} imports {used - may}"


def test_all_of_it_is_imported_without_ansible_from_a_folder_of_any_name(tmp_path: Path) -> None:
    """As the broker does it: the checkout need not lie below ansible_collections."""
    (tmp_path / "some-checkout").symlink_to(ROOT)
    modules = [".".join(path.relative_to(ROOT).with_suffix("").parts) for path in FILES if path.name != "__init__.py"]
    script = f"""
import importlib, importlib.util, sys
from pathlib import Path
root = Path({str(tmp_path / "some-checkout")!r})
sys.path[:] = [entry for entry in sys.path if entry and Path(entry) != Path({str(ROOT)!r})]
sys.modules["ansible"] = None
spec = importlib.util.spec_from_file_location("bootstrap", root / "plugins/plugin_utils/broker/bootstrap.py")
bootstrap = importlib.util.module_from_spec(spec)
spec.loader.exec_module(bootstrap)
bootstrap.mount(root)
for name in {modules!r}:
    found = importlib.import_module(bootstrap.PACKAGE + "." + name)
    assert found.__file__.startswith(str(root)), found.__file__
assert not [name for name in sys.modules if name.startswith("ansible.")]
print(len({modules!r}))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.stdout.strip() == str(len(modules)), done.stderr


def test_a_task_loads_no_heavy_library() -> None:
    """What every fork imports: no netmiko, paramiko, napalm, pyeapi, asyncio or hier_config."""
    script = """
import sys
from ansible_collections.holdfast.network.plugins.plugin_utils import requester
heavy = ("netmiko", "paramiko", "napalm", "pyeapi", "hier_config", "asyncio", "textfsm", "genie", "jinja2", "netutils")
print([name for name in heavy if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
