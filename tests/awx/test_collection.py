# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The playbook for AWX with AWX's own collection, against a server that speaks AWX's API (``tests/lab/awx``)."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.lab.awx import AwxLab
from tests.lab.awx.data import HERE, assets

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
PLAY = ("ansible-playbook", str(HERE / "controller.yml"), "-e", "holdfast_awx_slack=true")
PLAYBOOKS = {f"playbooks/{path.name}" for path in (ROOT / "playbooks").glob("*.yml")}
SECRETS = {"NET_USER": "netops", "NET_PASSWORD": "hunter2", "HOLDFAST_SLACK_TOKEN": "xoxb-hunter2"}


def run(lab: AwxLab, *command: str, given: str = "", **env: str) -> str:
    """One of the two clients; returns what it prints."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "NET"))}
    environment |= {"ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".venv-awx"), "ANSIBLE_LOCALHOST_WARNING": "0"}
    environment |= {"ANSIBLE_NOCOLOR": "1", "PYTHONWARNINGS": "ignore", **lab.env, **env}
    arguments = [str(BIN / command[0]), *command[1:]]
    done = subprocess.run(arguments, input=given, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{done.stdout}{done.stderr}\n{lab.refusals}"
    assert not lab.refusals
    return done.stdout


def plain(value: Any) -> Any:
    """What an export says, without the order in which things were made; JSON within text is read."""
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items() if key != "inputs" or "fields" in str(item)}
    if isinstance(value, list):
        return sorted((plain(item) for item in value), key=lambda item: json.dumps(item, sort_keys=True))
    return json.loads(value) if isinstance(value, str) and value.startswith('{"') else value


def without_slack(value: Any) -> Any:
    """The channel is only made by the playbook."""
    if isinstance(value, dict):
        return {key: without_slack(item) for key, item in value.items()}
    if isinstance(value, list):
        return [without_slack(i) for i in value if not (isinstance(i, dict) and i.get("name") == "Holdfast Slack")]
    return value


@pytest.fixture(scope="module")
def lab() -> Any:
    """AWX after the playbook has run once, with secrets in its environment."""
    with AwxLab(PLAYBOOKS) as started:
        started.store.add("instances", {"hostname": "exec-1.example.com"})
        output = run(started, *PLAY, **SECRETS)
        assert "failed=0" in output and "hunter2" not in output
        yield started


def test_it_makes_what_the_import_makes(lab: AwxLab) -> None:
    made = json.loads(run(lab, "awx", "export"))
    with AwxLab(PLAYBOOKS) as other:
        run(other, "awx", "import", given=json.dumps(assets.Assets(assets.read()).everything()))
        imported = json.loads(run(other, "awx", "export"))
    assert without_slack(plain(made)) == plain(imported)


def test_secrets_are_there_and_hidden(lab: AwxLab) -> None:
    (devices,) = [row for row in lab.store.rows["credentials"].values() if row["name"] == "Network devices"]
    assert devices["inputs"] == {"username": "netops", "password": "hunter2"}
    assert lab.named("notification_templates", "Holdfast Slack")["notification_configuration"]["token"] == "$encrypted$"
    told = lab.attached("workflow_job_templates", "Holdfast guarded change", "notification_templates_success")
    assert told == ["Holdfast webhook", "Holdfast Slack"]


def test_jobs_are_bound_to_the_node_that_has_the_sessions(lab: AwxLab) -> None:
    for inventory in ("Holdfast discovered", "Holdfast NetBox", "Holdfast Nautobot"):
        assert lab.attached("inventories", inventory, "instance_groups") == ["Holdfast site 1"]
        assert lab.named("inventories", inventory)["prevent_instance_group_fallback"] is True
    group = lab.named("instance_groups", "Holdfast site 1")
    assert (group["policy_instance_list"], group["policy_instance_minimum"]) == (["exec-1.example.com"], 0)
    pods = lab.named("instance_groups", "Holdfast cluster")
    spec = ROOT / "execution-environment/kubernetes/container-group/pod-spec.yml"
    assert pods["is_container_group"] and pods["pod_spec_override"].strip() == spec.read_text().strip()


def test_a_second_run_changes_nothing_and_empties_no_secret(lab: AwxLab) -> None:
    """Without the secrets in the environment: what was filled in stays.

    The collection writes two things anew each time, whatever is there: an approval, which it compares with its node,
    and that an inventory is of no special kind. Of the first it says that it has changed.
    """
    lab.requests.clear()
    output = run(lab, *PLAY)
    assert re.findall(r"^changed: .*item=(.*)\)", output, re.MULTILINE) == ["Holdfast guarded change"]
    written = {re.sub(r"\d+/$", "", made) for made in lab.requests}
    assert written == {"PATCH /api/v2/workflow_approval_templates/", "PATCH /api/v2/inventories/"}
    (devices,) = [row for row in lab.store.rows["credentials"].values() if row["name"] == "Network devices"]
    (slack,) = [row for row in lab.store.rows["notification_templates"].values() if row["name"] == "Holdfast Slack"]
    assert devices["inputs"]["password"] == "hunter2"
    assert slack["notification_configuration"]["token"] == "xoxb-hunter2"
