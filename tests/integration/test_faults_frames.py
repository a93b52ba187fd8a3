# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Ten thousand frames and thousands of requests that nobody should send: the broker answers or hangs up, and stays."""

from __future__ import annotations

import json
import random
import re
import time
from typing import Any

from ansible_collections.holdfast.network.plugins.plugin_utils.broker import wire
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.frames import frame, raw
from tests.integration.callers import REPO, Callers, resources

EXPECTED = {"protocol", "version_mismatch", "bad_input"}
HELLO = wire.encode({"id": 1, "command": "hello", "params": {}})


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
JSON = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner))
OBJECTS = st.fixed_dictionaries({"id": JSON, "command": JSON, "params": JSON}).map(
    lambda value: frame(json.dumps(value).encode())
)
FLIPPED = st.lists(st.tuples(st.integers(0, len(HELLO) - 1), st.integers(0, 255)), min_size=1, max_size=4).map(
    lambda changes: bytes(dict(changes).get(at, byte) for at, byte in enumerate(HELLO))
)
CUT = st.integers(1, len(HELLO) - 1).map(lambda at: HELLO[:at])
LYING = st.tuples(st.integers(0, 2**32 - 1), st.binary(max_size=40)).map(
    lambda lie: wire.HEADER.pack(wire.MAGIC, wire.VERSION, lie[0]) + lie[1]
)
FRAMES = st.one_of(
    *(st.binary(min_size=1, max_size=100), st.binary(max_size=100).map(frame)),
    *(JSON.map(lambda value: frame(json.dumps(value).encode())), OBJECTS, FLIPPED, CUT, LYING),
)


def settled(callers: Callers, pid: int) -> dict[str, int]:
    assert callers.lab.wait(lambda: len(callers.status()["sessions"]) == 1)
    time.sleep(0.3)
    return resources(pid)


def test_ten_thousand_malformed_frames(callers: Callers) -> None:
    callers.run("r1")
    pid = callers.controller.broker_pid()
    (path,) = callers.controller.runtime.glob("*.sock")
    sent = 0

    @settings(
        max_examples=20, deadline=None, database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
    )  # fmt: skip
    @given(st.lists(FRAMES, min_size=10, max_size=10), st.randoms(use_true_random=False))
    def fuzz(frames: list[bytes], chance: random.Random) -> None:
        nonlocal sent
        for _unused in range(25):  # in any order, one to seven of them on a connection
            some = chance.sample(frames, chance.randint(1, 7))
            for answer in raw(path, b"".join(some)):
                assert "result" in answer or answer["error"]["code"] in EXPECTED, answer
            sent += len(some)

    fuzz()
    warm, first = settled(callers, pid), sent
    while sent < 10_000:
        fuzz()
    end = settled(callers, pid)
    print(f"{sent} frames: {warm} after {first}, {end} at the end")
    assert end["descriptors"] == warm["descriptors"] and end["threads"] <= warm["threads"] + 2
    assert end["rss"] - warm["rss"] < 4096, "memory grows"
    assert callers.controller.broker_pid() == pid and callers.run("r1").code == "ok"
    log = (callers.controller.state / "broker.log").read_text().splitlines()
    said = [line for line in log if "closing a client" not in line and "middle of a header" not in line]
    assert callers.logins("r1") == 1, "\n".join(said)


def commands() -> list[str]:
    """Every command of docs/protocol.md that does not end the broker."""
    table = (REPO / "docs/protocol.md").read_text().partition("## Commands")[2]
    rows = re.findall(r"^\| (`[^|]+`) \|", table, re.MULTILINE)
    names = [name for row in rows for name in re.findall(r"`([a-z_.]+)`", row)]
    return [name for name in names if name not in ("broker.drain", "broker.stop")]


def test_requests_of_any_shape_are_refused_by_name(callers: Callers) -> None:
    """Well-formed frames whose parameters are of any type: an error with a code of ours, never a defect."""
    callers.run("r1")
    pid = callers.controller.broker_pid()
    nobody = {"host": "127.0.0.1", "port": 1, "platform": "ios", "user": "u", "secrets": {"password": "p"}}
    known = [
        *("commands", "parser", "timeout", "getters", "gather_subset", "destination", "options", "source", "text"),
        *("replace", "check", "confirm_within", "comment", "label", "change", "wanted", "owner", "queue_timeout"),
        *("priority", "id", "command", "params", "wait", "offset", "all", "now", "handle", "targets", "requests"),
    ]
    chance = random.Random(20261121)
    odd = [None, True, -1, 0, 1e308, "", "x", "\x00", "../../etc", [], [[]], [None], {}, {"command": {}}, {"": 1}]
    defects: dict[str, Any] = {}
    codes = set()
    with callers.client() as client:
        for name in commands():
            for number in range(60):
                params: dict[str, Any] = {key: chance.choice(odd) for key in chance.sample(known, 4)}
                params.setdefault("queue_timeout", 0.2)
                target: dict[str, Any] = {**nobody, "connect_timeout": 0.2, "command_timeout": 0.2}
                if number % 2:
                    target[chance.choice(list(target))] = chance.choice(odd)
                if "handle" not in params:
                    params["target"] = target
                try:
                    client.call(name, params, timeout=10)
                except Exception as exc:  # noqa: BLE001  any of them is looked at
                    code = getattr(exc, "code", type(exc).__name__)
                    codes.add(code)
                    if code in ("internal", "TimeoutError", "broker_lost", "protocol", "command_timeout"):
                        defects.setdefault(name, (str(exc), params))
    assert defects == {}
    assert {"bad_input", "unreachable"} <= codes
    assert callers.controller.broker_pid() == pid and callers.run("r1").code == "ok"
