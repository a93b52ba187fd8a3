# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Names, groups and connection variables of inventory hosts."""

from __future__ import annotations

import json
import string

import pytest
from ansible_collections.holdfast.network.plugins.plugin_utils.inventory.hosts import (
    Host,
    as_dict,
    as_listing,
    connection_variables,
    given,
    group_names,
    host_name,
    listing,
    some,
)
from hypothesis import given as fed
from hypothesis import strategies


def row(name: str, *distinct: str | None, platform: str | None = "ios", groups: tuple[str, ...] = ()) -> Host:
    return Host(name, connection_variables("192.0.2.1", platform), list(groups), distinct)


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        (("192.0.2.1", "cisco.ios.ios", 22), {"holdfast_platform": "cisco_ios"}),
        (("192.0.2.1", "eos", 443, "pyeapi"), {"holdfast_platform": "arista_eos", "holdfast_driver": "pyeapi"}),
        (("192.0.2.1", "frr", 22, "x"), {"holdfast_platform": "frr", "holdfast_driver": "x"}),
        (("192.0.2.1", "weird_os", 2222), {"holdfast_platform": "weird_os", "ansible_port": 2222}),
        (("192.0.2.1", None), {}),
    ],
)  # fmt: skip
def test_connection_variables_leave_out_what_is_the_default(arguments: tuple, found: dict) -> None:
    base = {"ansible_connection": "holdfast.network.pinned", "ansible_host": "192.0.2.1"}
    assert connection_variables(*arguments) == {**base, **found}


def test_a_device_without_an_address_is_reached_by_its_name() -> None:
    assert "ansible_host" not in connection_variables(None, "ios")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("core1.example.net", "core1.example.net"),
        ("  sw 7,[a]\x07 ", "sw-7-a"),
        ("-!x", "x"),
        ("Büro-1", "Büro-1"),
        ("localhost", ""),
        ("ALL", ""),
        ("***", ""),
    ],
)
def test_names_are_made_fit_for_patterns(text: str, name: str) -> None:
    assert host_name(text) == name


@fed(strategies.lists(strategies.text(alphabet=string.printable, max_size=6), max_size=8))
def test_no_device_is_lost_whatever_they_are_called(names: list[str]) -> None:
    found = listing(row(name) for name in names)
    assert len(found.hosts) == len(names)
    assert all(host_name(name) == name for name in found.hosts)


def test_devices_of_one_name_are_told_apart_by_the_first_property_in_which_all_differ() -> None:
    found = listing([row("a", "192.0.2.1", "S1"), row("a", "192.0.2.1", "S2"), row("b", "192.0.2.3")])
    assert sorted(found.hosts) == ["a-S1", "a-S2", "b"]
    assert found.warnings == ["2 devices are named a; they are kept as a-S1, a-S2"]


def test_the_new_name_may_be_taken_too() -> None:
    found = listing([row("a", None), row("a", None), row("a-1")])
    assert sorted(found.hosts) == ["a-1", "a-1-2", "a-2"]


def test_one_without_a_name_goes_by_what_tells_it_apart() -> None:
    assert list(listing([row("", "2001:db8::1")]).hosts) == ["2001-db8-1"]
    assert listing([row("", "192.0.2.7")]).warnings == []


def test_groups_list_their_hosts_once_and_unknown_platforms_have_one() -> None:
    rows = [row("b", groups=("x", "x")), row("a", groups=("x",), platform="weird_os"), row("c", platform=None)]
    found = listing([*rows, Host("u", {}, ["unreached"], reached=False)])
    assert found.groups == {"x": ["a", "b"], "unknown_platform": ["a", "c"], "unreached": ["u"]}
    assert len(found.warnings) == 2 and "'weird_os' of a" in found.warnings[1]


def test_a_listing_survives_its_cache() -> None:
    host = row("a", groups=("x",))
    host.environment["ansible_password"] = "NET_PASSWORD"
    found = listing([host])
    assert as_listing(json.loads(json.dumps(as_dict(found)))) == found


def test_small_words() -> None:
    assert given(site="ulm", role="", tags=[], id=None, on=False) == {"holdfast_site": "ulm", "holdfast_on": False}
    assert group_names(site="ulm", tag=["a", "b", ""], role=None) == ["site_ulm", "tag_a", "tag_b"]
    assert some(list("abcdefg")) == "a, b, c, d, e and 2 more"
