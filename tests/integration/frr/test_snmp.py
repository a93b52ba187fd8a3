# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""SNMP v2c and v3 against real snmpd, with LLDP from real lldpd."""

from __future__ import annotations

import asyncio
import itertools
import os
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.errors import AuthenticationFailed, Unreachable
from ansible_collections.holdfast.network.plugins.plugin_utils.discovery.records import Device
from ansible_collections.holdfast.network.plugins.plugin_utils.discovery.snmp import SnmpReader
from ansible_collections.holdfast.network.plugins.plugin_utils.discovery.snmp_credentials import (
    AUTH_PROTOCOLS,
    PRIV_PROTOCOLS,
    SnmpCredential,
)

from tests.lab.frr import FrrLab


def read(lab: FrrLab, name: str, *given: dict[str, Any]) -> Device:
    reader = SnmpReader(SnmpCredential.from_options(given), timeout=0.5, retries=0)
    return asyncio.run(reader.device(lab.routers[name].address))


@pytest.fixture
def users(lab: FrrLab) -> dict[str, dict[str, Any]]:
    """One for each security level."""
    lab.wait_lldp()
    secret = lab.routers["r1"].password
    return {
        "v2c": {"community": "public"},
        "noAuthNoPriv": {"user": "plain"},
        "authNoPriv": {"user": "signed", "auth_protocol": "sha", "auth_key": secret},
        "authPriv": {"user": "secure", "auth_protocol": "sha256", "auth_key": secret, "priv_key": secret},
    }


@pytest.mark.parametrize("level", ["v2c", "noAuthNoPriv", "authNoPriv", "authPriv"])
def test_a_router_as_it_is(lab: FrrLab, users: dict[str, dict[str, Any]], level: str) -> None:
    router = lab.routers["r1"]
    device = read(lab, "r1", users[level])
    assert (device.name, device.platform, device.vendor, device.via) == ("r1", "frr", "FRRouting", "snmp")
    ports = {one.name: one for one in device.interfaces}
    assert set(ports) == {"lo", "mgmt0", "eth1", "eth2"}
    for port in router.plan.ports:
        assert ports[port.name].addresses == (f"{port.address}/31",)
        assert (ports[port.name].up, ports[port.name].mtu) == (True, 1500)
        mac = lab.shell("r1", "cat", f"/sys/class/net/{port.name}/address").strip()
        assert ports[port.name].mac == mac
    assert ports["lo"].addresses == (f"{router.plan.loopback}/32",)
    assert router.plan.loopback in device.addresses and router.address not in device.addresses
    told = {(one.interface, one.name, one.port, one.address, one.protocol) for one in device.neighbors}
    assert told == {
        (port.name, port.peer, port.peer_port, lab.routers[port.peer].address, "lldp") for port in router.plan.ports
    }
    assert {one.chassis_id for one in device.neighbors} == {
        read(lab, name, users[level]).chassis_id for name in ("r2", "r4")
    }
    assert (device.role, device.notes) == ("router", ())


@pytest.mark.parametrize(
    ("level", "change", "words"),
    [
        ("authPriv", {"auth_key": "wrong-key"}, "user 'secure' .snmp1, authPriv. is refused"),
        ("authPriv", {"auth_protocol": "sha512"}, "user 'secure' .* is refused"),
        ("authPriv", {"user": "nobody"}, "user 'nobody' .* is refused: the user is unknown there, its key is wrong"),
        ("authPriv", {"priv_key": "wrong-key"}, "is not answered: .* its privacy key is wrong"),
        ("authPriv", {"priv_key": None}, "authNoPriv. is refused: .* another security level"),
        ("noAuthNoPriv", {"user": "nobody"}, "user 'nobody' .snmp1, noAuthNoPriv. is refused"),
    ],
)
def test_a_wrong_user_or_key_is_no_silence(
    lab: FrrLab, users: dict[str, dict[str, Any]], level: str, change: dict[str, Any], words: str
) -> None:
    with pytest.raises(AuthenticationFailed, match=words) as refused:
        read(lab, "r1", {**users[level], **change})
    assert lab.routers["r1"].password not in str(refused.value)


def test_a_wrong_community_cannot_be_told_from_silence(lab: FrrLab) -> None:
    with pytest.raises(Unreachable, match="or the community is wrong .SNMP does not tell which.") as told:
        read(lab, "r1", {"community": "s3cret"}, {"community": "0ther"})
    assert told.value.detail["tried"] == ["snmp1", "snmp2"] and "s3cret" not in str(told.value)


def test_the_next_credential_is_tried_and_named(lab: FrrLab, users: dict[str, dict[str, Any]]) -> None:
    device = read(lab, "r2", {"user": "nobody"}, {**users["authPriv"], "name": "right"})
    assert (device.name, device.credential) == ("r2", "right")


SNMPD_NAMES = {
    "sha224": "SHA-224",
    "sha256": "SHA-256",
    "sha384": "SHA-384",
    "sha512": "SHA-512",
    "aes192": "AES-192",
    "aes256": "AES-256",
    "aes192c": "AES-192-C",
    "aes256c": "AES-256-C",
}


@pytest.fixture
def users_of_all_kinds(lab: FrrLab, tmp_path: Path) -> Iterator[tuple[int, list[SnmpCredential]]]:
    """Port of a further snmpd on loopback, and a user for each pair of protocols; the lab has installed snmpd."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    lines, users = [f"agentaddress udp:127.0.0.1:{port}"], []
    for auth, priv in itertools.product(AUTH_PROTOCOLS, PRIV_PROTOCOLS):
        name = f"{auth}-{priv}"
        words = SNMPD_NAMES.get(auth, auth.upper()), SNMPD_NAMES.get(priv, priv.upper())
        lines += [f"createUser {name} {words[0]} auth-key-of-it {words[1]} priv-key-of-it", f"rouser {name} priv"]
        users.append(SnmpCredential(name, "3", None, name, auth, "auth-key-of-it", priv, "priv-key-of-it"))
    (tmp_path / "snmpd.conf").write_text("\n".join(lines) + "\n")
    command = ["/usr/sbin/snmpd", "-f", "-C", "-c", str(tmp_path / "snmpd.conf"), "-Lf", str(tmp_path / "log")]
    environment = {**os.environ, "MIBS": "", "SNMP_PERSISTENT_DIR": str(tmp_path / "state")}
    with subprocess.Popen(command, env=environment) as snmpd:
        yield port, users
        snmpd.terminate()


def test_every_pair_of_protocols(users_of_all_kinds: tuple[int, list[SnmpCredential]]) -> None:
    port, users = users_of_all_kinds

    async def answered() -> list[str]:
        while await SnmpReader([users[0]], timeout=0.5, port=port).identify("127.0.0.1") is None:
            await asyncio.sleep(0.05)
        found = [await SnmpReader([user], timeout=0.5, port=port).identify("127.0.0.1") for user in users]
        return [one.credential for one in found if one is not None]

    assert asyncio.run(asyncio.wait_for(answered(), 20)) == [user.name for user in users]
