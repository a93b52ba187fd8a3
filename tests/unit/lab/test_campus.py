# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A network to be discovered: one piece with loops, each device on its own address, and what they say of each other."""

from __future__ import annotations

import os
import socket
from collections import Counter
from collections.abc import Iterator

import pytest

from tests.lab.emulated import EmulatedLab, campus, own_addresses

from .conftest import Shell

NETWORK = f"127.{10 + os.getpid() % 80}"


@pytest.fixture(scope="module")
def running() -> Iterator[EmulatedLab]:
    """core1 (IOS), core2 (EOS) and dist1 (NX-OS) in a triangle, and acc1 (IOS) on dist1."""
    with EmulatedLab(own_addresses(campus(4, ["ios", "eos", "nxos"]), NETWORK)) as made:
        yield made


@pytest.fixture
def terms(running: EmulatedLab) -> Iterator[dict[str, Shell]]:
    shells = {name: Shell(device) for name, device in running.devices.items()}
    for shell in shells.values():
        shell.ask("terminal length 0")
    yield shells
    for shell in shells.values():
        shell.client.close()
    for name in running.devices:
        running.advertise(name)
    running.clear()


@pytest.mark.parametrize("count", [2, 3, 12, 500])
def test_all_of_it_hangs_together(count: int) -> None:
    topology = own_addresses(campus(count, ["ios", "eos", "nxos"]), NETWORK)
    names = [spec.name for spec in topology.devices]
    assert len(set(names)) == len({spec.host for spec in topology.devices}) == count
    near: dict[str, set[str]] = {name: set() for name in names}
    for link in topology.links:
        near[link.a[0]].add(link.b[0])
        near[link.b[0]].add(link.a[0])
    reached, ahead = {names[0]}, [names[0]]
    while ahead:
        ahead = [there for here in ahead for there in near[here] if there not in reached]
        reached |= set(ahead)
    assert reached == set(names)
    assert max(Counter(end for link in topology.links for end in (tuple(link.a), tuple(link.b))).values()) == 1
    assert len(topology.links) >= count or count < 4  # a tree has one link less


def test_each_device_has_an_address_of_its_own_and_its_makers_server(running: EmulatedLab) -> None:
    banners = {}
    for name, device in running.devices.items():
        with socket.create_connection((device.host, device.port), 5) as connection:
            banners[name] = connection.recv(256).decode().strip()
    assert len({device.host for device in running.devices.values()}) == 4
    assert {device.port for device in running.devices.values()} == {2222}
    assert banners["core1"] == banners["acc1"] == "SSH-2.0-Cisco-1.25"
    assert banners["core2"].startswith("SSH-2.0-OpenSSH_") and banners["dist1"].startswith("SSH-2.0-OpenSSH_")
    known = running.known_hosts.read_text()
    assert all(f"[{device.host}]:2222 " in known for device in running.devices.values())


def test_neighbours_tell_their_addresses(running: EmulatedLab, terms: dict[str, Shell]) -> None:
    for name, others in {"core1": ["core2", "dist1"], "core2": ["core1", "dist1"], "dist1": ["acc1"]}.items():
        said = terms[name].ask("show lldp neighbors detail")
        for other in others:
            assert f"{other}.lab.example" in said and running.devices[other].host in said
    for name, others in {"core1": {"dist1"}, "dist1": {"core1", "acc1"}}.items():
        said = terms[name].ask("show cdp neighbors detail")
        assert {other for other in running.devices if f"Device ID:{other}" in said.replace("ID: ", "ID:")} == others
    running.configure("acc1", "no lldp run")
    assert "acc1" not in terms["dist1"].ask("show lldp neighbors detail")


def test_a_device_tells_what_it_is_told_to_tell(running: EmulatedLab, terms: dict[str, Shell]) -> None:
    running.advertise("core1", name="two words\x07", address="", description="nobody knows")
    for name in ("core2", "dist1"):
        said = terms[name].ask("show lldp neighbors detail")
        assert "two words\x07" in said and "nobody knows" in said
        assert running.devices["core1"].host + "\r" not in said


def test_a_stranger_answers_the_same_to_all(running: EmulatedLab) -> None:
    running.fault("core2", "stranger", text="what?")
    shell = Shell(running.devices["core2"])
    assert [shell.output(line) for line in ("show version", "uname -a")] == ["what?", "what?"]
    shell.client.close()
    running.clear()
