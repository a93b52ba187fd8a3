# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is refused before anything reaches a router, and how the answers of its scripts are read."""

from __future__ import annotations

import pytest
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.errors import BadInput, CommandFailed, Unsupported
from ansible_collections.holdfast.network.plugins.plugin_utils.drivers.config_frr import FrrConfig
from ansible_collections.holdfast.network.plugins.plugin_utils.drivers.frr_box import Box
from ansible_collections.holdfast.network.plugins.plugin_utils.drivers.vtysh import ExecResult


class Scripted:
    """A session whose shell answers with one result, and which remembers what it was given."""

    def __init__(self, result: ExecResult) -> None:
        self.result = result
        self.commands: list[str] = []

    def send(self, command: str, timeout: float | None = None) -> str:
        return self.result.stdout

    def exec(self, command: str, stdin: str | None = None, timeout: float = 60.0) -> ExecResult:
        self.commands.append(command)
        return self.result


FINE = ExecResult("", "", 0)


@pytest.mark.parametrize("token", ["", "short", "UPPERCASE", "a/../../etc1", "a" * 17, "abcd 1234"])
def test_a_token_cannot_lead_out_of_the_directory(token: str) -> None:
    session = Scripted(FINE)
    with pytest.raises(BadInput, match="8 to 16"):
        Box(session, {}).discard(token)
    assert session.commands == []


def test_a_relative_directory_is_refused() -> None:
    with pytest.raises(BadInput, match="absolute"):
        Box(Scripted(FINE), {"frr_directory": "changes"})


def test_a_blank_reload_command_is_refused() -> None:
    with pytest.raises(BadInput, match="holdfast_frr_reload"):
        Box(Scripted(FINE), {"frr_reload": "  "})


@pytest.mark.parametrize("word", ["-N", "--pathspace"])
def test_a_path_space_reaches_vtysh_and_frr_reload(word: str) -> None:
    session = Scripted(FINE)
    Box(session, {"frr_reload": f"sudo /opt/frr-reload.py {word} core"}).discard("abcd1234")
    assert "sudo /opt/frr-reload.py --vty_socket /var/run/frr/core --test" in session.commands[0]
    assert "vtysh -N core" in session.commands[0]
    assert "/etc/frr/core/vtysh.conf" in session.commands[0]


def test_a_login_without_a_shell_is_named() -> None:
    session = Scripted(ExecResult("% Unknown command: sh -c ...", "", 1))
    with pytest.raises(Unsupported, match="only has vtysh"):
        FrrConfig(session).checkpoint("abcd1234")


def test_a_failing_script_is_named_with_its_words() -> None:
    session = Scripted(ExecResult("", "/tmp/holdfast-abcd1234 cannot be made or is not ours\n", 90))
    with pytest.raises(CommandFailed, match="is not ours"):
        FrrConfig(session).checkpoint("abcd1234")


def test_save_must_be_acknowledged() -> None:
    with pytest.raises(CommandFailed, match="did not save"):
        FrrConfig(Scripted(ExecResult("% Can't open backup file", "", 0))).save()
