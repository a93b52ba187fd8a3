# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The HTTP server: lists, objects, their relations, and OPTIONS with the writable fields."""

from __future__ import annotations

import json
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

from . import rules
from .store import RESOURCES, ROOT, Refused, Row, Store

TOKEN = "0123456789abcdefghijklmnopqrst"
Answer = tuple[int, Any]
MISSING: Answer = (404, {"detail": "Not found."})


class AwxLab:
    """Serves for as long as the ``with`` block. ``requests`` has method and target of each request that changes."""

    def __init__(self, playbooks: set[str]) -> None:
        self.store = Store(playbooks)
        self.requests: list[str] = []
        self.refusals: list[str] = []
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))

    @property
    def env(self) -> dict[str, str]:
        """Variables by which both clients find it and log in."""
        port = self._server.server_address[1]
        return {"CONTROLLER_HOST": f"http://127.0.0.1:{port}", "CONTROLLER_OAUTH_TOKEN": TOKEN}

    def __enter__(self) -> AwxLab:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, _cls: type[BaseException] | None, _exc: BaseException | None, _tb: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()

    def named(self, resource: str, name: str) -> Row:
        """The only object of that name, as the API shows it."""
        (found,) = [row for row in self.store.rows[resource].values() if row.get("name") == name]
        return self.store.shown(found)

    def attached(self, resource: str, name: str, relation: str) -> list[str]:
        """Names of what is attached to an object."""
        (row,) = [row for row in self.store.rows[resource].values() if row.get("name") == name]
        return [str(found.get("name") or found.get("identifier")) for found in self._members(row, relation)]

    # -- what it answers -----------------------------------------------------------------------

    def answer(self, method: str, target: str, body: Any) -> Answer:
        parts = urllib.parse.urlsplit(target)
        path = [part for part in parts.path.removeprefix("/api/").split("/") if part]
        query = dict(urllib.parse.parse_qsl(parts.query, keep_blank_values=True))
        with self._lock:
            if method not in ("GET", "OPTIONS"):
                self.requests.append(f"{method} {parts.path}")
            if not path:
                return 200, {"available_versions": {"v2": ROOT}, "current_version": ROOT}
            try:
                return self._routed(method, path[1:], query, body)
            except Refused as exc:
                self.refusals.append(f"{method} {parts.path}: {exc.errors}")
                return 400, exc.errors

    def _routed(self, method: str, path: list[str], query: dict[str, str], body: Any) -> Answer:
        if not path:
            roots = {RESOURCES[name].get("root", name): f"{ROOT}{name}/" for name in RESOURCES}
            return 200, {**roots, "unified_job_templates": f"{ROOT}unified_job_templates/", "ping": f"{ROOT}ping/"}
        resource = path[0]
        if resource == "unified_job_templates":
            names = [name for name, found in RESOURCES.items() if found.get("unified")]
            rows = [row for name in names for row in self.store.rows[name].values()]
            return self._list(rows, query)
        if resource not in RESOURCES:
            return MISSING
        if len(path) == 1:
            return self._collection(method, resource, query, body)
        row = self.store.find(resource, int(path[1])) if path[1].isdigit() else None
        if row is None:
            return MISSING
        if len(path) == 2:
            return self._object(method, row, body)
        return self._relation(method, row, path[2], query, body)

    def _collection(self, method: str, resource: str, query: dict[str, str], body: Any) -> Answer:
        if method == "OPTIONS":
            return 200, options(resource)
        if method == "POST":
            return 201, self.store.shown(self.store.add(resource, body))
        return self._list(list(self.store.rows[resource].values()), query)

    def _object(self, method: str, row: Row, body: Any) -> Answer:
        if method in ("PUT", "PATCH"):
            self.store.change(row, body, whole=method == "PUT")
        elif method == "DELETE":
            del self.store.rows[row["_resource"]][row["id"]]
            return 204, None
        return 200, options(row["_resource"]) if method == "OPTIONS" else self.store.shown(row)

    def _relation(self, method: str, row: Row, name: str, query: dict[str, str], body: Any) -> Answer:
        kinds = RESOURCES[row["_resource"]]
        if name == "survey_spec" and kinds.get("survey"):
            return self._survey(method, row, body)
        if name == "object_roles":
            return self._list(self.store.roles(row), query)
        if name == "create_approval_template":
            if method == "OPTIONS":
                return 200, options("workflow_approval_templates")
            made = self.store.add("workflow_approval_templates", body)
            row["unified_job_template"] = made["id"]
            return 201, self.store.shown(made)
        if name in kinds.get("create", {}):
            child, parent = kinds["create"][name]
            if method == "POST":
                return self._collection(method, child, query, {**body, parent: row["id"]})
            if method == "OPTIONS":
                return 200, options(child)
            return self._list([r for r in self.store.rows[child].values() if r[parent] == row["id"]], query)
        if name in kinds.get("attach", {}):
            return self._attach(method, row, name, query, body)
        return MISSING

    def _survey(self, method: str, row: Row, body: Any) -> Answer:
        if method == "POST":
            wrong = rules.survey(body)
            if wrong:
                raise Refused({"error": wrong})
            row["_survey"] = body
            return 200, None
        return 200, {"actions": {"POST": {}}} if method == "OPTIONS" else row["_survey"]

    def _attach(self, method: str, row: Row, name: str, query: dict[str, str], body: Any) -> Answer:
        target = RESOURCES[row["_resource"]]["attach"][name]
        if method == "OPTIONS":
            found = options(target)
            found["actions"]["POST"]["id"] = {"type": "field", "required": False}
            return 200, found
        if method == "GET":
            return self._list(self._members(row, name), query)
        if self.store.find(target, body["id"]) is None:
            raise Refused({"id": f"no {target} {body['id']}"})
        known = row["_attached"].setdefault(name, [])
        if body.get("disassociate"):
            known.remove(body["id"])
        elif body["id"] not in known:
            self._allowed(row, name, body["id"])
            known.append(body["id"])
        for one, other in (("roles", "teams"), ("teams", "roles")):  # seen from either side
            if (row["_resource"], target) == (one, other):
                joined = self.store.rows[other][body["id"]]["_attached"].setdefault(one, [])
                joined[:] = dict.fromkeys([*joined, row["id"]])
        return 204, None

    def _allowed(self, row: Row, name: str, number: int) -> None:
        if name == "credentials":  # one of each type
            numbers = [*row["_attached"].get("credentials", []), number]
            kinds = [self.store.rows["credentials"][found]["credential_type"] for found in numbers]
            if len(kinds) != len(set(kinds)):
                raise Refused({"error": "Cannot assign multiple credentials of one type."})
        if name.endswith("_nodes") and number in {n for nodes in row["_attached"].values() for n in nodes}:
            raise Refused({"Error": "Relationship not allowed."})

    def _members(self, row: Row, name: str) -> list[Row]:
        target = RESOURCES[row["_resource"]]["attach"][name]
        return [found for number in row["_attached"].get(name, []) if (found := self.store.find(target, number))]

    def _list(self, rows: list[Row], query: dict[str, str]) -> Answer:
        shown = [self.store.shown(row) for row in sorted(rows, key=lambda row: row["id"])]
        either = {name[4:]: value for name, value in query.items() if name.startswith("or__")}
        pages = ("page", "page_size", "order_by")
        wanted = {name: value for name, value in query.items() if not name.startswith("or__") and name not in pages}
        for name in [*wanted, *either]:
            if shown and not any(name in row for row in shown):
                raise Refused({"detail": f"{shown[0]['type']} has no field named '{name}'"})
        chosen = [row for row in shown if all(str(row.get(name)) == value for name, value in wanted.items())]
        if either:
            chosen = [row for row in chosen if any(str(row.get(name)) == value for name, value in either.items())]
        return 200, {"count": len(chosen), "next": None, "previous": None, "results": chosen}


def options(resource: str) -> dict[str, Any]:
    """The metadata of a list, as OPTIONS gives it."""
    fields = {
        name: {
            "type": kind[0].partition(":")[0],
            "required": len(kind) == 1,
            "label": name.replace("_", " ").capitalize(),
        }
        for name, kind in RESOURCES[resource]["fields"].items()
    }
    identity = RESOURCES[resource].get("identity", "name")
    return {"name": resource, "description": "", "search_fields": [identity], "actions": {"POST": fields}}


def _handler(lab: AwxLab) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # header and body in one piece: a client that waits for the second delays its acknowledgement

        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if self.headers.get("Authorization") != f"Bearer {TOKEN}" and self.path not in ("/api/", ROOT):
                status, data = 401, {"detail": "Authentication credentials were not provided."}
            else:
                status, data = lab.answer(self.command, self.path, json.loads(body) if body else {})
            text = b"" if data is None else json.dumps(data).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            writable = isinstance(data, dict) and "actions" in data
            self.send_header("Allow", "GET, POST, PUT, PATCH, HEAD, OPTIONS" if writable else "GET, HEAD, OPTIONS")
            self.send_header("X-API-Product-Name", "AWX")
            self.send_header("X-API-Product-Version", "24.6.1")
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _serve  # noqa: N815  as http.server has it

        def log_message(self, *args: Any) -> None:
            """Quiet."""

    return Handler
