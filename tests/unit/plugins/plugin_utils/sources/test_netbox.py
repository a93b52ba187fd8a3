# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Devices of NetBox from the recorded shapes: the same by REST and GraphQL, in few requests."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.errors import SourceDenied, SourceError
from ansible_collections.holdfast.network.plugins.plugin_utils.sources.netbox import NetBox, device
from ansible_collections.holdfast.network.plugins.plugin_utils.sources.netbox_filters import doubtful
from ansible_collections.holdfast.network.plugins.plugin_utils.sources.rest import Rest

from tests.lab.netbox import NetBoxLab, Plan, Tables
from tests.lab.netbox.data import chassis, choice, ip, shape
from tests.lab.netbox.server import BLIND_TOKEN, TOKEN


def netbox(lab: NetBoxLab, token: str = TOKEN, **options: Any) -> NetBox:
    return NetBox(Rest(lab.url, token), **{"dns_names": True, **options})


@pytest.mark.parametrize(("nested", "requests"), [(False, 4), (True, 3)])
def test_dns_names_come_with_the_devices_or_from_one_list(nested: bool, requests: int) -> None:
    with NetBoxLab(Tables(Plan(devices=3, nested_names=nested))) as lab:
        found = netbox(lab).devices()
        assert [one.extra["dns_name"] for one in found] == [f"dev0000{number}.example.net" for number in (1, 2, 3)]
        assert len(lab.requests) == requests and "addresses" not in found[0].extra
        assert netbox(lab).devices(api="graphql") == found
        without = netbox(lab, dns_names=False).devices()
        assert ("dns_name" in without[0].extra) == nested and "addresses" not in without[0].extra


@pytest.mark.parametrize("version", ["3.7", "4.4"])
def test_a_device_of_each_version(version: str) -> None:
    with NetBoxLab(Tables(Plan(devices=3, version=version))) as lab:
        found = netbox(lab).devices(config_context=True)[2]
    assert (found.key, found.name, found.status, found.serial) == ("3", "dev00003", "active", "SN00000003")
    assert (found.site, found.role, found.tenant, found.platform) == ("site-04", "edge", "lab", "juniper-junos")
    assert (found.vendor, found.model) == ("juniper", "MX204")
    assert (found.primary_ip4, found.primary_ip6, found.oob_ip) == ("10.0.0.3", "2001:db8::3", "172.16.0.3")
    assert found.tags == ["pinned"] and found.custom_fields == {"priority": 1, "maintenance": False, "owner": None}
    assert found.config_context["ntp_servers"] == ["192.0.2.1", "192.0.2.2"]
    assert found.extra["regions"] == ["germany", "emea"] and found.extra["type"] == "device"


def test_a_device_of_which_nothing_is_known() -> None:
    row = {**shape("netbox-4.4-device"), "name": None, "platform": None, "site": None, "serial": "", "tags": []}
    found = device(row)
    assert (found.name, found.platform, found.site, found.primary_ip4, found.oob_ip) == ("", "", "", None, None)
    assert found.virtual_chassis is None and not found.vc_master and "rack" not in found.extra


def test_the_role_had_another_name_until_3_6() -> None:
    row = shape("netbox-3.7-device")
    del row["role"]
    assert device(row).role == "access"


@pytest.mark.parametrize("version", [1, 2])
def test_rest_and_graphql_give_the_same(version: int) -> None:
    tables = Tables(Plan(devices=25, machines=3))
    tables.change("dev00002", status=choice("offline"), tenant=None, primary_ip4=None)
    nested = chassis(1, "stack", tables.rows["dcim/devices"][4], 2)
    tables.change("dev00004", virtual_chassis=nested, vc_position=1)
    tables.change("dev00005", virtual_chassis=nested, vc_position=2)
    filters = {"role": ["access", "edge", "firewall"], "status__n": "planned"}
    with NetBoxLab(tables, page=4, graphql_version=version) as lab:
        for context in (False, True):
            by_rest = netbox(lab).devices(filters, config_context=context)
            assert netbox(lab).devices(filters, api="graphql", config_context=context) == by_rest
            assert [one.vc_master for one in by_rest if one.virtual_chassis == "stack"] == [True, False]
        machines = netbox(lab).virtual_machines()
        assert netbox(lab).virtual_machines(api="graphql") == machines and len(machines) == 3
    assert 0 < len(by_rest) < 25 and any(one.virtual_chassis for one in by_rest)


def test_no_request_for_each_device() -> None:
    with NetBoxLab(Tables(Plan(devices=250))) as lab:
        netbox(lab, page=100, dns_names=False).devices()
        assert sorted(one.partition("?")[0] for one in lab.requests) == [
            *["GET /api/dcim/devices/"] * 3,
            "GET /api/dcim/regions/",
            "GET /api/dcim/sites/",
        ]
        assert all("exclude=config_context" in one for one in lab.requests if "devices" in one)
        lab.requests.clear()
        netbox(lab, page=100).devices(api="graphql", config_context=True)
        assert len(lab.requests) == 3 + 3 + 2


def test_machines_have_no_device_type() -> None:
    with NetBoxLab(Tables(Plan(devices=1, machines=1))) as lab:
        (found,) = netbox(lab).virtual_machines()
    assert found.extra["type"] == "virtual_machine" and found.extra["cluster"] == "cluster-1"
    assert (found.vendor, found.model, found.primary_ip4) == ("", "", "10.255.0.1")


def test_a_token_that_sees_nothing_is_refused_by_graphql_too() -> None:
    with NetBoxLab() as lab, pytest.raises(SourceDenied):
        netbox(lab, BLIND_TOKEN).devices(api="graphql")


def test_graphql_that_gives_fewer_devices_than_rest_is_an_error() -> None:
    with NetBoxLab() as lab:
        source = netbox(lab)
        query = source.rest.graphql

        def fewer(text: str, variables: Any = None) -> Any:
            found = query(text, variables)
            return {name: rows[:-1] for name, rows in found.items()}

        source.rest.graphql = fewer  # type: ignore[method-assign]
        with pytest.raises(SourceError, match="told of 20 devices by REST and gave"):
            source.devices(api="graphql")


def test_a_region_that_lies_in_itself_ends() -> None:
    tables = Tables(Plan(devices=1))
    regions = {row["slug"]: row for row in tables.rows["dcim/regions"].values()}
    regions["emea"]["parent"] = {"slug": "france"}
    with NetBoxLab(tables) as lab:
        assert netbox(lab).devices()[0].extra["regions"] == ["france", "emea"]


def test_an_address_without_a_dns_name() -> None:
    row = {**shape("netbox-4.4-device"), "primary_ip4": ip(1, "10.0.0.1/32")}
    assert "dns_name" not in device(row).extra and device(row).primary_ip4 == "10.0.0.1"


def test_a_filter_that_netbox_would_ignore_is_told() -> None:
    assert doubtful(["site", "site_id", "name__ic", "status__n", "cf_priority", "has_primary_ip", "tag"]) == []
    (words,) = doubtful(["sites"])
    assert "sites is no filter of NetBox that is known here, did you mean site?" in words and "ignores" in words
