# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The artifact installed where the checkout is not, and what somebody new would try first."""

from __future__ import annotations

import json
import os
import signal
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.lab.emulated import EmulatedLab
from tests.lab.emulated.topology import standalone
from tests.packaging.conftest import ROOT, Installation

KINDS = {"module": "modules", "connection": "connection", "inventory": "inventory", "filter": "filter"}
KINDS |= {"callback": "callback"}


def test_the_installation_is_the_artifact_and_the_only_one(installed: Installation) -> None:
    listed = json.loads(installed.run("ansible-galaxy", "collection", "list", "--format", "json").stdout)
    holders = [path for path, found in listed.items() if "holdfast.network" in found]
    assert holders == [str(installed.collections / "ansible_collections")]
    verified = installed.run("ansible-galaxy", "collection", "verify", "holdfast.network", "--offline")
    assert verified.returncode == 0 and "internally consistent" in verified.stdout, verified.stdout + verified.stderr


@pytest.mark.parametrize("kind", KINDS)
def test_every_plugin_is_documented(installed: Installation, kind: str) -> None:
    there = {path.stem for path in (ROOT / "plugins" / KINDS[kind]).glob("*.py")} - {"__init__"}
    names = sorted(f"holdfast.network.{name}" for name in there)
    done = installed.run("ansible-doc", "--json", "-t", kind, *names)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert sorted(told) == names
    for name, page in told.items():
        assert page["doc"]["version_added"] == "0.1.0" and page["doc"]["short_description"], name
        assert page["examples"] or kind in ("callback", "connection"), f"{name} has no example"


def test_every_role_is_documented(installed: Installation) -> None:
    roles = sorted(f"holdfast.network.{path.name}" for path in (ROOT / "roles").iterdir() if path.is_dir())
    told = json.loads(installed.run("ansible-doc", "--json", "-t", "role", *roles).stdout)
    assert sorted(told) == roles
    assert all(page["entry_points"] for page in told.values())


def test_a_playbook_without_an_inventory_says_what_is_missing(installed: Installation) -> None:
    for name in ("change", "rollback", "validate"):
        done = installed.run("ansible-playbook", f"holdfast.network.{name}")
        assert done.returncode == 2, f"{name}: {done.stdout}"
        assert "there is no device" in done.stdout and "name an inventory with -i" in done.stdout


def test_hosts_that_are_not_there_are_not_a_success(installed: Installation) -> None:
    done = installed.run("ansible-playbook", "holdfast.network.change", "-i", "r1,", "-e", "holdfast_hosts=r2")
    assert done.returncode == 2 and "there is no device to change" in done.stdout


def test_a_change_without_lines_says_which_variables_there_are(installed: Installation) -> None:
    done = installed.run("ansible-playbook", "holdfast.network.change", "-i", "r1,")
    assert done.returncode == 2
    assert "give the configuration as change_lines, change_src or change_template" in done.stdout
    assert not (installed.directory / "reports").exists(), "nothing was tried, so there is nothing to report"


def test_discovery_and_drift_say_what_they_need(installed: Installation) -> None:
    assert "seeds: none given; name addresses" in installed.run("ansible-playbook", "holdfast.network.discover").stdout
    drift = installed.run("ansible-playbook", "holdfast.network.drift")
    assert drift.returncode == 2 and "-e holdfast_source=netbox, or nautobot" in drift.stdout


def test_sessions_without_a_broker(installed: Installation, runtime: dict[str, str]) -> None:
    done = installed.run("ansible-playbook", "holdfast.network.sessions", **runtime)
    assert done.returncode == 0 and "no broker is running, so there are no sessions" in done.stdout


@pytest.fixture
def runtime(tmp_path: Path) -> Iterator[dict[str, str]]:
    """A broker of its own for what runs with these variables; it is ended afterwards."""
    with tempfile.TemporaryDirectory(prefix="hf-") as directory:
        yield {"HOLDFAST_RUNTIME_DIR": directory, "HOLDFAST_STATE_DIR": str(tmp_path / "state")}
        for pid in _brokers(directory):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)


def _brokers(runtime: str) -> dict[int, str]:
    """{process id: the file that it runs} of the brokers with this runtime directory."""
    found = {}
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            words = path.read_text().split("\0")
            if runtime in words and words[1].endswith("bootstrap.py"):
                found[int(path.parent.name)] = words[1]
    return found


def test_a_command_and_a_change_on_a_device(installed: Installation, runtime: dict[str, str], tmp_path: Path) -> None:
    with EmulatedLab(standalone(1), directory=tmp_path / "lab") as lab:
        inventory = str(lab.write_inventory())
        ask = ("-i", inventory, "all", "-m", "holdfast.network.command", "-a", "commands='show version'")
        done = installed.run("ansible", *ask, **runtime)
        assert done.returncode == 0 and "SUCCESS" in done.stdout, done.stdout + done.stderr
        change = ("-i", inventory, "-e", '{"change_lines": ["ntp server 192.0.2.123"]}', "--check", "--diff")
        done = installed.run("ansible-playbook", "holdfast.network.change", *change, **runtime)
        assert done.returncode == 0 and "+ntp server 192.0.2.123" in done.stdout, done.stdout + done.stderr
        programs = list(_brokers(runtime["HOLDFAST_RUNTIME_DIR"]).values())
        assert len(programs) == 1 and programs[0].startswith(str(installed.path)), "the broker is the installed one"
