# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A TCP connection, straight or through a SOCKS or HTTP CONNECT proxy."""

from __future__ import annotations

import base64
import socket
import time
from typing import Any

from ..broker.errors import (
    AuthenticationFailed,
    ConnectFailed,
    HoldfastError,
    MissingLibrary,
    NameNotResolved,
    Unreachable,
)
from .phases import Timeline
from .route import Hop, Proxy

MOST = 65536  # bytes of a proxy's answer


def connect(stop: Hop, proxy: Proxy | None, timeline: Timeline, timeout: float) -> socket.socket:
    """A socket to this stop. Raises NameNotResolved, Unreachable, AuthenticationFailed, ConnectFailed."""
    if proxy is None:
        return _straight(stop.host, stop.port, timeline, timeout, stop.phase(""), stop.title, stop.variable("host"))
    if proxy.kind == "http":
        return _http(proxy, stop, timeline, timeout)
    return _socks(proxy, stop, timeline, timeout)


def _straight(
    host: str, port: int, timeline: Timeline, timeout: float, prefix: str, title: str, variable: str
) -> socket.socket:
    """``prefix`` goes before the names of the phases."""
    with timeline.phase(f"{prefix}dns"):
        try:
            addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (socket.gaierror, UnicodeError) as exc:
            raise NameNotResolved(f"{variable}: the name '{host}' does not resolve ({exc})") from exc
    with timeline.phase(f"{prefix}tcp"):
        error: OSError | None = None
        for family, kind, protocol, _canonical, address in addresses:
            sock = socket.socket(family, kind, protocol)
            sock.settimeout(timeout)
            try:
                sock.connect(address)
                # SSH's small packets would otherwise wait for the other side's delayed acknowledgements.
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                return sock
            except OSError as exc:
                error = exc
                sock.close()
        why = f"no answer within {timeout:g} s" if isinstance(error, TimeoutError) else str(error)
        raise Unreachable(f"{title} cannot be reached over TCP: {why}") from error


# -- HTTP CONNECT: PySocks reads the answer through a buffer, and loses what the device says right after it -------


def _http(proxy: Proxy, stop: Hop, timeline: Timeline, timeout: float) -> socket.socket:
    sock = _straight(proxy.host, proxy.port, timeline, timeout, "proxy ", proxy.title, "holdfast_proxy")
    start = time.monotonic()
    try:
        sock.sendall(_connect_request(proxy, stop))
        head = _head(sock, start + timeout)
        _refused_over_http(proxy, stop, head)
    except HoldfastError as exc:
        sock.close()
        raise _failed(exc, timeline, start) from exc.__cause__
    except OSError as exc:
        sock.close()
        why = (
            f"did not answer within {timeout:g} s" if isinstance(exc, TimeoutError) else f"ended the connection: {exc}"
        )
        raise timeline.failed("proxy tcp", start, Unreachable(f"{proxy.title} {why}")) from exc
    timeline.passed(stop.phase("tcp"), start)
    return sock


def _connect_request(proxy: Proxy, stop: Hop) -> bytes:
    host = f"[{stop.host}]" if ":" in stop.host else stop.host
    lines = [f"CONNECT {host}:{stop.port} HTTP/1.1", f"Host: {host}:{stop.port}"]
    if proxy.user is not None:
        coded = base64.b64encode(f"{proxy.user}:{proxy.password or ''}".encode()).decode()
        lines.append(f"Proxy-Authorization: Basic {coded}")
    return "\r\n".join([*lines, "", ""]).encode()


def _head(sock: socket.socket, deadline: float) -> bytes:
    """Up to the empty line and not a byte further: what follows is the device's."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        sock.settimeout(max(0.001, deadline - time.monotonic()))
        byte = sock.recv(1)
        if not byte or len(head) > MOST:
            raise ConnectionError("no answer that is HTTP")
        head += byte
    return head


def _refused_over_http(proxy: Proxy, stop: Hop, head: bytes) -> None:
    words = head.split(b"\r\n", 1)[0].decode("latin-1").split(" ", 2)
    if len(words) < 2 or not words[0].startswith("HTTP/") or not words[1].isdecimal():
        raise ConnectFailed(f"{proxy.title} does not speak HTTP; check holdfast_proxy")
    status = int(words[1])
    if status == 407:
        raise _locked(proxy)
    if not 200 <= status < 300:
        raise _beyond(proxy, stop, " ".join(words[1:]))


# -- SOCKS ------------------------------------------------------------------------------------------------------


def _socks(proxy: Proxy, stop: Hop, timeline: Timeline, timeout: float) -> socket.socket:
    try:
        import socks
    except ImportError as exc:
        raise MissingLibrary("holdfast_proxy needs a package: pip install PySocks", package="PySocks") from exc
    kind = socks.SOCKS4 if proxy.kind.startswith("socks4") else socks.SOCKS5
    start = time.monotonic()
    try:
        made = socks.create_connection(
            (stop.host, stop.port),
            timeout,
            proxy_type=kind,
            proxy_addr=proxy.host,
            proxy_port=proxy.port,
            proxy_rdns=proxy.kind in ("socks5h", "socks4a"),
            proxy_username=proxy.user,
            proxy_password=proxy.password,
        )
    except (socks.ProxyError, OSError, UnicodeError) as exc:
        raise _failed(_socks_error(socks, proxy, stop, exc), timeline, start) from exc
    timeline.passed("proxy tcp", start)
    return socket.socket(fileno=made.detach())  # a plain one: paramiko and ssl take no other for granted


def _socks_error(socks: Any, proxy: Proxy, stop: Hop, exc: Exception) -> HoldfastError:
    cause = getattr(exc, "socket_err", None)
    if isinstance(cause, socks.ProxyError):  # PySocks wraps its own errors, which are OSErrors too
        return _socks_error(socks, proxy, stop, cause)
    if isinstance(exc, socks.SOCKS5AuthError) or "0x5d" in str(exc):
        return _locked(proxy)
    if isinstance(exc, (socks.SOCKS5Error, socks.SOCKS4Error)):
        return _beyond(proxy, stop, str(exc))
    if isinstance(exc, (socket.gaierror, UnicodeError)) or isinstance(cause, socket.gaierror):
        names = f"{proxy.title} or of {stop.title}"
        return NameNotResolved(f"holdfast_proxy: the name of {names} does not resolve ({exc})", phase="proxy dns")
    if isinstance(exc, socks.ProxyConnectionError):
        return Unreachable(f"{proxy.title} cannot be reached over TCP: {cause}")
    return ConnectFailed(f"{proxy.title} gave no answer that is SOCKS ({exc}); check holdfast_proxy")


def _failed(error: HoldfastError, timeline: Timeline, start: float) -> HoldfastError:
    """Errors of a proxy say themselves whether it was the proxy, or the connection that it should make."""
    return timeline.failed(str(error.detail.get("phase", "proxy tcp")), start, error)


def _locked(proxy: Proxy) -> AuthenticationFailed:
    words = f"{proxy.title} refused the user or the password; check holdfast_proxy"
    return AuthenticationFailed(words, phase="proxy auth")


def _beyond(proxy: Proxy, stop: Hop, why: str) -> Unreachable:
    words = f"{stop.title} cannot be reached through {proxy.title}: {why}"
    return Unreachable(words, phase=stop.phase("tcp"))
