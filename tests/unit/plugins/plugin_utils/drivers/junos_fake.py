# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A stand-in for a Junos router: NETCONF over SSH, one candidate with its lock, confirmed commits. No vendor's claim.

It knows the requests that NAPALM and PyEZ send, so that they run for real up to the wire.
"""

from __future__ import annotations

import asyncio
import difflib
import re
import threading
import time
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import asyncssh

END = b"]]>]]>"
HELLO = """<hello xmlns="urn:ietf:params:xml:ns:netconf:base:1.0"><capabilities>
<capability>urn:ietf:params:netconf:base:1.0</capability></capabilities><session-id>7</session-id></hello>"""


class JunosFake:
    """The router; a thread of its own serves it. ``configurations[0]`` is the committed one, then the former ones."""

    def __init__(self, directory: Path, password: str) -> None:
        self.configurations = ["system {\n    host-name j1;\n}\n"]
        self.candidate = self.configurations[0]
        self.locked = False
        self.confirm_by: float | None = None
        self.minutes = 0
        self.requests: list[str] = []
        self.logins = 0
        self.known_hosts = directory / "junos_known_hosts"
        self._password = password
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def start(self) -> JunosFake:
        self._thread.start()
        key = asyncssh.generate_private_key("ssh-ed25519")
        fake = self

        class Server(asyncssh.SSHServer):
            def password_auth_supported(self) -> bool:
                return True

            def validate_password(self, username: str, password: str) -> bool:
                fake.logins += password == fake._password
                return password == fake._password

        async def listen() -> Any:
            return await asyncssh.listen(
                "127.0.0.1", 0, server_host_keys=[key], server_factory=Server, encoding=None,
                process_factory=fake._serve,
            )  # fmt: skip

        self._listener = asyncio.run_coroutine_threadsafe(listen(), self._loop).result(10)
        self.port = self._listener.get_port()
        public = key.export_public_key().decode().strip()
        self.known_hosts.write_text(f"[127.0.0.1]:{self.port} {public}\n")
        return self

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._listener.close)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    async def _serve(self, process: Any) -> None:
        if process.subsystem != "netconf":
            process.exit(1)
            return
        process.stdout.write(HELLO.encode() + END)
        received = b""
        while piece := await process.stdin.read(65536):
            received += piece
            while END in received:
                request, _sep, received = received.partition(END)
                answer = await self._answer(request.decode())
                if answer is None:
                    process.channel.get_connection().abort()
                    return
                process.stdout.write(answer.encode() + END)
        self.locked = False
        process.exit(0)

    async def _answer(self, text: str) -> str | None:
        found = re.search(r'message-id="([^"]+)"', text)
        if found is None:
            return ""
        body = ET.fromstring(text)[0]
        for element in body.iter():
            element.tag = element.tag.rpartition("}")[2]
        self.requests.append(body.tag)
        self._time_is_up()
        if body.tag == "command" and "hang" in (body.text or ""):
            await asyncio.sleep(5)
        if body.tag == "command" and "vanish" in (body.text or ""):
            return None
        inner = self._reply(body)
        return f'<rpc-reply xmlns="urn:ietf:params:xml:ns:netconf:base:1.0" message-id="{found[1]}">{inner}</rpc-reply>'

    def _reply(self, body: ET.Element) -> str:
        method = getattr(self, "_" + body.tag.replace("-", "_"), None)
        return method(body) if method else _error(f"syntax error: {body.tag}")

    def _time_is_up(self) -> None:
        if self.confirm_by is not None and time.monotonic() > self.confirm_by:
            self.confirm_by = None
            self.configurations.insert(0, self.configurations[1])

    # -- requests ------------------------------------------------------------------------------

    def _command(self, body: ET.Element) -> str:
        if "nonsense" in (body.text or ""):
            return _error("syntax error, expecting <command>")
        return f"<output>\nran {escape(body.text or '')}\n</output>"

    def _get_configuration(self, body: ET.Element) -> str:
        if body.get("compare"):
            lines = difflib.unified_diff(self.configurations[0].splitlines(), self.candidate.splitlines(), lineterm="")
            found = "\n".join(list(lines)[2:])
            return (
                "<configuration-information><configuration-output>\n"
                f"{escape(found)}\n</configuration-output></configuration-information>"
            )
        text = self.configurations[0] if body.get("database") == "committed" else self.candidate
        stamp = "## Last commit: 2026-11-21 07:00:00 UTC by admin\n"
        return f"<configuration-text>{stamp}{escape(text)}</configuration-text>"

    def _lock_configuration(self, body: ET.Element) -> str:
        if self.locked:
            return _error("configuration database locked by: someone terminal p0")
        self.locked = True
        return "<ok/>"

    def _unlock_configuration(self, body: ET.Element) -> str:
        self.locked = False
        return "<ok/>"

    def _load_configuration(self, body: ET.Element) -> str:
        if body.get("rollback") is not None:
            self.candidate = self.configurations[int(str(body.get("rollback")))]
            return "<load-configuration-results><ok/></load-configuration-results>"
        text = body.findtext("configuration-text") or body.findtext("configuration-set") or ""
        if "nonsense" in text:
            return f"<load-configuration-results>{_error('syntax error: nonsense')}</load-configuration-results>"
        self.candidate = text if body.get("action") == "override" else self.candidate + text
        return "<load-configuration-results><ok/></load-configuration-results>"

    def _commit_configuration(self, body: ET.Element) -> str:
        if "refuse" in self.candidate:
            return _error("commit failed: statement not allowed")
        if self.candidate != self.configurations[0]:
            self.configurations.insert(0, self.candidate)
        self.minutes = int(body.findtext("confirm-timeout") or 0)
        self.confirm_by = time.monotonic() + 60 * self.minutes if body.find("confirmed") is not None else None
        return "<ok/>"

    def _get_commit_revision_information(self, body: ET.Element) -> str:
        comment = f"<comment>commit confirmed, rollback in {self.minutes}mins</comment>" if self.confirm_by else ""
        return (
            '<commit-revision-information><revision>re0-1</revision><date-time seconds="1000">x</date-time>'
            f"{comment}</commit-revision-information>"
        )

    def _get_system_uptime_information(self, body: ET.Element) -> str:
        return (
            '<system-uptime-information><current-time><date-time seconds="1001">x</date-time></current-time>'
            "</system-uptime-information>"
        )


def _error(words: str) -> str:
    return (
        "<rpc-error><error-type>protocol</error-type><error-tag>operation-failed</error-tag>"
        f"<error-severity>error</error-severity><error-message>{escape(words)}</error-message></rpc-error>"
    )
