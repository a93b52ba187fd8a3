# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The options of a visit are those of the connection plugin: else later plays would log in again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from ansible_collections.holdfast.network.plugins.doc_fragments.connection import ModuleDocFragment
from ansible_collections.holdfast.network.plugins.plugin_utils.discovery.login_options import DEFAULTS, login_options
from ansible_collections.holdfast.network.plugins.plugin_utils.discovery.settings import CredentialSet, VisitSettings
from ansible_collections.holdfast.network.plugins.plugin_utils.requester import TRANSPORT

SET = CredentialSet("lab", "ann", "secret", "~/key", enable_secret="enable")


def documented() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(ModuleDocFragment.DOCUMENTATION)["options"]
    return found


def test_defaults_are_the_connections() -> None:
    assert {name: documented()[name]["default"] for name in DEFAULTS} == DEFAULTS
    made = login_options(VisitSettings(credentials=(SET,)), SET, "192.0.2.1")
    for name in ("host_key_checking", "use_tls", "validate_certs"):
        assert made[name] == documented()[name]["default"]
    assert made["known_hosts"] == str(Path.home() / ".ssh/known_hosts")
    assert made["private_key_file"] == str(Path.home() / "key")


def test_every_option_of_the_connection_is_there() -> None:
    made = login_options(VisitSettings(credentials=(SET,)), SET, "192.0.2.1")
    missing = set(documented()) - set(made) - {"queue", "queue_timeout"}
    assert not missing
    assert set(TRANSPORT) - set(made) == {"queue"}


def test_eapi_has_a_port_of_its_own() -> None:
    settings = VisitSettings(credentials=(SET,), port=2222, eapi_port=8443)
    assert login_options(settings, SET, "192.0.2.1")["port"] == 2222
    assert login_options(settings, SET, "192.0.2.1", "pyeapi")["port"] == 8443
