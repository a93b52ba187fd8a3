# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Configuration trees and the grammar tables."""

from __future__ import annotations

import pytest

from tests.lab.emulated.grammar import GRAMMARS
from tests.lab.emulated.topology import ring
from tests.lab.emulated.tree import Config, Editor, NoMatch

PORTS = ("interface GigabitEthernet0/0", "interface GigabitEthernet0/1")


def entered(*lines: str) -> Config:
    config = Config(GRAMMARS["ios"], PORTS)
    editor = Editor(config)
    for line in lines:
        editor.line(line)
    return config


def test_order_does_not_depend_on_history() -> None:
    one = entered("interface lo2", "interface lo10", "ntp server 2.2.2.2", "hostname x", "int gi0/1", "desc a b")
    two = entered("hostname y", "interface GigabitEthernet 0/1", "description a b", "ntp server 2.2.2.2",
                  "interface Loopback10", "interface Loopback2", "hostname x")  # fmt: skip
    assert one.text() == two.text()
    assert one.lines()[0] == "hostname x"
    assert one.lines().index("interface Loopback2") < one.lines().index("interface Loopback10")


def test_entered_order_is_kept_where_it_matters() -> None:
    lines = entered("ip access-list extended A", "permit ip any any", "deny tcp any any", "permit udp any any").lines()
    assert [x.strip() for x in lines if "any" in x] == ["permit ip any any", "deny tcp any any", "permit udp any any"]


def test_a_value_takes_the_place_of_another_and_no_takes_it_away() -> None:
    config = entered("int gi0/1", "ip address 1.1.1.1 255.0.0.0", "ip address 2.2.2.2 255.0.0.0", "no description x")
    assert " ip address 2.2.2.2 255.0.0.0" in config.lines() and not any("1.1.1.1" in x for x in config.lines())
    config = entered("router bgp 1", "neighbor 1.1.1.1 remote-as 2", "neighbor 1.1.1.1 shutdown", "no neighbor 1.1.1.1")
    assert not any("neighbor" in x for x in config.lines())


@pytest.mark.parametrize(
    ("line", "kind", "offset"),
    [
        ("foo", "invalid", 0), ("interface Gi0/9", "invalid", 10), ("router bgp x", "invalid", 11),
        ("ip", "incomplete", 2), ("hostname", "incomplete", 8), ("no interface gi0/1", "fixed", 3),
        ("  ntp server", "incomplete", 12),
    ],
)  # fmt: skip
def test_refused_lines_say_where(line: str, kind: str, offset: int) -> None:
    with pytest.raises(NoMatch) as caught:
        entered(line)
    assert (caught.value.kind, caught.value.offset) == (kind, offset)


@pytest.mark.parametrize("platform", ["ios", "eos"])
def test_what_is_shown_can_be_entered_again(platform: str) -> None:
    spec = ring(3, platform).devices[0]
    management = {"ios": "GigabitEthernet0/0", "eos": "Management0"}[platform]
    fixed = tuple(f"interface {port}" for port in (management, *spec.ports))
    first, second = Config(GRAMMARS[platform], fixed), Config(GRAMMARS[platform], fixed)
    for config, text in ((first, spec.startup), (second, "")):
        editor = Editor(config)
        for line in (text or first.text()).split("\n"):
            editor.line(line)
    assert first.text() == second.text()


def test_banner_keeps_its_lines() -> None:
    config = entered("banner motd ^C", "hello ? world", "  router bgp 1", "^C", "hostname x")
    assert "banner motd ^C\nhello ? world\n  router bgp 1\n^C" in config.text()
    assert entered(*config.text().split("\n")).text() == config.text()
