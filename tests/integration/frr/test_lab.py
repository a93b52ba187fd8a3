# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The lab itself: up, down, nothing left behind; several at once; a failed start cleans up."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.lab.frr import FrrLab, LabError
from tests.lab.frr import router as router_module
from tests.lab.frr.system import running
from tests.lab.frr.topology import build, configuration

REPO = Path(__file__).resolve().parents[3]


def traces(name: str) -> set[str]:
    """What the lab of this name has on the host: other tests may have labs of their own at the same time."""
    mine = re.compile(rf"hf-{name}(-.*)?|{name}\.json|\.{name}\.part")
    links = {path.name for path in Path("/sys/class/net").iterdir()}
    mounts = {line.split()[1] for line in Path("/proc/mounts").read_text().splitlines()}
    files = {str(path) for root in ("/etc/netns", "/run/netns", "/run/holdfast-lab") for path in Path(root).glob("*")}
    return {one for one in links | mounts | files if mine.fullmatch(Path(one).name)}


def outside() -> set[str]:
    """Where a lab's daemons would write if they were not kept in namespaces."""
    return {str(path) for root in ("/etc/frr", "/run/frr", "/var/tmp/frr") for path in Path(root).glob("*")}


@pytest.mark.parametrize("shape", ["ring", "leaf-spine"])
def test_up_converge_down_and_nothing_is_left(tmp_path: Path, shape: str) -> None:
    before, name = outside(), f"t{shape[:4]}"
    with FrrLab(4, name=name, shape=shape, directory=tmp_path / "deep" / "lab") as lab:
        assert lab.up_seconds < 15 and traces(name)
        first = [router.pid for router in lab.routers.values()]  # each is its namespace's first: with it all others end
        assert all(map(running, first))
        lab.wait_converged(60)
        assert len(lab.known_hosts.read_text().splitlines()) == 4
    assert not list(tmp_path.iterdir())
    assert not traces(name) and outside() == before and not any(map(running, first))


def test_two_labs_at_once_do_not_meet(lab: FrrLab, tmp_path: Path) -> None:
    with FrrLab(2, directory=tmp_path) as other:
        assert other.name != lab.name
        assert not {one.address for one in other.routers.values()} & {one.address for one in lab.routers.values()}
        assert other.shell("r1", "hostname").strip() == "r1"
        assert other.routers["r1"].password != lab.routers["r1"].password
    assert lab.json("r1", "show bgp ipv4 unicast summary json")["peers"]


def test_a_failed_start_cleans_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = outside()
    broken = tmp_path / "boot.sh"
    broken.write_text("read -r pid _ < /proc/self/stat; echo $pid; echo 'no such daemon' >&2; exit 1\n")
    monkeypatch.setattr(router_module, "_BOOT", broken)
    with pytest.raises(LabError, match="no such daemon"):
        FrrLab(3, name="tfail", directory=tmp_path / "lab").up()
    assert not (tmp_path / "lab").exists()
    assert not traces("tfail") and outside() == before


def test_by_hand(tmp_path: Path) -> None:
    def command(*words: str) -> subprocess.CompletedProcess[str]:
        arguments = [sys.executable, "-m", "tests.lab.frr", *words]
        return subprocess.run(arguments, cwd=REPO, capture_output=True, text=True, check=False)

    up = command("up", "2", "--name", "hand", "--directory", str(tmp_path / "hand"), "--no-wait")
    try:
        assert up.returncode == 0, up.stderr
        inventory = yaml.safe_load((tmp_path / "hand/inventory.yml").read_text())["all"]["children"]["frr"]
        assert inventory["vars"]["ansible_connection"] == "holdfast.network.pinned"
        assert set(inventory["hosts"]) == {"r1", "r2"}
        assert "hand: ring" in command("status").stdout
        again = command("up", "2", "--name", "hand")
        assert again.returncode == 1
        assert "is up already" in again.stderr
    finally:
        down = command("down", "--name", "hand")
    assert down.stdout == "hand: down\n"
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"count": 1}, "count: 1"),
        ({"count": 4, "shape": "star"}, "shape: 'star'"),
        ({"count": 4, "name": "much-too-long"}, "name: 'much-too-long'"),
    ],
)
def test_bad_options_are_named(options: dict[str, object], words: str) -> None:
    with pytest.raises(LabError, match=words):
        FrrLab(**options)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("subnet", "words"), [("10.99.0.1/24", "subnet"), ("198.51.100.0/30", "too small"), ("x", "x")]
)
def test_a_bad_subnet_is_named(subnet: str, words: str, lab: FrrLab) -> None:
    with pytest.raises(LabError, match=words):
        FrrLab(2, subnet=subnet).up()


def test_the_same_subnet_twice_is_refused(lab: FrrLab) -> None:
    network = lab.routers["r1"].address.rsplit(".", 1)[0] + ".0/24"
    with pytest.raises(LabError, match="overlaps"):
        FrrLab(2, subnet=network).up()


def test_every_address_is_used_once() -> None:
    for shape, count in (("ring", 200), ("leaf-spine", 200), ("ring", 2)):
        routers, links = build(count, shape)
        ports = [port.address for router in routers for port in router.ports]
        assert len(set(ports)) == len(ports) == 2 * len(links)
        assert all(f"neighbor {port.peer_address} remote-as" in configuration(routers[0]) for port in routers[0].ports)


def test_logins_are_counted(lab: FrrLab) -> None:
    from .conftest import login

    before = lab.logins("r4")
    driver = login(lab, "r4")
    driver.exec("true")
    driver.send("show version")
    driver.close()
    assert lab.logins("r4") == before + 1
