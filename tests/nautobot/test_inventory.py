# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The nautobot inventory plugin against a real Nautobot."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.integration.conftest import Controller, LabInventory, Run
from tests.nautobot import campus
from tests.nautobot.conftest import Api


class Listing:
    """ansible-inventory --list of a nautobot.yml."""

    def __init__(self, controller: Controller, nautobot: Api, directory: Path) -> None:
        self.controller = controller
        self.nautobot = nautobot
        self.path = directory / "nautobot.yml"

    def write(self, **options: Any) -> Path:
        self.path.write_text(
            yaml.safe_dump({"plugin": "holdfast.network.nautobot", "url": self.nautobot.lab.url, **options})
        )
        return self.path

    def run(self, user: str = "admin", **options: Any) -> Run:
        command = ("ansible-inventory", "-i", str(self.write(**options)), "--list")
        return self.controller.run(*command, NAUTOBOT_TOKEN=self.nautobot.lab.tokens.get(user, user))

    def __call__(self, user: str = "admin", **options: Any) -> dict[str, Any]:
        run = self.run(user, **options)
        assert run.rc == 0, run.stderr
        found: dict[str, Any] = json.loads(run.stdout)
        return found


@pytest.fixture
def listing(controller: Controller, nautobot: Api, tmp_path: Path) -> Listing:
    return Listing(controller, nautobot, tmp_path)


def hosts(found: dict[str, Any], group: str) -> list[str]:
    return sorted(found.get(group, {}).get("hosts", []))


def variables(found: dict[str, Any], host: str) -> dict[str, Any]:
    one: dict[str, Any] = found["_meta"]["hostvars"][host]
    return one


FACTS = ["site", "regions", "role", "tenant", "status", "vendor", "model", "serial", "version", "tags", "custom_fields"]


def test_rest_and_graphql_give_the_same_with_all_that_people_filled_in(listing: Listing, nautobot: Api) -> None:
    campus.fill(nautobot)
    options = {"facts": FACTS, "config_context": "variable", "filters": {"status": ["Active"]}}
    found = listing(**options)
    assert listing(api="graphql", **options) == found
    # two rows a page, so that there are several pages, in parallel
    assert listing(page_size=2, **options) == listing(page_size=2, api="graphql", **options) == found
    core = variables(found, "core1")
    assert core["ansible_host"] == "10.20.0.1" and core["holdfast_platform"] == "cisco_ios"
    assert core["ansible_connection"] == "holdfast.network.pinned"
    assert core["holdfast_site"] == "Ulm" and core["holdfast_regions"] == ["South"]
    assert (core["holdfast_role"], core["holdfast_tenant"], core["holdfast_status"]) == ("router", "Research", "active")
    assert (core["holdfast_vendor"], core["holdfast_model"], core["holdfast_serial"]) == ("Cisco", "ISR4331", "FDO0001")
    assert core["holdfast_version"] == "17.9.4" and sorted(core["holdfast_tags"]) == ["core", "managed"]
    assert core["holdfast_custom_fields"] == {"priority": 1, "maintenance": True}
    assert core["holdfast_config_context"]["ntp_servers"] == ["10.0.0.1"]
    assert variables(found, "edge1")["ansible_host"] == "2001:db8::2"
    assert sorted(found["_meta"]["hostvars"]) == ["core1", "edge1", "stack-1"]  # one host for the stack, none for "old"


def test_filters_groups_and_the_choice_of_addresses(listing: Listing, nautobot: Api) -> None:
    campus.fill(nautobot)
    found = listing(
        filters={"location": ["Ulm"]},
        virtual_chassis="members",
        address=["primary6", "primary4"],
        groups={"first": "(holdfast_custom_fields | default({})).priority | default(9) == 1"},
        keyed_groups=[{"key": "holdfast_model", "prefix": "model"}],
    )
    assert sorted(found["_meta"]["hostvars"]) == ["core1", "stack-1", "stack-2"]
    assert variables(found, "core1")["ansible_host"] == "2001:db8::1"
    assert hosts(found, "first") == ["core1"] and hosts(found, "model_DCS_7050") == ["stack-1", "stack-2"]
    assert sorted(listing(filters={"tags": ["managed"]})["_meta"]["hostvars"]) == ["core1", "edge1"]
    chassis = listing(filters={"role": ["switch"]}, virtual_chassis="chassis")
    assert sorted(chassis["_meta"]["hostvars"]) == ["stack"]
    unknown = listing.run(filters={"locaton": ["Ulm"]})
    assert unknown.rc != 0 and "locaton" in unknown.stderr


def test_flattened_contexts_set_no_variable_of_the_connection(listing: Listing, nautobot: Api) -> None:
    campus.fill(nautobot)
    run = listing.run(config_context="flatten", filters={"name": ["core1"]})
    core = variables(json.loads(run.stdout), "core1")
    assert core["ntp_servers"] == ["10.0.0.1"] and "ansible_user" not in core
    assert "ansible_user" in run.stderr
    strange = listing(filters={"name": ["edge1"]})
    assert hosts(strange, "unknown_platform") == ["edge1"]


def test_tokens_that_are_wrong_or_may_see_nothing_are_errors(listing: Listing, nautobot: Api) -> None:
    campus.fill(nautobot)
    for api in ("rest", "graphql"):
        for user in ("nobody", "0" * 40):
            run = listing.run(user, api=api)
            assert run.rc != 0 and "_meta" not in run.stdout
            assert "check the option token" in " ".join(run.stderr.split()), run.stderr
            assert "0" * 40 not in run.stderr
    assert sorted(listing("reader")["_meta"]["hostvars"]) == sorted(listing("admin")["_meta"]["hostvars"])


def test_an_outage_gives_the_last_good_answer_with_its_age(listing: Listing, nautobot: Api, tmp_path: Path) -> None:
    campus.fill(nautobot)
    cache = {
        "cache": True, "cache_plugin": "ansible.builtin.jsonfile", "cache_connection": str(tmp_path / "cache"),
        "cache_timeout": 1,
    }  # fmt: skip
    good = listing(**cache)
    time.sleep(1.1)
    nautobot.lab.stop_web(kill=True)
    try:
        run = listing.run(**cache)
        without = listing.run(cache=False)
    finally:
        nautobot.lab.start_web()
    assert run.rc == 0 and json.loads(run.stdout) == good
    words = " ".join(run.stderr.split())
    assert "this is its last good answer, of 20" in words and re.search(r"\(\d+ s old\)", words), words
    assert without.rc != 0 and "cannot be reached" in " ".join(without.stderr.split())


def test_a_play_reaches_a_device_whose_address_comes_from_nautobot(
    listing: Listing, nautobot: Api, calm: LabInventory, controller: Controller
) -> None:
    device = calm.lab.devices["r1"]
    campus.fill(nautobot, device.host)
    path = listing.write(filters={"name": ["core1"]})
    login = {name: calm.host_vars("r1")[name] for name in ("ansible_port", "ansible_user", "ansible_password")}
    look = {"name": "look", "holdfast.network.command": {"commands": ["show version"]}}
    more = {"holdfast_known_hosts": str(calm.lab.known_hosts), **login}
    play = {"hosts": "core1", "gather_facts": False, "vars": more, "tasks": [look]}
    run = controller.finish(
        controller.spawn(
            "ansible-playbook", "-i", str(path), str(_book(controller.directory, play)), json_output=True,
            NAUTOBOT_TOKEN=nautobot.lab.tokens["reader"],
        )
    )  # fmt: skip
    assert "Cisco IOS" in run.result("core1", "look")["stdout"][0]


def _book(directory: Path, *plays: dict[str, Any]) -> Path:
    path = directory / "book.yml"
    path.write_text(yaml.safe_dump(list(plays)))
    return path
