# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One lab of four real routers for all tests here, and sessions to it that leave it as it was."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest
from ansible_collections.holdfast.network.plugins.plugin_utils.drivers.base import Secrets, Target
from ansible_collections.holdfast.network.plugins.plugin_utils.drivers.config_frr import FrrConfig
from ansible_collections.holdfast.network.plugins.plugin_utils.drivers.driver_netmiko import NetmikoDriver

from tests.lab.frr import FrrLab, obstacle


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    reason = obstacle()
    for item in items:
        if "integration/frr" in item.path.as_posix():
            item.add_marker(pytest.mark.frr)
            if reason is not None:
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FrrLab]:
    with FrrLab(4, directory=tmp_path_factory.mktemp("frr") / "lab") as running:
        running.wait_converged(60)
        yield running


def login(lab: FrrLab, name: str) -> NetmikoDriver:
    router = lab.routers[name]
    options = {"known_hosts": str(lab.known_hosts)}
    driver = NetmikoDriver(
        Target("netmiko", "frr", router.address, 22, router.user, Secrets(password=router.password), options=options)
    )
    driver.open()
    return driver


@pytest.fixture
def session(lab: FrrLab) -> Iterator[NetmikoDriver]:
    """A login on r1. Afterwards the router has its configuration back, and nothing of ours is left on it."""
    driver = login(lab, "r1")
    config = FrrConfig(driver)
    before = config.read()
    yield driver
    if config.read() != before:
        config.restore("cleanup00", before)
    driver.close()
    lab.wait_converged(30)
    assert "holdfast-" not in lab.shell("r1", "ls", "/tmp")
    assert "holdfast-" not in lab.shell("r1", "ps", "ax")


@pytest.fixture
def config(session: NetmikoDriver) -> FrrConfig:
    return FrrConfig(session)


@pytest.fixture
def bgp(lab: FrrLab) -> Callable[[], str]:
    """State of r1's session with r2, asked of r1 directly."""

    def state() -> str:
        found: str = lab.json("r1", "show bgp ipv4 unicast summary json")["peers"].get("10.0.0.1", {}).get("state", "-")
        return found

    return state


@pytest.fixture
def until() -> Callable[[Callable[[], bool], float], float]:
    """Seconds until something becomes true; fails after the limit."""

    def wait(reached: Callable[[], bool], limit: float) -> float:
        start = time.monotonic()
        while not reached():
            assert time.monotonic() - start < limit, f"not so within {limit:g} s"
            time.sleep(0.05)
        return time.monotonic() - start

    return wait
