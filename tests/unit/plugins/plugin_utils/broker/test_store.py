# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The store: written whole or not at all, locked by whoever guards, readable or said not to be."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.holdfast.network.plugins.plugin_utils.broker import store
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.errors import (
    BadInput,
    CheckpointUnknown,
    StateDirError,
)
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.store import (
    KEEP_CHECKPOINTS,
    PRE_ROLLBACK,
    Change,
    ChangeStore,
    CheckpointStore,
    new_id,
    write_whole,
)


def change(**values: Any) -> Change:
    given = {
        "id": new_id(), "device": "r1:22", "host": "r1", "port": 22, "platform": "frr", "checkpoint": "c",
        "owner": "me", "comment": "",
    }  # fmt: skip
    return Change(**{**given, **values})


def in_child(work: Any) -> int:
    """Run it in a forked process; its exit status (1 when it raised)."""
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            work()
            status = 0
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def test_file_then_rename_then_directory_reach_the_disk_in_this_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    real_fsync, real_replace = os.fsync, os.replace

    def fsync(descriptor: int) -> None:
        name = os.readlink(f"/proc/self/fd/{descriptor}")
        seen.append("directory" if name == str(tmp_path) else f"file of {os.fstat(descriptor).st_size}")
        real_fsync(descriptor)

    def replace(old: str, new: Path) -> None:
        seen.append("rename")
        real_replace(old, new)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(os, "replace", replace)
    write_whole(tmp_path / "x", "12345")
    assert seen == ["file of 5", "rename", "directory"]
    assert (tmp_path / "x").stat().st_mode & 0o777 == 0o600


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_no_space_keeps_the_old_text_and_leaves_no_litter(tmp_path: Path) -> None:
    path = tmp_path / "x"
    write_whole(path, "old")

    def full() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
        with pytest.raises(StateDirError, match="HOLDFAST_STATE_DIR: cannot write .*/x: File too large"):
            write_whole(path, "n" * 100_000)

    assert in_child(full) == 0
    assert path.read_text() == "old" and os.listdir(tmp_path) == ["x"]


@pytest.mark.skipif(os.getuid() != 0, reason="mounts a file system, which only root may")
def test_a_full_disk_is_an_error_before_anything_is_recorded(tmp_path: Path) -> None:
    script = """
import sys
from pathlib import Path
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.errors import StateDirError
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.store import CheckpointStore
state = Path(sys.argv[1])
store = CheckpointStore(state)
kept = store.add("r1:22", "frr", "small")
try:
    store.add("r1:22", "frr", "x" * 500_000)
except StateDirError as exc:
    assert "No space left on device" in exc.message, exc.message
assert [meta["id"] for meta in store.known("r1:22")] == [kept["id"]]
assert store.text(kept) == "small"
print("ok")
"""
    mounted = f'mount -t tmpfs -o size=64k none {tmp_path} && exec {sys.executable} -c "$0" {tmp_path}'
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", mounted, script], capture_output=True, text=True, check=False, timeout=30
    )
    assert done.stdout == "ok\n", done.stderr


def test_pending_then_journal(tmp_path: Path) -> None:
    changes, one = ChangeStore(tmp_path), change()
    changes.save(one)
    assert changes.settled(one.id) is None and changes.foreign("r1:22") is None
    one.state, one.reason = "committed", "fine"
    changes.save(one)
    assert changes.settled(one.id) == one
    assert list((tmp_path / "changes").iterdir()) == []
    assert list(changes.orphans("r1:22")) == []
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o700}


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_two_brokers_and_a_death(tmp_path: Path) -> None:
    """A guarded change is foreign to others; the kernel makes it an orphan when its guard dies."""
    mine, theirs, one = ChangeStore(tmp_path), ChangeStore(tmp_path), change(state="pending")
    mine.save(one)
    assert not theirs.lock(one.id) and list(theirs.orphans("r1:22")) == []
    assert theirs.foreign("r1:22") == one and theirs.foreign("r2:22") is None
    two = change(state="pending", device="r2:22")
    assert in_child(lambda: ChangeStore(tmp_path).save(two)) == 0  # the child is gone, and its lock with it
    assert theirs.foreign("r2:22") == two  # not asked for yet: whoever asks takes it
    assert list(theirs.orphans("r2:22")) == [two]
    assert list(theirs.orphans("r2:22")) == [] and theirs.foreign("r2:22") is None and mine.foreign("r2:22") == two
    theirs.release(two.id)
    assert list(mine.orphans("r2:22")) == [two]


def test_a_lock_on_a_file_that_was_removed_meanwhile_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """B opens the lock file, A settles and removes it, B locks what nobody else can see: B must look again."""
    a, b, one = ChangeStore(tmp_path), ChangeStore(tmp_path), change()
    a.save(one)
    real = store.fcntl.flock

    def just_before(handle: Any, how: int) -> None:
        monkeypatch.setattr(store.fcntl, "flock", real)
        a.release(one.id)
        real(handle, how)

    monkeypatch.setattr(store.fcntl, "flock", just_before)
    assert b.lock(one.id)
    assert not a.lock(one.id)


def test_settled_between_reading_and_locking_is_no_orphan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    a, b, one = ChangeStore(tmp_path), ChangeStore(tmp_path), change()
    a.save(one)
    real = b.lock

    def settle_first(change_id: str) -> bool:
        one.state = "committed"
        a.save(one)
        return real(change_id)

    monkeypatch.setattr(b, "lock", settle_first)
    assert list(b.orphans("r1:22")) == [] and b._locks == {}


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"id": "x"}', '{"surprise": 1}', "\0\0\0"])
def test_a_damaged_file_stops_its_device_only(tmp_path: Path, damage: str) -> None:
    changes, one = ChangeStore(tmp_path), change(state="pending")
    changes.save(one)
    next((tmp_path / "changes").glob("*.json")).write_text(damage)
    changes.release(one.id)
    with pytest.raises(StateDirError, match="cannot be read as a change .*settle the device by hand"):
        list(changes.orphans("r1:22"))
    assert list(changes.orphans("r1:2")) == [] and list(changes.orphans("r2:22")) == []


@pytest.mark.parametrize("wrong", ["../../etc/passwd", "", "x", "ABCDEF0123", "a" * 21, "12345678/../1"])
def test_an_id_is_checked_before_it_names_a_file(tmp_path: Path, wrong: str) -> None:
    with pytest.raises(BadInput, match="is no change id"):
        ChangeStore(tmp_path).settled(wrong)


def test_ids_are_unique_and_fit_the_drivers_contract() -> None:
    made = {new_id() for _unused in range(300)}
    assert len(made) == 300 and all(8 <= len(i) <= 16 and i.isalnum() and i == i.lower() for i in made)


def test_checkpoints_are_found_by_id_label_and_latest(tmp_path: Path) -> None:
    kept = CheckpointStore(tmp_path)
    first = kept.add("r1:22", "frr", "one", "golden")
    second = kept.add("r1:22", "frr", "two", "golden")
    third = kept.add("r1:22", "frr", "three")
    kept.add("r1:22", "frr", "four", PRE_ROLLBACK)
    assert kept.find("r1:22", "golden")["id"] == second["id"]
    assert kept.find("r1:22", "latest")["id"] == third["id"]
    assert kept.text(kept.find("r1:22", first["id"])) == "one"
    assert Path(first["path"]).stat().st_mode & 0o777 == 0o600
    with pytest.raises(CheckpointUnknown, match=r"no checkpoint 'nope' of r1:22; there are: golden, golden, "):
        kept.find("r1:22", "nope")
    with pytest.raises(CheckpointUnknown, match="there are: none"):
        kept.find("r2:22", "latest")


def test_old_unlabelled_checkpoints_go_labelled_ones_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "write_whole", lambda path, text: path.write_text(text))  # not 200 fsyncs
    kept = CheckpointStore(tmp_path)
    golden = kept.add("r1:22", "frr", "g", "golden")
    made = [kept.add("r1:22", "frr", str(n), PRE_ROLLBACK if n % 2 else "") for n in range(KEEP_CHECKPOINTS + 5)]
    assert [meta["id"] for meta in kept.known("r1:22")] == [golden["id"], *(meta["id"] for meta in made[5:])]
    kept.drop("r1:22", golden["id"])
    assert not Path(golden["path"]).exists()


@pytest.mark.parametrize("device", ["../../evil:22", "2001:db8::1:22", "a b:1", "ü:22"])
def test_a_device_name_is_never_a_path(tmp_path: Path, device: str) -> None:
    meta = CheckpointStore(tmp_path).add(device, "frr", "x")
    assert Path(meta["path"]).parent.parent == tmp_path / "checkpoints"
    ChangeStore(tmp_path).save(change(device=device))
    assert all(path.parent == tmp_path / "changes" for path in tmp_path.rglob("*@*.json"))


def test_the_checkpoints_record_is_json_with_the_configuration_beside_it(tmp_path: Path) -> None:
    meta = CheckpointStore(tmp_path).add("r1:22", "frr", "x\n", "golden")
    assert json.loads(Path(meta["path"]).with_suffix(".json").read_text()) == meta
