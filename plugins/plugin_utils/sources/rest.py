# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The REST and GraphQL client for NetBox and Nautobot: bulk reads by parallel pages, and errors that say what came.

An answer is whole or it is an error: nothing here gives a part of a list, or an empty one, for a failure.
"""

from __future__ import annotations

import json
import threading
import time
import urllib.parse
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from ..broker.errors import BadInput, HoldfastError, SourceError, SourceUnreachable
from ..state.libraries import require
from . import access
from .access import Params
from .answers import judged, query_error

PAUSE = 0.25  # seconds before a read is tried again
LONGEST_PAUSE = 10.0  # seconds that a server can ask for
GRAPHQL = {"netbox": "/graphql/", "nautobot": "/api/graphql/"}

Made = Callable[[dict[str, Any]], Any]


class Rest:
    """One server and one token. Threads may share it. Paths are those below ``/api/``, such as ``dcim/devices/``.

    ``timeout`` is in seconds, for the connection and for each silence of the server. ``token_kind``: ``token``
    (NetBox's v1 tokens and Nautobot's) or ``bearer`` (NetBox's v2 tokens, ``nbt_KEY.SECRET``); ``auto`` tells them by
    their form. Without a token the requests are anonymous. ``requests_made`` counts what was sent.

    Every method raises SourceUnreachable (no answer, or one of an outage; reads were tried twice by then),
    SourceDenied (login or permission) or SourceError (anything else that is not the data asked for).
    """

    def __init__(
        self,
        url: str,
        token: str | None,
        *,
        source: str = "netbox",
        validate_certs: bool = True,
        ca_file: str | None = None,
        timeout: float = 30.0,
        parallel: int = 4,
        token_kind: str = "auto",
    ) -> None:
        self.source = source
        self.base, self.where = access.address(url)
        self.requests_made = 0
        self._authorization = access.authorization(token, token_kind)
        self._secret = (token or "").strip()
        self._timeout = timeout
        self._parallel = max(1, parallel)
        self._verify: bool | str = access.trusted(validate_certs, ca_file)
        self._local = threading.local()
        self._library = require("requests", "requests", f"reading from {source}")
        if not validate_certs:  # asked for: a warning for each request says nothing new
            self._library.packages.urllib3.disable_warnings()

    # -- reading -------------------------------------------------------------------------------

    def get(self, path: str, params: Params | None = None) -> dict[str, Any]:
        """One object, or one page of a list."""
        found = self._read(lambda: self._request("GET", self._api(path), params=access.pairs(params)))
        if not isinstance(found, dict):
            raise SourceError(f"{self.where} answered {_short(path)} with {type(found).__name__}, not with an object")
        return found

    def all(self, path: str, params: Params | None = None, page: int = 1000, made: Made | None = None) -> list[Any]:
        """Every row of a list, or what ``made`` makes of each (so that the rows need not all stay in memory).

        The first page tells how many there are, the others are read in parallel.

        A server that gives fewer rows a page than asked for (MAX_PAGE_SIZE) is asked for as many as it gives.
        A list that changes while it is read is read once more.
        """
        for _first_or_second in range(2):
            rows, count = self._pages(path, dict(params or {}), page, made or (lambda row: row))
            if len(rows) == count:
                return rows
        raise SourceError(
            f"{self.where} told of {count} rows of {_short(path)} and gave {len(rows)}, twice: the list changes while "
            "it is read; try again, or narrow it by filters"
        )

    def graphql(self, query: str, variables: Params | None = None) -> dict[str, Any]:
        """The ``data`` of a GraphQL query (which only reads, so it is tried again as a GET is)."""
        body = {"query": query, "variables": dict(variables or {})}
        url = self.base + GRAPHQL[self.source]
        found = self._read(lambda: self._request("POST", url, body=body, what="a GraphQL query"))
        if isinstance(found, dict) and found.get("errors"):
            raise self._hidden(query_error(self.where, found["errors"]))
        if not isinstance(found, dict) or not isinstance(found.get("data"), dict):
            raise SourceError(f"{self.where} answered a GraphQL query without data: check the option url")
        return dict(found["data"])

    def parallel(self, calls: Iterable[Callable[[], Any]]) -> list[Any]:
        """What these calls give, in their order, as many at a time as this client may. The first error ends it."""
        with ThreadPoolExecutor(self._parallel) as pool:
            tasks = [pool.submit(call) for call in calls]
            try:
                return [task.result() for task in tasks]
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise

    def made(self, made: Made, row: dict[str, Any], path: str) -> Any:
        """``made(row)``, or a SourceError when the row of this list has not the form that it expects."""
        try:
            return made(row)
        except (KeyError, TypeError, ValueError, AttributeError) as exc:
            raise SourceError(
                f"{self.where} gave a row of {_short(path)} that has another form than expected ({exc!r}); is it "
                "another version, or another product, than the option says?"
            ) from exc

    # -- writing -------------------------------------------------------------------------------

    def send(self, method: str, path: str, body: Any = None) -> Any:
        """POST, PATCH, PUT or DELETE; the answer's JSON, None for an empty one. Sent once, whatever happens."""
        return self._request(method, self._api(path), body=body)

    # -- inside --------------------------------------------------------------------------------

    def _api(self, path: str) -> str:
        return f"{self.base}/api/{path.removeprefix('/').removeprefix('api/')}"

    def _pages(self, path: str, params: dict[str, Any], page: int, made: Made) -> tuple[list[Any], int]:
        """All rows, without those that came twice because the list moved, and how many the last page told of."""
        found: dict[int, dict[Any, Any]] = {}
        counts: dict[int, int] = {}

        def read(limit: int, offset: int) -> tuple[int, int]:
            one = self._page(path, {**params, "limit": limit, "offset": offset})
            counts[offset] = one["count"]
            rows = enumerate(one["results"])
            found[offset] = {row.get("id", (offset, nth)): self.made(made, row, path) for nth, row in rows}
            return len(one["results"]), one["count"]

        step, count = read(page, 0)
        if 0 < step < count:
            self.parallel([partial(read, step, offset) for offset in range(step, count, step)])
        rows: dict[Any, Any] = {}
        for offset in sorted(found):
            rows.update(found[offset])
        return list(rows.values()), counts[max(counts)]

    def _page(self, path: str, params: Params) -> dict[str, Any]:
        found = self.get(path, params)
        rows = found.get("results")
        if not isinstance(found.get("count"), int) or not isinstance(rows, list):
            raise SourceError(f"{self.where} answered {_short(path)} with JSON that is no list: check the option url")
        if not all(isinstance(row, dict) for row in rows):
            raise SourceError(f"{self.where} answered {_short(path)} with a list of something else than objects")
        return found

    def _read(self, request: Callable[[], Any]) -> Any:
        """Twice at most: a reset or an overload often passes. A server that was silent is not waited for again."""
        try:
            return request()
        except SourceUnreachable as exc:
            if exc.detail.get("silent"):
                raise
            time.sleep(min(LONGEST_PAUSE, float(exc.detail.get("retry_after", PAUSE))))
            return request()

    def _request(
        self, method: str, url: str, *, params: list[tuple[str, str]] | None = None, body: Any = None, what: str = ""
    ) -> Any:
        what = what or f"{method} {urllib.parse.urlsplit(url).path}"
        self.requests_made += 1
        try:
            answer = self._session().request(
                method, url, params=params, data=None if body is None else json.dumps(body),
                timeout=self._timeout, verify=self._verify, allow_redirects=False,
            )  # fmt: skip
            content = answer.content
        except self._library.RequestException as exc:
            raise self._hidden(self._failed(exc, what)) from exc
        try:
            return judged(answer.status_code, answer.headers, content, what, self.where)
        except HoldfastError as exc:
            after = str(answer.headers.get("Retry-After", ""))
            if after.isdigit():
                exc.detail["retry_after"] = int(after)
            raise self._hidden(exc) from exc.__cause__

    def _session(self) -> Any:
        """A connection that stays open, for each thread."""
        session = getattr(self._local, "session", None)
        if session is None:
            session = self._local.session = self._library.Session()
            session.headers.update({"Accept": "application/json", "Content-Type": "application/json"})
            session.auth = self._authorize  # also keeps ~/.netrc from taking its place
        return session

    def _authorize(self, request: Any) -> Any:
        if self._authorization:
            request.headers["Authorization"] = self._authorization
        return request

    def _failed(self, exc: Exception, what: str) -> HoldfastError:
        """An exception of requests as ours."""
        errors = self._library.exceptions
        reason = access.innermost(exc)
        if isinstance(exc, errors.SSLError) and "WRONG_VERSION" in reason:
            return SourceError(f"{self.where} speaks no TLS at this port: is it http:// in the option url?")
        if isinstance(exc, errors.SSLError):
            return SourceError(
                f"{self.where}: TLS failed: {reason}; name the certificate of its authority (or its own, when it is "
                "self-signed) by the option ca_file, or set validate_certs to false to trust any server"
            )
        if isinstance(exc, errors.Timeout):
            return SourceUnreachable(
                f"{self.where} did not answer {what} in {self._timeout:g} s (option timeout)", silent=True
            )
        if isinstance(exc, (errors.ChunkedEncodingError, errors.ContentDecodingError)):
            return SourceUnreachable(f"{self.where} ended the connection within its answer to {what}: {reason}")
        if isinstance(exc, (errors.InvalidURL, errors.InvalidHeader)):
            return BadInput(f"url: {self.where} is no usable address: {reason}", option="url")
        return SourceUnreachable(f"{self.where} cannot be reached for {what}: {reason}")

    def _hidden(self, exc: HoldfastError) -> HoldfastError:
        """The same error without the token, which a server may have echoed."""
        if self._secret:
            exc.message = exc.message.replace(self._secret, "***")
            exc.args = (exc.message,)
            exc.detail = {k: v.replace(self._secret, "***") if isinstance(v, str) else v for k, v in exc.detail.items()}
        return exc


def _short(path: str) -> str:
    return path.strip("/")
