# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The ways that the options describe, and the words for those that they do not."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.errors import BadInput, Unsupported
from ansible_collections.holdfast.network.plugins.plugin_utils.drivers.route import Hop, Proxy, check_way, parse_route


@pytest.mark.parametrize(
    ("given", "host", "port", "user"),
    [
        ("jump", "jump", 22, None),
        ("ann@jump", "jump", 22, "ann"),
        ("ann@corp@jump:2222", "jump", 2222, "ann@corp"),
        ("[2001:db8::1]", "2001:db8::1", 22, None),
        ("ann@[2001:db8::1]:23", "2001:db8::1", 23, "ann"),
        ({"host": "jump", "port": "2022", "user": "ann"}, "jump", 2022, "ann"),
    ],
)
def test_a_jump_host(given: Any, host: str, port: int, user: str | None) -> None:
    (hop,) = parse_route([given], None).hops
    assert (hop.host, hop.port, hop.user, hop.number, hop.password) == (host, port, user, 1, None)


def test_text_with_commas_is_a_chain() -> None:
    route = parse_route("a@one, two:23 ,", None)
    assert [hop.title for hop in route.hops] == ["jump host 1 (one:22)", "jump host 2 (two:23)"] and not route.direct
    assert parse_route({"host": "one"}, None).hops == (Hop("one", number=1),)
    assert parse_route(None, None).direct and parse_route("", "").direct and parse_route([], None).direct


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (["2001:db8::1"], "number 1 is not USER@HOST:PORT (write an IPv6 address in brackets)"),
        (["ok", "host:port"], "number 2 is not"),
        ([{"user": "ann"}], "number 1 has no host"),
        ([{"host": "x", "passwd": "Sec-ret"}], "number 1 has an unknown key 'passwd'; there are host, port, user"),
        ([{"host": "x", "port": 70000}], "number 1: a port is a number from 1 to 65535"),
        ([5], "number 1 is neither"),
        (5, "write a list"),
    ],
)
def test_a_jump_host_that_is_none(given: Any, words: str) -> None:
    with pytest.raises(BadInput) as caught:
        parse_route(given, None)
    assert words in caught.value.message and "Sec-ret" not in str(caught.value.as_dict())
    assert caught.value.detail["option"] == "jump_hosts"


def test_proxies() -> None:
    assert parse_route(None, "socks5://p").proxy == Proxy("socks5", "p", 1080)
    assert parse_route(None, "http://u%40x:p%3Aw@[::1]:8080").proxy == Proxy("http", "::1", 8080, "u@x", "p:w")
    for bad in ("ftp://x", "socks5://", "p:1080", "socks5://u:Sec-ret@x:y", "https://x"):
        with pytest.raises(BadInput, match="^holdfast_proxy: write SCHEME") as caught:
            parse_route(None, bad)
        assert "Sec-ret" not in str(caught.value.as_dict())


def test_no_secret_is_shown() -> None:
    route = parse_route(
        [{"host": "x", "password": "Sec-ret", "passphrase": "Sec-ret", "private_key": "Sec-ret"}], "http://u:Sec-ret@p"
    )
    assert "Sec-ret" not in repr(route) and route.hops[0].password == "Sec-ret"


class Plain:
    name = "plain"


class Proxied(Plain):
    ways = ("proxy",)


def test_a_driver_that_does_not_go_that_way_says_so() -> None:
    check_way(parse_route(None, None), Plain())
    check_way(parse_route(None, "http://p"), Proxied())
    for route, driver, option in (
        ("x", Plain(), "jump_hosts"),
        (None, Plain(), "proxy"),
        ("x", Proxied(), "jump_hosts"),
    ):
        with pytest.raises(Unsupported, match=f"^holdfast_{option}: the driver plain does not go that way"):
            check_way(parse_route(route, "http://p" if option == "proxy" else None), driver)


def test_names() -> None:
    assert Hop("x").title == "x:22" and Hop("x").phase("tcp") == "tcp" and Hop("x", number=2).phase("tcp") == "hop2 tcp"
