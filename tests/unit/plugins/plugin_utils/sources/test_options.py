# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The options by which a source is reached: as documented, and from the environment."""

from __future__ import annotations

import importlib

import pytest
import yaml
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.errors import BadInput
from ansible_collections.holdfast.network.plugins.plugin_utils.sources.options import ENVIRONMENT, SPEC, client

FRAGMENTS = "ansible_collections.holdfast.network.plugins.doc_fragments"


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for options in ENVIRONMENT.values():
        for names in options.values():
            for name in names:
                monkeypatch.delenv(name, raising=False)


def test_the_spec_is_what_the_documentation_says() -> None:
    fragment = importlib.import_module(f"{FRAGMENTS}.source").ModuleDocFragment
    documented = yaml.safe_load(fragment.DOCUMENTATION)["options"]
    rules = ("type", "choices", "required", "default")
    assert {name: {rule: given.get(rule) for rule in rules} for name, given in SPEC.items()} == {
        name: {rule: given.get(rule) for rule in rules} for name, given in documented.items()
    }
    assert SPEC["token"]["no_log"]


@pytest.mark.parametrize(
    ("source", "url", "token"),
    [("netbox", "NETBOX_API", "NETBOX_TOKEN"), ("netbox", "NETBOX_URL", "NETBOX_API_TOKEN"),
     ("nautobot", "NAUTOBOT_URL", "NAUTOBOT_TOKEN")],
)  # fmt: skip
def test_the_environment_stands_in(monkeypatch: pytest.MonkeyPatch, source: str, url: str, token: str) -> None:
    monkeypatch.setenv(url, "https://source.example.com/api/")
    monkeypatch.setenv(token, "abc")
    found = client({"source": source})
    assert found.base == "https://source.example.com" and found._authorization == "Token abc"
    assert client({"source": source, "url": "http://other", "token": "x"}).base == "http://other"


def test_without_an_address_the_variables_are_named() -> None:
    with pytest.raises(BadInput, match="^url: is needed.*set NETBOX_API or NETBOX_URL"):
        client({"source": "netbox"})
