# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which parser a request asks for, and what each parser makes of a device's real words."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.holdfast.network.plugins.plugin_utils.broker import parser_libraries, parsers
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.errors import (
    BadInput,
    ParseFailed,
    ParserMissing,
)

BRIEF = """\
Interface                  IP-Address      OK? Method Status                Protocol
GigabitEthernet0/0         192.0.2.1       YES NVRAM  up                    up
GigabitEthernet0/1         unassigned      YES unset  administratively down down
"""
ARP = """\
Protocol  Address          Age (min)  Hardware Addr   Type   Interface
Internet  192.0.2.7               4   0050.5600.0001  ARPA   GigabitEthernet0/0
"""
UPTIME = "core1 uptime is 3 weeks\n"
OWN_FSM = "Value NAME (\\S+)\nValue UPTIME (.+)\n\nStart\n  ^${NAME} uptime is ${UPTIME} -> Record\n"
OWN_TTP = "{{ name }} uptime is {{ uptime | ORPHRASE }}\n"


def parse(parser: str, command: str, output: str, template: str | None = None, platform: str = "cisco_ios") -> Any:
    own = {"name": "own.txt", "text": template} if template is not None else None
    return parser_libraries.parse(parser, platform, command, output, own)


def test_an_entrys_own_parser_goes_before_the_tasks() -> None:
    own = {"name": "a.ttp", "text": "x"}
    wanted = parsers.choices(
        {
            "parser": "textfsm",
            "commands": [
                "show a",
                {"command": "show b", "parser": "none"},
                {"command": "show c", "parser": "ttp", "template": own},
            ],
        }
    )
    assert [choice.parser for choice in wanted] == ["textfsm", "none", "ttp"]
    assert wanted[2].template == parsers.Template("a.ttp", "x") and wanted[0].template is None


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"parser": "textfms"}, "parser: 'textfms' is none of: none, textfsm"),
        ({"parser": "genie", "template": {"name": "a", "text": "x"}}, "parser genie takes none; use textfsm or ttp"),
        ({"template": {"name": "a", "text": "x"}}, "parser none takes none"),
        ({"parser": "textfsm", "template": {"name": "ttp://a"}}, "'ttp://a' has no text; only parser ttp"),
        ({"parser": "ttp", "template": "a.txt"}, "must be an object"),
        ({"commands": [{"command": "a", "parser": "x"}]}, "commands: number 1: parser: 'x' is none of"),
    ],
)
def test_a_bad_choice_is_refused_before_the_device_is_touched(params: dict[str, Any], words: str) -> None:
    with pytest.raises(BadInput, match=words.replace("(", r"\(")):
        parsers.choices({"commands": ["show a"], **params})


@pytest.mark.parametrize("platform", ["cisco_ios", "cisco_xe"])
def test_textfsm_reads_with_ntc_templates(platform: str) -> None:
    rows = parse("textfsm", "show ip interface brief", BRIEF, platform=platform)
    assert [(row["interface"], row["proto"]) for row in rows] == [
        ("GigabitEthernet0/0", "up"),
        ("GigabitEthernet0/1", "down"),
    ]


def test_textfsm_reads_with_an_own_template() -> None:
    assert parse("textfsm", "show version", UPTIME, OWN_FSM) == [{"name": "core1", "uptime": "3 weeks"}]


@pytest.mark.parametrize("platform", ["cisco_ios", "cisco_xe"])
def test_ttp_reads_with_ttp_templates(platform: str) -> None:
    (found,) = parse("ttp", "show ip arp", ARP, platform=platform)
    assert "192.0.2.7" in str(found) and "GigabitEthernet0/0" in str(found)


def test_ttp_reads_with_a_named_and_with_an_own_template() -> None:
    named = {"name": "ttp://platform/cisco_ios_show_ip_arp.txt", "text": None}
    (found,) = parser_libraries.parse("ttp", "cisco_ios", "show arp of mine", ARP, named)
    assert "192.0.2.7" in str(found)
    assert parse("ttp", "show version", UPTIME, OWN_TTP) == [{"name": "core1", "uptime": "3 weeks"}]


@pytest.mark.parametrize("platform", ["cisco_ios", "cisco_xe"])
def test_genie_reads_without_a_device(platform: str) -> None:
    found = parse("genie", "show ip interface brief", BRIEF, platform=platform)["interface"]
    assert found["GigabitEthernet0/1"]["status"] == "administratively down"


def test_genie_finds_nothing_in_nothing() -> None:
    assert parse("genie", "show ip interface brief", "") == {}


@pytest.mark.parametrize(
    ("parser", "command", "words"),
    [
        ("textfsm", "shoe ip interface brief", "did you mean.*show ip interface brief"),
        ("ttp", "show ip arb", "did you mean 'show ip arp'"),
        ("genie", "show ip interfase brief", "did you mean.*'show ip interface brief'"),
        ("textfsm", "zzz", "use a template of your own, or another parser"),
    ],
)
def test_a_command_that_nothing_reads_gets_a_hint(parser: str, command: str, words: str) -> None:
    with pytest.raises(ParserMissing, match=words):
        parse(parser, command, BRIEF)


def test_genie_says_which_platforms_it_knows() -> None:
    with pytest.raises(ParserMissing, match="no parsers for frr; it has for cisco_ios"):
        parse("genie", "show version", UPTIME, platform="frr")


@pytest.mark.parametrize(
    ("parser", "template", "words"),
    [
        ("textfsm", "Value A (\\d+\n\nStart\n", "textfsm cannot read own.txt: .*Line 1"),
        ("textfsm", OWN_FSM.replace("Record", "Rekord X"), "own.txt: .*Line: 5"),
        ("ttp", "a\n<group name='x'>\nb {{ c }}\n", "ttp cannot read own.txt: mismatched tag, line 3"),
        ("ttp", "{{ name | re('(') }} uptime\n", "ttp cannot read own.txt: .*unterminated"),
        ("ttp", "{{ name | nosuch }} uptime is {{ ignore('.*') }}\n", "ttp cannot read own.txt: .*nosuch"),
    ],
)
def test_a_broken_template_is_named_with_its_line(parser: str, template: str, words: str) -> None:
    with pytest.raises(BadInput, match=words) as caught:
        parse(parser, "show version", UPTIME, template)
    assert caught.value.detail["value"] == "own.txt"


def test_a_wrong_name_of_a_packaged_template_gets_a_hint() -> None:
    named = {"name": "ttp://platform/cisco_ios_show_ip_arb.txt", "text": None}
    with pytest.raises(BadInput, match="did you mean ttp://platform/cisco_ios_show_ip_arp.txt"):
        parser_libraries.parse("ttp", "cisco_ios", "show ip arp", ARP, named)


def test_a_templates_own_error_is_no_defect() -> None:
    with pytest.raises(ParseFailed, match="own.txt does not take the output of 'show version'"):
        parse("textfsm", "show version", UPTIME, 'Value A (x)\n\nStart\n  ^. -> Error "no"\n')
