# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The EOS-like device, through netmiko, NAPALM over SSH and eAPI, and plain HTTPS."""

from __future__ import annotations

import base64
import http.client
import json
import ssl
import time
from collections.abc import Callable, Iterator
from typing import Any

import napalm
import pytest
from napalm.base import NetworkDriver
from napalm.base.exceptions import MergeConfigException
from netmiko import BaseConnection
from ntc_templates.parse import parse_output

from tests.lab.emulated import EmulatedLab

from .conftest import Shell


@pytest.fixture(params=["https", "ssh"])
def driver(request: pytest.FixtureRequest, lab: EmulatedLab) -> Iterator[NetworkDriver]:
    device = lab.devices["r2"]
    port = device.eapi_port if request.param == "https" else device.port
    options = {"port": port, "transport": request.param}
    if request.param == "https":
        options["context"] = ssl.create_default_context(cafile=str(lab.directory / "eapi.pem"))
    opened = napalm.get_network_driver("eos")(device.host, device.user, device.password, optional_args=options)
    opened.open()
    yield opened
    opened.close()


def test_napalm_getters(driver: NetworkDriver) -> None:
    facts = driver.get_facts()
    assert (facts["hostname"], facts["model"], facts["vendor"]) == ("r2", "vEOS-lab", "Arista")
    ports = driver.get_interfaces()
    assert ports["Ethernet1"]["is_up"] and ports["Ethernet1"]["description"] == "to-r1"
    assert driver.get_interfaces_ip()["Ethernet1"]["ipv4"] == {"10.0.1.1": {"prefix_length": 31}}
    peer = driver.get_bgp_neighbors()["global"]["peers"]["10.0.1.0"]
    assert (peer["is_up"], peer["remote_as"], peer["address_family"]["ipv4"]["received_prefixes"]) == (True, 65001, 2)
    assert driver.get_lldp_neighbors()["Ethernet1"] == [{"hostname": "r1.lab.example", "port": "GigabitEthernet0/1"}]
    assert driver.get_lldp_neighbors_detail()["Ethernet1"][0]["remote_system_name"] == "r1.lab.example"
    assert {row["ip"] for row in driver.get_arp_table()} == {"10.0.1.0", "10.0.2.1"}
    assert "router bgp 65002" in driver.get_config()["running"]


def test_napalm_changes_and_takes_back(driver: NetworkDriver, lab: EmulatedLab) -> None:
    before = lab.running_config("r2")
    driver.load_merge_candidate(config="interface Ethernet1\n description changed\n")
    assert "+   description changed" in driver.compare_config()
    assert lab.running_config("r2") == before
    driver.commit_config(revert_in=90)  # 1.5 s here
    assert driver.has_pending_commit() and "changed" in lab.running_config("r2")
    assert lab.wait(lambda: lab.running_config("r2") == before, 4)
    driver.load_replace_candidate(config=before.replace("description to-r1", "description new"))
    driver.commit_config(revert_in=6000)
    driver.confirm_commit()
    assert lab.running_config("r2") == before.replace("description to-r1", "description new")
    if driver.transport == "https":  # over SSH this driver does not look at error messages
        with pytest.raises(MergeConfigException, match="nonsense here"):
            driver.load_merge_candidate(config="hostname ok\nnonsense here\n")


@pytest.mark.parametrize(
    ("command", "field", "value"),
    [
        ("show version", "model", "vEOS-lab"), ("show hostname", "hostname", "r2"),
        ("show interfaces", "interface", "Ethernet1"), ("show interfaces status", "port", "Et1"),
        ("show ip interface brief", "interface", "Ethernet1"), ("show ip bgp summary", "state", "Estab"),
        ("show lldp neighbors", "neighbor_name", "r1.lab.example"), ("show ip route", "protocol", "C"),
        ("show ip arp", "ip_address", "10.0.1.0"), ("show vlan", "vlan_id", "1"), ("show clock", "timezone", "UTC"),
    ],
)  # fmt: skip
def test_textfsm_parses(shell: Callable[[str], Shell], command: str, field: str, value: str) -> None:
    term = shell("r2")
    term.ask("terminal length 0")
    rows = parse_output("arista_eos", command, term.output(command))
    assert rows and str(rows[0][field]).startswith(value), rows


def test_sessions_on_the_command_line(connect: Callable[..., BaseConnection], lab: EmulatedLab) -> None:
    eos = connect("r2")
    before = lab.running_config("r2")
    eos.send_command("configure session change_one", expect_string=r"\(config-s-change\)#")
    eos.send_command("interface Ethernet1", expect_string=r"\(config-s-change-if-Et1\)#")
    assert "% Invalid input" in eos.send_command("colour blue", expect_string=r"\)#")
    eos.send_command("description mine", expect_string=r"\)#")
    assert "+   description mine" in eos.send_command("show session-config diffs", expect_string=r"\)#")
    eos.send_command("commit timer 00:01:30", expect_string="r2#")
    assert "description mine" in lab.running_config("r2")
    shown = json.loads(eos.send_command("show configuration sessions detail | json"))
    assert shown["sessions"]["change_one"]["state"] == "pendingCommitTimer"
    assert shown["commitTimerSessionName"] == "change_one"
    assert "pendingCommitTimer" in eos.send_command("show configuration sessions")
    eos.send_command("configure session change_one abort")
    assert lab.running_config("r2") == before
    eos.send_config_set(["interface Ethernet1", "description direct"])
    assert "description direct" in lab.running_config("r2")
    eos.save_config()
    assert "description direct" in lab.startup_config("r2")


class Api:
    """eAPI over one connection that stays open."""

    def __init__(self, lab: EmulatedLab, name: str) -> None:
        device = lab.devices[name]
        context = ssl.create_default_context(cafile=str(lab.directory / "eapi.pem"))
        self.connection = http.client.HTTPSConnection(device.host, device.eapi_port, context=context, timeout=5)
        self.token = base64.b64encode(f"{device.user}:{device.password}".encode()).decode()

    def run(self, *commands: Any, form: str = "json") -> Any:
        body = {
            "jsonrpc": "2.0",
            "method": "runCmds",
            "id": 7,
            "params": {"version": 1, "cmds": commands, "format": form},
        }
        headers = {"Authorization": f"Basic {self.token}", "Content-Type": "application/json"}
        self.connection.request("POST", "/command-api", json.dumps(body), headers)
        response = self.connection.getresponse()
        content = response.read()
        return json.loads(content) if response.status == 200 else response.status


def test_eapi_answers_errors_and_stays_open(lab: EmulatedLab) -> None:
    lab.reset_counters()
    api = Api(lab, "r2")
    assert api.run("show hostname")["result"] == [{"hostname": "r2", "fqdn": "r2.lab.example"}]
    text = api.run("enable", "show running-config", form="text")["result"]
    assert text[0] == {"output": ""} and "router bgp 65002" in text[1]["output"]
    error = api.run("enable", "show hostname", "show nonsense", "show version")["error"]
    assert error["code"] == 1002
    assert error["message"] == "CLI command 3 of 4 'show nonsense' failed: invalid command"
    assert error["data"][1]["hostname"] == "r2"
    assert error["data"][2]["errors"] == ["Invalid input (at token 1: 'nonsense')"]
    assert api.run("enable", "show session-config named x diffs")["error"]["code"] == 1000
    assert api.run("enable", "show tech-support")["error"]["code"] == 1003
    assert api.run("enable", {"cmd": "enable", "input": "x"}, "configure", {"cmd": "banner motd", "input": "a\nb\n"})
    assert "banner motd\na\nb\nEOF" in lab.running_config("r2")
    assert lab.counters("r2")["connections"] == 1
    lab.configure("r2", "enable password sha512 $6$x")
    assert api.run({"cmd": "enable", "input": "wrong"})["error"]["code"] == 1000
    assert "result" in api.run({"cmd": "enable", "input": lab.devices["r2"].enable}, "show running-config")
    api.token = base64.b64encode(b"admin:wrong").decode()
    assert api.run("show hostname") == 401


def test_eapi_is_quick(lab: EmulatedLab) -> None:
    api = Api(lab, "r2")
    api.run("show version")
    started = time.perf_counter()
    for _unused in range(50):
        api.run("show version")
    assert (time.perf_counter() - started) / 50 < 0.02


def test_eapi_faults(lab: EmulatedLab) -> None:
    api = Api(lab, "r2")
    lab.fault("r2", "refuse_login", count=1)
    assert api.run("show hostname") == 401
    lab.fault("r2", "hang", seconds=0.3, count=1, command="show version")
    started = time.monotonic()
    assert "result" in api.run("show version") and time.monotonic() - started > 0.3
    lab.fault("r2", "drop", count=1, command="show hostname")
    with pytest.raises((http.client.HTTPException, OSError)):
        api.run("show hostname")
    lab.fault("r2", "reboot", seconds=0.5)
    with pytest.raises(OSError):
        Api(lab, "r2").run("show hostname")
    assert lab.wait(lambda: "Uptime" in _text(lab), 3)


def _text(lab: EmulatedLab) -> str:
    try:
        return str(Api(lab, "r2").run("show version", form="text")["result"][0]["output"])
    except OSError:
        return ""
