# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Netmiko that wakes when data arrives, instead of sleeping and looking.

Stock netmiko polls: 46 ms in find_prompt, 10 ms steps in read_until_pattern, seconds in its timed reads.
Here the channel's socket is waited on. A mixin goes in front of netmiko's own class for the platform, so its
knowledge of prompts and modes stays in use; only reading, and the plain send_command, are ours.
"""

from __future__ import annotations

import codecs
import functools
import re
import time
from collections.abc import Callable
from typing import Any

from .exchange import CUT, TAIL, Exchange

try:
    from netmiko.base_connection import BaseConnection
    from netmiko.channel import SSHChannel
    from netmiko.exceptions import ReadException, ReadTimeout
except ImportError:  # login.py says that netmiko is missing before it makes a session
    BaseConnection = SSHChannel = object  # type: ignore[assignment,misc]

RECV_BYTES = 256 * 1024
QUIET = 0.15  # seconds of silence that end a timed read


class EventChannel(SSHChannel):
    """An SSH channel that can be waited on."""

    def __init__(self, conn: Any, encoding: str) -> None:
        super().__init__(conn=conn, encoding=encoding)
        # Incremental: a character of several bytes may come in two pieces.
        self._decoder = codecs.getincrementaldecoder(encoding)("ignore")

    @property
    def ready(self) -> bool:
        return self.remote_conn is not None and self.remote_conn.recv_ready()

    def wait(self, timeout: float) -> str:
        """The next bytes, or ``""`` after ``timeout`` seconds. Raises ReadException when the device has gone."""
        if self.remote_conn is None:
            raise ReadException("the channel is closed")
        self.remote_conn.settimeout(max(0.001, timeout))
        try:
            data = self.remote_conn.recv(RECV_BYTES)
        except TimeoutError:
            return ""
        if not data:
            raise ReadException("Channel stream closed by remote device.")
        return self._decoder.decode(data)


class EventDriven(BaseConnection):
    """Mixin before a netmiko class. Not thread-safe: the session's turn keeps threads apart."""

    _held = ""  # raw text that may be half of a line break or an escape sequence
    prompt_re: re.Pattern[str] | None = None
    _overtaken: re.Pattern[str] | None = None
    on_output: Callable[[str], None] | None = None  # sees each piece of an exchange as it comes
    last_prompt = ""  # as it stood at the end of the last exchange: tells the mode
    raised = False  # the login needed the enable secret to be privileged

    def adopt(self, ssh: Any, shell: Any = None) -> None:
        """Take a client that has logged in already, and reach the prompt on it (or on a ``shell`` that it has)."""
        self._modify_connection_params()
        self.remote_conn_pre = ssh
        shell = self.remote_conn = shell or ssh.invoke_shell(term="vt100", width=511, height=1000)
        self.channel = EventChannel(conn=shell, encoding=self.encoding)
        self.special_login_handler()
        self._try_session_preparation()

    def disconnect(self) -> None:
        """Just close: netmiko's own sends commands to a device that may be gone."""
        self.paramiko_cleanup()

    def _try_session_preparation(self, force_data: bool = True) -> None:
        if force_data:  # netmiko wants a prompt to be under way, and sleeps 0.1 s for it
            self.write_channel(self.RETURN)
        super()._try_session_preparation(force_data=False)

    # -- reading -------------------------------------------------------------------------------

    def pump(self, timeout: float) -> str:
        """What comes within ``timeout`` seconds, as soon as it comes, with line breaks made ``\\n``."""
        buffered, self._read_buffer = self._read_buffer, ""
        if buffered:
            return str(buffered)
        if not isinstance(self.channel, EventChannel):
            raise ReadException("there is no session yet: adopt() gives one")
        raw = self._held + self.channel.wait(timeout)
        self._held = ""
        escape = raw.rfind("\x1b", -12)
        if raw.endswith("\r") or (escape >= 0 and not re.search(r"[A-Za-z]", raw[escape + 2 :])):
            cut = escape if escape >= 0 else len(raw) - 1
            raw, self._held = raw[:cut], raw[cut:]
        text: str = self.normalize_linefeeds(raw) if raw else ""
        if self.ansi_escape_codes and text:
            text = self.strip_ansi_escape_codes(text)
        return text

    def read_until_pattern(
        self, pattern: str = "", read_timeout: float = 10.0, re_flags: int = 0, max_loops: int | None = None
    ) -> str:
        """Netmiko's contract: text up to and including the match; what follows is kept. ReadTimeout otherwise."""
        compiled = re.compile(pattern, re_flags)
        read_timeout = self.read_timeout_override or read_timeout
        deadline = time.monotonic() + read_timeout if read_timeout else float("inf")
        done: list[str] = []  # text so long ago that no pattern is looked for in it
        window = ""
        while True:
            window += self.pump(min(5.0, max(0.0, deadline - time.monotonic())))
            match = compiled.search(window)
            if match:
                self._read_buffer = window[match.end() :]
                return "".join(done) + window[: match.end()]
            if time.monotonic() >= deadline:
                raise ReadTimeout(f"pattern {pattern!r} not seen within {read_timeout:g} s")
            if len(window) > 8 * TAIL:
                done.append(window[:-TAIL])
                window = window[-TAIL:]

    def read_channel_timing(
        self, last_read: float = 2.0, read_timeout: float = 120.0, delay_factor: Any = None, max_loops: Any = None
    ) -> str:
        """Until the device is quiet. The first bytes may take ``last_read`` seconds, or what is left of 10."""
        output = self.pump(min(read_timeout or 10.0, 10.0))
        deadline = time.monotonic() + (read_timeout or 120.0)
        while time.monotonic() < deadline:
            more = self.pump(min(last_read, QUIET))
            if not more:
                return output
            output += more
        raise ReadTimeout(f"the device was still sending after {read_timeout:g} s")

    def clear_buffer(self, backoff: bool = True, backoff_max: float = 3.0, delay_factor: float | None = None) -> str:
        """Drop what is there already; no waiting for what may come."""
        dropped, self._read_buffer = self._read_buffer, ""
        while isinstance(self.channel, EventChannel) and self.channel.ready:
            dropped += self.pump(0.001)
        return str(dropped)

    # -- prompts -------------------------------------------------------------------------------

    def find_prompt(self, delay_factor: float = 1.0, pattern: str | None = None) -> str:
        """Ask for the prompt with an empty line; it is the last line once the device is quiet."""
        prompt = self._shown_prompt(pattern)
        if re.search(r"[>#$%]\s", prompt[:-1]):
            # A shell that started only now has answered several empty lines on one.
            prompt = self._shown_prompt(pattern)
        return prompt

    def _shown_prompt(self, pattern: str | None) -> str:
        self.clear_buffer()
        self.write_channel(self.RETURN)
        seen = self.read_until_pattern(rf"(?:{pattern or '[>#$%]'})\s*\Z", read_timeout=10.0)
        while more := self.pump(0.05):  # answers to earlier empty lines
            seen += more
        lines = [line.strip() for line in seen.splitlines() if line.strip()]
        if not lines:
            raise ValueError(f"Unable to find prompt: {seen!r}")
        return str(lines[-1])

    def set_base_prompt(self, *args: Any, **kwargs: Any) -> str:
        base = str(super().set_base_prompt(*args, **kwargs))
        self.named(base)
        return base

    def named(self, base: str) -> None:
        self.base_prompt = base
        # Netmiko's word for a prompt without a name is what ends it.
        name = "" if base in ("#", ">", "$", "%") else rf"{re.escape(base)}[\w.\-/:@~]*"
        # In a mode, a prompt grows a suffix: r1(config-if)#. Long names are cut by netmiko, so more may follow.
        prompt = rf"(?:^|\n){name}(?:\([^()\n]{{1,64}}\))*[ \t]?[>#$%]"
        self.prompt_re = re.compile(rf"{prompt}\s*\Z")
        self._overtaken = re.compile(rf"{prompt}[ \t]*\n(?:[^\n]*\n)*\Z")

    def known_prompt(self) -> re.Pattern[str]:
        if self.prompt_re is None:
            raise ValueError("the prompt is not known yet: set_base_prompt() learns it")
        return self.prompt_re

    def overtaken_prompt(self) -> re.Pattern[str]:
        """The prompt, with whole lines behind it."""
        if self._overtaken is None:
            raise ValueError("the prompt is not known yet: set_base_prompt() learns it")
        return self._overtaken

    def enable_secret_handler(self, pattern: str, output: str, re_flags: int = re.IGNORECASE) -> str:
        """One try: a device that asks again has refused. Raises ValueError, as ``enable`` does."""
        if not re.search(pattern, output, re_flags):
            return ""
        self.write_channel(self.normalize_cmd(self.secret))
        answer = self.read_until_pattern(rf"{re.escape(self.base_prompt)}.*|{pattern}", re_flags=re_flags)
        if re.search(pattern, answer, re_flags):
            raise ValueError("the device asks for the enable secret again")
        return answer

    def exchange(self, line: str, timeout: float, until: re.Pattern[str] | None = None, echo: bool = True) -> str:
        """Send a line, wait for the prompt (or ``until``); return all that came, prompt included.

        Raises netmiko's ReadTimeout and ReadException, and ValueError before the prompt is known.
        """
        self.known_prompt()
        self.clear_buffer()
        self.write_channel(line + self.RETURN)
        return Exchange(self, line, until, echo).read(timeout)

    def tidy(self, line: str, raw: str) -> str:
        """Output without the echoed command and the prompt."""
        raw = raw.replace(CUT, "")
        body = self.strip_command(line, raw) if line.strip() else raw
        tail_at = max(0, len(body) - TAIL)
        return str(body[:tail_at] + self.known_prompt().sub("", body[tail_at:])).strip("\n")

    def send_command(  # type: ignore[override]  # its other options are passed on by name
        self, command_string: str, expect_string: str | None = None, **options: Any
    ) -> Any:
        """The plain case at the pace of the device; anything special is netmiko's own."""
        special = {k for k, v in options.items() if v and k not in ("read_timeout", "strip_prompt", "strip_command")}
        if expect_string or special - {"cmd_verify", "auto_find_prompt", "normalize"} or self.prompt_re is None:
            return super().send_command(command_string, expect_string=expect_string, **options)
        return self.tidy(command_string, self.exchange(command_string, options.get("read_timeout") or 10.0))


@functools.cache
def event_driven(cls: type[Any]) -> type[Any]:
    """Netmiko's class for a platform, reading by events."""
    return type(f"EventDriven{cls.__name__}", (EventDriven, cls), {})
