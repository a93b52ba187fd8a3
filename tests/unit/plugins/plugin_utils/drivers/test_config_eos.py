# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Configuration of EOS by sessions: what is sent, and what every answer leads to."""

from __future__ import annotations

import pytest
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.errors import (
    ChangeExpired,
    CommandFailed,
    ConfigRejected,
    RollbackFailed,
)
from ansible_collections.holdfast.network.plugins.plugin_utils.drivers.base import Candidate, ConfigSession
from ansible_collections.holdfast.network.plugins.plugin_utils.drivers.config_eos import EosConfig

from .scripted import Scripted

TOKEN = "0123456789ab"
NAME = f"holdfast-{TOKEN}"
DIFF = (
    "--- system:/running-config\n+++ session:/holdfast-0123456789ab-session-config\n"
    "@@ -1,3 +1,4 @@\n interface Loopback0\n+   description x\n"
)
RUNNING = "! Command: show running-config\n! device: r1 (vEOS, EOS-4.30)\n!\nhostname r1\nend\n"


def sessions(state: str | None) -> str:
    head = (
        "Maximum number of completed sessions: 1\n\n  Name      State       User    Terminal\n  ----- ------ ---- ---\n"
    )
    return head + ("" if state is None else f"  {NAME}  {state}  admin  vty3\n") + "  other pending admin vty4\n"


def made(**answers: str) -> tuple[EosConfig, Scripted]:
    patterns = {
        "diff": r"^show session-config named \S+ diffs", "state": r"^show configuration sessions", "commit": r"commit",
        "running": r"^show running-config", "nonsense": "nonsense", "enter": r"^configure session \S+$",
    }  # fmt: skip
    given = {"diff": DIFF, "state": sessions(None), "running": RUNNING, "nonsense": "% Invalid input", **answers}
    cli = Scripted("arista_eos", {patterns[key]: value for key, value in given.items()})
    return EosConfig(cli), cli


def test_stage_loads_a_session_and_shows_its_difference() -> None:
    config, cli = made()
    assert isinstance(config, ConfigSession) and config.native_diff and config.native_timer
    assert config.stage(TOKEN, Candidate("interface Loopback0\n description x\n")) == (
        " interface Loopback0\n+   description x\n"
    )
    assert cli.sent == [
        *(f"configure session {NAME}", "interface Loopback0", " description x", "end"),
        f"show session-config named {NAME} diffs",
    ]


@pytest.mark.parametrize(
    "output", ["", "\n", "--- system:/running-config\n+++ session:/x\n", "@@ -1 +1 @@\n context only\n"]
)
def test_no_difference_is_empty(output: str) -> None:
    assert made(diff=output)[0].stage(TOKEN, Candidate("hostname r1\n")) == ""


def test_replacing_starts_from_a_clean_session() -> None:
    config, cli = made()
    config.stage(TOKEN, Candidate("hostname r9\n", replace=True))
    assert cli.sent[1:3] == ["rollback clean-config", "hostname r9"]


def test_a_refused_line_leaves_no_session() -> None:
    config, cli = made()
    with pytest.raises(ConfigRejected, match="refused 'nonsense 1': % Invalid input; nothing of the change") as caught:
        config.stage(TOKEN, Candidate("hostname r9\nnonsense 1\nntp server 1.1.1.1\n"))
    assert caught.value.detail["line"] == "nonsense 1" and "ntp server 1.1.1.1" not in cli.sent
    assert cli.sent[-1] == f"configure session {NAME} abort"


@pytest.mark.parametrize(
    ("seconds", "clock"),
    [(1, "00:00:01"), (0.2, "00:00:01"), (59.5, "00:01:00"), (123, "00:02:03"), (3725, "01:02:05")],
)
def test_the_timer_is_the_switchs_own(seconds: float, clock: str) -> None:
    config, cli = made()
    config.commit(TOKEN, seconds)
    assert cli.sent == [f"configure session {NAME} commit timer {clock}"]


def test_a_refused_commit_leaves_no_session() -> None:
    config, cli = made(commit="% Error: could not commit")
    with pytest.raises(ConfigRejected, match="refused the commit"):
        config.commit(TOKEN, None)
    assert cli.sent[-1] == f"configure session {NAME} abort"


def test_confirm_commits_what_is_pending() -> None:
    config, cli = made(state=sessions("pendingCommitTimer"))
    config.confirm(TOKEN)
    assert cli.sent[-1] == f"configure session {NAME} commit"


def test_confirm_of_a_plain_commit_does_nothing() -> None:
    config, cli = made(state=sessions("completed"))
    config.confirm(TOKEN)
    assert cli.sent == ["show configuration sessions"]


def test_confirm_after_the_switch_went_back() -> None:
    with pytest.raises(ChangeExpired, match="had already undone"):
        made()[0].confirm(TOKEN)


def test_restore_while_the_timer_runs_is_an_abort() -> None:
    config, cli = made(state=sessions("pendingCommitTimer"))
    config.restore(TOKEN, config.read())
    assert f"configure session {NAME} abort" in cli.sent
    assert not any(line == f"configure session {NAME}-undo" for line in cli.sent)


def test_restore_afterwards_replaces_the_configuration() -> None:
    config, cli = made(state=sessions("completed"))
    config.restore(TOKEN, "!\nhostname r7\nend\n")
    assert cli.sent[-5:] == [
        *(f"configure session {NAME}-undo", "rollback clean-config", "hostname r7", "end"),
        f"configure session {NAME}-undo commit",
    ]


def test_restore_that_is_refused_is_a_failed_rollback() -> None:
    with pytest.raises(RollbackFailed, match="refused 'nonsense'"):
        made(state=sessions("completed"))[0].restore(TOKEN, "nonsense\n")
    with pytest.raises(RollbackFailed, match="refused"):
        made(state=sessions("completed"), commit="% Error: no")[0].restore(TOKEN, "hostname r7\n")


def test_a_session_whose_name_only_begins_alike_is_another() -> None:
    config, _unused = made(state=sessions(None) + f"  {NAME}-undo pendingCommitTimer admin\n")
    with pytest.raises(ChangeExpired):
        config.confirm(TOKEN)


def test_discard_and_save() -> None:
    config, cli = made()
    config.checkpoint(TOKEN)
    config.discard(TOKEN)
    config.save()
    assert cli.sent == [f"configure session {NAME} abort", "copy running-config startup-config"]
    broken, _unused = made()
    broken._cli.answers["copy"] = "% Error: disk full"  # type: ignore[attr-defined]
    with pytest.raises(CommandFailed, match="disk full"):
        broken.save()
