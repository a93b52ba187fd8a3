# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Twenty real FRRouting routers discovered from one of them: by their CLI with LLDP, by SNMP v2c, by SNMP v3."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.holdfast.network.plugins.plugin_utils.discovery.links import links
from ansible_collections.holdfast.network.plugins.plugin_utils.discovery.records import Device
from ansible_collections.holdfast.network.plugins.plugin_utils.discovery.store import DiscoveryStore

from tests.integration.conftest import LOCAL, Controller
from tests.lab.frr import FrrLab
from tests.lab.frr.packages import obstacle

pytestmark = pytest.mark.frr

SEED = "leaf1"
Ends = frozenset[tuple[str, str]]


@pytest.fixture(scope="module")
def twenty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FrrLab]:
    """Two spines and 18 leaves, each on both: 36 links and many loops."""
    reason = obstacle()
    if reason:
        pytest.skip(reason)
    with FrrLab(20, shape="leaf-spine", directory=tmp_path_factory.mktemp("frr") / "lab") as lab:
        lab.wait_lldp()
        yield lab


def discover(controller: Controller, lab: FrrLab, name: str = "discover", **options: Any) -> dict[str, Any]:
    """The result of the module's task. Options are the module's; without more it goes by CLI."""
    module = {
        "seeds": [lab.routers[SEED].address],
        "credentials": [{"name": "lab", "user": "admin", "password": lab.routers[SEED].password}],
        "transports": ["ssh"],
        "login_rate": 0,
        **options,
    }
    variables = {**LOCAL, "holdfast_known_hosts": str(lab.known_hosts)}
    task = {"name": name, "holdfast.network.discover": module}
    run = controller.playbook("localhost,", [task], "localhost", vars=variables)
    result = run.result("localhost", name)
    assert lab.routers[SEED].password not in run.stdout + run.stderr
    return result


def store(controller: Controller) -> Path:
    return controller.directory / "discovery"


def stored(controller: Controller) -> dict[str, Device]:
    return {one.name: one for one in DiscoveryStore(store(controller)).load().devices}


def wanted_links(lab: FrrLab) -> set[Ends]:
    return {frozenset({(link.a, link.a_port), (link.b, link.b_port)}) for link in lab.links}


def found_links(devices: dict[str, Device]) -> set[Ends]:
    found = links(list(devices.values()))
    return {frozenset({(link.a.name, link.a.interface), (link.b.name, link.b.interface)}) for link in found}


def assert_complete(controller: Controller, lab: FrrLab, result: dict[str, Any], via: str) -> None:
    devices = stored(controller)
    assert result["failures"] == [] and set(devices) == set(lab.routers)
    assert len(result["devices"]) == 20 and result["counts"]["links"] == 36
    assert found_links(devices) == wanted_links(lab)
    assert lab.routers[SEED].password not in "".join(path.read_text() for path in store(controller).glob("**/*.json"))
    for name, device in devices.items():
        router = lab.routers[name]
        assert (device.address, device.platform, device.vendor) == (router.address, "frr", "FRRouting")
        assert (device.via, device.role, device.notes) == (via, "router", ())
        ports = {one.name: one for one in device.interfaces}
        assert {f"{port.address}/31" for port in router.plan.ports} == {
            address for port in router.plan.ports for address in ports[port.name].addresses
        }


def test_by_cli_then_again_without_a_login_and_a_play_over_what_was_found(
    controller: Controller, twenty: FrrLab
) -> None:
    before = {name: twenty.logins(name) for name in twenty.routers}
    cold = discover(controller, twenty)
    assert_complete(controller, twenty, cold, "ssh")
    assert cold["changed"] and cold["logins"] == 20
    assert {name: twenty.logins(name) - before[name] for name in twenty.routers} == dict.fromkeys(twenty.routers, 1)

    warm = discover(controller, twenty)
    assert_complete(controller, twenty, warm, "ssh")
    assert (warm["changed"], warm["logins"]) == (False, 0)
    assert not any(warm["changes"].values())
    print(f"20 routers by CLI: {cold['elapsed']:.2f} s cold with 20 logins, {warm['elapsed']:.2f} s warm")
    assert warm["elapsed"] < 10

    book = controller.directory / "discovered.yml"
    book.write_text(yaml.safe_dump({"plugin": "holdfast.network.discovered", "store": "discovery"}))
    login = {"ansible_user": "admin", "ansible_password": twenty.routers[SEED].password}
    task = {"name": "who", "holdfast.network.command": {"commands": ["show version"]}}
    run = controller.playbook(book, [task], "all", vars={**login, "holdfast_known_hosts": str(twenty.known_hosts)})
    assert run.rc == 0, run.stdout
    for name in twenty.routers:
        assert f"({name})" in run.result(name, "who")["stdout"][0]
    assert sum(twenty.logins(name) - before[name] for name in twenty.routers) == 20


@pytest.mark.parametrize("version", ["2c", "3"])
def test_by_snmp(controller: Controller, twenty: FrrLab, version: str) -> None:
    secret = twenty.routers[SEED].password
    user = {"user": "secure", "auth_protocol": "sha256", "auth_key": secret, "priv_protocol": "aes", "priv_key": secret}
    before = sum(twenty.logins(name) for name in twenty.routers)
    snmp = [{"community": "public"}] if version == "2c" else [{"user": "nobody"}, {"name": "right", **user}]
    options = {"credentials": [], "transports": ["snmp"], "snmp": snmp}
    first = discover(controller, twenty, **options)
    assert_complete(controller, twenty, first, "snmp")
    assert {one["credential"] for one in first["devices"]} == {"snmp1" if version == "2c" else "right"}
    again = discover(controller, twenty, **options)
    assert again["changed"] is False and not any(again["changes"].values())
    assert sum(twenty.logins(name) for name in twenty.routers) == before
    print(f"20 routers by SNMP v{version}: {first['elapsed']:.2f} s, then {again['elapsed']:.2f} s")


def test_what_is_down_or_hangs_is_told_and_hinders_no_other(controller: Controller, twenty: FrrLab) -> None:
    """leaf5 refuses SSH and its snmpd hangs; leaf6's sshd hangs, but its snmpd does not."""

    def daemon(router: str, name: str, how: signal.Signals) -> None:
        pid = twenty.shell(router, "cat", f"/run/{name}.pid").strip()
        twenty.shell(router, "kill", f"-{how.value}", pid)

    daemon("leaf5", "sshd", signal.SIGTERM)
    daemon("leaf5", "snmpd", signal.SIGSTOP)
    daemon("leaf6", "sshd", signal.SIGSTOP)
    try:
        options = {"transports": ["ssh", "snmp"], "snmp": [{"community": "public"}], "snmp_timeout": 0.5}
        result = discover(controller, twenty, **options, connect_timeout=2)
    finally:
        daemon("leaf6", "sshd", signal.SIGCONT)
        daemon("leaf5", "snmpd", signal.SIGCONT)
        twenty.shell("leaf5", "/usr/sbin/sshd", "-E", "/var/log/sshd.log")
    (failure,) = result["failures"]
    assert (failure["address"], failure["name"]) == (twenty.routers["leaf5"].address, "leaf5")
    assert failure["code"] == "unreachable" and failure["found_by"][0] in ("spine1", "spine2")
    assert ":22 cannot be reached" in failure["reason"] and "(SNMP): no answer" in failure["reason"]
    via = {one["name"]: one["via"] for one in result["devices"]}
    assert via == {name: "snmp" if name == "leaf6" else "ssh" for name in twenty.routers if name != "leaf5"}
    assert found_links(stored(controller)) == wanted_links(twenty), "both spines tell of leaf5's ports"
