# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Files into flash and out of it, as SCP clients do it, and the faults of copying."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import paramiko
import pytest
from scp import SCPClient, SCPException

from tests.lab.emulated import EmulatedLab

DATA = bytes(range(256)) * 1200  # more than one window's worth of pieces


@contextmanager
def scp(lab: EmulatedLab, name: str) -> Iterator[SCPClient]:
    device = lab.devices[name]
    with paramiko.SSHClient() as client:
        client.set_missing_host_key_policy(paramiko.AutoAddPolicy())
        client.connect(device.host, device.port, device.user, device.password, allow_agent=False, look_for_keys=False)
        transport = client.get_transport()
        assert transport is not None
        yield SCPClient(transport, socket_timeout=5)  # closed with its client: on its own it waits for a status


@pytest.mark.parametrize(("name", "path"), [("r1", "flash:/image.bin"), ("r2", "/mnt/flash/image.bin")])
def test_a_file_goes_there_and_back(lab: EmulatedLab, tmp_path: Path, name: str, path: str) -> None:
    with scp(lab, name) as copier:
        copier.putfo(io.BytesIO(DATA), path)
    assert lab.files(name)["image.bin"].encode("latin-1") == DATA
    lab.fault(name, "slow_copy", rate=2_000_000)
    with scp(lab, name) as copier:
        copier.get(path, str(tmp_path / "back"))
    assert (tmp_path / "back").read_bytes() == DATA


def test_a_full_flash_keeps_what_came(lab: EmulatedLab) -> None:
    lab.fault("r1", "flash_full", free=1000)
    with pytest.raises((SCPException, OSError)), scp(lab, "r1") as copier:
        copier.putfo(io.BytesIO(DATA), "flash:/image.bin")
    assert len(lab.files("r1")["image.bin"]) == 1000


def test_a_slow_copy_that_is_given_up_leaves_half_a_file(lab: EmulatedLab) -> None:
    lab.fault("r1", "slow_copy", rate=100_000)
    with pytest.raises(SCPException), scp(lab, "r1") as copier:
        copier.socket_timeout = 0.3
        start = time.monotonic()
        copier.putfo(io.BytesIO(DATA), "flash:/image.bin")
    assert time.monotonic() - start < 2
    assert lab.wait(lambda: 0 < len(lab.files("r1").get("image.bin", "")) < len(DATA))


def test_ios_serves_scp_only_when_configured_and_one_channel_a_connection(lab: EmulatedLab) -> None:
    with pytest.raises(paramiko.ChannelException), scp(lab, "r1") as copier:
        copier.transport.open_session()
        copier.transport.open_session()
    lab.configure("r1", "no ip scp server enable")
    with pytest.raises(SCPException, match="Administratively disabled"), scp(lab, "r1") as copier:
        copier.putfo(io.BytesIO(DATA), "flash:/image.bin")
