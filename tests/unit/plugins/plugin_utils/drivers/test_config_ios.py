# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Configuration of IOS: what is sent, in which order, and what every answer leads to."""

from __future__ import annotations

import pytest
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.errors import (
    CommandFailed,
    ConfigRejected,
    RollbackFailed,
)
from ansible_collections.holdfast.network.plugins.plugin_utils.drivers.base import Candidate, ConfigSession
from ansible_collections.holdfast.network.plugins.plugin_utils.drivers.config_ios import IosConfig

from .scripted import Scripted

TOKEN = "0123456789ab"
FILE = f"flash:holdfast-{TOKEN}.cfg"
HEAD = "Building configuration...\n\nCurrent configuration : 99 bytes\n"
RUNNING = HEAD + "!\nhostname r1\ninterface Loopback0\n shutdown\nend\n"
COPY = {rf"^dir {FILE}": f"Directory of flash:/\n  1 -rw- 99 holdfast-{TOKEN}.cfg\n"}
NO_COPY = {rf"^dir {FILE}": f"%Error opening {FILE} (No such file or directory)"}
DONE = {r"^configure replace": "Total number of passes: 1\nRollback Done\n"}
BASE = {r"^show (running|startup)-config$": RUNNING, r"section \^archive": "archive\n path flash:archive\n"}
REFUSED = {r"nonsense": "   ^\n% Invalid input detected at '^' marker."}


def made(*answers: dict[str, str], platform: str = "cisco_ios") -> tuple[IosConfig, Scripted]:
    merged = dict(BASE)
    for some in answers:
        merged |= some
    cli = Scripted(platform, merged)
    return IosConfig(cli), cli


def test_read_is_clean() -> None:
    config, _unused = made()
    assert isinstance(config, ConfigSession)
    assert config.read() == config.read("startup") == "!\nhostname r1\ninterface Loopback0\n shutdown\nend\n"


def test_a_commit_sends_the_staged_lines_once() -> None:
    config, cli = made()
    assert config.stage(TOKEN, Candidate("interface Loopback0\n description x\n!\n")) == (
        " interface Loopback0\n+ description x\n"
    )
    cli.sent.clear()
    config.commit(TOKEN, None)
    assert cli.sent == ["configure terminal", "interface Loopback0", " description x", "end"]
    assert config.native_timer is False
    with pytest.raises(KeyError):
        config.commit(TOKEN, None)


@pytest.mark.parametrize(("seconds", "minutes"), [(1, 1), (60, 1), (61, 2), (303.0, 6)])
def test_the_devices_timer_is_armed_in_whole_minutes_never_too_few(seconds: float, minutes: int) -> None:
    config, cli = made()
    config.stage(TOKEN, Candidate("hostname r9\n"))
    config.commit(TOKEN, seconds)
    assert f"configure terminal revert timer {minutes}" in cli.sent and config.native_timer is True
    config.confirm(TOKEN)
    assert "configure confirm" in cli.sent and f"delete /force {FILE}" in cli.sent and config.native_timer is False


def test_without_an_archive_there_is_no_timer() -> None:
    config, cli = made({r"section \^archive": ""})
    config.stage(TOKEN, Candidate("hostname r9\n"))
    config.commit(TOKEN, 60)
    assert "configure terminal" in cli.sent and config.native_timer is False


def test_a_refused_line_is_answered_by_going_back() -> None:
    config, cli = made(COPY, DONE, REFUSED)
    config.stage(TOKEN, Candidate("hostname r9\nnonsense 1\nntp server 1.1.1.1\n"))
    with pytest.raises(ConfigRejected, match="refused 'nonsense 1': % Invalid input") as caught:
        config.commit(TOKEN, None)
    assert caught.value.detail["line"] == "nonsense 1" and "ntp server 1.1.1.1" not in cli.sent
    after = cli.sent[cli.sent.index("end") + 1 :]
    assert after[:2] == [f"dir {FILE}", f"configure replace {FILE} force"] and after[-1] == f"delete /force {FILE}"


def test_checkpoint_that_cannot_be_kept_is_an_error() -> None:
    config, _unused = made({r"^copy ": "%Error opening flash:x (No space left on device)"})
    with pytest.raises(CommandFailed, match="%Error opening"):
        config.checkpoint(TOKEN)


def test_restore_uses_the_devices_copy() -> None:
    config, cli = made(COPY, DONE)
    config.restore(TOKEN, "hostname r1\n")
    assert f"configure replace {FILE} force" in cli.sent and "configure terminal" not in cli.sent
    assert cli.sent[-2:] == ["configure confirm", f"delete /force {FILE}"]


@pytest.mark.parametrize("words", ["The rollback configlet from the last pass is listed below", "%Rollback failed", ""])
def test_a_replace_that_failed_is_not_believed(words: str) -> None:
    config, _unused = made(COPY, {r"^configure replace": words})
    with pytest.raises(RollbackFailed, match="configure replace failed"):
        config.restore(TOKEN, "hostname r1\n")


def test_without_a_copy_the_way_back_is_computed() -> None:
    config, cli = made(NO_COPY)
    config.restore(TOKEN, "!\nhostname r7\ninterface Loopback0\n description old\nend\n")
    sent = [line.strip() for line in cli.sent]
    assert {"configure terminal", "hostname r7", "description old", "no shutdown"} <= set(sent)
    assert not any(line.startswith("configure replace") for line in sent)


def test_a_line_refused_on_the_way_back_is_a_failed_rollback() -> None:
    config, _unused = made(NO_COPY, REFUSED)
    with pytest.raises(RollbackFailed, match="refused 'ntp server nonsense' while going back"):
        config.restore(TOKEN, "!\nhostname r1\nntp server nonsense\ninterface Loopback0\n shutdown\nend\n")


def test_replacing_is_predicted_and_sent_as_remediation() -> None:
    config, cli = made()
    diff = config.stage(TOKEN, Candidate("hostname r9\ninterface Loopback0\n shutdown\n", replace=True))
    assert diff == "-hostname r1\n+hostname r9\n" or set(diff.splitlines()) == {"-hostname r1", "+hostname r9"}
    config.commit(TOKEN, None)
    assert "hostname r9" in cli.sent and "interface Loopback0" not in cli.sent


def test_discard_forgets_and_save_saves() -> None:
    config, cli = made()
    config.stage(TOKEN, Candidate("hostname r9\n"))
    config.discard(TOKEN)
    config.save()
    assert cli.sent[-2:] == [f"delete /force {FILE}", "write memory"]
    with pytest.raises(KeyError):
        config.commit(TOKEN, None)
