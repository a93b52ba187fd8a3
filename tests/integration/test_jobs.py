# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Jobs from playbooks: started in one run, looked at and cancelled in another."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from tests.integration.conftest import Controller, LabInventory

READ = {"commands": ["show version"]}


def job(name: str, *commands: str, **terms: Any) -> dict[str, Any]:
    return {"name": name, "holdfast.network.job": {"commands": list(commands), **terms}, "register": name}


def info(name: str, of: str, **options: Any) -> dict[str, Any]:
    return {"name": name, "holdfast.network.job_info": {"id": of, "wait": 20, **options}}


@pytest.fixture
def hook() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """A receiver of webhooks that refuses the first message."""
    seen: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            seen.append({**body, "signature": self.headers["X-Holdfast-Signature"]})
            self.send_response(503 if len(seen) == 1 else 204)
            self.end_headers()

        def log_message(self, *_arguments: Any) -> None:
            """Quiet."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/", seen
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_job_outlives_its_playbook_and_tells_when_it_is_done(
    controller: Controller, calm: LabInventory, hook: tuple[str, list[dict[str, Any]]]
) -> None:
    url, seen = hook
    calm.lab.fault("r1", "delay", command="show version", count=1, seconds=1.5)
    webhook = {"url": url, "secret": "s", "result": True}
    run = controller.playbook(calm.path, [job("made", "show version", webhook=webhook, label="mine")], "r1")
    made = run.result("r1", "made")["job"]
    assert run.rc == 0 and made["state"] in ("queued", "started") and not made["ended"] and seen == []
    tasks = [info("found", made["id"]), {"name": "all", "holdfast.network.job_info": {}}]
    later = controller.playbook(calm.path, tasks, "r1")
    found = later.result("r1", "found")
    assert found["job"]["state"] == "finished" and found["job"]["run_seconds"] >= 1.4
    assert "IOSv" in found["result"]["replies"][0]["output"] and "IOSv" in found["output"]
    everything = later.result("r1", "all")
    assert [row["label"] for row in everything["jobs"]] == ["mine"] and everything["statistics"]["finished"] == 1
    delivered = {"name": "told", **info("told", made["id"], wait=0), "register": "told", "retries": 40, "delay": 0.2}
    told = controller.playbook(calm.path, [{**delivered, "until": "told.job.webhook.state == 'delivered'"}], "r1")
    assert told.result("r1", "told")["job"]["webhook"]["attempts"] == 2
    assert [message["job"]["state"] for message in seen] == ["finished"] * 2 and "IOSv" in str(seen[1]["result"])
    assert seen[1]["signature"].startswith("t=") and calm.lab.counters("r1")["logins"] == 1


def test_output_comes_while_it_runs_and_a_running_job_is_cancelled(controller: Controller, calm: LabInventory) -> None:
    calm.lab.fault("r1", "hang", command="show version", count=1, when="half")
    detached = {"name": "made", "holdfast.network.command": {**READ, "detach": True, "job": {"label": "stuck"}}}
    name = controller.playbook(calm.path, [detached], "r1").result("r1", "made")["job"]["id"]
    seen = {"name": "seen", "holdfast.network.job_info": {"id": name}, "register": "seen", "retries": 50, "delay": 0.1}
    cancel = {"name": "cancel", "holdfast.network.job_cancel": {"id": name}}
    after = {"name": "after", "holdfast.network.command": READ}
    tasks = [{**seen, "until": "'Cisco' in seen.output"}, {**cancel, "name": "would", "check_mode": True}, cancel]
    run = controller.playbook(calm.path, [*tasks, {**cancel, "name": "again"}, after], "r1")
    assert run.result("r1", "seen")["job"]["state"] == "started" and "result" not in run.result("r1", "seen")
    assert run.result("r1", "would")["changed"] and run.result("r1", "would")["job"]["state"] == "started"
    done = run.result("r1", "cancel")
    assert done["changed"] and done["job"]["state"] == "cancelled" and done["job"]["label"] == "stuck"
    assert not run.result("r1", "again")["changed"]
    assert "IOSv" in run.result("r1", "after")["stdout"][0], "what came late answered another command"
    assert calm.lab.counters("r1")["logins"] == 2
    assert calm.lab.wait(lambda: calm.lab.counters("r1")["open_sessions"] == 1), "the stuck session was not closed"


def test_a_job_that_waits_holds_no_fork_and_no_other_device(controller: Controller, calm: LabInventory) -> None:
    calm.lab.fault("r1", "delay", command="show version", count=1, seconds=4)
    tasks = [job("made", "show version"), {"name": "free", "holdfast.network.command": READ, "when": "made is success"}]
    run = controller.playbook(calm.path, tasks, "all", "--limit", "r1,r2", "-e", "holdfast_queue_timeout=1")
    assert run.result("r2", "free")["stdout"]
    assert run.result("r1", "free")["code"] == "queue_timeout"
    assert "has it" in run.result("r1", "free")["msg"]


@pytest.mark.parametrize(
    ("task", "words"),
    [
        ({"holdfast.network.job": {**READ, "queue_ttl": -1}}, "queue_ttl: -1"),
        ({"holdfast.network.job": {**READ, "webhook": {"url": "nms/hook"}}}, "webhook url: is no http"),
        ({"holdfast.network.job": {**READ, "result_tll": 3}}, "did you mean result_ttl"),
        ({"holdfast.network.command": {**READ, "detach": True, "wait_for": ["a"]}}, "wait_for: cannot be used with"),
        ({"holdfast.network.command": {**READ, "job": {"label": "a"}}}, "job: is for detach: true only"),
        ({"holdfast.network.command": {**READ, "detach": True, "job": {"lable": "a"}}}, "did you mean label"),
        ({"holdfast.network.job_info": {"id": "none"}}, "there is no job 'none'"),
        ({"holdfast.network.job_info": {"id": "none", "wait": -1}}, "wait: -1 is negative"),
        ({"holdfast.network.job_cancel": {"id": "none"}}, "there is no job 'none'"),
    ],
)
def test_bad_input(controller: Controller, calm: LabInventory, task: dict[str, Any], words: str) -> None:
    first = {"name": "first", "holdfast.network.command": READ}
    bad, queued = {"name": "bad", **task, "ignore_errors": True}, {"name": "queued", "holdfast.network.job_info": {}}
    run = controller.playbook(calm.path, [first, bad, queued], "r1")
    assert words in run.result("r1", "bad")["msg"] and run.result("r1", "bad")["outcome"] == "failed"
    assert run.result("r1", "queued")["jobs"] == []
