# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the inventory plugins for sources of truth have in common: reading in bulk, and the last good answer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ansible import constants

from ..broker.errors import HoldfastError, SourceUnreachable
from ..sources.last_good import LastGood, age
from ..sources.nautobot import Nautobot
from ..sources.netbox import NetBox
from ..sources.options import client
from ..sources.rest import Rest
from .base import DeviceInventory
from .hosts import Host, Listing, as_dict, as_listing
from .source_hosts import Choice, Hosts

_CLIENT = ("url", "token", "token_kind", "validate_certs", "ca_file", "timeout")


class SourceInventory(DeviceInventory):
    """A plugin gives ``SOURCE`` and ``source()``."""

    SOURCE = ""

    def source(self, rest: Rest, page: int) -> NetBox | Nautobot:
        """What reads devices by this client, so many at a time."""
        raise NotImplementedError

    def doubtful(self, names: list[str]) -> list[str]:
        """A sentence for each filter that the source may not know, when it ignores those."""
        return []

    def hosts(self) -> Iterator[Host]:
        options = {"source": self.SOURCE, **{name: self.option(name) for name in _CLIENT}}
        if options["ca_file"]:
            options["ca_file"] = str(self.path_option("ca_file"))
        rest = client(options, parallel=int(self.option("parallel")))
        source = self.source(rest, int(self.option("page_size")))
        how: dict[str, Any] = {"api": self.option("api"), "config_context": self.option("config_context") != "none"}
        filters, vm_filters = (self.option(name) or {} for name in ("filters", "vm_filters"))
        for words in self.doubtful([*filters, *vm_filters]):
            self.warn(words)
        devices = source.devices(filters, **how)
        if self.option("virtual_machines"):
            devices += source.virtual_machines(vm_filters, **how)
        hosts = Hosts(self._choice())
        yield from hosts.made(devices)
        for text in hosts.warnings:
            self.warn(text)
        if not devices:
            self.warn(f"{rest.where} has no device that the filters leave")

    def _choice(self) -> Choice:
        return Choice(
            addresses=self.option("address"),
            facts=self.option("facts"),
            groups=self.option("group_by"),
            virtual_chassis=self.option("virtual_chassis"),
            unnamed=self.option("unnamed"),
            unaddressed=self.option("unaddressed"),
            config_context=self.option("config_context"),
            platforms=self.option("platforms") or {},
        )

    # -- the last good answer ----------------------------------------------------------------------

    def _answer(self, path: str, config: dict[str, Any], cache: bool) -> Listing:
        if not self.get_option("cache"):
            return super()._answer(path, config, cache)
        directory = self.get_option("last_good_dir") or Path(constants.ANSIBLE_HOME) / "holdfast/last_good"
        self._last_good = LastGood(Path(directory).expanduser(), self._key(path, config))
        try:
            return super()._answer(path, config, cache)
        except SourceUnreachable as exc:
            if self.get_option("outage") == "fail":
                raise
            return self._instead(exc)

    def _key(self, path: str, config: dict[str, Any]) -> str:
        return super()._key(path, {**config, "url": self.get_option("url")})  # it may be from the environment

    def _ask(self) -> Listing:
        found = super()._ask()
        if self.get_option("cache"):
            try:
                self._last_good.save(as_dict(found))
            except HoldfastError as exc:
                self.display.warning(f"the answer is not kept for an outage: {exc.message} (option last_good_dir)")
        return found

    def _instead(self, outage: SourceUnreachable) -> Listing:
        """What the source said when it last answered; it is not put into Ansible's cache. Raises ``outage``."""
        try:
            kept = self._last_good.load()
            found = as_listing(kept.answer) if kept else None
        except (ValueError, KeyError) as exc:
            self.display.warning(f"the last good answer {self._last_good.path} cannot be used: {exc}")
            raise outage from exc
        if kept is None or found is None:
            raise outage
        when = kept.saved.isoformat(timespec="seconds").replace("+00:00", "Z")
        words = f"{outage.message}; this is its last good answer, of {when} ({age(kept.saved)})"
        found.warnings.insert(0, words)
        return found
