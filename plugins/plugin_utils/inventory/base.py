# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the inventory plugins have in common: their configuration file, the cache, constructed variables and groups.

Ten thousand hosts pass here in one go. So a cached answer is one JSON text (Ansible would look at each value of it),
variables are set without a call for each, and templates are only evaluated when there are any.
"""

from __future__ import annotations

import difflib
import hashlib
import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ansible import constants
from ansible.errors import AnsibleError, AnsibleOptionsError, AnsibleParserError
from ansible.parsing.vault import is_encrypted
from ansible.plugins.inventory import BaseInventoryPlugin, Cacheable, Constructable
from ansible.template import trust_as_template
from ansible.utils.vars import combine_vars

from ..broker.errors import BadInput, HoldfastError
from .hosts import Host, Listing, as_dict, as_listing, listing, some

CONSTRUCTED = ("strict", "compose", "groups", "keyed_groups", "use_extra_vars", "leading_separator")
#: Words that ansible-inventory may print as they are. Nothing in them can call or look up anything, should somebody
#: use one in place of a template; all other text of a device stays untrusted, as Ansible calls it.
_WORD = re.compile(r"[A-Za-z0-9_.:/@+-]*")

_ENVIRONMENT = (
    "{{{{ lookup('ansible.builtin.env', '{0}', default=undef(hint='the environment variable {0} is not set')) }}}}"
)


class DeviceInventory(BaseInventoryPlugin, Constructable, Cacheable):
    """A plugin gives ``NAME``, ``FILES`` (how its configuration files' names end) and ``hosts()``."""

    FILES: tuple[str, ...] = ()
    #: Why the answer must not be cached, if it must not.
    private = ""

    def hosts(self) -> Iterable[Host]:
        """What the source has. Raises HoldfastError, or returns hosts: no source, no empty inventory."""
        raise NotImplementedError

    def warn(self, text: str) -> None:
        """Say it now, and again whenever the answer comes from the cache."""
        self._warnings.append(text)

    def option(self, name: str) -> Any:
        """The option's value, with the templates in it evaluated."""
        return self.templar.template(self.get_option(name))

    def path_option(self, name: str) -> Path:
        """A path; a relative one starts where the inventory file is."""
        return (Path(self._source).parent / Path(str(self.option(name))).expanduser()).resolve()

    def file_option(self, name: str) -> Path:
        """The path of a file that is there. Raises BadInput."""
        path = self.path_option(name)
        if not path.is_file():
            raise BadInput(
                f"{name}: there is no file {path}; a relative path starts at the inventory file's directory",
                option=name,
            )
        return path

    def read_text(self, path: Path, option: str) -> str:
        """A file that may be encrypted by Ansible Vault; nothing is cached then. Raises BadInput."""
        try:
            if is_encrypted(path.read_bytes()):
                self.private = f"{path} is encrypted"
            return str(self.loader.get_text_file_contents(str(path)))
        except (AnsibleError, OSError) as exc:  # not readable, or encrypted with another password
            raise BadInput(f"{option}: cannot read {path}: {exc}", option=option) from exc

    # -- what Ansible calls ----------------------------------------------------------------------

    def verify_file(self, path: str) -> bool:
        return bool(super().verify_file(path)) and path.endswith(self.FILES)

    def parse(self, inventory: Any, loader: Any, path: str, cache: bool = True) -> None:
        super().parse(inventory, loader, path, cache)
        self._source = path
        self._warnings: list[str] = []
        self.private = ""
        try:
            config = self._read_config_data(path)
        except AnsibleOptionsError:  # our file, with a value that the option cannot have
            _insist()
            raise
        try:
            self._read(path, config, cache)
        except (AnsibleError, HoldfastError) as exc:
            if self.get_option("mandatory"):
                _insist()
            if isinstance(exc, HoldfastError):
                raise AnsibleParserError(f"{path}: {exc.message}") from exc
            raise

    def _read(self, path: str, config: dict[str, Any], cache: bool) -> None:
        self._refuse_unknown(config)
        found = self._answer(path, config, cache)
        for text in found.warnings:
            self.display.warning(f"{path}: {text}")
        self._fill(found)
        if any(self.get_option(name) for name in ("compose", "groups", "keyed_groups")):
            for name in found.hosts:
                self._construct(name)

    # -- the parts of it ----------------------------------------------------------------------------

    def _refuse_unknown(self, config: dict[str, Any]) -> None:
        """A misspelt filter that is ignored makes a wrong inventory."""
        known = set(self.option_definitions)
        for name in config:
            if name not in known:
                close = difflib.get_close_matches(str(name), known, n=1)
                hint = f"did you mean {close[0]}?" if close else f"the options are {', '.join(sorted(known))}"
                raise AnsibleParserError(f"{self._source}: {name} is no option of {self.NAME}; {hint}")

    def _answer(self, path: str, config: dict[str, Any], cache: bool) -> Listing:
        """From the cache when that is wanted and has it, else from the source."""
        if not self.get_option("cache"):
            return self._ask()
        key = self._key(path, config)
        kept = self.cache.get(key) if cache else None
        if kept is not None:
            return as_listing(json.loads(kept["json"]))
        found = self._ask()
        if found.secrets:
            self.private = f"there are passwords in it, of {some(list(found.secrets))}"
        if self.private:
            self.display.warning(f"{path}: the answer is not cached, because {self.private}")
        else:
            self.cache[key] = {"json": json.dumps(as_dict(found))}
        return found

    def _key(self, path: str, config: dict[str, Any]) -> str:
        """A name for the answer to this question: whatever is constructed of it afterwards does not count."""
        mine = {name: value for name, value in config.items() if name not in CONSTRUCTED}
        words = json.dumps(mine, sort_keys=True, default=str).encode()
        return f"{self.get_cache_key(path)}_{hashlib.sha256(words).hexdigest()[:12]}"

    def _ask(self) -> Listing:
        found = listing(self.hosts())
        found.warnings[:0] = self._warnings
        return found

    def _fill(self, found: Listing) -> None:
        words: dict[str, str] = {}
        known = self.inventory.hosts
        for name, variables in found.hosts.items():
            met = name in known
            self.inventory.add_host(name)
            if met:  # another source has it too: let Ansible merge
                for key, value in variables.items():
                    self.inventory.set_variable(name, key, value)
            else:
                known[name].vars.update(_plain(variables, words))
        for name, variables in found.environment.items():
            for path, variable in variables.items():
                _put(known[name].vars, path, trust_as_template(_ENVIRONMENT.format(variable)))
        for name, variables in found.secrets.items():
            for path, value in variables.items():
                _put(known[name].vars, path, value)
        for raw, names in found.groups.items():
            group = self.inventory.groups[self.inventory.add_group(self._sanitize_group_name(raw))]
            for name in names:
                group.add_host(known[name])

    def _construct(self, name: str) -> None:
        strict = self.get_option("strict")
        host = self.inventory.get_host(name)
        self._set_composite_vars(self.get_option("compose"), host.get_vars(), name, strict=strict)
        variables = host.get_vars()
        self._add_host_to_keyed_groups(
            self.get_option("keyed_groups"), variables, name, strict=strict, fetch_hostvars=False
        )
        if self.get_option("use_extra_vars"):  # Ansible's helper does it for the other two
            variables = combine_vars(variables, self._vars)
        self._add_host_to_composed_groups(
            self.get_option("groups"), variables, name, strict=strict, fetch_hostvars=False
        )


def _put(variables: Any, path: str, value: Any) -> None:
    """Set ``variable``, or a value inside of one: ``variable.0.key``."""
    *above, last = path.split(".")
    for key in above:
        variables = variables[int(key) if key.isdecimal() else key]
    variables[last] = value


def _insist() -> None:
    """Ansible goes on with what is left, which may be no host at all, unless this says otherwise."""
    constants.INVENTORY_ANY_UNPARSED_IS_FAILED = True


def _plain(value: Any, words: dict[str, str]) -> Any:
    """The value with its plain words marked as such, each made once."""
    if isinstance(value, str):
        if value not in words:
            words[value] = trust_as_template(value) if _WORD.fullmatch(value) else value
        return words[value]
    if isinstance(value, dict):
        return {key: _plain(one, words) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one, words) for one in value]
    return value
