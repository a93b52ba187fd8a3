# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Ways through jump hosts and proxies: real servers on the loopback, real handshakes."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import asyncssh
import pytest
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.errors import (
    AuthenticationFailed,
    HoldfastError,
    HostKeyChanged,
    HostKeyUnknown,
    NameNotResolved,
    Unreachable,
    Unsupported,
)
from ansible_collections.holdfast.network.plugins.plugin_utils.drivers.base import Command, Target
from ansible_collections.holdfast.network.plugins.plugin_utils.drivers.driver_netmiko import NetmikoDriver
from ansible_collections.holdfast.network.plugins.plugin_utils.drivers.driver_pyeapi import PyeapiDriver
from ansible_collections.holdfast.network.plugins.plugin_utils.drivers.route import check_way, parse_route

from tests.lab.emulated import EmulatedLab
from tests.lab.waypoints import FAILED, FORBIDDEN, JumpHost, Waypoints, waypoints

Where = Callable[..., Target]
Way = Callable[..., NetmikoDriver]


@pytest.fixture
def points() -> Iterator[Waypoints]:
    with waypoints() as made:
        yield made


@pytest.fixture
def hops(points: Waypoints, tmp_path: Path) -> Callable[..., list[JumpHost]]:
    return lambda count=1, **options: [points.jump_host(tmp_path, f"jump{n + 1}", **options) for n in range(count)]


@pytest.fixture
def way(lab: EmulatedLab, ssh: Where, tmp_path: Path) -> Iterator[Way]:
    """A driver of r1 through these jump hosts, which known_hosts has; ``changes`` of a hop by its number."""
    made: list[NetmikoDriver] = []

    def make(hops: list[JumpHost], proxy: str | None = None, known: str | None = None, **changes: Any) -> NetmikoDriver:
        lines = lab.known_hosts.read_text() + "".join(hop.known_host for hop in hops if not hop.silent)
        file = tmp_path / "known_hosts"
        file.write_text(lines if known is None else known)
        wanted = [
            {
                "host": hop.host,
                "port": hop.port,
                "user": hop.user,
                "password": hop.password,
                **changes.get(hop.name, {}),
            }
            for hop in hops
        ]
        options = {"known_hosts": str(file)}
        timeout = changes.get("timeout", 10.0)
        driver = NetmikoDriver(ssh("r1", options, route=parse_route(wanted, proxy), connect_timeout=timeout))
        made.append(driver)
        return driver

    yield make
    for driver in made:
        driver.close()


@pytest.fixture
def closed_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def failing(driver: NetmikoDriver | PyeapiDriver) -> HoldfastError:
    with pytest.raises(HoldfastError) as caught:
        driver.open()
    assert [phase.ok for phase in driver.phases].count(False) == 1 and not driver.phases[-1].ok
    assert caught.value.detail["phase"] == driver.phases[-1].name
    return caught.value


@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_chain_of_jump_hosts(lab: EmulatedLab, hops: Any, way: Way, count: int) -> None:
    chain = hops(count)
    driver = way(chain)
    driver.open()
    expected = ["dns", "tcp", "host_key", "auth"]
    names = [f"hop1 {name}" for name in expected]
    for number in range(2, count + 1):
        names += [f"hop{number} {name}" for name in expected[1:]]
    assert [phase.name for phase in driver.phases] == [*names, *expected[1:], "prompt"]
    for _unused in range(5):
        assert "IOSv" in driver.run([Command("show version")], 5.0)[0].output
    targets = [(hop.host, hop.port) for hop in chain[1:]] + [(lab.devices["r1"].host, lab.devices["r1"].port)]
    assert [hop.forwards for hop in chain] == [[target] for target in targets]
    assert [(hop.logins, hop.open) for hop in chain] == [(1, 1)] * count and lab.counters("r1")["logins"] == 1
    assert all(hop.offered == ["Jump-pass-1"] for hop in chain)
    driver.close()
    assert lab.wait(lambda: not any(hop.open for hop in chain))


def test_a_key_of_its_own(hops: Any, way: Way, tmp_path: Path) -> None:
    key = asyncssh.generate_private_key("ssh-ed25519")
    key.write_private_key(str(tmp_path / "key"), passphrase="hop phrase", rounds=50)
    (jump,) = hops(key=key.export_public_key().decode())
    mine = {"password": "", "private_key_file": str(tmp_path / "key"), "passphrase": "hop phrase"}
    way([jump], jump1=mine).open()
    assert jump.logins == 1 and jump.offered == []
    error = failing(way([jump], jump1={**mine, "passphrase": "no"}))
    assert error.code == "authentication" and "jump host 1" in error.message and "passphrase" in error.message
    missing = failing(way([jump], jump1={**mine, "private_key_file": "/none"}))
    assert missing.message == "holdfast_jump_hosts: private_key_file of jump host 1: there is no file /none"


def test_a_jump_host_never_gets_the_device_s_password(lab: EmulatedLab, hops: Any, way: Way) -> None:
    (jump,) = hops()
    error = failing(way([jump], jump1={"password": None}))
    assert error.code == "authentication" and lab.devices["r1"].password not in jump.offered and jump.offered == []
    assert lab.counters("r1")["connections"] == 0


@pytest.mark.parametrize(("number", "phase"), [(1, "hop1 auth"), (2, "hop2 auth")])
def test_a_hop_that_refuses_the_login_is_named(hops: Any, way: Way, number: int, phase: str) -> None:
    chain = hops(2)
    error = failing(way(chain, **{f"jump{number}": {"password": "wrong-Word-1"}}))
    assert isinstance(error, AuthenticationFailed) and error.detail["phase"] == phase
    assert error.detail["hop"] == number and "wrong-Word-1" not in str(error.as_dict())
    assert error.message.startswith(
        f"jump host {number} (127.0.0.1:{chain[number - 1].port}) refused the login of user"
    )
    assert "holdfast_jump_hosts" in error.message
    assert chain[number - 1].failed_logins == 1 and chain[number - 1].logins == 0


def test_host_keys_are_verified_at_each_hop(lab: EmulatedLab, hops: Any, way: Way) -> None:
    first, second = chain = hops(2)
    unknown = failing(way(chain, known=lab.known_hosts.read_text() + first.known_host))
    assert isinstance(unknown, HostKeyUnknown) and unknown.detail["phase"] == "hop2 host_key"
    # ssh-keyscan does not reach it: the message has the very line to add
    assert f"jump host 2 (127.0.0.1:{second.port})" in unknown.message and second.known_host.strip() in unknown.message
    swapped = second.known_host.split()[0] + " " + " ".join(first.known_host.split()[1:]) + "\n"
    changed = failing(way(chain, known=lab.known_hosts.read_text() + first.known_host + swapped))
    assert isinstance(changed, HostKeyChanged) and changed.detail["phase"] == "hop2 host_key"
    assert second.logins == 0 and second.offered == []
    device = failing(way(chain, known=first.known_host + second.known_host))
    assert device.code == "host_key_unknown" and device.detail["phase"] == "host_key" and "hop" not in device.detail
    assert lab.counters("r1")["logins"] == 0


@pytest.mark.parametrize(("reason", "words"), [(FORBIDDEN, "does not allow forwarding"), (FAILED, "Connect failed")])
def test_a_refused_forward_names_both_ends(lab: EmulatedLab, hops: Any, way: Way, reason: int, words: str) -> None:
    first, second = chain = hops(2)
    second.refuse = reason
    error = failing(way(chain))
    assert isinstance(error, Unreachable) and error.detail["phase"] == "tcp" and error.detail["hop"] == 2
    assert f"{lab.devices['r1'].port} cannot be reached from jump host 2" in error.message and words in error.message
    first.refuse = reason
    earlier = failing(way(chain))
    assert earlier.detail["phase"] == "hop2 tcp" and "cannot be reached from jump host 1" in earlier.message
    assert lab.wait(lambda: first.open == second.open == 0)


def test_a_hop_that_is_not_there(hops: Any, way: Way, closed_port: int) -> None:
    (jump,) = hops()
    gone = failing(way([jump], jump1={"port": closed_port}))
    assert gone.code == "unreachable" and gone.detail["phase"] == "hop1 tcp" and "jump host 1" in gone.message
    unnamed = failing(way([jump], jump1={"host": "no-such-host.invalid"}))
    assert isinstance(unnamed, NameNotResolved) and unnamed.detail["phase"] == "hop1 dns"
    assert unnamed.message.startswith("holdfast_jump_hosts: host of jump host 1")


def test_the_timeout_bounds_the_whole_chain(hops: Any, points: Waypoints, way: Way, tmp_path: Path) -> None:
    chain = [*hops(1), points.jump_host(tmp_path, "silent", silent=True)]
    start = time.monotonic()
    error = failing(way(chain, timeout=4.0))
    assert 3.8 < time.monotonic() - start < 10.0
    assert isinstance(error, Unreachable) and error.detail["phase"] == "hop2 host_key"
    assert "longer than 4 s (holdfast_connect_timeout)" in error.message and "jump host 2" in error.message


def test_a_login_through_a_chain_can_be_abandoned(hops: Any, points: Waypoints, way: Way, tmp_path: Path) -> None:
    (jump,) = hops()
    driver = way([jump, points.jump_host(tmp_path, "silent", silent=True)], timeout=30.0)

    def abandon() -> None:
        while not jump.forwards:
            time.sleep(0.01)
        driver.interrupt()

    threading.Thread(target=abandon).start()
    start = time.monotonic()
    failing(driver)
    assert time.monotonic() - start < 15


@pytest.mark.parametrize("scheme", ["socks5", "socks5h", "socks4", "socks4a", "http"])
def test_proxies(lab: EmulatedLab, points: Waypoints, way: Way, hops: Any, scheme: str) -> None:
    user, password = "pat", "" if scheme.startswith("socks4") else "Pr@xy-1"
    kind = "http" if scheme == "http" else scheme[:6]
    proxy = points.proxy(kind, user=user, password=password)
    url = f"{scheme}://pat:Pr%40xy-1@127.0.0.1:{proxy.port}"
    driver = way([], url)
    driver.open()
    assert "IOSv" in driver.run([Command("show version")], 5.0)[0].output and proxy.names == ["127.0.0.1"]
    assert "proxy tcp" in [phase.name for phase in driver.phases] and lab.counters("r1")["logins"] == 1
    driver.close()
    chain = hops(2)
    through = way(chain, url)
    through.open()
    assert len(proxy.names) == 2 and [hop.logins for hop in chain] == [1, 1]
    through.close()
    wrong = failing(way([], url.replace("pat", "eve")))
    assert wrong.code == "authentication" and wrong.detail["phase"] == "proxy auth" and proxy.refused == 1
    assert "holdfast_proxy" in wrong.message and "Pr@xy-1" not in str(wrong.as_dict())
    assert "Pr@xy-1" not in repr(driver.target) and "Jump-pass-1" not in repr(through.target)
    proxy.refuse = True
    refused = failing(way([], url))
    assert refused.code == "unreachable" and refused.detail["phase"] == "tcp"
    assert f"127.0.0.1:{lab.devices['r1'].port} cannot be reached through proxy {scheme}://127.0.0.1" in refused.message
    assert failing(way(chain, url)).detail["phase"] == "hop1 tcp"


@pytest.mark.parametrize("scheme", ["socks5", "http"])
def test_eapi_goes_through_a_proxy_but_not_through_jump_hosts(
    lab: EmulatedLab, points: Waypoints, eapi: Where, scheme: str
) -> None:
    proxy = points.proxy(scheme, user="pat", password="Pr0xy-1")
    route = parse_route(None, f"{scheme}://pat:Pr0xy-1@127.0.0.1:{proxy.port}")
    driver = PyeapiDriver(eapi(route=route))
    driver.open()
    assert [driver.run([Command("show hostname")], 5.0)[0].output for _unused in range(3)] and len(proxy.names) == 1
    driver.close()
    refused = PyeapiDriver(eapi(route=parse_route(None, f"{scheme}://127.0.0.1:{proxy.port}")))
    assert failing(refused).code == "authentication" and refused.phases[0].name == "proxy auth"
    hopped = eapi(route=parse_route("jump", None))
    with pytest.raises(Unsupported, match="^holdfast_jump_hosts: the driver pyeapi does not go that way"):
        check_way(hopped.route, PyeapiDriver(hopped))


@pytest.mark.parametrize("scheme", ["socks5", "socks4", "http"])
def test_a_proxy_that_is_none(points: Waypoints, way: Way, closed_port: int, scheme: str) -> None:
    other = {"http": "socks5", "socks5": "http", "socks4": "http"}[scheme]
    gone = failing(way([], f"{scheme}://127.0.0.1:{closed_port}"))
    assert gone.code == "unreachable" and gone.detail["phase"] == "proxy tcp" and "proxy" in gone.message
    mute = points.proxy(other)
    error = failing(way([], f"{scheme}://127.0.0.1:{mute.port}", timeout=1.0))
    assert error.code in ("connect_failed", "unreachable") and error.detail["phase"].startswith("proxy")
    unnamed = failing(way([], f"{scheme}://no-such-host.invalid"))
    assert unnamed.code == "dns" and "holdfast_proxy" in unnamed.message
