# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The IOS-like device, through netmiko, NAPALM, TextFSM and a bare terminal."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import napalm
import paramiko
import pytest
from netmiko import BaseConnection
from ntc_templates.parse import parse_output

from tests.lab.emulated import EmulatedLab

from .conftest import Shell


def test_one_login_configuration_and_prompts(lab: EmulatedLab, connect: Callable[..., BaseConnection]) -> None:
    lab.reset_counters()
    ios = connect("r1")
    assert ios.find_prompt() == "r1#"
    ios.send_config_set(["interface Gi0/1", "description to the north", "hostname edge1"], error_pattern="%")
    ios.set_base_prompt()
    assert ios.find_prompt() == "edge1#"
    assert "description to the north" in ios.send_command("show running-config interface GigabitEthernet0/1")
    ios.save_config()
    assert "hostname edge1" in lab.startup_config("r1")
    counters = lab.counters("r1")
    assert (counters["logins"], counters["failed_logins"], counters["open_sessions"]) == (1, 0, 1)
    assert counters["config_lines"] == 4  # with the `end` that netmiko sends
    assert {row[0] for row in counters["log"]} == {counters["log"][0][0]}


@pytest.mark.parametrize(
    ("command", "field", "value"),
    [
        ("show version", "hostname", "r1"),
        ("show ip interface brief", "interface", "GigabitEthernet0/0"),
        ("show interfaces", "link_status", "up"),
        ("show ip interface", "interface", "GigabitEthernet0/0"),
        ("show ip bgp summary", "state_or_prefixes_received", "3"),
        ("show ip bgp neighbors", "bgp_state", "Established"),
        ("show ip bgp", "network", "172.16.1.0/24"),
        ("show lldp neighbors", "neighbor_name", "r2.lab.example"),
        ("show lldp neighbors detail", "neighbor_port_id", "Ethernet1"),
        ("show ip route", "protocol", "C"),
        ("show ip arp", "protocol", "Internet"),
        ("show clock", "timezone", "UTC"),
        ("show users", "user", "admin"),
        ("show vlan", "vlan_id", "1"),
        ("dir", "permissions", "-rw-"),
    ],
)
def test_textfsm_parses(shell: Callable[[str], Shell], lab: EmulatedLab, command: str, field: str, value: str) -> None:
    rows = parse_output("cisco_ios", command, shell("r1").enable(lab.devices["r1"]).output(command))
    assert rows and str(rows[0][field]).startswith(value), rows


def test_napalm_getters(lab: EmulatedLab) -> None:
    device = lab.devices["r1"]
    driver = napalm.get_network_driver("ios")(
        device.host, device.user, device.password, optional_args={"port": device.port, "secret": device.enable}
    )
    driver.open()
    facts = driver.get_facts()
    assert (facts["hostname"], facts["model"], facts["fqdn"]) == ("r1", "IOSv", "r1.lab.example")
    assert driver.get_interfaces()["GigabitEthernet0/1"]["is_up"] is True
    assert driver.get_interfaces_ip()["GigabitEthernet0/1"]["ipv4"] == {"10.0.1.0": {"prefix_length": 31}}
    peer = driver.get_bgp_neighbors()["global"]["peers"]["10.0.1.1"]
    assert (peer["is_up"], peer["remote_as"], peer["remote_id"]) == (True, 65002, "10.255.0.2")
    assert peer["address_family"]["ipv4 unicast"]["received_prefixes"] == 3
    assert driver.get_lldp_neighbors()["GigabitEthernet0/1"] == [{"hostname": "r2.lab.example", "port": "Ethernet1"}]
    assert {row["ip"] for row in driver.get_arp_table()} >= {"10.0.1.1", "10.0.4.0"}
    assert "router bgp 65001" in driver.get_config()["running"]
    driver.close()


def test_user_mode_paging_and_errors(shell: Callable[[str], Shell], lab: EmulatedLab) -> None:
    term = shell("r1")
    assert "% Invalid input detected at '^' marker." in term.ask("show running-config")
    assert "% Bad secrets" not in term.ask("enable", "Password: $")
    term.ask("wrong", "Password: $")
    assert "r1#" in term.ask(lab.devices["r1"].enable)
    assert "--More--" in term.ask("show running-config", "--More-- $")
    term.channel.sendall(b" ")
    assert "interface" in term.until("--More-- $")
    term.channel.sendall(b"q")
    term.until("#$")
    assert term.ask("show foo").split("\r\n")[1:4] == [
        "        ^", "% Invalid input detected at '^' marker.", "r1#",
    ]  # fmt: skip
    assert '% Ambiguous command:  "s"' not in term.ask("sh clo")
    assert "% Incomplete command." in term.ask("copy running-config")
    assert "(config-router-af)#" in "".join(map(term.ask, ["conf t", "router bgp 65001", "address-family ipv4"]))
    assert "BGP is already running; AS is 65001" in term.ask("router bgp 1")
    assert "% Specify remote-as" in term.ask("router bgp 65001") + term.ask("neighbor 9.9.9.9 description x")
    assert "r1(config)#" in term.ask("hostname r1")
    term.channel.sendall(b"\x1a")
    assert term.until(r"r1#$")


def test_replace_is_exact_and_says_what_failed(connect: Callable[..., BaseConnection], lab: EmulatedLab) -> None:
    ios = connect("r1")
    before = lab.running_config("r1")
    ios.send_command("copy running-config flash:before.cfg", expect_string=r"Destination filename \[before.cfg\]\?")
    assert "bytes copied" in ios.send_command("\n", expect_string="#", normalize=False)
    changes = ["no router bgp 65001", "int Gi0/1", "shutdown", "no description", "no hostname", "interface lo7"]
    ios.send_config_set([*changes, "ip route 9.9.9.9 255.255.255.255 null0", "banner motd ^Chi^C"])
    assert lab.running_config("r1") != before
    diff = ios.send_command("show archive config differences system:running-config flash:before.cfg")
    assert "+router bgp 65001" in diff and "-interface Loopback7" in diff
    done = ios.send_command("configure replace flash:before.cfg force", expect_string="#")
    assert "Total number of passes: 1" in done and "Rollback Done" in done
    assert lab.running_config("r1") == before
    ios.set_base_prompt()
    lab.fault("r1", "fail_line", pattern="ntp server 6")
    lab.ask("write_file", device="r1", name="bad.cfg", text=f"{before}\nntp server 6.6.6.6\nend\n")
    said = ios.send_command("configure replace flash:bad.cfg force revert trigger error")
    assert "ntp server 6.6.6.6" in said and "restored" in said
    assert lab.running_config("r1") == before
    assert "before.cfg" in ios.send_command("dir flash:")
    ios.send_command("delete /force flash:before.cfg")
    assert "before.cfg" not in lab.ask("files", device="r1")


def test_rollback_timer(connect: Callable[..., BaseConnection], lab: EmulatedLab) -> None:
    ios = connect("r1")
    before = lab.running_config("r1")
    ios.config_mode(config_command="configure terminal revert timer 1")
    ios.send_config_set(["ntp server 1.1.1.1"], enter_config_mode=False)
    assert "Timer value: 1 min" in ios.send_command("show archive config rollback timer")
    assert "1.1.1.1" in lab.running_config("r1")
    assert lab.wait(lambda: lab.running_config("r1") == before, 3)  # a minute is a second here
    ios.config_mode(config_command="configure terminal revert timer 1")
    ios.send_config_set(["ntp server 2.2.2.2"], enter_config_mode=False)
    ios.send_command("configure confirm")
    time.sleep(1.2)
    assert "2.2.2.2" in lab.running_config("r1")
    ios.config_mode(config_command="configure terminal revert timer 100")
    ios.send_config_set(["ntp server 3.3.3.3"], enter_config_mode=False)
    assert "Rollback Done" in ios.send_command("configure revert now")
    assert "3.3.3.3" not in lab.running_config("r1")
    ios.send_config_set(["archive", "no path"])
    assert "%Please turn config archive on" in ios.send_command("configure terminal revert timer 1")


def test_idle_lines_close_and_files_are_written_by_tcl(shell: Callable[[str], Shell], lab: EmulatedLab) -> None:
    term = shell("r1").enable(lab.devices["r1"])
    term.ask("tclsh", r"\(tcl\)#$")
    term.channel.sendall(b'puts [open "flash:x.cfg" w+] {hostname a?\rend}\r')
    term.until(r"\n\S*\(tcl\)#$")
    term.ask("tclquit")
    assert "hostname a?\r\nend" in term.ask("more flash:x.cfg")
    lab.configure("r1", "line vty 0 15\n exec-timeout 0 1")
    lab.ask("set", device="r1", minute=12.0)  # so that the second of the timeout lasts 0.2
    other: Any = shell("r1")
    with pytest.raises((EOFError, OSError)):
        other.until("never", 2)
    lab.ask("set", device="r1", minute=1.0)


def test_leaving_and_single_commands(shell: Callable[[str], Shell], lab: EmulatedLab) -> None:
    term = shell("r1")
    term.channel.sendall(b"exit\n")
    assert lab.wait(lambda: lab.counters("r1")["open_connections"] == 0, 2)
    with paramiko.SSHClient() as client:
        client.set_missing_host_key_policy(paramiko.AutoAddPolicy())
        device = lab.devices["r1"]
        client.connect(device.host, device.port, device.user, device.password, allow_agent=False, look_for_keys=False)
        _stdin, stdout, _stderr = client.exec_command("show version")
        assert "r1 uptime is" in stdout.read().decode() and stdout.channel.recv_exit_status() == 0
