# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Snapshots on disk."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.errors import BadInput, StateDirError
from ansible_collections.holdfast.network.plugins.plugin_utils.state.snapshots import SnapshotStore, make_snapshot

TAKEN = datetime(2026, 11, 21, 4, 5, 6, tzinfo=UTC)


def snapshot(label: str = "before", **features: Any) -> dict[str, Any]:
    return make_snapshot(
        host="r1",
        platform="frr",
        label=label,
        features=features or {"facts": {"hostname": "r1", "uptime": 5.0}},
        skipped={"vlans": "not on this platform"},
        collection_version="1.2.3",
        taken=TAKEN,
    )


def test_round_trip(tmp_path: Path) -> None:
    store = SnapshotStore(tmp_path)
    saved = store.save(snapshot())
    assert saved.path == tmp_path / "before" / "r1.json"
    assert saved.changed
    loaded = store.load("before", "r1")
    assert loaded == snapshot()
    assert loaded["metadata"] == {
        "host": "r1",
        "platform": "frr",
        "label": "before",
        "taken": "2026-11-21T04:05:06Z",
        "collection_version": "1.2.3",
        "features": ["facts"],
        "skipped": {"vlans": "not on this platform"},
    }


def test_file_is_stable_sorted_and_private(tmp_path: Path) -> None:
    store = SnapshotStore(tmp_path)
    one = store.save(snapshot(bgp={"b": 1, "a": 2}, facts={})).path.read_bytes()
    saved = store.save(snapshot(facts={}, bgp={"a": 2, "b": 1}))
    assert saved.path.read_bytes() == one
    assert one.endswith(b"}\n")
    assert saved.path.stat().st_mode & 0o777 == 0o600
    assert json.loads(one) == json.loads(json.dumps(json.loads(one), sort_keys=True))


def test_changed_only_when_the_state_did(tmp_path: Path) -> None:
    store = SnapshotStore(tmp_path)
    store.save(snapshot(facts={"uptime": 1, "model": "x"}))
    assert not store.save(snapshot(facts={"uptime": 2, "model": "x"})).changed
    assert store.load("before", "r1")["features"]["facts"]["uptime"] == 2
    assert store.save(snapshot(facts={"uptime": 2, "model": "y"})).changed
    assert store.save(snapshot(facts={"uptime": 2, "model": "y"}, lldp={})).changed


def test_missing_names_label_directory_and_what_is_there(tmp_path: Path) -> None:
    store = SnapshotStore(tmp_path)
    store.save(snapshot("monday"))
    with pytest.raises(BadInput) as caught:
        store.load("tuesday", "r1")
    assert f"no snapshot labelled 'tuesday' of host 'r1' in {tmp_path}" in caught.value.message
    assert "labels of this host there: monday" in caught.value.message


def test_missing_directory(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no snapshot of this host is there"):
        SnapshotStore(tmp_path / "nowhere").load("a", "r1")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b'{"features": {', "not JSON at line 1, column 15"),
        (b"\xff\xfe", "not UTF-8 text"),
        (b"[]", "no 'metadata' and 'features' in it"),
        (b'{"format": 9, "metadata": {}, "features": {}}', "has snapshot format 9, this version reads 1"),
    ],
)
def test_damaged_file_is_named(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "before" / "r1.json"
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(BadInput) as caught:
        SnapshotStore(tmp_path).load("before", "r1")
    assert str(path) in caught.value.message
    assert words in caught.value.message
    # and it can be taken again over the damaged one
    assert SnapshotStore(tmp_path).save(snapshot()).changed


@pytest.mark.parametrize(("label", "host"), [("../x", "r1"), ("x", "../../etc/passwd"), ("..", "r1"), ("x", "/r1")])
def test_paths_do_not_leave_the_directory(tmp_path: Path, label: str, host: str) -> None:
    with pytest.raises(BadInput, match="cannot be a file name"):
        SnapshotStore(tmp_path).load(label, host)


def test_directory_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StateDirError):
        SnapshotStore(tmp_path / "file").save(snapshot())
