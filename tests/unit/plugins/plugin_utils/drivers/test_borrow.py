# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Borrowing of NAPALM for a platform that no lab has: its driver gets our session, and no power over it."""

from __future__ import annotations

import gc
from typing import Any

import pytest
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.errors import BadInput, ParseFailed, Unsupported
from ansible_collections.holdfast.network.plugins.plugin_utils.drivers import borrow
from ansible_collections.holdfast.network.plugins.plugin_utils.drivers.base import Target
from napalm.base.exceptions import CommandErrorException

ARP = """
Address         Age       MAC Address     Interface
172.17.17.2     00:00:14  2c54.2db2.5b01  mgmt0
"""


class Cli:
    """Answers in the words of NX-OS's documentation; closing it is a mistake."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.arp = ARP

    def send_command(self, line: str, **_options: Any) -> str:
        self.asked.append(line)
        return self.arp if line.startswith("show ip arp") else ""

    def disconnect(self) -> None:
        raise AssertionError("NAPALM closed the session")


class Nxos:
    name = "netmiko"

    def __init__(self) -> None:
        self.target = Target("netmiko", "cisco_nxos", "n1", 22, "admin")
        self.cli = Cli()


def test_nxos_over_the_cli() -> None:
    driver = Nxos()
    data = borrow.get(driver, ["get_arp_table"])
    (entry,) = data["get_arp_table"]
    assert (entry["ip"], entry["mac"], entry["interface"]) == ("172.17.17.2", "2C:54:2D:B2:5B:01", "mgmt0")
    asked = len(driver.cli.asked)
    del driver.borrowed_napalm  # type: ignore[attr-defined]  # what borrow keeps there
    gc.collect()
    assert len(driver.cli.asked) == asked, "something was sent at garbage collection"
    with pytest.raises(Unsupported, match="has no getter 'get_weather'"):
        borrow.get(driver, ["get_weather"])
    assert borrow.get(driver, ["get_arp_table"], vrf="")["get_arp_table"]
    with pytest.raises(BadInput, match="get_arp_table of NAPALM cannot be called like this: .*'speed'"):
        borrow.get(driver, ["get_arp_table"], speed=1)
    driver.cli.arp = "nothing that anybody expects"
    with pytest.raises(ParseFailed, match="n1:22: NAPALM's get_arp_table does not take what the device says: "):
        borrow.get(driver, ["get_arp_table"])


@pytest.mark.parametrize("fault", [UnboundLocalError("used_mem"), CommandErrorException("BGP is not running")])
def test_what_napalm_raises_is_no_defect_of_ours(fault: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    driver = Nxos()
    borrow.get(driver, ["get_arp_table"])

    def get_environment() -> None:
        raise fault

    napalm = driver.borrowed_napalm  # type: ignore[attr-defined]
    monkeypatch.setattr(napalm, "get_environment", get_environment)
    with pytest.raises(ParseFailed, match=f"NAPALM's get_environment .*: {type(fault).__name__}: {fault}"):
        borrow.get(driver, ["get_environment"])
