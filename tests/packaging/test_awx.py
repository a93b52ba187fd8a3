# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""AWX as code: consistent with roles and playbooks, and taken by the real command line of AWX.

The server is ``tests/lab/awx``, which knows the fields and rules of AWX's API; AWX itself cannot be installed here.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.lab.awx import AwxLab
from tests.lab.awx.data import HERE, assets
from tests.lab.awx.store import RESOURCES

ROOT = Path(__file__).resolve().parents[2]
PLAYBOOKS = {f"playbooks/{path.name}" for path in (ROOT / "playbooks").glob("*.yml")}
ROLES = {"discover": "discovery", "validate": "validation", "change": "change", "rollback": "rollback"}
#: types of questions that may stand for an option of a role of a type
FITTING = {"str": {"text", "multiplechoice"}, "path": {"text"}, "int": {"integer"}, "float": {"float", "integer"},
           "bool": {"multiplechoice"}, "list": {"text"}}  # fmt: skip


NAMES = assets.read()
EVERYTHING = assets.Assets(NAMES).everything()
TEMPLATES = {row["name"]: row for row in NAMES["controller_templates"]}
QUESTIONS = [(name, q) for name, row in TEMPLATES.items() for q in row["survey_spec"]["spec"]]


def playbook(name: str) -> Path:
    return ROOT / str(TEMPLATES[name]["playbook"])


def options(name: str) -> Mapping[str, Any]:
    """Options of the role that a template's playbook uses."""
    role = ROLES.get(playbook(name).stem)
    if role is None:
        return {}
    found = yaml.safe_load((ROOT / f"roles/{role}/meta/argument_specs.yml").read_text())
    options: Mapping[str, Any] = found["argument_specs"]["main"]["options"]
    return options


def used(name: str) -> set[str]:
    """Variables that a template's playbook has in its expressions."""
    return set(re.findall(r"\b(?:holdfast|report|discovery)_\w+", playbook(name).read_text()))


# -- consistency -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "question"), QUESTIONS, ids=lambda value: value if isinstance(value, str) else value["variable"]
)
def test_an_answer_reaches_what_it_is_for(name: str, question: dict[str, Any]) -> None:
    """It is an option of the role, a variable of the playbook, or turned into one by the template."""
    variable = question["variable"]
    if variable.startswith("ask_"):
        users = [key for key, text in TEMPLATES[name]["extra_vars"].items() if re.search(rf"\b{variable}\b", str(text))]
        assert users, f"{variable} is asked and not used"
        return
    assert question["required"], f"{variable}: an empty answer would go to the role as it is; make it ask_*"
    assert "default" in question or variable in ("change_comment",)
    if variable not in options(name):
        assert variable in used(name), f"{variable} is no variable of {playbook(name)}"
        return
    option = options(name)[variable]
    assert question["type"] in FITTING[option["type"]]
    if "choices" in option:
        assert set(question["choices"]) <= set(option["choices"])
    if "default" in option and "choices" in question:
        assert str(question["default"]).lower() == str(option["default"]).lower()


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_sets_only_variables_that_there_are(name: str) -> None:
    known = set(options(name)) | used(name) | {"holdfast_data_dir"}
    assert set(TEMPLATES[name]["extra_vars"]) <= known
    asked = set(re.findall(r"\bask_\w+", json.dumps(TEMPLATES[name]["extra_vars"])))
    assert asked <= {q["variable"] for q in TEMPLATES[name]["survey_spec"]["spec"]}
    assert TEMPLATES[name]["playbook"] in PLAYBOOKS


def test_choices_of_a_module_are_those_of_the_survey() -> None:
    (question,) = [q for _name, q in QUESTIONS if q["variable"] == "holdfast_drift_fail_on"]
    spec = yaml.safe_load(
        (ROOT / "plugins/modules/inventory_drift.py").read_text().split('DOCUMENTATION = r"""')[1].split('"""')[0]
    )
    assert set(question["choices"]) == set(spec["options"]["fail_on"]["choices"])


def test_a_workflow_asks_what_its_jobs_ask() -> None:
    for workflow in NAMES["controller_workflows"]:
        jobs = [TEMPLATES[node["unified_job_template"]["name"]] for node in workflow["workflow_nodes"]
                if node["unified_job_template"]["type"] == "job_template"]  # fmt: skip
        below: dict[str, Any] = {q["variable"]: q for job in jobs for q in job["survey_spec"]["spec"]}
        above = {q["variable"]: q for q in workflow.get("survey_spec", {"spec": []})["spec"]}
        assert set(above) <= set(below)
        for variable, question in above.items():
            assert question["type"] == below[variable]["type"] and question.get("choices") == below[variable].get(
                "choices"
            )
        unanswered = [v for v, q in below.items() if q["required"] and "default" not in q and v not in above]
        assert not unanswered, f"{workflow['name']} would stop: {unanswered} has no answer"


def test_a_workflow_goes_from_one_start_to_its_ends() -> None:
    for workflow in NAMES["controller_workflows"]:
        ways = {node["identifier"]: [n["identifier"] for nodes in node.get("related", {}).values() for n in nodes]
                for node in workflow["workflow_nodes"]}  # fmt: skip
        reached, waiting = set(), [workflow["workflow_nodes"][0]["identifier"]]
        while waiting:
            here = waiting.pop()
            assert here in ways, f"{workflow['name']}: there is no node {here}"
            waiting += [there for there in ways[here] if there not in reached]
            reached.add(here)
        assert reached == set(ways)


def test_nothing_is_changed_without_approval_and_failure_goes_back() -> None:
    (workflow,) = [row for row in NAMES["controller_workflows"] if row["name"] == "Holdfast guarded change"]
    nodes = {node["identifier"]: node for node in workflow["workflow_nodes"]}
    changing = [
        i
        for i, n in nodes.items()
        if n["unified_job_template"]["name"] == "Holdfast change" and n.get("job_type") != "check"
    ]
    assert changing == ["change"]
    leading = [i for i, n in nodes.items() for to in n.get("related", {}).values() if {"identifier": "change"} in to]
    assert leading == ["approve"] and nodes["approve"]["unified_job_template"]["type"] == "workflow_approval"
    for name in ("change", "validate-after"):
        assert nodes[name]["related"]["failure_nodes"] == [{"identifier": "rollback"}]
    assert nodes["rollback"]["related"]["always_nodes"] == [{"identifier": "report"}]


def test_the_credential_type_gives_variables_that_the_connection_reads() -> None:
    (login,) = [row for row in NAMES["controller_credential_types"] if row["name"] == "Holdfast device login"]
    fragment = (ROOT / "plugins/doc_fragments/connection.py").read_text()
    for variable in set(login["injectors"]["extra_vars"]) - {"holdfast_snmp_community"}:
        assert f"name: {variable}\n" in fragment, f"{variable} is no variable of the connection"
    secret = {field["id"] for field in login["inputs"]["fields"] if field.get("secret")}
    assert secret == {"password", "private_key", "passphrase", "enable_secret", "snmp_community"}


def test_inventory_files_are_where_the_settings_say() -> None:
    store = yaml.safe_load((HERE / "inventory/discovered.yml").read_text())["store"]
    assert store == f"{NAMES['holdfast_awx_data_dir']}/discovery"
    for source in NAMES["controller_inventory_sources"]:
        assert (ROOT / source["source_path"]).is_file()
    catalogues = {q["default"] for _name, q in QUESTIONS if q["variable"] == "ask_catalogue"}
    assert all((ROOT / path).is_file() for path in catalogues)


def test_the_container_group_has_the_pod_of_the_cluster() -> None:
    (group,) = [row for row in NAMES["controller_instance_groups"] if row.get("is_container_group")]
    assert (
        group["pod_spec_override"]
        == (ROOT / "execution-environment/kubernetes/container-group/pod-spec.yml").read_text()
    )
    pod = yaml.safe_load(group["pod_spec_override"])
    env = {row["name"]: row["value"] for row in pod["spec"]["containers"][0]["env"]}
    assert env["HOLDFAST_SOCKET"] == NAMES["holdfast_awx_socket"]


def test_no_secret_is_in_the_import(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NET_PASSWORD", "NET_PRIVATE_KEY", "NETBOX_TOKEN", "HOLDFAST_SLACK_TOKEN"):
        monkeypatch.setenv(name, "hunter2")
    text = json.dumps(assets.Assets(assets.read()).everything())
    assert "hunter2" not in text and "Holdfast Slack" not in text
    assert not any("inputs" in row for row in json.loads(text)["credentials"])


def test_settings_of_a_site_replace_those_that_are_there(tmp_path: Path) -> None:
    own = tmp_path / "site.yml"
    own.write_text("holdfast_awx_organization: Backbone\nholdfast_awx_source: nautobot\nholdfast_awx_slices: 5\n")
    made = assets.Assets(assets.read(own)).everything()
    found = {row["name"]: row for row in made["job_templates"]}
    assert found["Holdfast validate"]["job_slice_count"] == 5
    assert found["Holdfast drift"]["related"]["credentials"][0]["name"] == "Nautobot"
    assert made["organizations"][0]["name"] == "Backbone" and '"Network"' not in json.dumps(made)


# -- the command line of AWX -------------------------------------------------------------------


def awx(lab: AwxLab, *arguments: str, given: str = "") -> str:
    environment = {**os.environ, **lab.env, "PYTHONWARNINGS": "ignore"}
    command = [str(Path(sys.executable).parent / "awx"), *arguments]
    done = subprocess.run(command, input=given, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{done.stdout}{done.stderr}\n{lab.refusals}"
    assert not lab.refusals
    return done.stdout


def same(wanted: Any, found: Any, where: str = "") -> None:
    """Everything that is wanted is found; what is found beside it are AWX's defaults."""
    if isinstance(wanted, Mapping):
        for key, value in wanted.items():
            assert key in found, f"{where}: {key} is lost"
            same(value, found[key], f"{where}.{key}")
    elif isinstance(wanted, list) and wanted and isinstance(wanted[0], Mapping):
        assert len(wanted) == len(found), where
        for number, (one, other) in enumerate(zip(_sorted(wanted), _sorted(found), strict=True)):
            same(one, other, f"{where}[{number}]")
    else:
        assert wanted == found, where


def _sorted(rows: list[Any]) -> list[Any]:
    return sorted(rows, key=lambda row: json.dumps(row.get("natural_key", row), sort_keys=True))


@pytest.fixture(scope="module")
def imported() -> Any:
    with AwxLab(PLAYBOOKS) as lab:
        awx(lab, "import", given=json.dumps(EVERYTHING))
        yield lab


def test_awx_exports_what_it_imported(imported: AwxLab) -> None:
    exported = json.loads(awx(imported, "export"))
    for name, rows in EVERYTHING.items():
        same(rows, exported[name], name)


def test_a_second_import_makes_nothing_new_and_keeps_what_was_filled_in(imported: AwxLab) -> None:
    (devices,) = [row for row in imported.store.rows["credentials"].values() if row["name"] == "Network devices"]
    imported.store.change(devices, {"inputs": {"username": "netops", "password": "hunter2"}}, whole=False)
    counts = {name: len(rows) for name, rows in imported.store.rows.items()}
    awx(imported, "import", given=json.dumps(EVERYTHING))
    counts["workflow_approval_templates"] += 1  # each import gives the approval node a template
    assert {name: len(rows) for name, rows in imported.store.rows.items()} == counts
    assert devices["inputs"]["password"] == "hunter2"
    assert imported.named("credentials", "Network devices")["inputs"]["password"] == "$encrypted$"


def test_the_groups_are_made_as_the_guide_says(imported: AwxLab) -> None:
    shown = (ROOT / "docs/guides/awx.md").read_text().replace("\\\n", " ").replace('"$(cat ~/holdfast.network/', "@@")
    for line in re.findall(r"^\$ awx (instance_groups create .*)$", shown, re.MULTILINE):
        words = shlex.split(line.replace(')"', ""))
        awx(imported, *((ROOT / word[2:]).read_text() if word.startswith("@@") else word for word in words))
    pod = imported.named("instance_groups", "Holdfast cluster")["pod_spec_override"]
    assert yaml.safe_load(pod)["kind"] == "Pod" and imported.named("instance_groups", "Holdfast site 1")


def test_teams_may_do_what_they_are_for(imported: AwxLab) -> None:
    known, roles = imported.store.rows["roles"], {}
    for team in imported.store.rows["teams"].values():
        own = [known[number] for number in team["_attached"]["roles"]]
        roles[team["name"]] = {(role["name"], role["_of"]["name"]) for role in own}
    assert ("Execute", "Holdfast change") not in roles["Network engineers"]  # only by the workflow, with approval
    assert ("Execute", "Holdfast guarded change") in roles["Network engineers"]
    assert ("Approve", "Holdfast guarded change") in roles["Change approvers"]
    assert not {name for kind, name in roles["Network operators"] if name in ("Holdfast change", "Holdfast rollback")}


BAD: dict[str, tuple[str, Any]] = {
    "a field that AWX does not have": ("job_templates", {"slices": 2}),
    "a playbook that the project lacks": ("job_templates", {"playbook": "playbooks/nowhere.yml"}),
    "an injector of an unknown input": ("credential_types", {"injectors": {"env": {"X": "{{ nowhere }}"}}}),
    "a variable that AWX keeps for itself": ("credential_types", {"injectors": {"env": {"ANSIBLE_CONFIG": "x"}}}),
    "a rule without an interval": ("schedules", {"rrule": "DTSTART:20260101T000000Z RRULE:FREQ=DAILY"}),
    "an image that is missing": ("execution_environments", {"image": ""}),
    "a notification without its address": ("notification_templates", {"notification_configuration": {}}),
}


@pytest.mark.parametrize("what", BAD)
def test_the_server_refuses(imported: AwxLab, what: str) -> None:
    """What the tests above rest on: the server that stands for AWX does notice."""
    resource, change = BAD[what]
    row = min(imported.store.rows[resource].values(), key=lambda found: found["id"])
    status, _errors = imported.answer("PATCH", f"/api/v2/{resource}/{row['id']}/", change)
    imported.refusals.clear()
    assert status == 400 and set(change) <= set(RESOURCES[resource]["fields"]) | {"slices"}


def test_the_server_refuses_answers_nobody_asked_for(imported: AwxLab) -> None:
    nodes = imported.store.rows["workflow_job_template_nodes"].values()
    node = next(node for node in nodes if node["identifier"] == "validate-before")
    for change in ({"extra_data": {"nobody": 1}}, {"extra_data": {"ask_converge": "soon"}}, {"job_type": "check"}):
        assert imported.answer("PATCH", f"/api/v2/workflow_job_template_nodes/{node['id']}/", change)[0] == 400
    imported.refusals.clear()
