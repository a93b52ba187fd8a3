# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Predicted merges; each rule here was seen on FRRouting 8.4.4 (the integration tests compare with a real router)."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.holdfast.network.plugins.plugin_utils.drivers import frr_merge

RUNNING = """hostname r1
!
interface eth1
 description to-r2
 ip address 10.0.0.0/31
 ip ospf cost 10
exit
!
router bgp 65001
 no bgp ebgp-requires-policy
 neighbor 10.0.0.1 remote-as 65002
 neighbor 10.0.0.1 description r2
 neighbor 10.0.0.6 remote-as 65004
 !
 address-family ipv4 unicast
  network 172.16.1.0/24
  neighbor 10.0.0.1 route-map IN in
  neighbor 10.0.0.1 route-map OUT out
 exit-address-family
exit
!
"""


def change(lines: str) -> tuple[set[str], set[str], str]:
    """Lines gone, lines new, lines that vtysh is given."""
    before = set(frr_merge.render(frr_merge.parse(RUNNING)).splitlines())
    text, effective = frr_merge.merge(RUNNING, lines)
    after = set(text.splitlines())
    return before - after, after - before, effective


@pytest.mark.parametrize(
    ("lines", "gone", "new"),
    [
        ("interface eth1\n description new\n", {" description to-r2"}, {" description new"}),
        ("interface eth1\n ip ospf cost 20\n", {" ip ospf cost 10"}, {" ip ospf cost 20"}),
        ("interface eth1\n no ip ospf cost\n", {" ip ospf cost 10"}, set()),
        ("interface eth1\n no description whatever\n", {" description to-r2"}, set()),
        ("interface eth1\n ip address 192.0.2.1/24\n", set(), {" ip address 192.0.2.1/24"}),
        ("router bgp 65001\n no neighbor 10.0.0.6\n", {" neighbor 10.0.0.6 remote-as 65004"}, set()),
        ("router bgp 65001\n network 198.51.100.0/24\n", set(), {"  network 198.51.100.0/24"}),
        ("router bgp 65001\n bgp ebgp-requires-policy\n", {" no bgp ebgp-requires-policy"}, set()),
        ("router bgp 65001\n no bgp default ipv4-unicast\n", set(), {" no bgp default ipv4-unicast"}),
        ("ip route 4.4.4.0/24 Null0\n", set(), {"ip route 4.4.4.0/24 Null0"}),
        ("interface eth9\n shutdown\n", set(), {"interface eth9", " shutdown"}),
    ],
)
def test_effects(lines: str, gone: set[str], new: set[str]) -> None:
    assert change(lines)[:2] == (gone, new)


def test_a_neighbor_goes_with_its_options_in_every_family() -> None:
    gone, new, _unused = change("router bgp 65001\n no neighbor 10.0.0.1 remote-as 65002\n")
    assert len(gone) == 4
    assert not new


def test_a_filter_replaces_the_one_of_its_direction_only() -> None:
    lines = (
        "router bgp 65001\n address-family ipv4 unicast\n  neighbor 10.0.0.1 route-map NEW in\n exit-address-family\n"
    )
    assert change(lines)[:2] == ({"  neighbor 10.0.0.1 route-map IN in"}, {"  neighbor 10.0.0.1 route-map NEW in"})


@pytest.mark.parametrize(
    "lines",
    [
        RUNNING,
        "interface eth1\n no shutdown\n description to-r2\n",
        "interface eth1\nno ip address 192.0.2.9/24\n",
        "router bgp 65001\n no bgp ebgp-requires-policy\n no neighbor 192.0.2.77\n",
        "no ip route 9.9.9.0/24 Null0\n",
    ],
)
def test_what_is_there_already_changes_nothing(lines: str) -> None:
    gone, new, effective = change(lines)
    assert (gone, new, effective) == (set(), set(), "")


def test_lines_without_indentation_belong_to_their_section() -> None:
    flat = (
        "router bgp 65001\nneighbor 10.0.0.6 description r4\n"
        "address-family ipv4 unicast\nnetwork 1.0.0.0/8\nexit-address-family\nexit\n"
    )
    _unused, new, effective = change(flat)
    assert new == {" neighbor 10.0.0.6 description r4", "  network 1.0.0.0/8"}
    assert effective == (
        "router bgp 65001\n neighbor 10.0.0.6 description r4\n address-family ipv4 unicast\n"
        "  network 1.0.0.0/8\n exit-address-family\nexit\n"
    )


def test_a_recorded_configuration_survives_parsing() -> None:
    text = (Path(__file__).parent / "frr/running.txt").read_text()
    rendered = frr_merge.render(frr_merge.parse(text))
    kept = [line for line in text.splitlines() if line.strip(" !") and not line.strip().startswith(("exit", "end"))]
    assert rendered.splitlines() == [line for line in kept if not line.endswith(("...", "configuration:"))]
