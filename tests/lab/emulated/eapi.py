# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""eAPI: JSON-RPC ``runCmds`` over HTTPS, with basic authentication and connections that stay open."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import datetime
import ipaddress
import json
import socket
import ssl
import struct
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from .device import Device
from .eos_changes import CliError
from .eos_cli import EosCli, Unconverted
from .faults import Fault
from .ssh import Listener

_REASONS = {200: "OK", 400: "Bad Request", 401: "Unauthorized", 404: "Not Found", 503: "Service Unavailable"}
_RESET = struct.pack("ii", 1, 0)
_WORDS = {"invalid": "invalid command", "incomplete": "incomplete command", "ambiguous": "ambiguous command"}


def make_context(path: Path, hosts: Iterable[str]) -> ssl.SSLContext:
    """TLS with a self-signed certificate for these addresses and localhost, made once for a directory."""
    if not path.exists():
        _certificate(path, sorted({"127.0.0.1", *hosts}))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


def _certificate(path: Path, hosts: list[str]) -> None:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "emulated lab")])
    now = datetime.datetime.now(datetime.UTC)
    names = [x509.DNSName("localhost"), *(x509.IPAddress(ipaddress.IPv4Address(host)) for host in hosts)]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=365))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.touch(mode=0o600)
    path.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))


class ApiListener(Listener):
    """eAPI of one device."""

    def __init__(self, device: Device, port: int, context: ssl.SSLContext) -> None:
        self.device = device
        self._context = context
        self._tasks: set[asyncio.Task[None]] = set()
        self._writers: dict[asyncio.StreamWriter, socket.socket] = {}
        super().__init__(device.spec.host, port)

    def accepted(self, connection: socket.socket) -> None:
        """Serve one connection."""
        self.device.counters.connections += 1
        task = asyncio.get_running_loop().create_task(self._serve(connection))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def drop(self, reset: bool) -> None:
        """End all connections."""
        for writer, raw in list(self._writers.items()):
            _hang_up(writer, raw, reset)

    async def _serve(self, connection: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        if self.device.faults.find("black_hole"):
            await asyncio.sleep(3600)
        reader = asyncio.StreamReader(limit=64_000_000)
        protocol = asyncio.StreamReaderProtocol(reader)
        writer: asyncio.StreamWriter | None = None
        with contextlib.suppress(OSError, ssl.SSLError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            transport, _unused = await loop.connect_accepted_socket(lambda: protocol, connection, ssl=self._context)
            writer = asyncio.StreamWriter(transport, protocol, reader, loop)
            self._writers[writer] = connection
            while await self._request(reader, writer, connection):
                pass
        if writer is not None:
            self._writers.pop(writer, None)
            writer.close()

    async def _request(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, raw: socket.socket) -> bool:
        """One HTTP request. Returns whether the connection stays open."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        start, *lines = head.split("\r\n")
        headers = {k.strip().lower(): v.strip() for k, _sep, v in (line.partition(":") for line in lines if line)}
        content = await reader.readexactly(int(headers.get("content-length") or 0))
        method, target, _unused = start.split(" ", 2)
        keep = "close" not in headers.get("connection", "").lower() and not start.endswith("HTTP/1.0")
        user = await self._authenticate(headers.get("authorization", ""))
        if user is None:
            return await self._answer(writer, 401, {}, keep)
        if method != "POST" or target != "/command-api":
            return await self._answer(writer, 404, {}, keep)
        self.device.counters.api_requests += 1
        try:
            request = json.loads(content)
            commands = request["params"]["cmds"]
        except (ValueError, KeyError, TypeError):
            return await self._answer(writer, 400, {}, keep)
        fault = await self._faulty(commands)
        if fault is not None:
            _hang_up(writer, raw, fault.args.get("how", "close") == "reset")
            return False
        answer = Request(self.device, user).run(request)
        return await self._answer(writer, 200, answer, keep)

    async def _authenticate(self, value: str) -> str | None:
        device = self.device
        slow = device.faults.take("slow_login")
        if slow:
            await asyncio.sleep(float(slow.args.get("seconds", 3.0)))
        user = password = ""
        with contextlib.suppress(ValueError):
            user, _sep, password = base64.b64decode(value.removeprefix("Basic ")).decode().partition(":")
        good = user == device.spec.user and password == device.password
        if device.faults.take("refuse_login") or not good:
            device.counters.failed_logins += 1
            return None
        device.counters.logins += 1
        return user

    async def _faulty(self, commands: list[Any]) -> Fault | None:
        """Wait where a fault says so; returns the one that drops the connection."""
        faults = self.device.faults
        if not faults.active:
            return None
        for text in map(str, commands):
            delay = faults.take("delay", text)
            if delay:
                await asyncio.sleep(float(delay.args.get("seconds", 1.0)))
            hang = faults.take("hang", text) or faults.take("black_hole", text)
            if hang:
                await asyncio.sleep(float(hang.args.get("seconds") or 3600))
            drop = faults.take("drop", text)
            if drop:
                return drop
        return None

    @staticmethod
    async def _answer(writer: asyncio.StreamWriter, status: int, answer: dict[str, Any], keep: bool) -> bool:
        content = json.dumps(answer).encode() if status == 200 else f"{_REASONS[status]}\n".encode()
        head = [
            f"HTTP/1.1 {status} {_REASONS[status]}",
            "Server: nginx",
            f"Content-Type: {'application/json' if status == 200 else 'text/plain'}",
            f"Content-Length: {len(content)}",
            f"Connection: {'keep-alive' if keep else 'close'}",
            *(['WWW-Authenticate: Basic realm="COMMAND_API_AUTH"'] if status == 401 else []),
        ]
        writer.write("\r\n".join([*head, "", ""]).encode() + content)
        await writer.drain()
        return keep


def _hang_up(writer: asyncio.StreamWriter, raw: socket.socket, reset: bool) -> None:
    if reset and raw.fileno() >= 0:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    writer.transport.abort()


def _located(error: CliError, text: str) -> str:
    """The message with the token it is about."""
    words = text.split()
    if error.kind != "invalid" or error.token not in words:
        return error.message
    return f"{error.message} (at token {words.index(error.token)}: '{error.token}')"


class Request:
    """One ``runCmds``: the commands share one command line, which ends with the request."""

    def __init__(self, device: Device, user: str) -> None:
        self._device = device
        device.session_id += 1
        self._number = device.session_id
        self._cli = EosCli(device, user, device.session_id)

    def run(self, request: dict[str, Any]) -> dict[str, Any]:
        """The JSON-RPC answer."""
        answer: dict[str, Any] = {"jsonrpc": "2.0", "id": request.get("id")}
        if request.get("method") != "runCmds":
            return {**answer, "error": {"code": -32601, "message": "Method not found"}}
        params = request["params"]
        default = params.get("format", "json")
        results: list[Any] = []
        for number, command in enumerate(params["cmds"], 1):
            entry = command if isinstance(command, dict) else {"cmd": command}
            text = str(entry.get("cmd", ""))
            try:
                results.append(self._one(text, entry.get("input", ""), entry.get("format", default)))
            except CliError as error:
                code, words = (1002, _WORDS[error.kind]) if error.kind in _WORDS else (1000, "could not run command")
                results.append({"errors": [_located(error, text)]})
            except Unconverted:
                code, words = 1003, "unconverted command"
                results.append({"errors": ["Command cannot be used over the API at this time. Use text output format"]})
            else:
                continue
            message = f"CLI command {number} of {len(params['cmds'])} '{text}' failed: {words}"
            return {**answer, "error": {"code": code, "message": message, "data": results}}
        return {**answer, "result": results}

    def _one(self, text: str, answer: str, form: str) -> Any:
        cli = self._cli
        self._device.counters.command(self._number, text, cli.configuring)
        if text.strip() == "enable" and cli.needs_password and not cli.privileged:
            cli.privileged = answer == self._device.spec.enable
            if not cli.privileged:
                raise CliError("failed", "Bad secret")
            return {} if form == "json" else {"output": ""}
        output = cli.execute(text, form == "json")
        if cli.verbatim:
            for line in [*answer.rstrip("\n").split("\n"), "EOF"]:
                cli.execute(line)
        if cli.question is not None:
            question, cli.question = cli.question, None
            question.answer(answer)
        if form == "json":
            return output
        return {"output": output + ("\n" if output and not output.endswith("\n") else "")}
