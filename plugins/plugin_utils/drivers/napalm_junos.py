# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Junos as NAPALM reaches it: NETCONF, on an SSH login of ours.

The libraries below NAPALM would log in by themselves, without a look at the host key. They are handed a connection
that is logged in: known_hosts, jump hosts and proxies are those of all SSH drivers.
"""

from __future__ import annotations

import math
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

from ..broker.errors import (
    ChangeExpired,
    CommandFailed,
    ConfigRejected,
    HoldfastError,
    MissingLibrary,
    PromptNotFound,
    RollbackFailed,
)
from .base import Candidate, ConfigSession, Target
from .driver_napalm import NapalmDriver
from .login import Login
from .phases import Phase, Timeline

COMMENTS = re.compile(r"^## Last (commit|changed): .*\n", re.MULTILINE)


class JunosSession(NapalmDriver):
    PROBE = "show system uptime"

    def __init__(self, target: Target) -> None:
        super().__init__(target)
        self.login = Login(target)
        self._config: JunosConfig | None = None

    @property
    def phases(self) -> list[Phase]:
        return self.login.phases

    def open(self) -> None:
        try:
            from napalm.junos import JunOSDriver
        except ImportError as exc:
            raise MissingLibrary("holdfast_driver: napalm needs a package: pip install napalm") from exc
        target = self.target
        self.login.connect()
        with Timeline(self.login.phases).phase("prompt"):
            made = JunOSDriver(target.host, target.user, "", math.ceil(target.command_timeout))
            made.device = _device(target, self.login.transport)
            try:
                made.open()
            except Exception as exc:
                self.login.close()
                if self._ours(exc, "hello") is None:
                    raise
                raise PromptNotFound(
                    f"{target.label} let us in but does not speak NETCONF: {exc}; configure 'system services netconf "
                    "ssh' there"
                ) from exc
        self.napalm = self.borrowed_napalm = made

    def close(self) -> None:
        self.login.close()  # first: NAPALM's drivers say good-bye when they are collected, and wait for the answer
        self.napalm = self.borrowed_napalm = None

    def interrupt(self) -> None:
        """NETCONF has no way to stop one request: the connection is closed."""
        if self.napalm is None:
            self.login.abandon()
        else:
            self.login.close()

    def config(self) -> ConfigSession:
        if self._config is None:
            self._config = JunosConfig(self)
        return self._config

    # -- inside --------------------------------------------------------------------------------

    def _limit(self, timeout: float) -> None:
        self.napalm.device.timeout = timeout

    def _ours(self, exc: Exception, what: str) -> HoldfastError | None:
        from jnpr.junos import exception as junos
        from napalm.base.exceptions import LockError, NapalmException
        from ncclient import NCClientError
        from ncclient.operations.errors import TimeoutExpiredError

        match exc:
            case junos.RpcTimeoutError() | TimeoutExpiredError():
                return self._late(what)
            case LockError() | junos.LockError():
                return self._refused(what, f"the configuration is locked by somebody else ({exc})")
            case junos.RpcError():
                return self._refused(what, str(exc.message or exc).strip())
            case junos.ConnectError() | NCClientError() | OSError() | EOFError():
                return self._lost(what, exc)
            case NapalmException():
                return self._refused(what, str(exc))
        return None


class JunosConfig:
    """See ``base.ConfigSession``: the shared candidate of Junos, locked from ``stage`` to its end.

    Junos counts the time of an unconfirmed commit in minutes: its timer is the one that ends last.
    """

    native_timer = True
    native_diff = True

    def __init__(self, session: JunosSession) -> None:
        self._session = session

    def read(self, source: Literal["running", "startup"] = "running") -> str:
        """Junos has one committed configuration: what runs is what it starts with."""
        with self._napalm("show configuration") as napalm:
            return COMMENTS.sub("", napalm.get_config(retrieve="running")["running"]).strip("\n") + "\n"

    def checkpoint(self, token: str) -> None:
        """Junos keeps former configurations itself."""

    def stage(self, token: str, candidate: Candidate) -> str:
        self._load(candidate)
        with self._napalm("show | compare") as napalm:
            found = str(napalm.compare_config())
        return f"{found}\n" if found else ""

    def commit(self, token: str, revert_after: float | None) -> None:
        seconds = None if revert_after is None else 60 * max(1, math.ceil(revert_after / 60))
        try:
            with self._napalm("commit") as napalm:
                napalm.commit_config(revert_in=seconds)
        except CommandFailed as exc:
            self.discard(token)
            raise ConfigRejected(
                f"{exc.message}; nothing of the change stays", line="commit", output=exc.detail["output"]
            ) from exc.__cause__

    def confirm(self, token: str) -> None:
        with self._napalm("commit") as napalm:
            if not napalm.has_pending_commit():
                raise ChangeExpired(
                    f"{self._session.target.label} no longer waits for a confirmation: its timer has undone the change"
                )
            napalm.confirm_commit()

    def discard(self, token: str) -> None:
        with self._napalm("rollback 0") as napalm:
            napalm.discard_config()

    def restore(self, token: str, text: str) -> None:
        try:
            with self._napalm("rollback 1") as napalm:
                if napalm.has_pending_commit():
                    napalm.rollback()
            if self.read() != text:
                self._load(Candidate(text, replace=True))
                self.commit(token, None)
        except (CommandFailed, ConfigRejected) as exc:
            raise RollbackFailed(f"going back failed: {exc.message}", **exc.detail) from exc

    def save(self) -> None:
        """A commit is saved."""

    # -- inside --------------------------------------------------------------------------------

    def _load(self, candidate: Candidate) -> None:
        try:
            with self._napalm("load") as napalm:
                load = napalm.load_replace_candidate if candidate.replace else napalm.load_merge_candidate
                load(config=candidate.text)
        except CommandFailed as exc:
            raise ConfigRejected(
                f"{exc.message}; nothing of the change was committed", line="load", output=exc.detail["output"]
            ) from exc.__cause__

    @contextmanager
    def _napalm(self, what: str) -> Iterator[Any]:
        session = self._session
        with session._translated(what):
            session._limit(session.target.command_timeout)
            yield session.napalm


def _device(target: Target, transport: Any) -> Any:
    """PyEZ's device, whose ``open`` uses a login that is there."""
    from jnpr.junos import Device, jxml
    from jnpr.junos.device import DeviceSessionListener
    from ncclient import manager

    class Adopted(Device):  # type: ignore[misc]
        def open(self, *_arguments: Any, **_options: Any) -> Any:
            handler = manager.make_device_handler({"name": "junos", "local": False, "use_filter": False})
            session = _netconf(handler, transport, target)
            self._conn = manager.Manager(session, handler, timeout=target.command_timeout)
            session.add_listener(DeviceSessionListener(self))
            self.connected = True
            self._nc_transform = self.transform
            self._norm_transform = lambda: jxml.normalize_xslt.encode("UTF-8")
            return self

    return Adopted(host=target.host, user=target.user, port=target.port, gather_facts=False)


def _netconf(handler: Any, transport: Any, target: Target) -> Any:
    """Ncclient's session on such a login: what its ``connect`` does once it is let in."""
    from ncclient.transport.ssh import SSHSession

    session = SSHSession(handler)
    session._host, session._transport, session._connected = target.host, transport, True
    session._closing.clear()
    started = time.monotonic()
    session._channel = transport.open_session(timeout=target.connect_timeout)
    session._channel_id = session._channel.get_id()
    session._channel_name = f"netconf-subsystem-{session._channel_id}"
    session._channel.invoke_subsystem("netconf")
    session._post_connect(max(1.0, target.connect_timeout - (time.monotonic() - started)))
    session.parser = handler.get_xml_parser(session)
    return session
