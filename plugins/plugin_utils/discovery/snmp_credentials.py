# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What SNMP is read with: a community (v2c) or a user with its keys (v3). Secrets stay out of every ``repr``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Self

from ..broker.errors import BadInput
from ..state.names import suggestion

VERSIONS = ("2c", "3")
AUTH_PROTOCOLS = ("md5", "sha", "sha224", "sha256", "sha384", "sha512")
#: aes192c and aes256c lengthen a short key as Cisco's devices do (Reeder); the others as RFC 3826's draft (Blumenthal)
PRIV_PROTOCOLS = ("des", "aes", "aes192", "aes256", "aes192c", "aes256c")
_SYNONYMS = {"sha1": "sha", "aes128": "aes", "hmacmd5": "md5", "hmacsha": "sha"}
_VERSION_WORDS = {"2": "2c", "2c": "2c", "v2c": "2c", "v2": "2c", "3": "3", "v3": "3"}
SHORTEST_KEY = 8  # RFC 3414, 11.2


@dataclass(frozen=True, slots=True)
class SnmpCredential:
    """One way to read SNMP. ``name`` is what records, failures and messages say of it.

    v2c has a ``community``. v3 has a ``user``; with ``auth_key`` it is authNoPriv, with ``priv_key`` too authPriv,
    with neither noAuthNoPriv. A key is a pass phrase of 8 characters or more.
    """

    name: str
    version: str = "2c"
    community: str | None = field(default=None, repr=False)
    user: str | None = None
    auth_protocol: str | None = None
    auth_key: str | None = field(default=None, repr=False)
    priv_protocol: str | None = None
    priv_key: str | None = field(default=None, repr=False)

    @property
    def level(self) -> str:
        """noAuthNoPriv, authNoPriv, authPriv; ``community`` for v2c."""
        if self.version != "3":
            return "community"
        if self.priv_key:
            return "authPriv"
        return "authNoPriv" if self.auth_key else "noAuthNoPriv"

    @classmethod
    def from_options(cls, given: Sequence[Mapping[str, Any]] | None, option: str = "snmp") -> tuple[Self, ...]:
        """From a task's list of dicts, in its order. Raises BadInput naming option, value (never a secret) and fix.

        ``name`` may be left out: snmp1, snmp2 ... ``version`` may be left out: 3 when there is a user, else 2c.
        """
        found = tuple(cls._one(f"{option}[{at}]", at, entry) for at, entry in enumerate(given or (), 1))
        names = [one.name for one in found]
        double = sorted({name for name in names if names.count(name) > 1})
        if double:
            raise BadInput(f"{option}: {', '.join(double)} is the name of two sets; give each its own", option=option)
        return found

    @classmethod
    def _one(cls, where: str, at: int, given: object) -> Self:
        if not isinstance(given, Mapping):
            raise _bad(where, f"is a {type(given).__name__}; give a dictionary such as {{community: ...}}")
        known = [one.name for one in fields(cls)]
        for key in given:
            if key not in known:
                raise _bad(f"{where}.{key}", f"no such option; {suggestion(str(key), known)}")
        text = {key: str(value) for key, value in given.items() if value is not None and value != ""}
        values: dict[str, Any] = {**text, "name": text.get("name", f"snmp{at}"), "version": _version(where, text)}
        for key, choices in (("auth_protocol", AUTH_PROTOCOLS), ("priv_protocol", PRIV_PROTOCOLS)):
            if key in text:
                values[key] = _protocol(f"{where}.{key}", text[key], choices)
        check = _check_v3 if values["version"] == "3" else _check_v2c
        check(where, values)
        return cls(**values)


def _bad(where: str, words: str) -> BadInput:
    return BadInput(f"{where}: {words}", option=where)


def _version(where: str, given: Mapping[str, str]) -> str:
    word = given.get("version", "3" if "user" in given else "2c")
    found = _VERSION_WORDS.get(word.strip().lower())
    if found is None:
        raise _bad(f"{where}.version", f"'{word}' is none of: {', '.join(VERSIONS)}")
    return found


def _protocol(where: str, word: str, choices: Sequence[str]) -> str:
    plain = word.strip().lower().replace("-", "").replace("_", "")
    plain = _SYNONYMS.get(plain, plain)
    if plain not in choices:
        raise _bad(where, f"'{word}' is none of: {', '.join(choices)}")
    return plain


def _check_v2c(where: str, values: Mapping[str, Any]) -> None:
    if not values.get("community"):
        raise _bad(f"{where}.community", "is missing; SNMP version 2c needs one (or set version: 3 and give a user)")
    extra = [key for key in ("user", "auth_protocol", "auth_key", "priv_protocol", "priv_key") if key in values]
    if extra:
        raise _bad(f"{where}.{extra[0]}", "belongs to version 3; set version: 3, or leave it out")


def _check_v3(where: str, values: dict[str, Any]) -> None:
    """Also fills in the protocols' defaults: sha and aes."""
    if not values.get("user"):
        raise _bad(f"{where}.user", "is missing; SNMP version 3 needs one")
    if "community" in values:
        raise _bad(f"{where}.community", "belongs to version 2c; leave it out, or give it a set of its own")
    for kind, default in (("auth", "sha"), ("priv", "aes")):
        key, protocol = f"{kind}_key", f"{kind}_protocol"
        if protocol in values and key not in values:
            raise _bad(f"{where}.{key}", f"is missing; {protocol} '{values[protocol]}' needs one")
        if key in values:
            values.setdefault(protocol, default)
            if len(values[key]) < SHORTEST_KEY:
                raise _bad(f"{where}.{key}", f"has fewer than {SHORTEST_KEY} characters, which SNMP does not allow")
    if "priv_key" in values and "auth_key" not in values:
        raise _bad(f"{where}.auth_key", "is missing; SNMP encrypts only what it authenticates, so give one")
