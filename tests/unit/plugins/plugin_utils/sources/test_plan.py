# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Plans of write-back, without a server: what is unsure is left out, with a reason."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.errors import BadInput
from ansible_collections.holdfast.network.plugins.plugin_utils.discovery.records import Device, Failure, Found, Neighbor
from ansible_collections.holdfast.network.plugins.plugin_utils.sources.model import (
    SourceAddress,
    SourceCable,
    SourceDevice,
    SourceInterface,
    Truth,
)
from ansible_collections.holdfast.network.plugins.plugin_utils.sources.operations import Existing, Plan, Rules, slugs
from ansible_collections.holdfast.network.plugins.plugin_utils.sources.plan import make_plan
from ansible_collections.holdfast.network.plugins.plugin_utils.sources.plan_ports import kind_of

from tests.lab.triangle import triangle

REFERENCES = {
    "location": ("Ulm",), "role": ("router",), "manufacturer": ("Cisco",), "device_type": ("Cisco", "ISR4331"),
    "platform": ("cisco_ios",), "tag": ("holdfast",),
}  # fmt: skip


def existing(truth: Truth, shared: bool = False, **more: Any) -> Existing:
    keys = {kind: {slugs(ref): "1"} for kind, ref in REFERENCES.items()}
    return Existing(truth, keys, shared_addresses=shared, versions=False, **more)


def plan(devices: list[Device], truth: Truth, failures: list[Failure] | None = None, **rules: Any) -> Plan:
    given = existing(truth, **rules.pop("existing", {}))
    return make_plan(Found(devices, failures or []), given, Rules(location="Ulm", role="router", **rules))


def known(*devices: Device) -> Truth:
    """A source that says the same as these devices do, but for cables."""
    truth = Truth()
    for device in devices:
        truth.devices.append(
            SourceDevice(
                device.id, device.name, "active", "Ulm", "router", platform="cisco-ios", vendor="cisco",
                model="ISR4331", serial=device.serial, primary_ip4=device.address,
            )
        )  # fmt: skip
        for port in device.interfaces:
            key = f"{device.id} {port.name}"
            truth.interfaces.append(
                SourceInterface(
                    key, device.id, port.name, True, port.description, port.mac, port.mtu, list(port.addresses)
                )
            )
            truth.addresses += [SourceAddress(address, address, [key]) for address in port.addresses]
    return truth


def done(found: Plan) -> list[tuple[str, str, str]]:
    return [(one.action, one.kind, " ".join(one.ref)) for one in found.operations]


def alone(number: int = 1) -> Device:
    """One of the triangle that tells of no neighbours."""
    return replace(triangle()[number - 1], neighbors=())


def test_the_same_makes_no_operation() -> None:
    device = alone()
    assert done(plan([device], known(device))) == []


def test_spellings_of_ports_platforms_and_macs_are_no_difference() -> None:
    device = alone()
    truth = known(device)
    for port in truth.interfaces:
        port.name = port.name.replace("GigabitEthernet", "Gi")
        port.mac = port.mac and port.mac.upper().replace(":", "-")
    assert done(plan([replace(device, name=f"{device.name}.example.com")], truth)) == []


def test_a_stack_is_one_device_with_the_ports_of_its_members() -> None:
    device = alone()
    truth = known(device)
    truth.devices[0].virtual_chassis, truth.devices[0].vc_master = "stack", True
    truth.devices.append(replace(truth.devices[0], key="second", name="r1-2", serial="other", vc_master=False))
    moved = next(one for one in truth.interfaces if one.name == "GigabitEthernet0/2")
    moved.device = "second"
    assert done(plan([device], truth)) == []


def test_who_it_is_must_be_sure() -> None:
    device = alone()
    elsewhere = known(replace(device, id="9", name="other", serial="other"))
    found = plan([device], elsewhere)
    assert found.operations == [] and "is at the address of the source's other, with another name" in found.skipped[0]
    twins = known(replace(device, id="8", address="10.9.9.8"), replace(device, id="9", address="10.9.9.9"))
    for one in twins.interfaces:
        one.addresses = []
    assert "for sure or not; it is left out" in plan([device], twins).skipped[0]


def test_a_model_follows_the_serial_number_only() -> None:
    device = alone()
    pretty = known(device)
    pretty.devices[0].model = "ISR 4331 Router"
    assert done(plan([device], pretty)) == []
    assert [one[1] for one in done(plan([replace(device, serial="FDO9999")], pretty))] == ["device"]


def test_a_device_that_is_met_at_no_address_of_its_own_gets_one_where_asked() -> None:
    device = replace(alone(), address="192.0.2.7")
    truth = known(alone())
    truth.devices[0].primary_ip4 = None
    assert done(plan([device], truth)) == []
    assert done(plan([device], truth, management_interface="mgmt0")) == [
        ("create", "interface", "r1 mgmt0"),
        ("create", "address", "192.0.2.7/32"),
        ("update", "primary_address", "r1"),
    ]


def test_addresses_of_this_host_or_of_one_link_are_nobodys() -> None:
    device = alone()
    loopback = replace(device.interfaces[0], addresses=("127.0.0.1/8", "fe80::1/64", "::1/128", "0.0.0.0/0"))
    found = plan([replace(device, interfaces=(loopback, *device.interfaces[1:]))], known(device))
    assert done(found) == []


def test_a_mask_changes_and_a_free_address_is_assigned() -> None:
    device = alone()
    truth = known(device)
    truth.addresses[0].address = "10.255.0.1/24"
    truth.addresses[1].interfaces = []
    changes = [one.fields for one in plan([device], truth).operations]
    assert changes == [
        {"interfaces": [("r1", "GigabitEthernet0/1")]},
        {"address": "10.255.0.1/32"},
    ]


def test_an_address_of_a_device_that_was_not_read_stays_where_it_is() -> None:
    r1, r2 = alone(1), alone(2)
    truth = known(r1, r2)
    stolen = replace(r1.interfaces[0], addresses=(*r1.interfaces[0].addresses, "10.255.0.2/32"))
    device = replace(r1, interfaces=(stolen, *r1.interfaces[1:]))
    found = plan([device], truth)
    assert found.operations == [] and "belongs to r2 Loopback0 in the source, which was not read" in found.skipped[0]
    shared = plan([device], truth, existing={"shared": True}).operations
    assert [one.fields for one in shared] == [{"interfaces": [("r1", "Loopback0"), ("r2", "Loopback0")]}]


def test_prefixes_are_made_once_where_addresses_need_them() -> None:
    device = alone()
    truth = known(device)
    truth.addresses = []
    found = plan([device], truth, existing={"prefixes": ["10.0.0.0/16"]})
    assert [one[2] for one in done(found) if one[1] == "prefix"] == ["10.255.0.1/32"]
    refused = plan([device], truth, existing={"prefixes": []}, create=["addresses"])
    assert done(refused) == [] and "has no prefix in the source" in refused.skipped[0]


def test_a_port_with_several_neighbours_or_a_panel_is_left_alone() -> None:
    r1, r2, r3 = triangle()
    crowd = replace(r1, neighbors=(Neighbor("Gi0/1", "r2", "Gi0/1"), Neighbor("Gi0/1", "r3", "Gi0/2")))
    found = plan([crowd, replace(r2, neighbors=()), replace(r3, neighbors=())], known(r1, r2, r3))
    assert done(found) == [] and "r1 GigabitEthernet0/1 has several neighbours" in found.skipped[0]
    truth = known(r1, r2, r3)
    truth.cables = [SourceCable("", ("r1", "GigabitEthernet0/1"), ("r3", "GigabitEthernet0/2"))]
    told = " ".join(plan([r1, r2, r3], truth).skipped)
    assert (
        "r1 GigabitEthernet0/1 - r2 GigabitEthernet0/1 is not in the source, where a port of it leads into a panel"
        in told
    )


def test_a_device_that_could_not_be_read_is_not_pruned() -> None:
    r1, r2, r3 = (alone(number) for number in (1, 2, 3))
    truth = known(r1, r2, r3)
    down = Failure("10.255.0.2", "unreachable", "no answer", name="r2.example.com")
    found = plan([r1], truth, [down], prune=["devices"], existing={"own": {"device": {"r2", "r3"}}})
    assert done(found) == [("delete", "device", "r3")]
    assert found.skipped == ["r2 was not read this time: it is not pruned"]


def test_loops_and_unknown_models_and_platforms_do_no_harm() -> None:
    device = alone()
    odd = replace(
        device, model="", vendor="", platform="unknown", serial="", neighbors=(Neighbor("Gi0/1", "r1", "Gi0/1"),)
    )
    made = plan([odd], Truth(), create=["devices", "manufacturers", "device_types", "interfaces", "cables"])
    fields = next(one.fields for one in made.operations if one.kind == "device")
    assert (fields["vendor"], fields["model"]) == ("Unknown", "Unknown") and "platform" not in fields
    assert not any(one.kind == "cable" for one in made.operations)


@pytest.mark.parametrize(
    ("rules", "words"), [({"location": ""}, "location: is needed"), ({"role": ""}, "role: is needed")]
)
def test_new_devices_need_a_place_and_a_role(rules: dict[str, str], words: str) -> None:
    with pytest.raises(BadInput, match=words):
        make_plan(Found([alone()]), existing(Truth()), Rules(**{"location": "Ulm", "role": "router", **rules}))


def test_what_a_name_tells_of_a_port() -> None:
    names = (
        "Loopback0",
        "lo",
        "Vlan10",
        "GigabitEthernet0/1.20",
        "Port-channel1",
        "bond0",
        "GigabitEthernet0/1",
        "eth0",
    )
    assert [kind_of(name) for name in names] == ["virtual"] * 4 + ["lag"] * 2 + ["other"] * 2


def test_a_thousand_devices_take_no_time() -> None:
    devices = [
        replace(
            alone(), id=f"d{number}", name=f"d{number}", serial=f"S{number}",
            address=f"10.{number // 250}.{number % 250}.1",
            interfaces=tuple(
                replace(port, addresses=(f"10.{number // 250}.{number % 250}.{index + 1}/24",))
                for index, port in enumerate(alone().interfaces)
            ),
            neighbors=(Neighbor("Gi0/1", f"d{number ^ 1}", "Gi0/1"),),
        )
        for number in range(1000)
    ]  # fmt: skip
    start = time.process_time()
    made = plan(devices, Truth())
    assert made.summary()["create"] == {"device": 1000, "interface": 3000, "address": 3000, "cable": 500}
    again = plan(devices, known(*devices), create=["cables"])
    assert again.summary() == {"create": {"cable": 500}}
    assert time.process_time() - start < 8
