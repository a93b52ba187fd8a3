# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Part of the section ``rival``: how soon a command works again after what broke NetPulse."""

from __future__ import annotations

import os
import signal
import time
from typing import Any

from ansible_collections.holdfast.network.plugins.plugin_utils.broker.errors import (
    AuthenticationFailed,
    BrokerUnavailable,
    HoldfastError,
    OutcomeUnknown,
)
from ansible_collections.holdfast.network.plugins.plugin_utils.requester import Requester

from tests.bench.figures import Target
from tests.bench.place import Place
from tests.bench.runs import COMMAND, BenchError
from tests.lab.emulated import EmulatedLab, LabDevice

WRITE = "clear counters"  # changes something, so it is never sent twice
AT_ONCE = 1.0  # seconds in which a dropped connection must be noticed; a login of the emulated device included


def expect(held: bool, words: str) -> None:
    """Raises BenchError."""
    if not held:
        raise BenchError(words)


def timed(place: Place, lab: EmulatedLab, device: LabDevice) -> dict[str, Any]:
    """Seconds of the next command on this device, and the logins that it took."""
    before = lab.counters(device.name)["logins"]
    start = time.perf_counter()
    expect("IOS" in place.ask(lab, device), f"{device.name}: no answer to {COMMAND!r}")
    return {"seconds": time.perf_counter() - start, "logins": lab.counters(device.name)["logins"] - before}


def measure(place: Place, lab: EmulatedLab) -> dict[str, Any]:
    """Each on a device of its own whose session is open; the broker is killed last."""
    first, second, third = list(lab.devices.values())[:3]
    return {
        "idle_drop": _idle_drop(place, lab, first),
        "drop": _drop(place, lab, first),
        "drop_write": _drop_write(place, lab, second),
        "password": _password(place, lab, third),
        "job": _failed_job(place, lab, third),
        "killed": _killed(place, lab, first),
    }


def _idle_drop(place: Place, lab: EmulatedLab, device: LabDevice) -> dict[str, Any]:
    """The device closes an idle session."""
    lab.reset(device.name)
    expect(lab.wait(lambda: not lab.counters(device.name)["open_sessions"]), "the idle session was not closed")
    return timed(place, lab, device)


def _drop(place: Place, lab: EmulatedLab, device: LabDevice) -> dict[str, Any]:
    """The connection is reset in the middle of a command that only reads: it is repeated on a fresh session."""
    lab.fault(device.name, "drop", command=COMMAND, count=1, how="reset", when="half")
    return timed(place, lab, device)


def _drop_write(place: Place, lab: EmulatedLab, device: LabDevice) -> dict[str, Any]:
    """The same with one that changes something: the caller is told, and nothing is sent twice."""
    lab.fault(device.name, "drop", command=WRITE, count=1, how="reset", when="half")
    lab.reset_counters(device.name)
    requester = place.requester(lab, device)
    spent = _refused(requester, WRITE, OutcomeUnknown)
    sent = [line for _session, line, _when in lab.counters(device.name)["log"] if line == WRITE]
    return {"seconds": spent, "sent": len(sent)}


def _refused(requester: Requester, line: str, error: type[HoldfastError]) -> float:
    """Seconds until this error came. Raises BenchError when none did."""
    start = time.perf_counter()
    try:
        requester.call("run", {"commands": [line]})
    except error:
        return time.perf_counter() - start
    finally:
        requester.close()
    raise BenchError(f"{line!r} was done, though it should have failed with {error.__name__}")


def _password(place: Place, lab: EmulatedLab, device: LabDevice) -> dict[str, Any]:
    """A wrong password beside a good session."""
    timed(place, lab, device)
    requester = place.requester(lab, device, password="wrong")
    refused = _refused(requester, COMMAND, AuthenticationFailed)
    return {**timed(place, lab, device), "refused": refused}


def _failed_job(place: Place, lab: EmulatedLab, device: LabDevice) -> dict[str, Any]:
    """The state of a job whose login is refused, and what its error is called."""
    requester = place.requester(lab, device, password="wrong too")
    made = requester.call("job.start", {"command": "run", "params": {"commands": [COMMAND]}})["job"]
    job = requester.call("job.info", {"id": made["id"], "wait": 20})["job"]
    requester.close()
    return {"state": job["state"], "code": (job.get("error") or {}).get("code")}


def _killed(place: Place, lab: EmulatedLab, device: LabDevice) -> dict[str, Any]:
    pid = place.broker_pid()
    os.kill(pid, signal.SIGKILL)
    start = time.perf_counter()
    try:
        found = timed(place, lab, device)
    except (BrokerUnavailable, HoldfastError) as error:
        raise BenchError(f"no command after the broker was killed: {error}") from error
    expect(place.broker_pid() not in (0, pid), "the broker was not started again")
    return {**found, "seconds": time.perf_counter() - start}


def targets(faults: dict[str, Any]) -> list[Target]:
    idle, drop, write = faults["idle_drop"], faults["drop"], faults["drop_write"]
    password, job = faults["password"], faults["job"]
    within = f"within {AT_ONCE:g} s"
    return [
        Target(
            f"an idle session that was dropped: the next command works {within}",
            f"{idle['seconds']:.2f} s",
            idle["seconds"] <= AT_ONCE,
        ),
        Target(
            f"a connection dropped in flight: a read is answered {within}",
            f"{drop['seconds']:.2f} s",
            drop["seconds"] <= AT_ONCE,
        ),
        Target(
            f"the same for a write: told {within}, sent once",
            f"{write['seconds'] * 1000:.0f} ms, sent {write['sent']} times",
            write["seconds"] <= AT_ONCE and write["sent"] == 1,
            always=True,
        ),
        Target(
            "a wrong password harms no session",
            f"{password['logins']} logins by the next command",
            password["logins"] == 0,
            always=True,
        ),
        Target(
            "a job whose login fails is shown as failed",
            f"{job['state']}, {job['code']}",
            job["state"] == "failed",
            always=True,
        ),
    ]


def rows(faults: dict[str, Any]) -> list[tuple[str, str, str]]:
    def again(row: dict[str, Any]) -> str:
        return f"{row['seconds'] * 1000:.0f} ms, {row['logins']} login"

    write = faults["drop_write"]
    kept = "good session kept" if faults["password"]["logins"] == 0 else "**good session lost**"
    return [
        (
            "its process is killed: next command works after",
            again(faults["killed"]),
            "6 minutes for that device (its worker)",
        ),
        ("an idle session is dropped: next command works after", again(faults["idle_drop"]), "51 s"),
        ("the connection drops in flight: a read is answered after", again(faults["drop"]), "noticed after 30 s"),
        (
            "the same, a command that is not repeated: told after",
            f"{write['seconds'] * 1000:.0f} ms",
            "noticed after 30 s",
        ),
        (
            "a wrong password",
            f"refused after {faults['password']['refused'] * 1000:.0f} ms, {kept}",
            "tears down the good session",
        ),
        ("a failed login shows as", f"{faults['job']['state']} ({faults['job']['code']})", "finished"),
        ("passwords", "in memory only", "can be read in its Redis"),
    ]
