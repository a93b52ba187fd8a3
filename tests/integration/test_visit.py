# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Visits to single devices, through a real broker: how many logins they cost, and what becomes of those that fail."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.holdfast.network.plugins.plugin_utils.broker import lifecycle
from ansible_collections.holdfast.network.plugins.plugin_utils.discovery.records import (
    Candidate,
    Device,
    Failure,
    Neighbor,
)
from ansible_collections.holdfast.network.plugins.plugin_utils.discovery.settings import CredentialSet, VisitSettings
from ansible_collections.holdfast.network.plugins.plugin_utils.discovery.visit import DeviceVisitor

from tests.integration.conftest import Controller
from tests.integration.direct import paths_of
from tests.lab import openssh
from tests.lab.emulated import EmulatedLab, campus, own_addresses

PLATFORMS = {"ios": "cisco_ios", "eos": "arista_eos", "nxos": "cisco_nxos"}
WRONG = CredentialSet("wrong", "admin", "not-the-password")
Make = Callable[..., DeviceVisitor]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmulatedLab]:
    """core1 (IOS), core2 (EOS), dist1 (NX-OS), acc1 (IOS), acc2 (EOS), acc3 (NX-OS): each on its own address."""
    network = f"127.{100 + os.getpid() % 50}"
    topology = own_addresses(campus(6, ["ios", "eos", "nxos"]), network)
    with EmulatedLab(topology, tmp_path_factory.mktemp("campus")) as lab:
        yield lab


@pytest.fixture
def lab(running: EmulatedLab) -> Iterator[EmulatedLab]:
    running.reset_counters()
    yield running
    running.reset()


@pytest.fixture(scope="module")
def controller(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Controller]:
    """One broker for all tests here."""
    made = Controller(tmp_path_factory.mktemp("controller"))
    with pytest.MonkeyPatch.context() as environment:
        for name in ("HOLDFAST_RUNTIME_DIR", "HOLDFAST_STATE_DIR"):
            environment.setenv(name, made.env[name])
        yield made
    made.close()


@pytest.fixture
def visitor(lab: EmulatedLab, controller: Controller) -> Iterator[Make]:
    """Visitors of the lab. The broker has no sessions before, and forgets the failed logins of the test before."""
    with lifecycle.connect(paths_of(controller)) as client:
        for command in ("session.close", "login.reset"):
            client.call(command, {"all": True, "now": True}, timeout=30)
    made: list[DeviceVisitor] = []

    def make(**changes: Any) -> DeviceVisitor:
        values: dict[str, Any] = {
            "credentials": (right(lab),), "transports": ("ssh",), "port": 2222, "known_hosts": str(lab.known_hosts),
            "connect_timeout": 5.0, "command_timeout": 5.0,
        }  # fmt: skip
        made.append(DeviceVisitor(VisitSettings(**{**values, **changes})))
        return made[-1]

    yield make
    for one in made:
        one.close()


def right(lab: EmulatedLab, name: str = "lab", **changes: Any) -> CredentialSet:
    device = lab.devices["core1"]
    values = {"user": device.user, "password": device.password, "enable_secret": device.enable, **changes}
    return CredentialSet(name, **values)


def candidate(lab: EmulatedLab, device: str, **told: Any) -> Candidate:
    return Candidate(lab.devices[device].host, **told)


def visit(visitor: DeviceVisitor, *candidates: Candidate) -> list[Any]:
    async def all_of_them() -> list[Any]:
        return await asyncio.gather(*map(visitor.visit, candidates))

    return asyncio.run(all_of_them())


def found(visitor: DeviceVisitor, one: Candidate) -> Device:
    (device,) = visit(visitor, one)
    assert isinstance(device, Device), device
    return device


def failed(visitor: DeviceVisitor, one: Candidate) -> Failure:
    (failure,) = visit(visitor, one)
    assert isinstance(failure, Failure), failure
    return failure


def logins(lab: EmulatedLab) -> dict[str, int]:
    return {name: row["logins"] + row["failed_logins"] for name, row in lab.all_counters().items()}


# -- what a visit costs ---------------------------------------------------------------------------------------------


def test_one_login_a_device_whatever_it_is_and_none_for_the_plays_that_follow(
    lab: EmulatedLab, visitor: Make, controller: Controller
) -> None:
    devices = visit(visitor(), *(candidate(lab, name) for name in lab.devices))
    assert [device.name for device in devices] == list(lab.devices)
    assert [device.platform for device in devices] == [PLATFORMS[one.platform] for one in lab.devices.values()]
    assert logins(lab) == dict.fromkeys(lab.devices, 1)

    hosts = {}
    for device in devices:
        hosts[device.name] = {
            "ansible_host": device.address, "ansible_port": device.port, "holdfast_platform": device.platform,
            "holdfast_driver": device.driver, "ansible_connection": "holdfast.network.pinned",
            "ansible_user": "admin", "ansible_password": lab.devices[device.name].password,
            "holdfast_enable_secret": lab.devices[device.name].enable, "holdfast_known_hosts": str(lab.known_hosts),
        }  # fmt: skip
    inventory = controller.directory / "discovered.yml"
    inventory.write_text(yaml.safe_dump({"all": {"hosts": hosts}}))
    task = {"name": "ask", "holdfast.network.command": {"commands": ["show version"]}}
    run = controller.playbook(inventory, [task])
    assert run.rc == 0, run.stdout
    assert logins(lab) == dict.fromkeys(lab.devices, 1)

    again = visitor()
    assert visit(again, *(candidate(lab, name) for name in lab.devices)) == devices
    assert logins(lab) == dict.fromkeys(lab.devices, 1)
    assert again.logins == 0


def test_a_record_is_complete(lab: EmulatedLab, visitor: Make) -> None:
    device = found(visitor(), candidate(lab, "core2"))
    assert (device.vendor, device.model, device.version) == ("Arista", "vEOS-lab", "4.33.1F")
    assert (device.serial, device.chassis_id, device.role) == ("LAB00000002", "00:50:00:00:02:00", "switch")
    assert (device.via, device.driver, device.credential, device.port) == ("ssh", "netmiko", "lab", 2222)
    ports = {one.name: one for one in device.interfaces}
    assert ports["Management0"].addresses == (f"{device.address}/16",)
    assert (ports["Ethernet1"].up, ports["Ethernet1"].mac, ports["Ethernet1"].mtu) == (True, "00:50:00:00:02:01", 1500)
    near = {(one.interface, one.name, one.port): one for one in device.neighbors}
    core1 = near["Ethernet1", "core1.lab.example", "GigabitEthernet0/1"]
    assert (core1.address, core1.chassis_id) == (lab.devices["core1"].host, "00:50:00:00:01:00")
    assert "Cisco IOS Software" in core1.platform


@pytest.mark.parametrize("hint", ["Arista Networks EOS version 4.33.1F", "Huawei Technologies", "Linux", "no idea"])
def test_a_wrong_hint_costs_nothing_and_changes_nothing(lab: EmulatedLab, visitor: Make, hint: str) -> None:
    device = found(visitor(), candidate(lab, "acc1", name="acc1", platform=hint))
    assert (device.platform, device.serial) == ("cisco_ios", "9LAB0000004")
    assert logins(lab)["acc1"] == 1


def test_lldp_and_cdp_complete_each_other(lab: EmulatedLab, visitor: Make) -> None:
    lab.configure("acc1", "no lldp run")
    heard = {(one.name, one.protocol) for one in found(visitor(), candidate(lab, "dist1")).neighbors}
    assert ("acc1.lab.example", "cdp") in heard
    assert ("acc1.lab.example", "lldp") not in heard
    assert {("acc3.lab.example", "cdp"), ("acc3.lab.example", "lldp")} < heard


@pytest.mark.parametrize("name", ["core1", "core2", "dist1"])
def test_neighbours_that_tell_little_or_strange_things(lab: EmulatedLab, visitor: Make, name: str) -> None:
    others = [one for one in lab.devices if one != name]
    lab.advertise(others[0], name="two words", address="")
    lab.advertise(others[1], name="a\x07b\x1b[1mc", description="x\x00y")
    heard = {one.name: one for one in found(visitor(), candidate(lab, name)).neighbors}
    assert heard["two words"].address is None
    strange = next(one for one in heard if one.startswith("a"))
    assert strange.isprintable()
    assert heard[strange].address == lab.devices[others[1]].host


# -- credentials ----------------------------------------------------------------------------------------------------


def test_sets_are_tried_in_order_and_the_one_that_opened_comes_first(lab: EmulatedLab, visitor: Make) -> None:
    both = visitor(credentials=(WRONG, right(lab)))
    assert found(both, candidate(lab, "core1")).credential == "lab"
    assert lab.counters("core1")["failed_logins"] == 1
    assert found(both, candidate(lab, "core2")).credential == "lab"  # the same subnet
    assert lab.counters("core2")["failed_logins"] == 0
    remembered = visitor(credentials=(WRONG, right(lab)), opened_by={lab.devices["acc1"].host: "lab"})
    assert found(remembered, candidate(lab, "acc1")).credential == "lab"
    assert lab.counters("acc1")["failed_logins"] == 0


def test_a_device_refuses_only_so_often(lab: EmulatedLab, visitor: Make) -> None:
    sets = (*(CredentialSet(f"old{i}", "admin", f"wrong-{i}") for i in range(4)), right(lab))
    failure = failed(visitor(credentials=sets, max_failed_logins=2), candidate(lab, "core1", name="core\x071"))
    assert (failure.code, failure.tried, failure.name) == ("authentication", ("old0", "old1"), "core 1")
    assert "max_failed_logins" in failure.reason
    assert "wrong-" not in str(failure)
    assert lab.counters("core1")["failed_logins"] == 2


def test_the_brokers_lockout_guard_has_the_last_word(lab: EmulatedLab, visitor: Make) -> None:
    sets = tuple(CredentialSet(f"old{i}", "admin", f"wrong-{i}") for i in range(8))
    failure = failed(visitor(credentials=sets, max_failed_logins=8), candidate(lab, "core1"))
    assert failure.code == "login_blocked"
    assert lab.counters("core1")["failed_logins"] < 8


def test_a_set_that_nobody_takes_is_set_aside(lab: EmulatedLab, visitor: Make) -> None:
    wrong_first = visitor(credentials=(WRONG, right(lab)), set_aside_after=2, opened_by={})
    devices = visit(wrong_first, *(candidate(lab, name) for name in lab.devices))
    assert {device.credential for device in devices} == {"lab"}
    assert sum(row["failed_logins"] for row in lab.all_counters().values()) == 2
    assert wrong_first.set_aside == {"wrong": "the first 2 devices refused it"}


def test_logins_keep_their_pace(lab: EmulatedLab, visitor: Make) -> None:
    start = time.monotonic()
    visit(visitor(login_rate=5.0), *(candidate(lab, name) for name in lab.devices))
    assert time.monotonic() - start > (len(lab.devices) - 1) / 5.0


# -- those that cannot be read --------------------------------------------------------------------------------------


def test_each_failure_says_why(lab: EmulatedLab, visitor: Make, tmp_path: Path) -> None:
    empty = tmp_path / "known_hosts"
    empty.touch()
    lab.fault("core2", "black_hole")
    lab.fault("dist1", "hang", command="show version")
    lab.fault("acc1", "vty_exhausted")
    lab.fault("acc2", "drop", command="show interfaces")
    quick = visitor(connect_timeout=2.0, command_timeout=2.0)
    nobody = Candidate(lab.devices["core1"].host.rsplit(".", 1)[0] + ".250")
    names = ("core2", "dist1", "acc1", "acc2")
    failures = visit(quick, nobody, *(candidate(lab, name) for name in names), Candidate("no-such-name.invalid"))
    codes = [one.code for one in failures]
    assert codes == ["unreachable", "connect_failed", "prompt", "connect_failed", "session_lost", "dns"], failures
    strict = visitor(known_hosts=str(empty))
    assert failed(strict, candidate(lab, "core1")).code == "host_key_unknown"


def test_somebody_nobody_knows_is_kept_as_unknown(lab: EmulatedLab, visitor: Make) -> None:
    lab.fault("core1", "stranger")
    device = found(visitor(), candidate(lab, "core1"))
    assert (device.platform, device.name, device.interfaces) == ("unknown", "core1", ())
    assert "no platform that can be detected" in device.notes[0]


# -- other ways (SNMP itself is tested on real routers) --------------------------------------------------------------


def test_eapi_reads_a_device_whose_ssh_is_closed(lab: EmulatedLab, visitor: Make) -> None:
    api = {"eapi_port": 2443, "ca_file": str(lab.directory / "eapi.pem")}
    over_ssh = found(visitor(), candidate(lab, "acc2"))
    lab.fault("acc2", "vty_exhausted")
    over_api = found(visitor(transports=("eapi", "ssh"), **api), candidate(lab, "acc2"))
    assert (over_api.via, over_api.driver, over_api.port) == ("eapi", "pyeapi", 2443)
    for same in ("platform", "serial", "version", "chassis_id", "interfaces", "neighbors"):
        assert getattr(over_api, same) == getattr(over_ssh, same)
    lab.clear("acc2")
    wrong = visitor(transports=("ssh", "eapi"), credentials=(WRONG,), **api)
    assert failed(wrong, candidate(lab, "acc2")).code == "authentication"
    assert lab.counters("acc2")["failed_logins"] == 1  # the same account is not tried again


def test_a_set_for_other_platforms_is_kept_back_and_said_to_be(lab: EmulatedLab, visitor: Make) -> None:
    cisco = visitor(credentials=(right(lab, platforms=("cisco_ios", "cisco_nxos")),))
    failure = failed(cisco, candidate(lab, "core2", platform="Arista Networks EOS version 4.33.1F"))
    assert (failure.code, failure.tried) == ("authentication", ())
    assert "seems to be arista_eos (platforms): lab" in failure.reason
    assert found(cisco, candidate(lab, "core1")).platform == "cisco_ios"  # by its banner


class Agent:
    """What SNMP would say of core1."""

    def __init__(self) -> None:
        near = Neighbor("GigabitEthernet0/1", "core2", "Ethernet1", address="192.0.2.2")
        self.device_ = Device(
            "core1", "core1", "x", platform="cisco_ios", via="snmp", chassis_id="00:50:00:00:01:00", neighbors=(near,)
        )

    async def identify(self, address: str) -> None:
        return None

    async def device(self, address: str) -> Device:
        return replace(self.device_, address=address)


def test_snmp_adds_neighbours_that_a_cli_does_not_tell_and_knows_strangers(lab: EmulatedLab, visitor: Make) -> None:
    both = visitor(transports=("ssh", "snmp"))
    both.snmp = Agent()  # type: ignore[assignment]
    lab.configure("core1", "no lldp run\nno cdp run")
    device = found(both, candidate(lab, "core1"))
    assert (device.via, device.serial, device.chassis_id) == ("ssh", "9LAB0000001", "00:50:00:00:01:00")
    assert [one.name for one in device.neighbors] == ["core2"]
    lab.fault("acc1", "stranger")
    assert found(both, candidate(lab, "acc1")).via == "snmp"
    lab.fault("acc2", "refuse_login")
    by_snmp = found(both, candidate(lab, "acc2"))
    assert (by_snmp.via, by_snmp.role) == ("snmp", "unknown")
    only_ssh = visitor()
    assert found(only_ssh, candidate(lab, "core1")).neighbors == ()


def test_a_linux_box_behind_openssh(visitor: Make) -> None:
    if reason := openssh.obstacle():
        pytest.skip(reason)
    server = openssh.OpenSsh().start()
    try:
        keyed = CredentialSet("key", server.user, private_key_file=str(server.key))
        linux = visitor(credentials=(keyed,), port=server.port, known_hosts=str(server.known_hosts))
        device = found(linux, Candidate(server.host))
        assert (device.platform, device.name) == ("linux", os.uname().nodename)
        assert "lo" in {one.name for one in device.interfaces}
        assert server.logins == 1
    finally:
        server.stop()


def test_a_visit_that_is_given_up_leaves_no_thread_behind(lab: EmulatedLab, visitor: Make) -> None:
    lab.fault("core1", "hang", command="show interfaces")
    patient = visitor(command_timeout=30.0)

    async def give_up() -> None:
        async with asyncio.timeout(2.0):
            await patient.visit(candidate(lab, "core1"))

    with pytest.raises(TimeoutError):
        asyncio.run(give_up())
    start = time.monotonic()
    patient.threads.shutdown(wait=True)
    assert time.monotonic() - start < 2
    lab.clear("core1")  # the broker finishes what has begun on a device
