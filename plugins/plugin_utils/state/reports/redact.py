# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Hides secrets that configuration lines carry, since reports are mailed around."""

from __future__ import annotations

import re
from typing import Any

HIDDEN = "<hidden>"

# the word that announces it, its optional encoding (0, 5, 7, 8a, sha512 ...), then the secret itself; spaces and
# tabs only between them, since a text may have many lines
_GAP = r"[^\S\n]+"
_ENCODING = rf"(?:{_GAP}(?:\d{{1,2}}a?|sha\d+|encrypted))?{_GAP}"
_VALUE = r"(\"[^\"\n]*\"|[^\s\",]+)"
_WORDS = (
    "password",
    "passphrase",
    "secret",
    "key-string",
    "pre-shared-key",
    "authentication-key",
    rf"snmp-server{_GAP}community",
    rf"message-digest-key{_GAP}\d+{_GAP}md5",
    rf"auth{_GAP}(?:md5|sha\d*)",
    rf"priv{_GAP}(?:3?des|aes)(?:{_GAP}\d+)?",
    rf"(?:tacacs|radius)-server{_GAP}(?:host{_GAP}\S+{_GAP})?key",
)
_SECRET = re.compile(rf"\b((?:{'|'.join(_WORDS)}){_ENCODING}){_VALUE}", re.IGNORECASE)
# the key of a tacacs or radius server's block; "key 1" alone is a number in a key chain
_KEY = re.compile(
    rf"^([+-]?[^\S\n]*key(?:{_GAP}\d{{1,2}}a?{_GAP}|{_GAP}(?!\d+$|chain\b))){_VALUE}$", re.IGNORECASE | re.MULTILINE
)

#: text of a record that may hold configuration; the rest is the collection's own words
_CONFIGURATION = ("diff", "commands", "differences", "actual", "expected", "message", "before", "after")


def redact_text(text: str) -> str:
    """The text with every secret that a well-known word announces replaced."""
    return _KEY.sub(rf"\1{HIDDEN}", _SECRET.sub(rf"\1{HIDDEN}", text))


def redact(value: Any, inside: bool = False) -> Any:
    """A copy of a record in which all text that may be configuration is redacted."""
    if isinstance(value, dict):
        return {key: redact(item, inside or key in _CONFIGURATION) for key, item in value.items()}
    if isinstance(value, list):
        return [redact(item, inside) for item in value]
    return redact_text(value) if inside and isinstance(value, str) else value
