# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The hosts of a Nornir SimpleInventory, each with what it inherits, in the order in which Nornir looks for it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from ..broker.errors import BadInput
from ..testbed.document import Document, Keys
from .hosts import Host, connection_variables, group_names, known_platform, some

_ATTRIBUTES = ("hostname", "port", "username", "password", "platform")
_DRIVERS = {"linux": "paramiko"}
#: (where a connection plugin of Nornir has it among its extras, our variable); netmiko, scrapli, napalm
_SECRETS = (
    (("secret",), "holdfast_enable_secret"),
    (("auth_secondary",), "holdfast_enable_secret"),
    (("optional_args", "secret"), "holdfast_enable_secret"),
    (("passphrase",), "holdfast_passphrase"),
)
_FILES = (
    (("key_file",), "ansible_private_key_file"),
    (("auth_private_key",), "ansible_private_key_file"),
    (("optional_args", "key_file"), "ansible_private_key_file"),
    (("alt_key_file",), "holdfast_known_hosts"),
)
_WAYS = (("ssh_config_file",), ("optional_args", "ssh_config_file"), ("sock",))

#: one place that a value may come from: a file and the path of a host, a group, or the defaults in it
Place = tuple[Document, Keys]


class NornirHosts:
    """``hosts()`` once; afterwards ``warnings`` says what could not be taken over.

    ``connection`` is the connection plugin of Nornir whose options go before a host's own. Methods raise BadInput with
    line and column.
    """

    def __init__(
        self, hosts: Document, groups: Document | None, defaults: Document | None, connection: str, credentials: bool
    ) -> None:
        self._hosts, self._groups, self._defaults = hosts, groups, defaults
        self._connection = connection
        self._credentials = credentials
        self._without: dict[str, list[str]] = defaultdict(list)

    @property
    def warnings(self) -> list[str]:
        return [f"{what}: {some(names)}" for what, names in self._without.items()]

    def hosts(self) -> list[Host]:
        """In the file's order."""
        names = list(self._hosts.mapping())
        if not names:
            raise BadInput(f"{self._hosts.name}: there are no hosts in it", option="host_file")
        return [self._host(name) for name in names]

    # -- where Nornir looks ----------------------------------------------------------------------------

    def _parents(self, place: Place) -> Iterator[Place]:
        """The groups that a host or group names itself."""
        document, path = place
        named = document.get(*path, "groups") or []
        if not isinstance(named, list):
            raise document.wrong((*path, "groups"), "a list of groups is expected")
        for number, name in enumerate(named):
            if self._groups is None or name not in self._groups.mapping():
                where = self._groups.name if self._groups else "the group file, which is not there"
                raise document.wrong((*path, "groups", number), f"there is no group {name!r} in {where}")
            yield self._groups, (str(name),)

    def _extended(self, place: Place, above: tuple[Place, ...] = ()) -> list[Place]:
        """All groups, inherited ones behind the one that names them, each once."""
        found: list[Place] = []
        for parent in self._parents(place):
            if parent in above:
                raise parent[0].wrong((*parent[1], "groups"), f"the group {parent[1][0]} is in itself")
            found += [one for one in (parent, *self._extended(parent, (*above, parent))) if one not in found]
        return found

    def _chain(self, place: Place) -> Iterator[Place]:
        """Where connection options are looked for: the defaults go before a second group."""
        yield place
        for parent in self._parents(place):
            yield from self._chain(parent)
        if self._defaults is not None:
            yield self._defaults, ()

    def _attribute(self, place: Place, extended: list[Place], name: str) -> str:
        own = [
            (document, (*path, "connection_options", self._connection, name)) for document, path in self._chain(place)
        ]
        rest = [(document, (*path, name)) for document, path in (place, *extended)]
        if self._defaults is not None:
            rest.append((self._defaults, (name,)))
        for document, path in (*own, *rest):
            if document.get(*path) is not None:
                return document.text(*path)
        return ""

    def _extras(self, place: Place) -> Mapping[str, Any]:
        for document, path in self._chain(place):
            keys = (*path, "connection_options", self._connection, "extras")
            if document.get(*keys) is not None:
                return document.mapping(*keys)
        return {}

    def _data(self, place: Place, extended: list[Place]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        last = [(self._defaults, ())] if self._defaults is not None else []
        for document, path in (place, *extended, *last):
            found = {**document.mapping(*path, "data"), **found}
        return found

    # -- a host --------------------------------------------------------------------------------------

    def _host(self, name: str) -> Host:
        place: Place = (self._hosts, (name,))
        self._hosts.mapping(name)
        extended = self._extended(place)
        given = {one: self._attribute(place, extended, one) for one in _ATTRIBUTES}
        data, extras = self._data(place, extended), self._extras(place)
        platform = known_platform(given["platform"]) or given["platform"]
        groups = [path[0] for _document, path in extended]
        variables = {
            **{key: value for key, value in data.items() if key.isidentifier()},
            **connection_variables(
                given["hostname"] or None, platform, self._port(place, given["port"]), _DRIVERS.get(platform)
            ),
            "holdfast_nornir": data,
        }
        variables.update({variable: str(value) for keys, variable in _FILES if (value := _at(extras, keys))})
        host = Host(name, variables, [*map(str, groups), *group_names(platform=platform)], (given["hostname"] or None,))
        if self._credentials:
            self._log_in(host, given, extras)
        if any(_at(extras, keys) for keys in _WAYS):
            self._without["jump hosts are not taken over from Nornir; set holdfast_jump_hosts for"].append(name)
        return host

    def _log_in(self, host: Host, given: Mapping[str, str], extras: Mapping[str, Any]) -> None:
        if given["username"]:
            host.variables["ansible_user"] = given["username"]
        if given["password"]:
            host.secrets["ansible_password"] = given["password"]
        host.secrets.update({variable: str(value) for keys, variable in _SECRETS if (value := _at(extras, keys))})

    def _port(self, place: Place, text: str) -> int | None:
        if not text:
            return None
        if not text.isdecimal() or not 1 <= int(text) <= 65535:
            raise place[0].wrong(place[1], f"{text!r} is no port; use a number from 1 to 65535")
        return int(text)


def _at(extras: Mapping[str, Any], keys: tuple[str, ...]) -> Any:
    found: Any = extras
    for key in keys:
        found = found.get(key) if isinstance(found, Mapping) else None
    return found
