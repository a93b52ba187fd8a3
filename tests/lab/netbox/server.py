# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The HTTP server: lists by pages, GraphQL, tokens of both kinds, TLS with a self-signed certificate, faults."""

from __future__ import annotations

import json
import socket
import ssl
import struct
import sys
import threading
import time
import urllib.parse
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any

from tests.lab.emulated.eapi import make_context

from . import graphql
from .data import ADDRESSES, Row, Tables
from .faults import BAD_GATEWAY, LOGIN_PAGE, Faults
from .filters import InvalidFilter, Query, chosen

TOKEN = "0123456789abcdef0123456789abcdef01234567"
TOKEN_V2 = "nbt_AbCdEfGhIjKl.0123456789abcdef0123456789abcdef01234567"
BLIND_TOKEN = "ffffffffffffffffffffffffffffffffffffffff"
BRIEF = ("id", "url", "display", "name", "slug", "description")


@dataclass
class Answer:
    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)


def as_json(data: Any, status: int = 200) -> Answer:
    return Answer(status, json.dumps(data).encode(), {"Content-Type": "application/json"})


#: What may answer POST, PATCH, PUT, DELETE and OPTIONS below /api/: (tables, method, path, body) -> Answer.
Writer = Callable[[Tables, str, str, Any], Answer]


class NetBoxLab:
    """Serves for as long as the ``with`` block. ``down`` and ``up`` keep the port.

    ``requests`` has method and target of each request. With ``directory`` it speaks HTTPS; the certificate is
    ``certificate``. ``page`` is the server's MAX_PAGE_SIZE, ``graphql_version`` that of its /graphql/.
    """

    def __init__(
        self,
        tables: Tables | None = None,
        *,
        directory: Path | None = None,
        page: int = 1000,
        graphql_version: int = 1,
        writer: Writer | None = None,
        port: int = 0,
    ) -> None:
        self.tables = tables or Tables()
        self.page = page
        self.graphql_version = graphql_version
        self.writer = writer
        self.faults = Faults()
        self.requests: list[str] = []
        self.port = port
        self.certificate = directory / "netbox.pem" if directory else None
        self._server: _Server | None = None
        self._writing = threading.Lock()

    @property
    def url(self) -> str:
        return f"{'https' if self.certificate else 'http'}://127.0.0.1:{self.port}"

    def up(self) -> None:
        self._server = _Server(("127.0.0.1", self.port), _handler(self))
        if self.certificate:
            self._server.tls = make_context(self.certificate, [])
        self.port = int(self._server.server_address[1])
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def down(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.hang_up()
            self._server.server_close()
            self._server = None

    def __enter__(self) -> NetBoxLab:
        self.up()
        return self

    def __exit__(self, _cls: type[BaseException] | None, _exc: BaseException | None, _tb: TracebackType | None) -> None:
        self.down()

    # -- what it answers -----------------------------------------------------------------------

    def answer(self, method: str, target: str, authorization: str, body: bytes) -> Answer:
        parts = urllib.parse.urlsplit(target)
        query = urllib.parse.parse_qs(parts.query, keep_blank_values=True)
        path = parts.path.strip("/")
        refused = _refused(authorization, path)
        if refused:
            return as_json({"detail": refused}, 403)
        if path == "graphql":
            return self._graphql(json.loads(body))
        if not path.startswith("api"):
            return Answer(200, LOGIN_PAGE, {"Content-Type": "text/html; charset=utf-8"})
        path = path.removeprefix("api").strip("/")
        if path == "status":
            return as_json(
                {"netbox-version": f"{self.tables.plan.version}.0", "plugins": {}, "python-version": "3.12.3"}
            )
        if path == "schema":
            return as_json(_schema(self.tables.plan.version))
        if method != "GET":
            if self.writer is None:
                return as_json({"detail": f'Method "{method}" not allowed.'}, 405)
            with self._writing:  # one transaction after the other, as a database has it
                return self.writer(self.tables, method, path, json.loads(body) if body else None)
        return self._read(path, query, parts)

    def _read(self, path: str, query: Query, parts: urllib.parse.SplitResult) -> Answer:
        table, _slash, last = path.rpartition("/")
        if path in self.tables.rows:
            return self._list(path, query, parts)
        if table in self.tables.rows and last.isdigit() and int(last) in self.tables.rows[table]:
            return as_json(self._shown(self.tables.rows[table][int(last)], query))
        if path.startswith(("dcim/", "ipam/", "tenancy/", "virtualization/")) and "/" not in path.partition("/")[2]:
            return as_json({"count": 0, "next": None, "previous": None, "results": []})
        return as_json({"detail": "Not found."}, 404)

    def _list(self, table: str, query: Query, parts: urllib.parse.SplitResult) -> Answer:
        try:
            rows = chosen(self.tables, table, query)
        except InvalidFilter as exc:
            return as_json(exc.words, 400)
        limit = int(query.get("limit", ["50"])[0]) or self.page
        limit, offset = min(limit, self.page), int(query.get("offset", ["0"])[0])
        found = [self._shown(row, query) for row in rows[offset : offset + limit]]
        return as_json(
            {
                "count": len(rows),
                "next": self._link(parts, query, limit, offset + limit) if offset + limit < len(rows) else None,
                "previous": self._link(parts, query, limit, max(0, offset - limit)) if offset else None,
                "results": found,
            }
        )

    def _shown(self, row: Row, query: Query) -> Row:
        """As the request and the version want it."""
        found = _chosen(row, query)
        for name in () if self.tables.plan.nested_names else ADDRESSES:
            if found.get(name):
                kept = {
                    key: value
                    for key, value in found[name].items()
                    if key not in ("dns_name", "nat_inside", "nat_outside")
                }
                found = {**found, name: kept}
        return found

    def _link(self, parts: urllib.parse.SplitResult, query: Query, limit: int, offset: int) -> str:
        others = {key: values for key, values in query.items() if key not in ("limit", "offset")}
        words = urllib.parse.urlencode({**others, "limit": limit, "offset": offset}, doseq=True)
        return f"{self.url}{parts.path}?{words}"

    def _graphql(self, body: dict[str, Any]) -> Answer:
        try:
            data = graphql.answered(self.tables, body["query"], body.get("variables") or {}, self.graphql_version)
        except graphql.QueryError as exc:
            return as_json({"data": None, "errors": [{"message": str(exc), "locations": [{"line": 1, "column": 1}]}]})
        return as_json({"data": data})


def _refused(authorization: str, path: str) -> str | None:
    """NetBox's words for a token that it does not take."""
    word, _blank, token = authorization.partition(" ")
    if not token:
        return "Authentication credentials were not provided."
    if (word, token) not in (("Token", TOKEN), ("Token", BLIND_TOKEN), ("Bearer", TOKEN_V2)):
        return "Invalid v2 token" if word == "Bearer" else "Invalid v1 token"
    if token == BLIND_TOKEN and path.startswith("api/") and path != "api/status":
        return "You do not have permission to perform this action."
    return None


def _chosen(row: Row, query: Query) -> Row:
    """The row as ``fields``, ``brief`` and ``exclude`` want it."""
    if "fields" in query:
        wanted = set(query["fields"][0].split(","))
        return {key: value for key, value in row.items() if key in wanted}
    if query.get("brief", [""])[0] in ("1", "true"):
        return {key: row[key] for key in BRIEF if key in row}
    excluded = query.get("exclude", [])
    return {key: value for key, value in row.items() if key not in excluded} if excluded else row


def _schema(version: str) -> Any:
    """As much of the OpenAPI document as a client needs that looks for the names of filters."""
    names = ("site", "role", "status", "tag", "tenant", "platform", "region", "manufacturer", "name", "has_primary_ip")
    parameters = [{"name": name, "in": "query"} for name in names]
    paths = ("/api/dcim/devices/", "/api/virtualization/virtual-machines/")
    listed = {path: {"get": {"parameters": parameters}} for path in paths}
    return {"openapi": "3.0.3", "info": {"title": "NetBox REST API", "version": f"{version}.0"}, "paths": listed}


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 64
    tls: ssl.SSLContext | None = None

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._open: set[socket.socket] = set()

    def finish_request(self, request: Any, client_address: Any) -> None:
        """In the thread of the connection, so that a slow handshake holds up nobody."""
        if self.tls is not None:
            try:
                request = self.tls.wrap_socket(request, server_side=True)
            except (ssl.SSLError, OSError):  # the client does not trust the certificate
                return
        self._open.add(request)
        try:
            super().finish_request(request, client_address)
        finally:
            self._open.discard(request)

    def hang_up(self) -> None:
        """Connections that are kept open end with the server."""
        for one in list(self._open):
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:  # closed at this moment
                continue

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is nothing to tell of; a defect of the server's is."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


def _handler(lab: NetBoxLab) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def log_message(self, *_args: Any) -> None:
            """Nothing on standard error."""

        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            lab.requests.append(f"{self.command} {self.path}")
            kind = lab.faults.next()
            time.sleep(lab.faults.delay)
            answer = lab.answer(self.command, self.path, self.headers.get("Authorization", ""), body)
            self._send(_faulty(answer, kind), kind)

        do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = do_OPTIONS = _serve  # noqa: N815 - the base class's names

        def _send(self, answer: Answer, kind: str) -> None:
            if kind == "reset":
                self._reset()
                return
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body[: len(answer.body) // 2] if kind == "half" else answer.body)
            if kind == "half":
                self.wfile.flush()
                time.sleep(0.05)  # the reset would overtake what was sent
                self._reset()

        def _reset(self) -> None:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.close_connection = True
            self.connection.close()

    return Handler


def _faulty(answer: Answer, kind: str) -> Answer:
    html = {"Content-Type": "text/html; charset=utf-8"}
    if kind == "html":
        return Answer(200, LOGIN_PAGE, html)
    if kind == "gateway":
        return Answer(502, BAD_GATEWAY, html)
    if kind == "busy":
        return Answer(429, b'{"detail": "Request was throttled."}', {"Retry-After": "0"})
    if kind == "redirect":
        return Answer(302, b"", {"Location": "/login/?next=/api/"})
    if kind == "broken":
        return Answer(answer.status, answer.body[: len(answer.body) // 2], answer.headers)
    return answer
