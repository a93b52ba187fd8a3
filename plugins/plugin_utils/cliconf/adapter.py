# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The other side of cliconf and terminal plugins: what they take for their connection, on the pinned session.

The one file under plugin_utils that imports ansible: the plugins raise and expect ansible's errors, and its
JSON-RPC server shapes results (pickled where they are no text) as the modules' side of that version reads them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from ansible.errors import AnsibleConnectionFailure, AnsibleError
from ansible.utils.jsonrpc import JsonRpcServer

from ..broker.errors import CommandTimeout, HoldfastError, SessionLost
from ..drivers.base import Target
from ..drivers.platforms import READ_ONLY
from .dialogue import Dialogue, Question, crlf
from .plugins import Platform

TIMEOUT = (
    "command timeout triggered, timeout value is {} secs.\n"
    "See the timeout setting options in the Network Debug and Troubleshooting Guide."
)
MESSAGES = 100  # kept until the next task fetches them


@dataclass(frozen=True)
class Served:
    """``response`` is JSON-RPC. A ``broken`` session is at no known prompt: nobody may use it again."""

    response: str
    broken: bool = False


class _Server(JsonRpcServer):  # type: ignore[misc]
    """One object of its own: the base class has one set for all instances."""

    def __init__(self, served: object) -> None:
        self._objects = {served}


class PluginConnection:
    """Names and behaviour are ansible.netcommon's; whatever is not here is looked for in the cliconf plugin."""

    def __init__(self, platform: Platform, options: Mapping[str, Any], values: Mapping[str, Any]) -> None:
        self._options = dict(options)
        self._platform = platform
        self._play_context = SimpleNamespace(
            **{name: options.get(name) for name in ("become", "become_method", "remote_user", "port", "network_os")},
            remote_addr=options.get("host"),
            timeout=options.get("persistent_command_timeout"),
            connection="holdfast.network.network_cli",
            verbosity=0,
        )
        self._messages: list[tuple[str, str]] = []
        self._history: list[bytes] = []
        self._talk: Dialogue | None = None
        self._failure: HoldfastError | None = None
        self._matched_prompt: bytes | None = None
        self._last_recv_window = b""
        self._terminal = platform.terminal(self)
        for name in ("terminal_stdout_re", "terminal_stderr_re"):  # plugins add to these: not to those of all hosts
            setattr(self._terminal, name, list(getattr(self._terminal, name)))
        self.cliconf = platform.cliconf(self)
        self.cliconf._load_name = platform.network_os
        self.cliconf._options = dict(values)

    def __getattr__(self, name: str) -> Any:
        cliconf = None if name.startswith("_") else self.__dict__.get("cliconf")
        if cliconf is None:
            raise AttributeError(f"the connection has no '{name}'")
        return getattr(cliconf, name)

    # -- what plugins and modules call ---------------------------------------------------------

    @property
    def connected(self) -> bool:
        return self._talk is not None

    def get_prompt(self) -> bytes | None:
        return self._matched_prompt

    def get_option(self, option: str, hostvars: Mapping[str, Any] | None = None) -> Any:
        """Raises KeyError for one that there is not."""
        return self._options[option]

    def get_options(self, hostvars: Mapping[str, Any] | None = None) -> dict[str, Any]:
        return dict(self._options)

    def queue_message(self, level: str, message: str) -> None:
        del self._messages[: -MESSAGES + 1]
        self._messages.append((level, str(message)))

    def pop_messages(self) -> list[tuple[str, str]]:
        messages, self._messages = self._messages, []
        return messages

    def reset(self) -> None:
        """Asked for at the end of each play: the session is pinned and stays."""

    close = reset

    def exec_command(self, cmd: bytes | str, in_data: Any = None, sudoable: bool = True) -> str | None:
        """A line, or JSON with the arguments of ``send``: so terminal plugins ask."""
        text = _text(cmd)
        try:
            wanted = json.loads(text)
        except ValueError:
            wanted = None
        if not isinstance(wanted, dict):
            return self.send(text)
        names = ("command", "prompt", "answer", "sendonly", "newline", "prompt_retry_check")
        return self.send(**{name: wanted[name] for name in names if wanted.get(name) is not None})

    def send(
        self,
        command: bytes | str,
        prompt: Any = None,
        answer: Any = None,
        newline: bool = True,
        sendonly: bool = False,
        prompt_retry_check: bool = False,
        check_all: bool = False,
        strip_prompt: bool = True,
    ) -> str | None:
        """One line; the device's answer without echo and prompt. Raises AnsibleConnectionFailure with its words."""
        talk, line = self._talk, _text(command)
        if talk is None or self._failure is not None:
            raise AnsibleConnectionFailure(self._failure.message if self._failure else "the session is not open")
        question = _question(prompt, answer, newline, check_all, prompt_retry_check)
        self._history.append(line.encode())
        self._matched_prompt = None
        timeout = float(self._options.get("persistent_command_timeout") or 30)
        try:
            if sendonly:
                talk.say(line)
                return None
            heard = talk.ask(line, question, self._get_terminal_std_re("terminal_stdout_re"), timeout)
        except HoldfastError as exc:
            self._failure = exc
            raise AnsibleConnectionFailure(_words(exc, talk, timeout)) from None
        window = self._last_recv_window = self._strip(crlf(heard))
        self._see_prompt(window)
        if any(pattern.search(window) for pattern in self._get_terminal_std_re("terminal_stderr_re")):
            raise AnsibleConnectionFailure(
                window
            )  # bytes, as in netcommon: core's rendering of them is in its messages
        return self._sanitize(window, line, strip_prompt)

    def copy_file(self, *_args: Any, **_kwargs: Any) -> None:
        raise AnsibleError(
            "files cannot be sent or fetched over holdfast.network.network_cli; use holdfast.network.transfer"
        )

    get_file = copy_file

    # -- private by name, but plugins use them -------------------------------------------------

    def _get_terminal_std_re(self, option: str) -> list[re.Pattern[bytes]]:
        """The list itself, unless the option replaces it: plugins add to it for a while."""
        given = self._options.get(option)
        patterns: list[re.Pattern[bytes]] = getattr(self._terminal, option)
        return [_compiled(option, entry) for entry in given] if given else patterns

    def _strip(self, data: bytes) -> bytes:
        for pattern in self._terminal.ansi_re:
            data = pattern.sub(b"", data)
        return data

    # -- inside --------------------------------------------------------------------------------

    def _see_prompt(self, window: bytes) -> None:
        tail = window[-1024:]
        found = (pattern.search(tail) for pattern in self._get_terminal_std_re("terminal_stdout_re"))
        match = next((m for m in found if m), None)
        self._matched_prompt = match.group() if match else tail.rpartition(b"\n")[2]

    def _sanitize(self, window: bytes, command: str, strip_prompt: bool) -> str:
        """Without the lines that repeat the command, and (``strip_prompt``) those that hold the prompt."""
        prompts = [line.strip() for line in (self._matched_prompt or b"").strip().splitlines()]
        echo = command.strip().encode()
        kept = [
            line
            for line in window.splitlines()
            if (not echo or line.strip() != echo) and not (strip_prompt and any(prompt in line for prompt in prompts))
        ]
        return b"\n".join(kept).strip().decode("utf-8", "replace")


class PlatformSession:
    """One playbook's use of one device: plugins that keep what they learn, for as long as the login lasts."""

    def __init__(self, target: Target, platform: Platform, options: Mapping[str, Any], values: Mapping[str, Any]):
        self._secret = target.secrets.enable
        self._platform, self._options, self._values = platform, options, values
        self._driver: Any = None
        self._link: Any = None
        self._privileged = False

    def messages(self) -> list[tuple[str, str]]:
        """What plugins had to say since this was asked last: (level, text)."""
        return [] if self._link is None else list(self._link.pop_messages())

    def serve(self, driver: Any, request: bytes) -> Served:
        """Answer one JSON-RPC request, in the driver's thread and in its turn.

        Raises SessionLost when the login was lost and nothing but reading had been sent.
        """
        if driver is not self._driver:
            self._link = PluginConnection(self._platform, self._options, self._values)
            self._driver, self._privileged = driver, False
        link = self._link
        talk = link._talk = Dialogue(driver)
        link._failure = None
        try:
            lowered = self._prepare(driver, link)
            response = str(_Server(link).handle_request(request))
        except (AnsibleError, HoldfastError) as exc:
            lowered = False
            response = rpc_error(request, str(getattr(exc, "message", exc)))
        lost = link._failure
        if isinstance(lost, SessionLost) and _only_read(talk):
            raise lost
        broken = link._failure is not None or not self._tidied(driver, link, lowered)
        link._talk = None
        return Served(response, broken)

    # -- before and after ----------------------------------------------------------------------

    def _prepare(self, driver: Any, link: Any) -> bool:
        """Learn the prompt, and take the privilege that the task asks for; whether that has to be undone."""
        if not driver.cli.last_prompt:
            with driver._translated("an empty line"):
                driver.cli.exchange("", driver.target.command_timeout, echo=False)
        link._see_prompt(crlf("\n" + driver.cli.last_prompt))
        if link._play_context.become:
            low = _unprivileged(link)
            if low or not self._privileged:
                self._become(link)
                self._privileged = True
            return low and not _unprivileged(link)
        if getattr(driver.cli, "raised", False) and not _unprivileged(link):
            link._terminal.on_unbecome()
            return True
        return False

    def _become(self, link: Any) -> None:
        try:
            link._terminal.on_become(passwd=self._secret)
        except AnsibleConnectionFailure:
            wanted = link._options.get("become_errors") or "fail"
            if wanted == "fail":
                raise
            if wanted == "warn":
                link.queue_message("warning", "on_become: privilege escalation failed")

    def _tidied(self, driver: Any, link: Any, changed: bool) -> bool:
        """Whoever has the session next finds it at its prompt, outside of configuration, privileged as before."""
        try:
            if link._talk.unread:
                link.send("")
            if driver._in_config_mode(driver.cli.last_prompt):
                with suppress(AnsibleError, AttributeError):  # the platform's own way, and if that fails, ours
                    link.cliconf.set_cli_prompt_context()
                driver.leave_config_mode()
            if changed and link._play_context.become:
                link._terminal.on_unbecome()
                self._privileged = False
            elif changed:
                with driver._translated("enable"):
                    driver.cli.enable()
                    driver.cli.exchange("", driver.target.command_timeout, echo=False)
        except (AnsibleError, HoldfastError):
            return False
        return bool(link._talk.at_prompt) and link._failure is None


def rpc_error(request: bytes, message: str) -> str:
    """A JSON-RPC answer that says why there is no result."""
    with suppress(ValueError):
        identifier = json.loads(request).get("id")
        return json.dumps(
            {
                "jsonrpc": "2.0",
                "id": identifier,
                "error": {"code": -32603, "message": "Internal error", "data": message},
            }
        )
    return json.dumps({"jsonrpc": "2.0", "id": None, "error": {"code": -32700, "message": "Parse error"}})


def _unprivileged(link: Any) -> bool:
    return bool((link.get_prompt() or b"").rstrip().endswith(b">"))


def _question(prompt: Any, answer: Any, newline: bool, every: bool, once: bool) -> Question | None:
    if not prompt:
        return None
    prompts, answers = _list(prompt), _list(answer)
    if every and len(prompts) != len(answers):
        raise AnsibleConnectionFailure(
            f"Number of prompts ({len(prompts)}) is not same as that of answers ({len(answers)})"
        )
    try:
        patterns = [re.compile(_text(entry).encode(), re.IGNORECASE) for entry in prompts]
    except re.error as exc:
        raise AnsibleConnectionFailure(f"prompt: {prompt} is no regular expression: {exc}") from None
    return Question(patterns, [_text(entry) for entry in answers] or [""], newline, every, once)


def _compiled(option: str, entry: Mapping[str, Any]) -> re.Pattern[bytes]:
    if "pattern" not in entry:
        raise AnsibleConnectionFailure(
            f"'pattern' is a required key for option '{option}', received option value is {entry}"
        )
    flag = str(entry.get("flags") or "").rpartition(".")[2]
    return re.compile(str(entry["pattern"]).encode(), getattr(re, flag) if flag else 0)


def _list(value: Any) -> Sequence[Any]:
    return [] if value is None else value if isinstance(value, list) else [value]


def _text(value: Any) -> str:
    return value.decode("utf-8", "surrogateescape") if isinstance(value, bytes) else str(value)


def _only_read(talk: Dialogue) -> bool:
    return all(READ_ONLY.match(line) for line in talk.sent if line.strip())


def _words(error: HoldfastError, talk: Dialogue, timeout: float) -> str:
    if isinstance(error, CommandTimeout):
        return TIMEOUT.format(f"{timeout:g}")
    if isinstance(error, SessionLost) and not _only_read(talk):
        return f"{error.message}; whether the device ran it is not known, it was not sent again"
    return error.message
