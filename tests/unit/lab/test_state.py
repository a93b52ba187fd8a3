# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""State comes from both ends of a link."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import yaml
from netmiko import BaseConnection

from tests.lab.emulated import EmulatedLab, leaf_spine, ring, standalone
from tests.lab.emulated.client import ROOT

from .conftest import Shell


def summary(text: str) -> dict[str, str]:
    return dict(re.findall(r"^(\d+\.\S+) .*? (\d+|Idle \(Admin\)|Idle|Active)\s*$", text, re.M))


def test_bgp_follows_both_ends(shell: Callable[[str], Shell], lab: EmulatedLab) -> None:
    term = shell("r1").enable(lab.devices["r1"])

    def peers() -> dict[str, str]:
        return summary(term.ask("show ip bgp summary").replace("\r", ""))

    assert peers() == {"10.0.1.1": "3", "10.0.4.0": "2"}
    lab.configure("r2", "interface Ethernet1\n shutdown")
    assert peers() == {"10.0.1.1": "Idle", "10.0.4.0": "3"}
    assert "GigabitEthernet0/1 is down, line protocol is down" in term.ask("show interfaces Gi0/1")
    assert "r2" not in term.ask("show lldp neighbors")
    lab.configure("r2", "interface Ethernet1\n no shutdown\nrouter bgp 65002\n neighbor 10.0.1.0 shutdown")
    assert peers()["10.0.1.1"] == "Active"
    lab.configure("r2", "router bgp 65002\n no neighbor 10.0.1.0 shutdown\n neighbor 10.0.1.0 remote-as 65009")
    assert peers()["10.0.1.1"] == "Active"
    lab.configure("r2", "router bgp 65002\n neighbor 10.0.1.0 remote-as 65001")
    assert peers() == {"10.0.1.1": "3", "10.0.4.0": "2"}
    lab.configure("r1", "router bgp 65001\n neighbor 10.0.1.1 shutdown")
    assert peers()["10.0.1.1"] == "Idle (Admin)"
    lab.ask("cable", device="r1", port="GigabitEthernet0/2", plugged=False)
    assert peers()["10.0.4.0"] == "Idle"
    lab.ask("cable", device="r1", port="GigabitEthernet0/2", plugged=True)
    assert peers()["10.0.4.0"] == "3"


def test_prefixes_follow_network_statements(shell: Callable[[str], Shell], lab: EmulatedLab) -> None:
    term = shell("r1").enable(lab.devices["r1"])
    assert "172.16.3.0/24" in term.ask("show ip route")
    lab.configure("r3", "interface Loopback1\n shutdown")
    assert "172.16.3.0/24" not in term.ask("show ip route")
    assert "!!!!!" in term.ask("ping 172.16.2.1") and "....." in term.ask("ping 172.16.3.1")


def test_ospf_neighbours(connect: Callable[..., BaseConnection], lab: EmulatedLab) -> None:
    lab.configure("r1", "router ospf 1\n network 10.0.0.0 0.0.255.255 area 0")
    lab.configure("r2", "router ospf 1\n network 10.0.0.0/16 area 0")
    ios = connect("r1")
    shown = ios.send_command("sh ip ospf nei")
    assert re.search(r"172\.16\.2\.1 +1 +FULL/DR .* 10\.0\.1\.1 +GigabitEthernet0/1", shown), shown
    lab.configure("r2", "interface Ethernet1\n ip ospf hello-interval 5")
    assert "FULL" not in ios.send_command("show ip ospf neighbor")


def test_topologies_come_up(tmp_path: Path) -> None:
    with EmulatedLab(leaf_spine(3, 2, ["ios", "eos"])) as lab:
        with_peers = {
            name: len(re.findall("remote-as", lab.running_config(name))) for name in lab.devices
        }  # fmt: skip
        assert with_peers == {"spine1": 3, "spine2": 3, "leaf1": 2, "leaf2": 2, "leaf3": 2}
        inventory = yaml.safe_load(lab.write_inventory(tmp_path / "inventory.yml").read_text())
        assert set(inventory["lab"]["children"]) == {"ios", "eos"}
        assert inventory["lab"]["vars"]["holdfast_known_hosts"] == str(lab.known_hosts)
    assert not ring(1).links and len(ring(2).links) == 1 and not standalone(2).links


def test_command_line(tmp_path: Path) -> None:
    def lab(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "tests.lab.emulated", *words, "--directory", str(tmp_path / "lab")],
            cwd=ROOT, capture_output=True, text=True, timeout=20, check=False,
        )  # fmt: skip

    up = lab("up", "--devices", "3", "--platform", "ios,eos")
    assert up.returncode == 0 and "3 devices are up" in up.stdout, up.stdout + up.stderr
    try:
        assert lab("up").returncode == 1
        assert re.search(r"r2 +ssh \d+ eapi \d+  logins 0", lab("status").stdout)
    finally:
        assert "has ended" in lab("down").stdout
    assert lab("status").returncode == 1
    assert lab("up", "--platform", "junos").returncode == 2
