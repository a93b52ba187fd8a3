# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The order in which a file is copied, and what is left when a step fails: files of a device in memory."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, BinaryIO, ClassVar

import pytest
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.errors import (
    BadInput,
    CommandTimeout,
    NoSpace,
    TransferFailed,
    Unsupported,
)
from ansible_collections.holdfast.network.plugins.plugin_utils.drivers.base import Digest, Target
from ansible_collections.holdfast.network.plugins.plugin_utils.drivers.transfer import Order, Transfer

NEW, OLD = b"new contents", b"old"


class Disk:
    """Files by name. ``before`` holds what happens just before a step, by the step's name."""

    protocols: ClassVar[tuple[str, ...]] = ("scp",)
    replaces: ClassVar[bool] = False

    def __init__(self, **files: bytes) -> None:
        self.files = files
        self.room = 1000
        self.logins = 0
        self.aborted = False
        self.steps: list[str] = []
        self.before: dict[str, Callable[[], None]] = {}

    def _step(self, name: str, path: str) -> None:
        self.steps.append(f"{name} {path}")
        self.before.get(name, lambda: None)()

    def begin(self) -> None:
        self.aborted = False

    def normal(self, path: str) -> str:
        return path

    def stat(self, path: str) -> int | None:
        return len(self.files[path]) if path in self.files else None

    def free(self, path: str) -> int:
        return self.room

    def digest(self, path: str, timeout: float) -> Digest:
        return Digest("md5", hashlib.md5(self.files[path]).hexdigest())

    def put(self, source: BinaryIO, size: int, path: str, protocol: str, timeout: float) -> None:
        data = source.read()
        self.files[path] = data[: size // 2]
        self._step("put", path)
        self.files[path] = data

    def get(self, path: str, sink: BinaryIO, protocol: str, timeout: float) -> None:
        self._step("get", path)
        sink.write(self.files[path])

    def delete(self, path: str) -> None:
        self._step("delete", path)
        del self.files[path]

    def rename(self, old: str, new: str) -> None:
        self._step("rename", f"{old} {new}")
        self.files[new] = self.files.pop(old)

    def abort(self) -> bool:
        self.aborted = True
        return True


def fail(error: Exception, times: int = 1, skip: int = 0) -> Callable[[], None]:
    count = [0]

    def step() -> None:
        count[0] += 1
        if skip < count[0] <= skip + times:
            raise error

    return step


@pytest.fixture
def local(tmp_path: Path) -> Path:
    path = tmp_path / "local"
    path.write_bytes(NEW)
    return path


def transfer(disk: Disk, local: Path, direction: Any = "put", **more: Any) -> Any:
    driver: Any = SimpleNamespace(name="fake", target=Target("fake", "cisco_ios", "dev", 22, "u"), files=lambda: disk)
    return Transfer(driver, Order(direction, str(local), "f", token="ab", **more)).run()


def test_a_new_file_is_verified_before_it_gets_its_name(local: Path) -> None:
    disk = Disk()
    outcome = transfer(disk, local)
    assert outcome.changed and disk.files == {"f": NEW}
    assert disk.steps == ["put f.ab.part", "rename f.ab.part f"]


def test_one_of_old_and_new_is_always_there(local: Path) -> None:
    disk = Disk(f=OLD)
    assert transfer(disk, local).replaced == len(OLD) and disk.files == {"f": NEW}
    assert disk.steps == ["put f.ab.part", "rename f f.ab.part.old", "rename f.ab.part f", "delete f.ab.part.old"]
    disk = Disk(f=OLD)
    disk.before["rename"] = fail(TransferFailed("no"), skip=1)
    with pytest.raises(TransferFailed):
        transfer(disk, local)
    assert disk.files == {"f": OLD}


def test_a_device_that_replaces_needs_one_step(local: Path) -> None:
    disk = Disk(f=OLD)
    disk.replaces = True  # type: ignore[misc]
    transfer(disk, local)
    assert disk.steps == ["put f.ab.part", "rename f.ab.part f"]


def test_without_renaming_the_copy_is_made_again_under_its_name(local: Path) -> None:
    disk = Disk()
    disk.before["rename"] = fail(Unsupported("no such command"))
    assert transfer(disk, local).changed and disk.files == {"f": NEW}
    assert disk.steps[-2:] == ["delete f.ab.part", "put f"]
    disk = Disk()
    disk.before = {"rename": fail(Unsupported("no")), "put": fail(TransferFailed("broken"), skip=1)}
    with pytest.raises(TransferFailed, match="broken"):
        transfer(disk, local)
    assert disk.files == {}


@pytest.mark.parametrize("error", [TransferFailed("device"), CommandTimeout("late"), KeyError("a defect")])
def test_half_a_file_is_deleted(local: Path, error: Exception) -> None:
    disk = Disk(f=OLD)
    disk.before["put"] = fail(error)
    with pytest.raises(type(error)):
        transfer(disk, local)
    assert disk.files == {"f": OLD} and disk.steps[-1] == "delete f.ab.part"


def test_an_aborted_copy_is_cleaned_up_after_and_is_no_error(local: Path) -> None:
    """The session is kept when the thread that had it ends without one."""
    disk = Disk()

    def abort() -> None:
        disk.abort()
        raise TransferFailed("the channel is closed")

    disk.before["put"] = abort
    assert transfer(disk, local) is None and disk.files == {}


def test_the_same_file_is_not_copied(local: Path) -> None:
    disk = Disk(f=NEW)
    outcome = transfer(disk, local)
    assert not outcome.changed and outcome.hash == hashlib.md5(NEW).hexdigest() and disk.steps == []
    assert transfer(Disk(f=NEW[::-1]), local).changed, "the size alone proves nothing"


def test_the_room_is_looked_at_first_and_check_mode_does_no_more(local: Path) -> None:
    disk = Disk(f=OLD)
    disk.room = 5
    with pytest.raises(NoSpace, match=r"12 bytes are needed and 5 are free.*would free 3") as caught:
        transfer(disk, local, check=True)
    assert caught.value.detail == {"needed": 12, "free": 5} and disk.steps == []
    assert transfer(Disk(), local, check=True).changed


def test_a_copy_from_the_device_is_verified_before_it_gets_its_name(local: Path) -> None:
    disk = Disk(f=OLD)
    assert transfer(disk, local, "get").replaced == len(NEW) and local.read_bytes() == OLD
    assert not transfer(disk, local, "get").changed
    disk.files["f"] = b"another"
    disk.before["get"] = lambda: disk.files.update(f=b"changed meanwhile")
    with pytest.raises(TransferFailed, match="md5 differs"):
        transfer(disk, local, "get")
    assert local.read_bytes() == OLD and [path.name for path in local.parent.iterdir()] == ["local"]
    with pytest.raises(BadInput, match="has no file f"):
        transfer(Disk(), local, "get")


def test_the_whole_has_a_deadline_and_its_protocols(local: Path) -> None:
    with pytest.raises(CommandTimeout, match="within 0 s"):
        transfer(Disk(f=NEW), local, timeout=0.0)
    with pytest.raises(Unsupported, match="copies by scp, not by sftp"):
        transfer(Disk(), local, protocol="sftp")
    local.unlink()
    with pytest.raises(BadInput, match="there is no file"):
        transfer(Disk(), local)
