# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The keeper of Molecule's lab: what it says of routers, and that nothing is left when it or Molecule ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml

from tests.lab.molecule.inventory import ROOT

KEEPER = [sys.executable, "-m", "tests.lab.molecule.keeper"]


class Place:
    """Where Molecule would keep its files."""

    def __init__(self, directory: Path) -> None:
        self.lab, self.inventory, self.state = directory / "lab", directory / "inventory", directory / "state.yml"
        self.inventory.mkdir()

    def up(self, *groups: str) -> list[str]:
        given = [word for group in groups for word in ("--group", group)]
        place = ["--directory", str(self.lab), "--inventory", str(self.inventory), "--forget", str(self.state)]
        return [*KEEPER, "up", *place, *given]

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [*KEEPER, *arguments, "--directory", str(self.lab)]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    def processes(self) -> list[int]:
        return [int(pid) for pid in filter(str.isdigit, os.listdir("/proc")) if self._concerns(pid)]

    def _concerns(self, pid: str) -> bool:
        try:
            return str(self.lab).encode() in Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            return False


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    made = Place(tmp_path)
    yield made
    assert made.run("down").returncode == 0
    assert wait(lambda: not made.processes())


def wait(condition: Callable[[], bool], seconds: float = 20) -> bool:
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.05)
    return condition()


def molecule(place: Place, directory: Path, subcommand: str) -> subprocess.Popen[bytes]:
    """A process that looks like Molecule from below and has a lab made."""
    script = directory / "molecule"
    script.write_text(f"#!/bin/bash\n{' '.join(place.up('edge'))}\necho up\nread\n")
    script.chmod(0o755)
    process = subprocess.Popen(
        [str(script), subcommand], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
    )
    assert process.stdout is not None
    while process.stdout.readline() != b"up\n":
        assert process.poll() is None
    return process


def end(process: subprocess.Popen[bytes]) -> None:
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


def test_up_ask_down(place: Place) -> None:
    done = subprocess.run(place.up("edge", "core"), cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = yaml.safe_load((place.inventory / "groups.yml").read_text())
    assert sorted(found["lab"]["children"]) == ["core", "edge"] and set(found["edge"]["hosts"]) == {
        "edge-ios",
        "edge-eos",
    }
    one = found["edge"]["hosts"]["edge-ios"]
    running = json.loads(place.run("ask", "running", "edge-ios").stdout)
    assert f"router bgp {one['lab_asn']}\n" in running and f"neighbor {one['lab_peer']} " in running
    assert running == (place.lab / "start/edge-ios").read_text() and f"interface {one['lab_port']}\n" in running
    assert json.loads(place.run("ask", "bgp", "edge-ios").stdout) == {one["lab_peer"]: "Established"}
    assert json.loads(place.run("ask", "counters", "edge-ios").stdout)["logins"] == 0
    assert place.run("down").returncode == 0
    assert place.processes() == [] and list(place.inventory.iterdir()) == []


def test_a_second_lab_takes_the_place_of_the_first(place: Place) -> None:
    for _time in range(2):
        subprocess.run(place.up("edge"), cwd=ROOT, check=True)
        assert len(place.processes()) == 2  # the keeper and the lab
        (place.lab / "files/left").write_text("by a scenario")
    assert place.run("down").returncode == 0 and place.run("down").returncode == 0


def test_nothing_is_left_when_molecule_is_killed(place: Place, tmp_path: Path) -> None:
    process = molecule(place, tmp_path, "test")
    place.state.write_text("created: true\n")
    assert len(place.processes()) == 2
    end(process)
    assert wait(lambda: not place.processes())
    assert list(place.inventory.iterdir()) == [] and not place.state.exists()


def test_a_lab_that_was_created_by_hand_stays(place: Place, tmp_path: Path) -> None:
    end(molecule(place, tmp_path, "create"))
    time.sleep(1)
    assert len(place.processes()) == 2


def test_a_lab_that_does_not_start_says_why(place: Place) -> None:
    place.inventory.rmdir()
    done = subprocess.run(place.up("edge"), cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1 and str(place.inventory) in done.stderr
    assert wait(lambda: not place.processes())
