# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A device belongs to one process at a time, and to none when that has ended."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.claims import Claims
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.errors import StateDirError


def elsewhere(path: Path, device: str) -> bool:
    """Whether another process gets the device."""
    child = os.fork()
    if child == 0:
        os._exit(0 if Claims(path).take(device) else 1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_device_is_taken_once(tmp_path: Path) -> None:
    path = tmp_path / "devices.lock"
    claims = Claims(path)
    assert claims.take("a:22") and claims.take("a:22")
    assert not elsewhere(path, "a:22") and elsewhere(path, "b:22")
    claims.drop("a:22")
    assert elsewhere(path, "a:22") and claims.take("a:22")
    assert path.stat().st_mode & 0o777 == 0o600 and path.stat().st_size == 0


def test_a_file_that_cannot_be_made(tmp_path: Path) -> None:
    with pytest.raises(StateDirError, match="HOLDFAST_RUNTIME_DIR: cannot write .*devices.lock"):
        Claims(tmp_path / "nowhere" / "devices.lock")
