# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a request to a source of truth is made of: address, token, trust and parameters, each checked."""

from __future__ import annotations

import re
import urllib.parse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..broker.errors import BadInput

KINDS = ("auto", "token", "bearer")
Params = Mapping[str, Any]


def address(url: str) -> tuple[str, str]:
    """The address without ``/api`` at its end, and scheme and host for messages. Raises BadInput."""
    try:
        parts = urllib.parse.urlsplit(url.strip())
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        usable = False
    if not usable or parts.username is not None or parts.query or parts.fragment:
        raise BadInput("url: is no address such as https://netbox.example.com (no user, no query)", option="url")
    where = f"{parts.scheme}://{parts.netloc}"
    return where + parts.path.rstrip("/").removesuffix("/api"), where


def authorization(token: str | None, kind: str) -> str | None:
    """The header's value. A token that is given with its word (``Token x``, ``Bearer x``) keeps it."""
    if kind not in KINDS:
        raise BadInput(f"token_kind: '{kind}' is none of: {', '.join(KINDS)}", option="token_kind", value=kind)
    word, _blank, rest = (token or "").strip().partition(" ")
    key = rest.strip() if word.lower() in ("token", "bearer") and rest else (token or "").strip()
    if not key:
        return None
    if not key.isascii() or not key.isprintable() or " " in key:
        raise BadInput("token: has blanks or characters that no token has; check how it is read", option="token")
    if kind == "auto":
        kind = word.lower() if rest else ("bearer" if key.startswith("nbt_") else "token")
    return f"{'Bearer' if kind == 'bearer' else 'Token'} {key}"


def trusted(validate_certs: bool, ca_file: str | None) -> bool | str:
    if not validate_certs:
        return False
    if ca_file is None:
        return True
    path = Path(ca_file).expanduser()
    if not path.is_file():
        raise BadInput(
            f"ca_file: {path} is no file; give certificates in PEM format", option="ca_file", value=str(path)
        )
    return str(path)


def pairs(params: Params | None) -> list[tuple[str, str]]:
    """A list gives its parameter more than once; truth values are written as the servers read them."""
    found = []
    for name, value in (params or {}).items():
        for one in value if isinstance(value, (list, tuple)) else [value]:
            found.append((name, str(one).lower() if isinstance(one, bool) else "null" if one is None else str(one)))
    return found


def innermost(exc: BaseException) -> str:
    """The words of the exception that it began with: requests and urllib3 wrap them several times."""
    seen: BaseException = exc
    while True:
        inner = getattr(seen, "reason", None)
        inner = inner if isinstance(inner, BaseException) else seen.__cause__ or seen.__context__
        if inner is None or inner is seen:
            break
        seen = inner
    words = getattr(seen, "verify_message", "") or getattr(seen, "strerror", "") or str(seen)
    return re.sub(r"^<[^>]*>:? ?", "", str(words)) or type(seen).__name__
