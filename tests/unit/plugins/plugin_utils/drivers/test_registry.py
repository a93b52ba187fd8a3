# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Drivers by name: the built-in ones keep the contract, those of packages are held to it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

import pytest
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.errors import BrokenDriver, UnknownDriver
from ansible_collections.holdfast.network.plugins.plugin_utils.drivers import registry

METHODS = """
    def __init__(self, target): pass
    def open(self): pass
    def close(self): pass
    def interrupt(self): pass
    def is_alive(self): return True
    def run(self, commands, timeout): return []
    def get(self, getters): return {}
    def config(self): pass
    @classmethod
    def default_port(cls, platform, options): return 7
"""
GOOD = f"class Good:\n    name = 'good'\n    default_queue = 'fifo'\n{METHODS}"
Install = Callable[..., None]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Put a distribution where Python looks for them."""
    monkeypatch.setattr(registry, "_loaded", {})
    monkeypatch.syspath_prepend(str(tmp_path))

    def make(code: str, name: str = "good", cls: str = "Good", package: str = "some-driver") -> None:
        module = f"m{abs(hash(code + package))}"
        (tmp_path / f"{module}.py").write_text(code)
        info = tmp_path / f"{package}-2.1.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 2.1\n")
        (info / "entry_points.txt").write_text(f"[holdfast.drivers]\n{name} = {module}:{cls}\n")

    return make


@pytest.mark.parametrize("name", sorted(registry.BUILT_IN))
def test_built_in_drivers_keep_the_contract(name: str) -> None:
    assert registry.fault(name, registry.driver_class(name)) is None


def test_a_package_is_found_when_it_is_installed_later(install: Install) -> None:
    with pytest.raises(UnknownDriver, match="there is no driver 'good'; choose one of: .*netmiko.*pyeapi"):
        registry.driver_class("good")
    install(GOOD)
    found = registry.driver_class("good")
    assert found.name == "good" and found.default_port("x", {}) == 7 and registry.driver_class("good") is found
    with pytest.raises(UnknownDriver, match="good, "):
        registry.driver_class("bad")


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("import no_such_library", "cannot be imported: ModuleNotFoundError: No module named 'no_such_library'"),
        ("def Good(", "cannot be imported: SyntaxError"),
        ("Other = 1", "cannot be imported: AttributeError"),
        ("Good = 5", "is no class"),
        (GOOD.replace("'good'", "'best'"), "name = 'best', which must be 'good'"),
        (GOOD.replace("'fifo'", "'lifo'"), "default_queue, which must be one of: pinned, fifo"),
        (GOOD.replace("def interrupt(self): pass", ""), "has no method interrupt()"),
        (GOOD.replace("run(self, commands, timeout)", "run(self, commands)"), "run() that cannot be called as the"),
        (GOOD.replace("__init__(self, target)", "__init__(self, host, port)"), "cannot be made from a target alone"),
    ],
)
def test_a_broken_one_is_named_with_its_package(install: Install, code: str, words: str) -> None:
    install(code)
    with pytest.raises(BrokenDriver, match=r"holdfast_driver: 'good' of some-driver 2\.1 \(m\d+:Good\) ") as caught:
        registry.driver_class("good")
    assert words in caught.value.message


def test_two_packages_with_one_name(install: Install) -> None:
    install(GOOD)
    install(GOOD, package="other-driver")
    with pytest.raises(
        BrokenDriver, match="offered by other-driver 2.1 .* and some-driver 2.1 .*uninstall all but one"
    ):
        registry.driver_class("good")


def test_a_built_in_driver_is_not_replaced(install: Install, caplog: pytest.LogCaptureFixture) -> None:
    install(GOOD.replace("'good'", "'netmiko'"), name="netmiko")
    with caplog.at_level(logging.WARNING):
        assert registry.driver_class("netmiko").__name__ == "NetmikoDriver"
        registry.name_the_shadowed()
    assert "driver 'netmiko' of some-driver 2.1" in caplog.text and "is not used" in caplog.text
