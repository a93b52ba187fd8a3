# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a source of truth answered, judged: its data, or the error that says what came instead."""

from __future__ import annotations

import json
import re
from typing import Any

from ..broker.errors import HoldfastError, SourceDenied, SourceError, SourceUnreachable

LONGEST = 300  # characters of the server's own words in a message
OUTAGE = (408, 425, 429)  # besides 5xx: the same request may be answered later


def judged(status: int, headers: Any, body: bytes, what: str, where: str) -> Any:
    """The JSON of a whole answer. ``what`` is the request, ``where`` the server, both for messages.

    Raises SourceDenied (401, 403), SourceUnreachable (5xx, 429 and the like), SourceError (anything else that is not
    the JSON of a success); ``detail`` has ``status`` and ``words``, and ``data`` when a list of rows was refused.
    """
    if status >= 500 or status in OUTAGE:
        raise _refused(SourceUnreachable, f"{where} cannot answer {what} now", status, headers, body)
    if status in (401, 403):
        raise _refused(
            SourceDenied, f"{where} refused {what}: check the option token and what it may see", status, headers, body
        )
    if 300 <= status < 400:
        target = str(headers.get("Location", "another page")).partition("?")[0]
        raise SourceError(
            f"{where} sends {what} on to {target}: set the option url to the address that answers itself",
            status=status,
        )
    if status == 404:
        raise _refused(SourceError, f"{where} has no {what}: check the option url", status, headers, body)
    if status >= 400:
        refusal = _refused(SourceError, f"{where} does not take {what}", status, headers, body)
        refusal.detail.update(_complaints(body))
        raise refusal
    if not body:
        return None  # of a deletion
    try:
        return json.loads(body)
    except ValueError as exc:
        raise SourceError(
            f"{where} answered {what} with {_kind(headers, body)} instead of JSON: check the option url, and whether a "
            "login page or a proxy is in between",
            status=status,
            words=_title(body),
        ) from exc


def query_error(where: str, errors: Any) -> HoldfastError:
    """What GraphQL says of a query that it did not answer, or not whole."""
    rows = errors if isinstance(errors, list) else [errors]
    words = "; ".join(str(one.get("message", one)) if isinstance(one, dict) else str(one) for one in rows)[:500]
    denied = re.search(r"permission|not authenticated|credentials", words, re.IGNORECASE)
    cls = SourceDenied if denied else SourceError
    return cls(f"{where} does not take the GraphQL query: {words}", words=words)


def _refused(cls: type[HoldfastError], sentence: str, status: int, headers: Any, body: bytes) -> HoldfastError:
    words = _words(headers, body)
    return cls(f"{sentence} (HTTP {status}{': ' + words if words else ''})", status=status, words=words)


def _complaints(body: bytes) -> dict[str, Any]:
    """``data``: what a server says of each row of a list that was to be written; nothing for other answers."""
    try:
        data = json.loads(body)
    except ValueError:
        return {}
    return {"data": data} if isinstance(data, list) else {}


def _words(headers: Any, body: bytes) -> str:
    """The server's own words, short and on one line."""
    try:
        data = json.loads(body)
    except ValueError:
        return _kind(headers, body) if body.strip() else ""
    if isinstance(data, dict) and set(data) & {"detail", "error"}:
        data = data.get("detail") or data.get("error")
    text = data if isinstance(data, str) else json.dumps(data, ensure_ascii=False)
    return _short(text)


def _kind(headers: Any, body: bytes) -> str:
    """``an HTML page titled "Log in"``, ``text/plain (12 bytes)``, ``text that is cut off``."""
    kind = str(headers.get("Content-Type", "")).partition(";")[0].strip() or "something without a content type"
    if "html" in kind or body.lstrip()[:15].lower().startswith((b"<!doctype html", b"<html")):
        title = _title(body)
        return f'an HTML page titled "{title}"' if title else "an HTML page"
    if "json" in kind:
        return f"broken JSON ({len(body)} bytes)"
    return f"{kind} ({len(body)} bytes)"


def _title(body: bytes) -> str:
    found = re.search(rb"<title[^>]*>(.*?)</title>", body[:20000], re.IGNORECASE | re.DOTALL)
    return _short(found.group(1).decode("utf-8", "replace")) if found else ""


def _short(text: str) -> str:
    line = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 3]}..."
