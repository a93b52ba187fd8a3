# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Configuration text: cleaned, compared, predicted, remediated, cut into lines to send."""

from __future__ import annotations

import pytest
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.errors import BadInput
from ansible_collections.holdfast.network.plugins.plugin_utils.drivers import config_text
from hypothesis import given
from hypothesis import strategies as st

IOS = """hostname r1
interface GigabitEthernet0/1
 description to-r2
 ip address 10.0.1.0 255.255.255.254
interface GigabitEthernet0/2
 shutdown
router bgp 65001
 neighbor 10.0.1.1 remote-as 65002
"""
CONFIG = st.lists(st.sampled_from(["a", " b", " c", "  d", "e", "!", "", " b"]), max_size=25).map("\n".join)


@pytest.mark.parametrize(
    "line",
    [
        "Building configuration...",
        "Current configuration : 1234 bytes",
        "! Last configuration change at 05:15:41 UTC Sat Nov 21 2026 by admin",
        "! NVRAM config last updated at 05:15:41 UTC Sat Nov 21 2026",
        "! Command: show running-config",
        "! device: r2 (vEOS-lab, EOS-4.30.1F)",
        "Using 1234 out of 524288 bytes",
        "! Startup-config last modified at Sat Nov 21 05:15:41 2026 by admin",
        "ntp clock-period 17179",
    ],
)
def test_lines_that_change_by_themselves_are_no_configuration(line: str) -> None:
    assert config_text.clean(f"\r\n{line}\r\n!\r\nhostname r1  \r\n\r\n") == "!\nhostname r1\n"


@given(st.text(alphabet="ab !\n\r", max_size=60))
def test_clean_is_done_once(text: str) -> None:
    once = config_text.clean(text)
    assert config_text.clean(once) == once and once.endswith("\n") and "\r" not in once


@given(CONFIG)
def test_nothing_differs_from_itself(text: str) -> None:
    assert config_text.unified_diff(text, text) == ""


@given(CONFIG, CONFIG)
def test_a_diff_names_every_line_that_came_or_went(before: str, after: str) -> None:
    diff = config_text.unified_diff(before, after)
    for sign, one, other in (("+", after, before), ("-", before, after)):
        marked = [line[1:] for line in diff.splitlines() if line[0] == sign]
        new = set(one.splitlines()) - set(other.splitlines()) - {"", "!"}
        assert new <= set(marked) <= set(one.splitlines())
    assert all(line[:1] in "+- " and line for line in diff.splitlines())


def test_a_changed_line_stands_under_its_section() -> None:
    after = IOS.replace(" shutdown\n", " no shutdown\n").replace("65002", "65099")
    assert config_text.unified_diff(IOS, after) == (
        " interface GigabitEthernet0/2\n- shutdown\n+ no shutdown\n router bgp 65001\n"
        "- neighbor 10.0.1.1 remote-as 65002\n+ neighbor 10.0.1.1 remote-as 65099\n"
    )


def test_a_merge_is_predicted() -> None:
    change = "interface GigabitEthernet0/1\n description new\nntp server 10.9.9.9\n"
    diff = config_text.predict("cisco_ios", IOS, change)
    assert sorted(diff.splitlines()) == [
        *(" interface GigabitEthernet0/1", "+ description new", "+ntp server 10.9.9.9", "- description to-r2"),
    ]


@pytest.mark.parametrize("platform", ["cisco_ios", "cisco_xe", "arista_eos", "frr"])
@pytest.mark.parametrize(
    "change",
    [
        "hostname r1\n",
        "interface GigabitEthernet0/1\n description to-r2\n",
        "interface GigabitEthernet0/1\n no shutdown\n",
    ],
)
def test_what_is_there_already_is_predicted_to_change_nothing(platform: str, change: str) -> None:
    assert config_text.predict(platform, IOS, change) == ""


def test_a_removal_is_predicted() -> None:
    assert "- description to-r2" in config_text.predict(
        "cisco_ios", IOS, "interface GigabitEthernet0/1\n no description to-r2\n"
    )


@pytest.mark.parametrize("platform", ["cisco_ios", "arista_eos", "frr"])
def test_a_replacement_is_predicted_and_remediated(platform: str) -> None:
    wanted = IOS.replace(" shutdown\n", " description x\n").replace("hostname r1", "hostname r9")
    assert config_text.predict_replace(platform, IOS, IOS) == ""
    assert config_text.remediation(platform, IOS, IOS) == []
    diff = config_text.predict_replace(platform, IOS, wanted)
    assert {"-hostname r1", "+hostname r9", "- shutdown", "+ description x"} <= set(diff.splitlines())
    lines = [line.strip() for line in config_text.remediation(platform, IOS, wanted)]
    assert {"hostname r9", "no shutdown", "description x", "interface GigabitEthernet0/2"} <= set(lines)
    assert "router bgp 65001" not in lines


def test_one_section_twice_is_bad_input() -> None:
    twice = "interface GigabitEthernet0/1\n description a\n" * 2
    try:
        assert config_text.predict_replace("cisco_ios", IOS, twice)
    except BadInput as exc:
        assert "join the two" in exc.message


def test_lines_to_send() -> None:
    assert config_text.sections(
        "!\r\nhostname r1 \r\n\r\n! a comment\r\ninterface x\r\n ip address 1\r\n!\r\nend\r\n"
    ) == [
        *("hostname r1", "interface x", " ip address 1"),
    ]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        (
            "banner motd\n! not a comment\n\nend\nEOF\nhostname x\n",
            ["banner motd\n! not a comment\n\nend\nEOF", "hostname x"],
        ),
        ("banner motd ^C\nKeep out!\n!\n^C\nhostname x\n", ["banner motd ^C\nKeep out!\n!\n^C", "hostname x"]),
        ("banner login ^CKeep out^C\nhostname x\n", ["banner login ^CKeep out^C", "hostname x"]),
        ("banner exec #\nhello\n#\nhostname x", ["banner exec #\nhello\n#", "hostname x"]),
        ("banner motd #one line#\nhostname x", ["banner motd #one line#", "hostname x"]),
        ("no banner motd\nhostname x\n", ["no banner motd", "hostname x"]),
        ("description banner motd\n", ["description banner motd"]),
    ],
)
def test_a_banner_stays_whole(text: str, lines: list[str]) -> None:
    assert config_text.sections(text) == lines


def test_log_lines_are_no_configuration() -> None:
    text = (
        "hostname r1\n*Nov 21 07:29:20.123: %LINK-3-UPDOWN: Interface Gi0/3\n"
        "000123: *Mar  1 00:00:10.123 UTC: %SYS-5-CONFIG_I: Configured\n"
        "Nov 21 07:29:20 r1 Bgp: %BGP-3-NOTIFICATION: x\n"
        'event manager applet a\n event syslog pattern "%LINK-3-UPDOWN: x"\n'
    )
    expected = 'hostname r1\nevent manager applet a\n event syslog pattern "%LINK-3-UPDOWN: x"\n'
    assert config_text.clean(text) == expected
