# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The unicon driver: pyATS's own connection, for platforms whose prompts and dialogs unicon knows best.

Unicon drives the ``ssh`` program, so it is that which verifies the host key, against the same known_hosts. It waits
for silence after each command (0.2 s); the netmiko driver does not, and Genie works over that one too.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from typing import Any, ClassVar

from ..broker.errors import (
    AuthenticationFailed,
    BadInput,
    CommandFailed,
    CommandTimeout,
    ConnectFailed,
    HoldfastError,
    HostKeyChanged,
    HostKeyUnknown,
    MissingLibrary,
    NameNotResolved,
    PromptNotFound,
    SessionLost,
    Unreachable,
    Unsupported,
)
from . import hostkeys, keys, platforms
from .base import Command, ConfigSession, QueueStrategy, Reply, Target, Watch
from .genie_bridge import system
from .phases import Phase, Timeline
from .ssh import device

INTERRUPT = "\x03"
CONFIG = re.compile(r"config")
#: What the ssh program writes to its log, and what it means; the first that is found counts.
WORDS: tuple[tuple[str, type[ConnectFailed], str], ...] = (
    ("REMOTE HOST IDENTIFICATION HAS CHANGED", HostKeyChanged, "shows another host key than {known_hosts} has"),
    ("Host key verification failed", HostKeyUnknown, "shows a host key that {known_hosts} does not have"),
    ("host key is known", HostKeyUnknown, "shows a host key that {known_hosts} does not have"),
    ("Could not resolve hostname", NameNotResolved, "does not resolve"),
    ("Permission denied", AuthenticationFailed, "refused the login of user '{user}'"),
    ("Too many authentication failures", AuthenticationFailed, "refused the login of user '{user}'"),
    ("Connection timed out", Unreachable, "cannot be reached over TCP: no answer"),
    ("Connection refused", Unreachable, "cannot be reached over TCP: connection refused"),
    ("No route to host", Unreachable, "cannot be reached over TCP: no route to host"),
)


class UniconDriver:
    """One ``ssh`` process with unicon at its terminal."""

    name: ClassVar[str] = "unicon"
    default_queue: ClassVar[QueueStrategy] = "pinned"

    def __init__(self, target: Target) -> None:
        if not target.route.direct:
            raise Unsupported(
                "holdfast_jump_hosts, holdfast_proxy: the driver unicon reaches devices directly only; use netmiko"
            )
        self.target = target
        self.watch: Watch | None = None
        self.phases: list[Phase] = []
        self._connection: Any = None

    # -- the contract --------------------------------------------------------------------------

    @classmethod
    def default_port(cls, platform: str, options: Mapping[str, Any]) -> int:
        return 22

    def open(self) -> None:
        try:
            import unicon
        except ImportError as exc:
            raise MissingLibrary("holdfast_driver: unicon needs a package: pip install 'pyats[library]'") from exc
        if shutil.which("ssh") is None:
            raise MissingLibrary("holdfast_driver: unicon needs the program ssh (package openssh-client)")
        self.phases = []
        handle, log = tempfile.mkstemp(prefix="holdfast-ssh-")
        os.close(handle)
        try:
            with Timeline(self.phases).phase("prompt"), self._key_file() as key:
                self._connection = self._connect(unicon, self._ssh(log, key), log)
        finally:
            os.unlink(log)

    def close(self) -> None:
        connection, self._connection = self._connection, None
        _end(connection)

    def interrupt(self) -> None:
        spawn = getattr(self._connection, "spawn", None)
        if spawn is not None:
            with suppress(OSError):  # it has gone: the thread that reads finds out by itself
                spawn.send(INTERRUPT)

    def is_alive(self) -> bool:
        try:
            self._execute("", 5.0, None)
        except HoldfastError:
            return False
        return True

    def run(self, commands: Sequence[Command], timeout: float) -> list[Reply]:
        replies: list[Reply] = []
        try:
            for command in commands:
                start = time.monotonic()
                output = self._execute(command.text, timeout, _dialog(command))
                if self.watch is not None:
                    self.watch.output(output)  # unicon hands it over whole
                words = platforms.refusal(output) if command.check else None
                if words:
                    label = self.target.label
                    raise CommandFailed(
                        f"{label} refused '{command.text}': {words}", command=command.text, output=output
                    )
                replies.append(Reply(command.text, output, round(time.monotonic() - start, 4)))
        finally:
            self._leave_config_mode()
        return replies

    def get(self, getters: Sequence[str]) -> dict[str, Any]:
        raise Unsupported(
            f"{getters[0]}: the driver unicon has no getters; use holdfast.network.genie, or the driver netmiko"
        )

    def config(self) -> ConfigSession:
        raise Unsupported("holdfast_driver: unicon has no guarded changes; use netmiko")

    # -- inside --------------------------------------------------------------------------------

    def _key_file(self) -> AbstractContextManager[str | None]:
        """Where ssh finds the key."""
        secrets = self.target.secrets
        if secrets.private_key:
            return keys.as_file(device(self.target))
        path = secrets.private_key_file
        return nullcontext(os.path.expanduser(path) if path else None)

    def _connect(self, unicon: Any, ssh: list[str], log: str) -> Any:
        target, secrets = self.target, self.target.secrets
        made = unicon.Connection(
            hostname=re.sub(r"\W", "_", target.host),
            start=[shlex.join(ssh)],
            os=system(target.platform),
            credentials={
                "default": {
                    "username": target.user or "",
                    "password": secrets.password or "",
                    "passphrase": secrets.passphrase or "",
                },
                "enable": {"password": secrets.enable or ""},
            },
            settings={"POST_DISCONNECT_WAIT_SEC": 0, "GRACEFUL_DISCONNECT_WAIT_SEC": 0},
            overwrite_settings=False,
            connection_timeout=target.connect_timeout,
            learn_hostname=True,
            learn_os_version=False,
            init_exec_commands=None if target.platform == "linux" else ["terminal length 0"],
            init_config_commands=[],  # unicon's own would change the device's configuration
            goto_enable=bool(secrets.enable),
            log_stdout=False,
            logfile=os.devnull,  # its default is a file of all that is said, in /tmp
        )
        try:
            made.connect()
        except Exception as exc:
            _end(made)
            with open(log, encoding="utf-8", errors="replace") as lines:
                raise self._not_connected(lines.read(), exc) from exc
        return made

    def _ssh(self, log: str, key: str | None) -> list[str]:
        """The command line of ssh. There is no secret in it."""
        target = self.target
        checking = bool(target.options.get("host_key_checking", True))
        known_hosts = os.path.expanduser(str(target.options.get("known_hosts") or hostkeys.default_file()))
        if checking and known_hosts != hostkeys.default_file() and not os.path.exists(known_hosts):
            raise BadInput(f"holdfast_known_hosts: there is no file {known_hosts}", option="known_hosts")
        options = {
            "StrictHostKeyChecking": "yes" if checking else "no",
            "UserKnownHostsFile": known_hosts if checking else os.devnull,
            "GlobalKnownHostsFile": os.devnull,
            "ConnectTimeout": str(max(1, int(target.connect_timeout))),
            "NumberOfPasswordPrompts": "1",
            "ControlPath": "none",
            "LogLevel": "INFO",
        }
        words = ["ssh", "-F", "none", "-E", log, "-p", str(target.port)]
        if target.user:
            words += ["-l", target.user]
        if key:
            words += ["-i", key]
            options["IdentitiesOnly"] = "yes"
        elif target.secrets.password is not None:  # not with keys that only this process may use
            options["PubkeyAuthentication"] = "no"
        for name, value in options.items():
            words += ["-o", f"{name}={value}"]
        return [*words, "--", target.host]

    def _not_connected(self, log: str, exc: Exception) -> ConnectFailed:
        """What ssh says comes first: unicon only sees that there is no prompt."""
        target = self.target
        known_hosts = target.options.get("known_hosts") or hostkeys.default_file()
        for words, error, text in WORDS:
            if words in log:
                host = f"-p {target.port} {target.host}"
                hint = f"; if it is the device's, add it: ssh-keyscan {host} >> {known_hosts}"
                more = hint if error is HostKeyUnknown else ""
                return error(f"{target.label} {text.format(known_hosts=known_hosts, user=target.user)}{more}")
        if "Credential" in type(exc).__name__ or "Authentication" in type(exc).__name__:
            return AuthenticationFailed(
                f"{target.label} refused the login of user '{target.user}' (or the enable secret)"
            )
        lines = log.strip().splitlines()
        why = lines[-1].strip() if lines else type(exc).__name__
        return PromptNotFound(f"{target.label} shows no prompt that unicon knows of {target.platform} ({why})")

    def _execute(self, text: str, timeout: float, reply: Any) -> str:
        with self._translated(text):
            more = {"reply": reply} if reply is not None else {}
            output = self._connection.execute(
                text, timeout=timeout, allow_state_change=True, error_pattern=[], matched_retries=0, **more
            )
        return str(output).replace("\r\n", "\n").strip("\n")

    def _leave_config_mode(self) -> None:
        """Hygiene: whoever has the session next finds it outside configuration mode."""
        connection = self._connection
        if connection is None or not CONFIG.search(str(connection.state_machine.current_state)):
            return
        with self._translated("end"):
            connection.state_machine.go_to("enable", connection.spawn, timeout=10)

    @contextmanager
    def _translated(self, what: str) -> Iterator[None]:
        """Unicon's errors as ours; it wraps them in one another."""
        from unicon.core import errors

        label = self.target.label
        if self._connection is None:
            raise SessionLost(f"the session to {label} is closed")
        try:
            yield
        except (errors.TimeoutError, errors.SubCommandFailure, errors.StateMachineError, errors.EOF) as exc:
            if any(isinstance(one, errors.TimeoutError) for one in _within(exc)):
                raise CommandTimeout(
                    f"{label} did not finish '{what}' in time; raise holdfast_command_timeout if it needs longer",
                    command=what,
                ) from exc
            raise SessionLost(f"{label} closed the session during '{what}'", command=what) from exc
        except (errors.ConnectionError, errors.SpawnInitError, OSError) as exc:
            raise SessionLost(f"{label} closed the session during '{what}'", command=what) from exc


def _within(exc: BaseException) -> Iterator[BaseException]:
    """An error and those that it holds or comes from."""
    pending: list[BaseException] = [exc]
    while pending:
        one = pending.pop()
        yield one
        pending += [inner for inner in (*one.args, one.__cause__) if isinstance(inner, BaseException)]


def _dialog(command: Command) -> Any:
    if not command.prompt:
        return None
    from unicon.eal.dialogs import Dialog, Statement

    def answer(spawn: Any) -> None:
        spawn.sendline(command.answer or "")

    return Dialog([Statement(pattern=f".*{command.prompt}", action=answer, loop_continue=True)])


def _end(connection: Any) -> None:
    """Close the ssh process; unicon's own disconnect sends commands and then waits ten seconds."""
    spawn = getattr(connection, "spawn", None)
    if spawn is not None:
        with suppress(OSError, ProcessLookupError):  # it has ended by itself
            spawn.close()
