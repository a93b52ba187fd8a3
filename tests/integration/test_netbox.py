# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The NetBox inventory by the real ansible-inventory and ansible-playbook, against the local server."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.integration.conftest import Controller, LabInventory, Run
from tests.lab.netbox import NetBoxLab, Plan, Tables
from tests.lab.netbox.data import choice, ip
from tests.lab.netbox.server import BLIND_TOKEN, TOKEN, TOKEN_V2

PLUGIN = "holdfast.network.netbox"


@pytest.fixture
def netbox() -> Iterator[NetBoxLab]:
    """20 devices, in pages of 8."""
    with NetBoxLab(Tables(Plan(devices=20)), page=8) as lab:
        yield lab


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Controller:
    """For what asks no device, so there is no broker to end."""
    return Controller(tmp_path_factory.mktemp("desk"))


def config(directory: Path, netbox: NetBoxLab, **options: Any) -> Path:
    path = directory / "netbox.yml"
    path.write_text(yaml.safe_dump({"plugin": PLUGIN, "url": netbox.url, **options}))
    return path


def ask(desk: Controller, path: Path, token: str = TOKEN, **env: str) -> Run:
    return desk.run("ansible-inventory", "-i", str(path), "--list", NETBOX_TOKEN=token, **env)


def listed(desk: Controller, path: Path, token: str = TOKEN, **env: str) -> tuple[dict[str, Any], str]:
    """The inventory, and what was said on standard error, on one line."""
    run = ask(desk, path, token, **env)
    assert run.rc == 0, run.stderr
    return json.loads(run.stdout), " ".join(run.stderr.split())


def refused(desk: Controller, path: Path, token: str = TOKEN, **env: str) -> str:
    """The words of an inventory that is an error: no host is listed and Ansible fails."""
    run = ask(desk, path, token, **env)
    words = " ".join(run.stderr.split())
    assert run.rc != 0 and "dev00001" not in run.stdout, run.stdout
    assert token not in words and "Traceback" not in words
    return words


def hosts(found: dict[str, Any], group: str) -> list[str]:
    return sorted(found.get(group, {}).get("hosts", []))


def everybody(found: dict[str, Any]) -> list[str]:
    return sorted(found["_meta"]["hostvars"])


# -- what is in it -------------------------------------------------------------------------------------


def test_devices_with_groups_compose_and_a_fresh_token_kind(
    desk: Controller, netbox: NetBoxLab, tmp_path: Path
) -> None:
    path = config(
        tmp_path,
        netbox,
        filters={"role": ["core", "edge"], "has_primary_ip": True},
        address=["oob", "primary4"],
        compose={"ansible_user": "'admin-' ~ holdfast_role", "urgent": "holdfast_custom_fields.priority == 1"},
        groups={"first": "urgent", "maintenance": "holdfast_custom_fields.maintenance"},
        keyed_groups=[{"key": "holdfast_model", "prefix": "model"}],
        strict=True,
    )
    found, said = listed(desk, path, TOKEN_V2)
    assert said == "" and everybody(found) == [f"dev{n:05d}" for n in range(1, 21) if n % 5 in (2, 3)]
    device = found["_meta"]["hostvars"]["dev00003"]
    assert device["ansible_host"] == "172.16.0.3" and device["ansible_user"] == {"__ansible_unsafe": "admin-edge"}
    assert device["ansible_connection"] == "holdfast.network.pinned" and device["holdfast_platform"] == "juniper_junos"
    assert found["_meta"]["hostvars"]["dev00002"]["ansible_host"] == "10.0.0.2"
    assert hosts(found, "role_core") == ["dev00002", "dev00007", "dev00012", "dev00017"]
    assert "dev00003" in hosts(found, "region_emea") and "dev00003" in hosts(found, "region_germany")
    assert hosts(found, "first") == [one for one in everybody(found) if int(one[3:]) % 3 == 0]
    assert hosts(found, "model_MX204") == ["dev00003", "dev00007"] and not hosts(found, "maintenance")
    assert sum("devices" in one for one in netbox.requests) == 1


def test_rest_and_graphql_give_equal_inventories(desk: Controller, netbox: NetBoxLab, tmp_path: Path) -> None:
    both = {"config_context": "flatten", "virtual_machines": True, "vm_filters": {"status": "active"}}
    by_rest, said = listed(desk, config(tmp_path, netbox, **both))
    assert said == "" and len(everybody(by_rest)) == 24 and "vm001" in hosts(by_rest, "platform_frr")
    assert by_rest["_meta"]["hostvars"]["dev00001"]["ntp_servers"] == ["192.0.2.1", "192.0.2.2"]
    for version in (1, 2):
        netbox.graphql_version = version
        assert listed(desk, config(tmp_path, netbox, api="graphql", **both))[0] == by_rest


def test_what_is_not_as_it_should_be_is_kept_and_said(desk: Controller, netbox: NetBoxLab, tmp_path: Path) -> None:
    netbox.tables.change("dev00001", platform={"id": 99, "name": "Magic OS", "slug": "magic-os"})
    netbox.tables.change("dev00002", name="dev00003")
    netbox.tables.change("dev00004", name=None)
    netbox.tables.change("dev00005", primary_ip4=None, primary_ip6=None, oob_ip=None)
    found, said = listed(desk, config(tmp_path, netbox))
    assert hosts(found, "unknown_platform") == ["dev00001"] and "'magic-os' of dev00001" in said
    assert found["_meta"]["hostvars"]["dev00001"]["holdfast_platform"] == "magic-os"
    assert {"dev00003-site-03", "dev00003-site-04"} <= set(everybody(found)) and "2 devices are named dev00003" in said
    assert "1 devices without a name were left out (ids 4)" in said
    assert "ansible_host" not in found["_meta"]["hostvars"]["dev00005"] and "reached by their names (dev00005)" in said
    assert len(everybody(found)) == 19


def test_a_play_reaches_a_device_at_the_address_of_the_source(
    controller: Controller, calm: LabInventory, netbox: NetBoxLab, tmp_path: Path
) -> None:
    lab_device = calm.lab.devices["r1"]
    platform = {"id": 1, "name": "Cisco IOS", "slug": "cisco-ios"}
    netbox.tables.change("dev00001", name="r1", primary_ip4=ip(1, f"{lab_device.host}/32"), platform=platform)
    path = config(tmp_path, netbox, filters={"name": "r1"}, compose={"ansible_port": str(lab_device.port)})
    (tmp_path / "group_vars").mkdir()
    (tmp_path / "group_vars/platform_cisco_ios.yml").write_text(
        yaml.safe_dump(
            {
                "ansible_user": lab_device.user,
                "ansible_password": lab_device.password,
                "holdfast_known_hosts": str(calm.lab.known_hosts),
            }
        )
    )
    task = {"name": "look", "holdfast.network.command": {"commands": ["show version"]}}
    book = [{"hosts": "region_emea:region_americas", "gather_facts": False, "tasks": [task]}]
    run = controller.finish(controller.begin(path, book, NETBOX_TOKEN=TOKEN))
    assert run.rc == 0, run.stdout + run.stderr
    assert "r1 uptime" in run.result("r1", "look")["stdout"][0]


# -- what may go wrong ---------------------------------------------------------------------------------


def test_a_wrong_token_and_a_missing_permission_are_errors(desk: Controller, netbox: NetBoxLab, tmp_path: Path) -> None:
    for api in ("rest", "graphql"):
        path = config(tmp_path, netbox, api=api)
        assert "HTTP 403: Invalid v1 token" in refused(desk, path, "0" * 40)
        assert "You do not have permission" in refused(desk, path, BLIND_TOKEN)


def test_an_error_does_not_end_ansible_when_the_inventory_is_not_mandatory(
    desk: Controller, netbox: NetBoxLab, tmp_path: Path
) -> None:
    found, said = listed(desk, config(tmp_path, netbox, mandatory=False), "0" * 40)
    assert "Invalid v1 token" in said and everybody(found) == []


def test_a_self_signed_certificate_names_the_options(desk: Controller, tmp_path: Path) -> None:
    with NetBoxLab(directory=tmp_path) as netbox:
        said = refused(desk, config(tmp_path, netbox))
        assert "self-signed certificate" in said and "ca_file" in said and "validate_certs" in said
        assert len(everybody(listed(desk, config(tmp_path, netbox, ca_file="netbox.pem"))[0])) == 20


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("half", "ended the connection within its answer to GET /api/dcim/devices/"),
        ("html", 'an HTML page titled "Log In | NetBox" instead of JSON'),
        ("gateway", "HTTP 502"),
    ],
)
def test_a_fault_on_a_later_page_gives_no_part_of_the_inventory(
    desk: Controller, netbox: NetBoxLab, tmp_path: Path, kind: str, words: str
) -> None:
    netbox.faults.kinds = ["ok", "ok"]
    netbox.faults.forever = kind
    assert words in refused(desk, config(tmp_path, netbox))


def test_half_a_page_once_is_read_again(desk: Controller, netbox: NetBoxLab, tmp_path: Path) -> None:
    netbox.faults.kinds = ["ok", "half"]
    assert len(everybody(listed(desk, config(tmp_path, netbox))[0])) == 20


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"url": "netbox.example.com"}, "url: is no address such as https://netbox.example.com"),
        ({"adress": ["oob"]}, "did you mean address?"),
        ({"filters": {"site": "atlantis"}}, "atlantis is not one of the available choices"),
        ({"group_by": ["planet"]}, "planet"),
    ],
)
def test_wrong_options_are_named(
    desk: Controller, netbox: NetBoxLab, tmp_path: Path, options: dict[str, Any], words: str
) -> None:
    assert words in refused(desk, config(tmp_path, netbox, **options))


def test_a_filter_that_netbox_would_ignore_is_told(desk: Controller, netbox: NetBoxLab, tmp_path: Path) -> None:
    found, said = listed(desk, config(tmp_path, netbox, filters={"sites": "site-02"}))
    assert len(everybody(found)) == 20 and "did you mean site?" in said


# -- cache and outage ----------------------------------------------------------------------------------


def cached(directory: Path, netbox: NetBoxLab, timeout: int = 3600, **options: Any) -> Path:
    return config(
        directory,
        netbox,
        cache=True,
        cache_plugin="ansible.builtin.jsonfile",
        cache_connection=str(directory / "cache"),
        cache_timeout=timeout,
        last_good_dir=str(directory / "kept"),
        **options,
    )


def test_the_cache_answers_until_it_expires(desk: Controller, netbox: NetBoxLab, tmp_path: Path) -> None:
    path = cached(tmp_path, netbox)
    first, _said = listed(desk, path)
    asked = len(netbox.requests)
    netbox.down()
    again, said = listed(desk, path)
    assert again == first and said == "" and len(netbox.requests) == asked


def test_in_an_outage_the_last_good_answer_is_used_and_its_age_told(
    desk: Controller, netbox: NetBoxLab, tmp_path: Path
) -> None:
    path = cached(tmp_path, netbox, timeout=1, groups={"core": "holdfast_role == 'core'"})
    first, _said = listed(desk, path)
    (kept,) = (tmp_path / "kept").iterdir()
    assert kept.stat().st_mode & 0o777 == 0o600 and TOKEN not in kept.read_text()
    aged = json.loads(kept.read_text())
    aged["saved"] = time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime(time.time() - 3 * 3600 - 60))
    kept.write_text(json.dumps(aged))
    time.sleep(1.2)
    netbox.down()
    for _again in range(2):  # it does not become a fresh answer by being used
        found, said = listed(desk, path)
        assert found == first
        assert "cannot be reached" in said and "this is its last good answer" in said
        assert re.search(r"of \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ \(3 h old\)", said)
    assert "cannot be reached" in refused(desk, cached(tmp_path, netbox, timeout=1, outage="fail"))
    netbox.up()
    netbox.tables.change("dev00001", status=choice("offline"))
    found, said = listed(desk, cached(tmp_path, netbox, timeout=1, groups={"core": "holdfast_role == 'core'"}))
    assert hosts(found, "status_offline") == ["dev00001"] and said == ""


def test_a_refusal_or_a_page_is_an_error_even_with_a_last_good_answer(
    desk: Controller, netbox: NetBoxLab, tmp_path: Path
) -> None:
    path = cached(tmp_path, netbox, timeout=1)
    listed(desk, path)
    time.sleep(1.2)
    assert "Invalid v1 token" in refused(desk, path, "0" * 40)
    assert "You do not have permission" in refused(desk, path, BLIND_TOKEN)
    netbox.faults.forever = "html"
    assert "HTML page" in refused(desk, path)
    netbox.faults.forever = "half"
    found, said = listed(desk, path)
    assert len(everybody(found)) == 20 and "ended the connection" in said and "last good answer" in said


def test_a_broken_last_good_answer_is_no_inventory(desk: Controller, netbox: NetBoxLab, tmp_path: Path) -> None:
    path = cached(tmp_path, netbox, timeout=1)
    listed(desk, path)
    (kept,) = (tmp_path / "kept").iterdir()
    kept.write_text(kept.read_text()[:500])
    time.sleep(1.2)
    netbox.down()
    said = refused(desk, path)
    assert "last good answer" in said and "cannot be used" in said and "cannot be reached" in said
