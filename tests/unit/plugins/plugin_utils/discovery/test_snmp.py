# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A whole device read from a local agent, and the order in which credentials are tried.

Real agents are read in tests/integration/frr/test_snmp.py.
"""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.errors import BadInput, Unreachable
from ansible_collections.holdfast.network.plugins.plugin_utils.discovery.records import Interface, Neighbor
from ansible_collections.holdfast.network.plugins.plugin_utils.discovery.snmp import SnmpReader
from ansible_collections.holdfast.network.plugins.plugin_utils.discovery.snmp_credentials import SnmpCredential

from tests.lab.snmp import Agent, Answer, Oid, Value, from_table, oid

MIB2, LLDP, CDP = "1.3.6.1.2.1", "1.0.8802.1.1.2.1", "1.3.6.1.4.1.9.9.23.1.2.1.1"
ENTITY, IF, IFX = f"{MIB2}.47.1.1.1.1", f"{MIB2}.2.2.1", f"{MIB2}.31.1.1.1"
SWITCH: dict[str, Value] = {
    f"{MIB2}.1.1.0": b"Cisco IOS Software, C2960 Software (C2960-X), Version 15.2(7)E3, RELEASE SOFTWARE (fc3)\r\n",
    f"{MIB2}.1.2.0": "1.3.6.1.4.1.9.1.1208",
    f"{MIB2}.1.5.0": b"sw1.lab.example",
    f"{MIB2}.1.6.0": b"Bern",
    f"{ENTITY}.5.1": 11,
    f"{ENTITY}.5.1001": 3,
    f"{ENTITY}.10.1001": b"12.2",
    f"{ENTITY}.11.1001": b"FOC1234X5YZ",
    f"{ENTITY}.12.1001": b"Cisco",
    f"{ENTITY}.13.1001": b"WS-C2960X-24TS-L",
    f"{IF}.2.10101": b"GigabitEthernet0/1",
    f"{IF}.4.10101": 1500,
    f"{IF}.6.10101": b"\x00\x1b\x54\x00\x00\x01",
    f"{IF}.7.10101": 1,
    f"{IF}.8.10101": 1,
    f"{IFX}.1.10101": b"Gi0/1",
    f"{IFX}.15.10101": 1000,
    f"{IFX}.18.10101": b"to sw2",
    f"{MIB2}.4.20.1.2.10.0.0.1": 10101,
    f"{LLDP}.3.1.0": 4,
    f"{LLDP}.3.2.0": b"\x00\x1b\x54\x00\x00\x00",
    f"{LLDP}.3.7.1.2.1": 5,
    f"{LLDP}.3.7.1.3.1": b"Gi0/1",
    f"{LLDP}.4.1.1.4.0.1.1": 4,
    f"{LLDP}.4.1.1.5.0.1.1": b"\x00\x1b\x54\x00\x01\x00",
    f"{LLDP}.4.1.1.6.0.1.1": 5,
    f"{LLDP}.4.1.1.7.0.1.1": b"Gi0/2",
    f"{LLDP}.4.1.1.9.0.1.1": b"sw2",
    f"{LLDP}.4.2.1.3.0.1.1.1.4.10.0.0.2": 2,
    f"{CDP}.4.10101.1": b"\x0a\x00\x00\x02",
    f"{CDP}.6.10101.1": b"sw2.lab.example",
    f"{CDP}.7.10101.1": b"GigabitEthernet0/2",
    f"{CDP}.8.10101.1": b"cisco WS-C2960X-24TS-L",
}
PUBLIC = SnmpCredential("all", community="public")
WRONG = SnmpCredential("old", community="private")
USER = SnmpCredential("v3", "3", user="u")


def reader(agent: Agent, *credentials: SnmpCredential) -> SnmpReader:
    return SnmpReader(credentials, timeout=0.2, retries=0, port=agent.port)


async def test_all_that_a_switch_says() -> None:
    with Agent(SWITCH) as agent:
        device = await reader(agent, PUBLIC).device("127.0.0.1")
    assert (device.id, device.name, device.address) == ("sw1.lab.example", "sw1.lab.example", "127.0.0.1")
    assert (device.platform, device.via, device.credential, device.site) == ("cisco_ios", "snmp", "all", "Bern")
    assert (device.vendor, device.model, device.serial) == ("Cisco", "WS-C2960X-24TS-L", "FOC1234X5YZ")
    assert (device.version, device.chassis_id, device.addresses) == ("15.2(7)E3", "00:1b:54:00:00:00", ("10.0.0.1",))
    port = "GigabitEthernet0/1"
    assert device.interfaces == (
        Interface(port, True, True, "to sw2", "00:1b:54:00:00:01", 1500, 1000.0, ("10.0.0.1",)),
    )
    assert device.neighbors == (
        Neighbor(port, "sw2", "Gi0/2", "00:1b:54:00:01:00", "10.0.0.2"),
        Neighbor(port, "sw2.lab.example", "GigabitEthernet0/2", None, "10.0.0.2", "cisco WS-C2960X-24TS-L", "cdp"),
    )


async def test_a_device_that_tells_nothing_but_its_presence() -> None:
    with Agent({f"{MIB2}.1.2.0": "1.3.6.1.4.1.99999.7"}) as agent:
        read = reader(agent, PUBLIC)
        device = await read.device("127.0.0.1")
        assert (device.name, device.platform, device.interfaces) == ("127.0.0.1", "enterprise_99999", ())
        assert read.requests["127.0.0.1"] == len(agent.asked) < 10


async def test_a_table_that_is_wrong_costs_no_more_than_itself() -> None:
    good, wrong = from_table(SWITCH), oid(f"{LLDP}.4.1.1.9")

    def answer(kind: str, asked: list[Oid], most: int) -> Answer:
        return [((*wrong, 0, 1, 1), b"sw2")] * 2 if asked[0] == wrong else good(kind, asked, most)

    with Agent(answer) as agent:
        device = await reader(agent, PUBLIC).device("127.0.0.1")
    assert [(one.name, one.port) for one in device.neighbors] == [
        ("", "Gi0/2"),
        ("sw2.lab.example", "GigabitEthernet0/2"),
    ]
    assert len(device.notes) == 1 and "does not come after the one before it" in device.notes[0]


async def test_credentials_in_their_order_and_the_one_that_was_answered_first_the_next_time() -> None:
    with Agent(SWITCH) as agent:
        read = reader(agent, WRONG, USER, PUBLIC)
        found = await read.identify("127.0.0.1")
        assert found is not None and (found.credential, found.sys_name) == ("all", "sw1.lab.example")
        asked = len(agent.asked)
        assert await read.identify("127.0.0.1") == found
        assert len(agent.asked) == asked + 1


async def test_nothing_answers() -> None:
    with Agent(lambda *_asked: None) as agent:
        read = reader(agent, WRONG, USER, PUBLIC, SnmpCredential("v3b", "3", user="other"))
        assert await read.identify("127.0.0.1") is None
        with pytest.raises(Unreachable, match="no answer within 0.2 s") as told:
            await read.device("127.0.0.1")
        assert told.value.detail == {"tried": ["old", "v3", "all"]}, "a second user cannot be answered either"


@pytest.mark.parametrize(
    ("credentials", "options", "words"),
    [
        ([], {}, "snmp: no credentials given"),
        ([PUBLIC], {"port": 0}, "snmp_port: 0 is no port"),
        ([PUBLIC], {"port": 65536}, "snmp_port: 65536 is no port"),
        ([PUBLIC], {"timeout": 0.0}, "snmp_timeout: 0 is not more than 0"),
        ([PUBLIC], {"retries": -1}, "snmp_retries: -1 is less than 0"),
    ],
)
def test_what_cannot_be_is_refused(credentials: list[SnmpCredential], options: Any, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        SnmpReader(credentials, **options)
