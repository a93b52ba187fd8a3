# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Ending the broker that the users of a lab started."""

from __future__ import annotations

from collections.abc import Mapping

from ansible_collections.holdfast.network.plugins.plugin_utils.broker.client import Client
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.errors import BrokerUnavailable
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.paths import default_paths
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.version import COLLECTION_VERSION


def stop(env: Mapping[str, str]) -> bool:
    """Ask the broker of this environment to end; False when none runs."""
    paths = default_paths(COLLECTION_VERSION, env["HOLDFAST_RUNTIME_DIR"], env["HOLDFAST_STATE_DIR"])
    try:
        with Client(paths.socket) as client:
            client.call("broker.stop", timeout=10)
    except BrokerUnavailable:
        return False
    return True
