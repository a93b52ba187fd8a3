# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a crawl leaves on disk while it runs, so that an interrupted one goes on where it was.

``DIR/crawl.json`` says who was visited, who failed and where nobody was. Whom to visit next follows from that: the
seeds and the neighbours of those who were visited. ``DIR/.before/ID.json`` is a device's file as it was before the
crawl, empty when there was none. Both are gone once a crawl has ended.
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from ipaddress import ip_network
from pathlib import Path
from typing import Any

from ..broker.errors import BadInput, StateDirError
from ..state.files import same_text, write_atomic
from .crawl import Crawl
from .records import Device, Failure, Found
from .store import FORMAT, DiscoveryStore, device_text, failure_of, failures_text, read_device

EVERY = 1.0  # seconds between two writes of crawl.json: all that is lost is visited again


class Journal:
    """Keeps the devices of one crawl in a store. Without ``write`` it only finds out what would be written."""

    def __init__(self, store: DiscoveryStore, seeds: Sequence[str], write: bool = True) -> None:
        self.store = store
        self.file = store.directory / "crawl.json"
        self.kept = store.directory / ".before"
        self._seeds = list(seeds)
        self._write = write
        self._last = 0.0

    def before(self) -> Found:
        """What the store held before the crawl, or before the one that was interrupted."""
        found = self.store.load()
        devices = {device.id: device for device in found.devices}
        for path in sorted(self.kept.glob("*.json")):
            if path.stat().st_size:
                devices[path.stem] = read_device(path)
            else:
                devices.pop(path.stem, None)
        return Found([devices[one] for one in sorted(devices)], found.failures)

    def save(self, device: Device) -> None:
        """Write a device that has something new to say."""
        path, text = self.store.path(device.id), device_text(device)
        if self._write and not same_text(path, text):
            self._keep(path)
            write_atomic(path, text)

    def rename(self, old: str, device: Device) -> None:
        """The device of the file ``old`` has another id now."""
        self.remove(old)
        self.save(device)

    def remove(self, device_id: str) -> None:
        """Forget a device."""
        path = self.store.path(device_id)
        if self._write and path.exists():
            self._keep(path)
            self.store.remove(device_id)

    def end(self, devices: Sequence[Device], failures: Sequence[Failure], gone: Iterable[str]) -> list[str]:
        """The crawl is over: write what is left to write. Returns the names of the files that (would) have changed.

        ``failures`` as the store has ``settled`` them, ``gone`` the ids of devices to forget.
        """
        every: dict[Path, str | None] = {self.store.path(one.id): device_text(one) for one in devices}
        every |= dict.fromkeys(map(self.store.path, gone))
        changed = {path.name for path, text in every.items() if self._original(path) != text}
        if not same_text(self.store.unreached, failures_text(failures)):
            changed.add(self.store.unreached.name)
        if self._write:
            for device_id in gone:
                self.remove(device_id)
            self.store.save_failures(failures)
            self.file.unlink(missing_ok=True)
            if self.kept.exists():
                shutil.rmtree(self.kept)
        return sorted(changed)

    def _original(self, path: Path) -> str | None:
        """What the file said before the crawl; None when there was none."""
        kept = self.kept / path.name
        there = kept if kept.exists() else path
        return (there.read_text(encoding="utf-8") or None) if there.exists() else None

    def checkpoint(self, crawl: Crawl) -> None:
        """Say how far the crawl is, now and then."""
        if self._write and time.monotonic() - self._last >= EVERY:
            self.write(crawl)

    def write(self, crawl: Crawl) -> None:
        """Say how far the crawl is."""
        if not self._write:
            return
        frontier = crawl.frontier
        state = {
            "format": FORMAT,
            "seeds": self._seeds,
            "visited": {one: {"depth": depth, "at": at} for one, (depth, at) in crawl.visited.items()},
            "failed": [asdict(one) for one in frontier.attempts()],
            "silent": frontier.silent_ranges(),
        }
        write_atomic(self.file, json.dumps(state) + "\n")
        self._last = time.monotonic()

    def resume(self, crawl: Crawl) -> int:
        """Take over what an interrupted crawl found; how many devices. None, without one, is no error."""
        state = self._state()
        try:
            for text in state.get("silent", ()):
                crawl.frontier.silent.update(map(str, ip_network(text)))
            for row in state.get("failed", ()):
                crawl.frontier.refused(failure_of(row))
            for device_id, row in state.get("visited", {}).items():
                path = self.store.path(device_id)
                if path.exists():
                    crawl.resume(read_device(path), int(row["depth"]), [str(one) for one in row["at"]])
        except (KeyError, TypeError, ValueError, AttributeError) as exc:
            raise self._broken(exc) from exc
        return len(crawl.visited)

    def _keep(self, path: Path) -> None:
        """The file as it was, before it is written for the first time."""
        kept = self.kept / path.name
        if not kept.exists():
            write_atomic(kept, path.read_text(encoding="utf-8") if path.exists() else "")

    def _state(self) -> dict[str, Any]:
        try:
            found = json.loads(self.file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except OSError as exc:
            raise StateDirError(f"cannot read {self.file}: {exc.strerror or exc}", path=str(self.file)) from exc
        except ValueError as exc:
            raise self._broken(exc) from exc
        if not isinstance(found, dict) or found.get("format") != FORMAT:
            raise self._broken("another format")
        return found

    def _broken(self, why: object) -> BadInput:
        return BadInput(f"resume: {self.file} cannot be used ({why}); delete it, or set resume: false", option="resume")
