# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Seeds: what is one, how many addresses a range holds, and where a crawl may go."""

from __future__ import annotations

import asyncio
import time
from ipaddress import ip_network

import pytest
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.errors import BadInput
from ansible_collections.holdfast.network.plugins.plugin_utils.discovery.seeds import Ranges, Seeds
from hypothesis import given
from hypothesis import strategies as st


def expanded(*given: str, deny: tuple[str, ...] = (), most: int = 4096) -> list[str]:
    seeds, _failures = asyncio.run(Seeds(given, most).resolved(Ranges.parsed((), deny)))
    return [address for seed in seeds for address in seed.addresses]


@pytest.mark.parametrize(
    ("given", "addresses"),
    [
        ("192.0.2.0/30", ["192.0.2.1", "192.0.2.2"]),
        ("192.0.2.0/31", ["192.0.2.0", "192.0.2.1"]),
        ("192.0.2.7/32", ["192.0.2.7"]),
        ("2001:db8::/126", ["2001:db8::1", "2001:db8::2", "2001:db8::3"]),
        ("2001:0DB8::0001", ["2001:db8::1"]),
        (" 192.0.2.1 ", ["192.0.2.1"]),
    ],
)
def test_addresses_and_ranges(given: str, addresses: list[str]) -> None:
    assert expanded(given) == addresses


@given(st.sampled_from(["10.0.0.0/{}", "2001:db8::/{}"]), st.integers(0, 10))
def test_a_range_holds_as_many_as_are_counted(text: str, bits: int) -> None:
    network = text.format((128 if ":" in text else 32) - bits)
    assert len(expanded(network)) == (Seeds([network]).count or 1)
    assert expanded(network) == [str(one) for one in ip_network(network).hosts()]


@pytest.mark.parametrize("given", ["10.0.0.0/12", "2001:db8::/64", "::/0"])
def test_a_million_addresses_are_refused_at_once_unless_that_is_meant(given: str) -> None:
    start = time.monotonic()
    with pytest.raises(BadInput, match="max_addresses") as caught:
        Seeds(["192.0.2.0/24", given])
    assert time.monotonic() - start < 0.1
    count = caught.value.detail["count"]
    assert count > 1_000_000 and f"max_addresses: {count}" in caught.value.message
    meant = Seeds(["192.0.2.0/24", given], count)
    seeds, _failures = asyncio.run(meant.resolved(Ranges()))
    assert next(iter(seeds)).addresses == ("192.0.2.1",) and time.monotonic() - start < 1


def test_the_bound_is_over_all_seeds() -> None:
    assert Seeds(["10.0.0.0/21", "10.1.0.0/21"]).count == 4092
    with pytest.raises(BadInput, match="4346 addresses"):
        Seeds(["10.0.0.0/21", "10.1.0.0/21", "10.2.0.0/24"])


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("10.0.0.5/24", "10.0.0.0/24 for the range, or 10.0.0.5"),
        ("10.0.0.0/33", "is no range"),
        ("10.0.0.256", "is no address"),
        ("10.0.0", "is no address"),
        ("a b", "is no address"),
        ("core1\n", None),
        ("-x", "is no address"),
        ("", "is no address"),
        ("x" * 254, "is no address"),
    ],
)
def test_what_is_no_seed_is_named(given: str, words: str | None) -> None:
    if words is None:
        assert Seeds([given]).names == ["core1"]
        return
    with pytest.raises(BadInput, match="seeds: ") as caught:
        Seeds([given])
    assert words in caught.value.message


def test_no_seeds() -> None:
    with pytest.raises(BadInput, match="seeds: none given"):
        Seeds([])


def test_deny_wins_over_allow() -> None:
    ranges = Ranges.parsed(["10.0.0.0/8", "2001:db8::/32"], ["10.1.0.0/16"])
    assert ranges.refusal("10.2.0.1") is None and ranges.refusal("2001:db8::1") is None
    assert "deny" in str(ranges.refusal("10.1.0.1")) and "allow" in str(ranges.refusal("192.0.2.1"))
    assert Ranges().refusal("fe80::1%eth0") is None and "no address" in str(Ranges().refusal("unknown"))
    with pytest.raises(BadInput, match="deny: 'x'"):
        Ranges.parsed([], ["x"])
    assert expanded("10.0.0.0/29", deny=("10.0.0.2/31", "10.0.0.5")) == ["10.0.0.1", "10.0.0.4", "10.0.0.6"]
