# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The eAPI driver: Arista EOS over HTTPS with pyeapi, on one connection that stays open.

pyeapi closes its connection after every call; here a call finds it open, and opens it again when the switch has
closed it meanwhile. No call is ever sent twice.
"""

from __future__ import annotations

import itertools
import re
import select
import socket
import ssl
import textwrap
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any, ClassVar

from ..broker.errors import (
    AuthenticationFailed,
    BadInput,
    CommandFailed,
    CommandTimeout,
    ConnectFailed,
    HoldfastError,
    MissingLibrary,
    NameNotResolved,
    SessionLost,
    Unreachable,
    Unsupported,
)
from . import borrow, platforms, proxy
from .base import Command, ConfigSession, QueueStrategy, Reply, Target, Watch
from .phases import Phase, Timeline
from .route import Hop


class PyeapiDriver:
    """EOS commands as JSON-RPC. ``fifo`` by default: HTTP has no login to keep."""

    name: ClassVar[str] = "pyeapi"
    default_queue: ClassVar[QueueStrategy] = "fifo"
    ways: ClassVar[tuple[str, ...]] = ("proxy",)

    def __init__(self, target: Target) -> None:
        if target.platform != "arista_eos":
            raise Unsupported(
                f"holdfast_driver: pyeapi speaks to arista_eos only, this host's platform is {target.platform}"
            )
        self.target = target
        self.node: Any = None
        self.watch: Watch | None = None  # eAPI answers whole: there is nothing to look on at
        self.phases: list[Phase] = []
        self.fingerprint: str | None = None
        self.refused: tuple[str, str] | None = None
        self._config: ConfigSession | None = None

    # -- the contract --------------------------------------------------------------------------

    @classmethod
    def default_port(cls, platform: str, options: Mapping[str, Any]) -> int:
        return 443 if options.get("use_tls", True) else 80

    def open(self) -> None:
        try:
            import pyeapi.client
        except ImportError as exc:
            raise MissingLibrary("holdfast_driver: pyeapi needs a package: pip install pyeapi") from exc
        start = time.monotonic()
        connection = _keep_alive_connection(self.target, self._context())
        self.node = pyeapi.client.Node(connection, enablepwd=self.target.secrets.enable or "")
        self._limit(self.target.connect_timeout)
        try:
            self._call(["show hostname"], "json")
        except HoldfastError as exc:
            step = {"dns": "dns", "unreachable": "tcp", "authentication": "auth"}.get(exc.code, "prompt")
            step = str(exc.detail.get("phase", step))  # of a proxy
            self.phases = [Phase(step, round(time.monotonic() - start, 4), False, exc.message)]
            raise
        self.phases = [Phase(name, round(time.monotonic() - start, 4), True) for name in ("tcp", "auth", "prompt")]

    def close(self) -> None:
        node, self.node = self.node, None
        if node is not None:
            node.connection.transport.close()

    def interrupt(self) -> None:
        sock = getattr(self.node.connection.transport, "sock", None) if self.node is not None else None
        if sock is not None:
            with suppress(OSError):  # not connected at this moment
                sock.shutdown(socket.SHUT_RDWR)

    def is_alive(self) -> bool:
        try:
            self._call(["show hostname"], "json")
        except HoldfastError:
            return False
        return True

    def run(self, commands: Sequence[Command], timeout: float) -> list[Reply]:
        """As few HTTP requests as can be: a reply's ``seconds`` are those of the request that it came with."""
        replies: list[Reply] = []
        while len(replies) < len(commands):
            replies += self._run_together(_of_one_format(commands[len(replies) :]), timeout)
        return replies

    def get(self, getters: Sequence[str]) -> dict[str, Any]:
        self._limit(self.target.command_timeout)
        with self._translated("getters"):
            return borrow.get(self, getters)

    def config(self) -> ConfigSession:
        from .config_eos import EosConfig

        if self._config is None:
            self._config = EosConfig(self)
        return self._config

    # -- what EosConfig builds on --------------------------------------------------------------

    def send(self, line: str, timeout: float | None = None) -> str:
        """One command as text; a refusal comes back as the device's words, as on a CLI."""
        self._limit(timeout or self.target.command_timeout)
        try:
            return str(self._call([line], "text")[0].get("output", ""))
        except CommandFailed as exc:
            return str(exc.detail["output"])

    def configure(self, lines: Sequence[str], enter: str = "configure terminal", leave: str = "end") -> str | None:
        """All lines in one call; ``refused`` is (line, words) of the first that EOS did not take."""
        self.refused = None
        self._limit(self.target.command_timeout)
        try:
            self._call([enter, *(_with_input(line) for line in lines), leave], "text", enter)
        except CommandFailed as exc:
            self.refused = (str(exc.detail["command"]).strip(), str(exc.detail["output"]))
        return self.refused[1] if self.refused else None

    # -- inside --------------------------------------------------------------------------------

    def _limit(self, timeout: float) -> None:
        """Seconds that each of the next calls may take, on a connection that is open already too."""
        if self.node is not None:
            transport = self.node.connection.transport
            transport.timeout = timeout
            if transport.sock is not None:
                transport.sock.settimeout(timeout)

    def _run_together(self, commands: Sequence[Command], timeout: float) -> list[Reply]:
        """One request; when a command fails that may, the replies end with it. Raises CommandFailed otherwise."""
        start = time.monotonic()
        self._limit(timeout * len(commands))
        as_json = _as_json(commands[0])
        try:
            found = self._call([_line(command) for command in commands], "json" if as_json else "text")
        except CommandFailed as exc:
            done = _done_before(exc)
            if done is None or commands[len(done)].check:
                raise
            found = [*done, {"output": exc.detail["output"]}]
        seconds = round(time.monotonic() - start, 4)
        return [
            Reply(command.text, "", seconds, data)
            if as_json
            else Reply(command.text, str(data.get("output", "")).strip("\n"), seconds)
            for command, data in zip(commands, found, strict=False)
        ]

    def _call(self, commands: list[Any], encoding: str, what: str | None = None) -> list[dict[str, Any]]:
        """One request; ``what`` it is called in messages, where inputs (they may be secrets) are never shown."""
        texts = (str(entry["cmd"] if isinstance(entry, dict) else entry) for entry in commands)
        with self._translated(what or textwrap.shorten("; ".join(texts), 100)):
            return list(self.node.run_commands(commands, encoding=encoding, send_enable=True))

    @contextmanager
    def _translated(self, what: str) -> Iterator[None]:
        """pyeapi's errors as ours."""
        import pyeapi.eapilib

        if self.node is None:
            raise SessionLost(f"the session to {self.target.label} is closed")
        try:
            yield
        except pyeapi.eapilib.CommandError as exc:
            raise _refused(self.target.label, what, exc) from exc
        except pyeapi.eapilib.ConnectionError as exc:
            raise self._connection_error(exc, what) from exc

    def _connection_error(self, exc: Any, what: str) -> HoldfastError:
        label, cause = self.target.label, self.node.connection.socket_error
        if "nauthorized" in str(exc.message) or "401" in str(exc.message):
            return AuthenticationFailed(f"{label} refused the login of user '{self.target.user}' over eAPI")
        if isinstance(cause, socket.gaierror):
            return NameNotResolved(f"ansible_host: the name '{self.target.host}' does not resolve ({cause})")
        if isinstance(cause, ssl.SSLCertVerificationError):
            return ConnectFailed(
                f"{label} shows a certificate that cannot be verified ({cause.verify_message}); "
                "set holdfast_ca_file to its authority's, or holdfast_validate_certs to false"
            )
        if isinstance(cause, ConnectionRefusedError) or not self.phases:
            return Unreachable(f"{label} cannot be reached over eAPI: {cause or exc.message}")
        if isinstance(cause, TimeoutError):
            return CommandTimeout(f"{label} did not answer '{what}' in time", command=what)
        return SessionLost(f"{label} closed the eAPI connection: {cause or exc.message}", command=what)

    def _context(self) -> ssl.SSLContext | None:
        options = self.target.options
        if not options.get("use_tls", True):
            return None
        ca_file = options.get("ca_file")
        try:
            context = ssl.create_default_context(cafile=str(ca_file) if ca_file else None)
        except OSError as exc:
            raise BadInput(f"holdfast_ca_file: {ca_file} cannot be read: {exc}", option="ca_file") from exc
        if not options.get("validate_certs", True):
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context


def _refused(label: str, what: str, exc: Any) -> CommandFailed:
    """pyeapi's error as ours, with the command that failed (its replies so far count the ones before it)."""
    found = re.search(r"CLI command (\d+) of \d+ '(.*?)' failed: (.*)", str(exc.message), re.DOTALL)
    failed = found.group(2) if found else what
    words = "; ".join(part.strip() for part in (exc.command_error or exc.message).splitlines() if part.strip())
    errors = [text for entry in (exc.output or []) if isinstance(entry, dict) for text in entry.get("errors", [])]
    output = "\n".join(errors) or words
    return CommandFailed(
        f"{label} refused '{failed}': {platforms.refusal(output) or output}", command=failed, output=output
    )


def _as_json(command: Command) -> bool:
    return command.text.partition("|")[2].strip() == "json"


def _of_one_format(commands: Sequence[Command]) -> Sequence[Command]:
    """Those at the front that want the same of text and JSON: a request has one format."""
    as_json = _as_json(commands[0])
    return list(itertools.takewhile(lambda command: _as_json(command) == as_json, commands))


def _line(command: Command) -> Any:
    text = command.text.partition("|")[0].strip() if _as_json(command) else command.text
    return text if command.answer is None else {"cmd": text, "input": command.answer}


def _done_before(error: CommandFailed) -> list[dict[str, Any]] | None:
    """What the commands before the failed one gave, without the ``enable`` that goes first; None if EOS did not say."""
    output = getattr(error.__cause__, "output", None)
    return list(output[1:-1]) if isinstance(output, list) and len(output) > 1 else None


def _with_input(line: str) -> Any:
    """A banner is one command with the rest as its input."""
    head, _sep, rest = line.partition("\n")
    return {"cmd": head, "input": rest.rpartition("EOF")[0]} if rest else line


def _hung_up(sock: socket.socket) -> bool:
    """Whether an idle connection was closed at the other end: only then is there something to read."""
    poll = select.poll()
    poll.register(sock, select.POLLIN)
    return bool(poll.poll(0))


def _keep_alive_connection(target: Target, context: ssl.SSLContext | None) -> Any:
    from pyeapi.eapilib import ConnectionError as EapiConnectionError
    from pyeapi.eapilib import HttpEapiConnection, HttpsEapiConnection

    base: type[Any] = HttpsEapiConnection if context else HttpEapiConnection

    class KeepAlive(base):  # type: ignore[misc]
        """pyeapi's connection whose transport outlives a call."""

        def send(self, data: Any) -> Any:
            transport = self.transport
            if transport.sock is not None and _hung_up(transport.sock):
                transport.close()  # nothing was sent on it yet: http.client connects anew
            really_close, transport.close = transport.close, lambda: None
            try:
                return super().send(data)
            except EapiConnectionError:
                really_close()
                raise
            finally:
                transport.close = really_close

    arguments: dict[str, Any] = {
        "host": target.host,
        "port": target.port,
        "username": target.user,
        "password": target.secrets.password,
        "timeout": target.command_timeout,
    }
    if context:
        arguments["context"] = context
    connection = KeepAlive(**arguments)
    if target.route.proxy is not None:
        # how http.client makes its connections, and wraps them in TLS afterwards
        connection.transport._create_connection = _through_proxy(target)
    return connection


def _through_proxy(target: Target) -> Callable[..., socket.socket]:
    def connected(_address: Any, timeout: float, *_more: Any) -> socket.socket:
        stop = Hop(target.host, target.port, target.user)
        sock = proxy.connect(stop, target.route.proxy, Timeline([]), timeout)
        sock.settimeout(timeout)
        return sock

    return connected
