# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Discovery of a network by real playbooks: all of it, although some of it is dead, and never twice for nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.holdfast.network.plugins.plugin_utils.discovery.links import links
from ansible_collections.holdfast.network.plugins.plugin_utils.discovery.store import DiscoveryStore

from tests.integration.conftest import Controller, Run
from tests.lab.emulated import EmulatedLab, campus, own_addresses

NETWORK = f"127.{200 + os.getpid() % 50}"
COUNT = 24


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmulatedLab]:
    """Four cores in a ring, two distribution switches, eighteen behind them: IOS, EOS and NX-OS."""
    topology = own_addresses(campus(COUNT, ["ios", "eos", "nxos"]), NETWORK)
    with EmulatedLab(topology, tmp_path_factory.mktemp("campus")) as lab:
        yield lab


@pytest.fixture
def lab(running: EmulatedLab) -> Iterator[EmulatedLab]:
    running.reset_counters()
    yield running
    for name in running.devices:
        running.advertise(name)
    running.clear()
    running.reset()


@pytest.fixture
def inventory(tmp_path: Path, lab: EmulatedLab) -> Path:
    """A play host that says how devices are reached, and with which login."""
    device = lab.devices["core1"]
    variables = {
        "ansible_connection": "local", "ansible_user": device.user, "ansible_password": device.password,
        "holdfast_enable_secret": device.enable, "holdfast_known_hosts": str(lab.known_hosts),
    }  # fmt: skip
    path = tmp_path / "controller.yml"
    path.write_text(yaml.safe_dump({"all": {"hosts": {"controller": variables}}}))
    return path


def discover(lab: EmulatedLab, name: str = "discover", **options: Any) -> dict[str, Any]:
    task = {key: options.pop(key) for key in ("check_mode", "ignore_errors", "diff") if key in options}
    given = {"seeds": [lab.devices["core1"].host], "port": 2222, "transports": ["ssh"], "login_rate": 0, **options}
    return {"name": name, "holdfast.network.discover": given, **task}


def result(run: Run, name: str = "discover") -> dict[str, Any]:
    return run.result("controller", name)


def ids(rows: list[dict[str, Any]]) -> list[str]:
    return [row["id"] for row in rows]


def cables(directory: Path) -> set[frozenset[tuple[str, str]]]:
    found = links(DiscoveryStore(directory).load().devices)
    return {frozenset({(one.a.name, one.a.interface), (one.b.name, one.b.interface)}) for one in found}


def files(directory: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in directory.rglob("*") if path.is_file()}


def test_all_of_it_from_one_seed_and_then_only_what_changed(
    controller: Controller, lab: EmulatedLab, inventory: Path
) -> None:
    store = controller.directory / "discovery"
    dry = result(controller.playbook(inventory, [discover(lab)], "all", "--check"))
    assert dry["changed"] and len(dry["files"]) == COUNT + 5 and not store.exists()

    run = controller.playbook(inventory, [discover(lab)])
    first = result(run)
    assert run.rc == 0 and first["changed"] and first["failures"] == [] and not first.get("warnings"), run.stdout
    assert sorted(ids(first["devices"])) == sorted(lab.devices) and first["counts"]["merged"] == 0
    assert cables(store) == {frozenset({one.a, one.b}) for one in lab.topology.links}, "every cable, with both ports"
    platforms = {row["id"]: row["platform"] for row in first["devices"]}
    assert (platforms["core1"], platforms["core2"], platforms["core3"]) == ("cisco_ios", "arista_eos", "cisco_nxos")
    assert all(row["serial"] and row["version"] and row["model"] for row in first["devices"])
    assert set(files(store)) == {
        *(f"{name}.json" for name in lab.devices), "unreached.json",
        *(f"topology.{kind}" for kind in ("json", "graphml", "svg", "html")),
    }  # fmt: skip
    assert all(row["logins"] == 1 for row in lab.all_counters().values()), "the check and this run, one login each"
    assert dry["logins"] == COUNT and first["logins"] == 0

    kept = files(store)
    again = result(controller.playbook(inventory, [discover(lab)]))
    assert not again["changed"] and again["files"] == [] and not any(again["changes"].values()) and files(store) == kept

    # one is unplugged here and there, and has another name and another serial number
    lab.ask("cable", device="core1", port="GigabitEthernet0/1", plugged=False)
    lab.configure("acc3", "hostname renamed")
    run = controller.playbook(inventory, [discover(lab, name="check", check_mode=True), discover(lab)], "all", "--diff")
    assert result(run, "check")["changes"] == result(run)["changes"]
    changes = result(run)["changes"]
    assert not changes["appeared"] and not changes["vanished"] and not changes["unreached"]
    assert [(row["id"], row["field"], row["after"]) for row in changes["changed"]] == [("acc3", "name", "renamed")]
    assert {"core1", "core2"} <= set(ids(changes["moved"])) and "acc3 name: acc3 -> renamed" in result(run)["diff"][
        "prepared"
    ]
    assert result(run)["changed"] and "core1.json" in result(run)["files"] and "acc9.json" not in result(run)["files"]


def test_a_third_is_dead_refuses_or_hangs_and_no_other_is_missed(
    controller: Controller, lab: EmulatedLab, inventory: Path
) -> None:
    bad = [f"acc{number}" for number in range(1, 9)]
    dead, refusing, hanging = bad[:3], bad[3:6], bad[6:]
    for name in dead:  # nobody is at the address that it tells
        lab.advertise(name, address=f"{NETWORK}.9.{name[3:]}")
    for name in refusing:
        lab.fault(name, "refuse_login")
    for name in hanging:
        lab.fault(name, "slow_login", seconds=60)
    start = time.monotonic()
    run = controller.playbook(
        inventory, [discover(lab, connect_timeout=2, fail_on="never"), discover(lab, name="again", connect_timeout=2)]
    )
    seconds = time.monotonic() - start
    found = result(run)
    assert sorted(ids(found["devices"])) == sorted(set(lab.devices) - set(bad)) and run.rc == 0
    codes = {row["name"].split(".")[0]: row["code"] for row in found["failures"]}
    assert {name: codes.pop(name) for name in dead} == dict.fromkeys(dead, "unreachable")
    assert {name: codes.pop(name) for name in refusing} == dict.fromkeys(refusing, "authentication")
    assert set(codes) == set(hanging), codes
    assert all(row["reason"] and row["found_by"] for row in found["failures"]) and seconds < 30
    again = result(run, "again")
    assert not again["changed"] and len(again["failures"]) == 8, again["files"]
    assert all(lab.counters(name)["failed_logins"] <= 2 for name in refusing), "no account is locked"
    # when they are well again, they appear
    for name in lab.devices:
        lab.advertise(name)
    lab.clear()
    reset = {
        "name": "reset",
        "holdfast.network.session": {"state": "reset", "all": True},
        "vars": {"ansible_connection": "holdfast.network.pinned"},
    }
    healed = result(controller.playbook(inventory, [reset, discover(lab)]))
    assert ids(healed["changes"]["appeared"]) == sorted(bad) and healed["failures"] == []


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_killed_and_gone_on_with(
    controller: Controller, lab: EmulatedLab, inventory: Path, how: signal.Signals
) -> None:
    lab.fault(None, "slow_login", seconds=0.4)
    store = controller.directory / "discovery"
    process = controller.start(inventory, [discover(lab, parallel=3)])
    deadline = time.monotonic() + 30
    while len(list(store.glob("devices/*.json"))) < 6 and time.monotonic() < deadline:
        time.sleep(0.02)
    os.killpg(process.pid, how)
    process.communicate()
    time.sleep(1.5)  # Ansible's worker outlives it, and notices
    there = len(list(store.glob("devices/*.json")))
    assert 6 <= there < COUNT and (store / "crawl.json").exists()
    lab.clear()
    found = result(controller.playbook(inventory, [discover(lab, resume=True)]))
    assert sorted(ids(found["devices"])) == sorted(lab.devices) and 0 < found["counts"]["resumed"] <= there
    assert sorted(ids(found["changes"]["appeared"])) == sorted(lab.devices), "against the store before the first run"
    assert not (store / "crawl.json").exists() and not (store / ".before").exists()
    assert all(row["logins"] <= 2 for row in lab.all_counters().values())


def test_the_broker_dies_and_all_of_it_is_found(controller: Controller, lab: EmulatedLab, inventory: Path) -> None:
    lab.fault(None, "slow_login", seconds=0.3)
    process = controller.start(inventory, [discover(lab, parallel=6)])
    deadline = time.monotonic() + 30
    while len(list(controller.directory.glob("discovery/devices/*.json"))) < 8 and time.monotonic() < deadline:
        time.sleep(0.02)
    controller.kill_broker()
    found = result(controller.finish(process))
    assert sorted(ids(found["devices"])) == sorted(lab.devices) and found["failures"] == []


def test_progress_is_seen_while_it_runs(controller: Controller, lab: EmulatedLab, inventory: Path) -> None:
    lab.fault(None, "slow_login", seconds=0.5)
    lab.fault("core2", "refuse_login")
    play = [{"hosts": "all", "gather_facts": False, "tasks": [discover(lab, parallel=4)]}]
    process = controller.begin(inventory, play, PYTHONUNBUFFERED="1")
    assert process.stdout is not None
    seen: list[tuple[float, str]] = []
    for line in process.stdout:
        seen.append((time.monotonic(), line))
    ended = time.monotonic()
    process.wait()
    said = [(when, line) for when, line in seen if line.startswith("discover: ")]
    failed = [when for when, line in said if "failed, authentication" in line]
    steps = [when for when, line in said if "devices found" in line]
    assert len(failed) == 1 and ended - failed[0] > 0.5, "at once, not in the end"
    assert 2 <= len(steps) <= ended - said[0][0] + 2


def test_two_of_one_name_no_address_and_names_with_control_characters(
    controller: Controller, lab: EmulatedLab, inventory: Path
) -> None:
    for name in ("acc1", "acc4"):
        lab.configure(name, "hostname twin")
    lab.advertise("acc2", address="")
    lab.advertise("acc5", name="acc 5\x1b[31m\x07 of the\ttop")
    found = result(controller.playbook(inventory, [discover(lab)]))
    assert len(found["devices"]) == COUNT - 1
    assert [(row["code"], row["name"]) for row in found["failures"]] == [("no_address", "acc2.lab.example")]
    assert len(found["warnings"]) == 1 and "2 devices are called twin" in found["warnings"][0]
    twins = [row["id"] for row in found["devices"] if row["name"] == "twin"]
    assert len(set(twins)) == 2 and all(one.startswith("twin-") for one in twins)
    assert "acc5" in ids(found["devices"])
    told = [
        one.name
        for device in DiscoveryStore(controller.directory / "discovery").load().devices
        for one in device.neighbors
    ]
    assert any(name.startswith("acc 5") for name in told) and all(name.isprintable() for name in told)


def test_options_that_are_wrong(controller: Controller, lab: EmulatedLab, inventory: Path) -> None:
    wrong: dict[str, dict[str, Any]] = {
        "1048574 addresses, more than max_addresses (4096)": {"seeds": ["10.0.0.0/12"]},
        "10.0.0.0/24 for the range": {"seeds": ["10.0.0.1/24"]},
        "deny: 'nonsense' is no range": {"deny": ["nonsense"]},
        "max_depth: -1 is less than 0": {"max_depth": -1},
        "credentials[1].pasword: no such option": {"credentials": [{"user": "a", "pasword": "secret-word-1"}]},
        "credentials[1].user: this option is required": {"credentials": [{"password": "secret-word-1"}]},
        "transports: 'telnet' is none of": {"transports": ["telnet"]},
        "is the name of two sets": {"credentials": [{"name": "a", "user": "a"}, {"name": "a", "user": "b"}]},
    }
    tasks = [discover(lab, name=words, ignore_errors=True, **options) for words, options in wrong.items()]
    start = time.monotonic()
    run = controller.playbook(inventory, tasks, "all", "-vvv")
    for words in wrong:
        failed = result(run, words)
        assert failed["outcome"] == "failed" and words in failed["msg"] and failed["code"] == "bad_input", failed
    assert time.monotonic() - start < 20 and not (controller.directory / "discovery").exists()
    assert sum(row["connections"] for row in lab.all_counters().values()) == 0


def test_wrong_credentials_fail_and_are_in_no_output(controller: Controller, lab: EmulatedLab, inventory: Path) -> None:
    sets = [
        {"name": "first", "user": "admin", "password": "wrong-word-1"},
        {"user": "admin", "password": "wrong-word-2"},
    ]
    run = controller.playbook(inventory, [discover(lab, credentials=sets)], "all", "-vvvv")
    failed = result(run)
    assert run.rc != 0 and failed["msg"].startswith("no device was found: ") and "first, set2" in failed["msg"]
    assert failed["failures"][0]["tried"] == ["first", "set2"] and lab.counters("core1")["failed_logins"] == 2
    written = b"".join(files(controller.directory / "discovery").values()).decode()
    for text in (run.stdout, run.stderr, written):
        assert "wrong-word" not in text


def test_a_range_with_limits_and_the_sessions_stay(controller: Controller, lab: EmulatedLab, inventory: Path) -> None:
    swept = discover(lab, seeds=[f"{NETWORK}.0.0/28"], deny=[f"{NETWORK}.0.16/28"], connect_timeout=3)
    device = {"ansible_host": lab.devices["core1"].host, "ansible_port": 2222, "ansible_network_os": "ios",
              "ansible_connection": "holdfast.network.pinned"}  # fmt: skip
    command = {"name": "command", "holdfast.network.command": {"commands": ["show clock"]}, "vars": device}
    run = controller.playbook(inventory, [swept, command])
    found = result(run)
    assert (
        run.rc == 0 and len(found["devices"]) == 15 and {row["code"] for row in found["failures"]} == {"address_denied"}
    )
    assert lab.counters("core1")["logins"] == 1, "the play uses the session that discovery opened"
    deep = result(controller.playbook(inventory, [discover(lab, max_depth=0, store="deep")]))
    assert ids(deep["devices"]) == ["core1"] and {row["code"] for row in deep["failures"]} == {"limit"}
    few = result(controller.playbook(inventory, [discover(lab, max_devices=5, store="few", fail_on="any")]))
    assert len(few["devices"]) == 5 and few["outcome"] == "ok"


def test_the_role_and_the_playbook(controller: Controller, lab: EmulatedLab, inventory: Path) -> None:
    seed = lab.devices["core1"].host
    run = controller.run(
        "ansible-playbook", "holdfast.network.discover", "-i", str(inventory), "-e", "holdfast_hosts=controller",
        "-e", f"discovery_seeds={seed},{seed} discovery_port=2222 discovery_max_depth=1 discovery_max_devices=0",
    )  # fmt: skip
    assert run.rc == 0, run.stdout + run.stderr
    assert "devices and" in run.stdout and (controller.directory / "discovery/devices/core1.json").exists()
    bad = subprocess.run(
        ["ansible-playbook", "holdfast.network.discover", "-i", str(inventory), "-e", "holdfast_hosts=controller"],
        cwd=controller.directory, env=controller.env, text=True, capture_output=True, check=False,
    )  # fmt: skip
    assert bad.returncode != 0 and "seeds: none given" in bad.stdout
