# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The napalm driver on a real router: commands, getters and configuration by one login."""

from __future__ import annotations

from typing import Any

from ansible_collections.holdfast.network.plugins.plugin_utils.drivers.base import Candidate, Command, Secrets, Target
from ansible_collections.holdfast.network.plugins.plugin_utils.drivers.driver_napalm import NapalmDriver

from tests.lab.frr import FrrLab


def test_one_login(lab: FrrLab) -> None:
    router, before = lab.routers["r2"], lab.logins("r2")
    options = {"known_hosts": str(lab.known_hosts)}
    target = Target(
        "napalm", "frr", router.address, 22, router.user, Secrets(password=router.password), options=options
    )
    driver: Any = NapalmDriver(target)
    driver.open()
    try:
        assert "FRRouting" in driver.run([Command("show version")], 10.0)[0].output
        assert driver.get(["get_facts"])["get_facts"]["hostname"] == "r2"
        diff = driver.config().stage("napalm001", Candidate("interface lo\n description by napalm\n"))
        assert "+ description by napalm" in diff
        driver.config().discard("napalm001")
    finally:
        driver.close()
    assert lab.logins("r2") == before + 1
