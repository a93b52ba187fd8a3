# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The artifact is enough to test a role of one's own with Molecule, and the collection's own scenarios are whole."""

from __future__ import annotations

import os
import re
from pathlib import Path

import yaml

from tests.packaging.conftest import ROOT, Installation

SCENARIOS = ROOT / "extensions/molecule"
NAMES = sorted(path.parent.name for path in SCENARIOS.glob("*/molecule.yml") if path.parent.name != "default")
SCENARIO = {
    "molecule.yml": """
        prerun: false
        ansible:
          env:
            HOLDFAST_RUNTIME_DIR: ${MOLECULE_EPHEMERAL_DIRECTORY}/lab/run
            HOLDFAST_STATE_DIR: ${MOLECULE_EPHEMERAL_DIRECTORY}/lab/state
        scenario:
          test_sequence: [create, converge, verify, destroy]
        """,
    "create.yml": "[{ansible.builtin.import_playbook: holdfast.network.molecule.create}]",
    "destroy.yml": "[{ansible.builtin.import_playbook: holdfast.network.molecule.destroy}]",
    "converge.yml": """
        - hosts: routers
          gather_facts: false
          tasks:
            - holdfast.network.config: {lines: [ntp server 192.0.2.1]}
        """,
    "verify.yml": """
        - hosts: routers
          gather_facts: false
          tasks:
            - ansible.builtin.assert: {that: "'ntp server 192.0.2.1' in lab_running"}
        """,
}


def test_the_artifact_is_enough_for_a_role_of_somebody_elses(installed: Installation, tmp_path: Path) -> None:
    scenario = installed.directory / "molecule/default"
    scenario.mkdir(parents=True)
    for name, text in SCENARIO.items():
        (scenario / name).write_text(text)
    place = {"MOLECULE_EPHEMERAL_DIRECTORY": str(tmp_path), "NO_COLOR": "1"}
    done = installed.run("molecule", "test", **place)
    assert done.returncode == 0, done.stdout + done.stderr
    left = [pid for pid in filter(str.isdigit, os.listdir("/proc")) if _mentions(pid, str(tmp_path))]
    assert left == []


def _mentions(pid: str, words: str) -> bool:
    try:
        return words.encode() in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def test_each_role_and_each_connection_has_a_scenario() -> None:
    wanted = {f"role_{path.parent.parent.name}" for path in ROOT.glob("roles/*/meta/main.yml")}
    wanted |= {f"connection_{path.stem}" for path in ROOT.glob("plugins/connection/*.py")}
    assert wanted <= set(NAMES)


def test_scenarios_are_named_after_what_they_test() -> None:
    assert [name for name in NAMES if not re.match(r"(role|connection|action|inventory)_[a-z_]+$", name)] == []


def test_scenarios_share_one_base() -> None:
    base = yaml.safe_load((SCENARIOS / "config.yml").read_text())
    assert base["shared_state"] and base["ansible"]["playbooks"]["create"] == "../default/create.yml"
    created = yaml.safe_load((SCENARIOS / "default/create.yml").read_text())[0]["vars"]
    assert sorted(created["lab_real"] + created["lab_emulated"]) == NAMES
    for name in NAMES:
        own = yaml.safe_load((SCENARIOS / name / "molecule.yml").read_text()) or {}
        assert not own.keys() - {"ansible", "scenario"} and "playbooks" not in own.get("ansible", {}), name
        steps = own.get("scenario", base["scenario"])["test_sequence"]
        assert {"check", "converge", "idempotence", "verify"} <= set(steps), name
        playbooks = {path.stem for path in (SCENARIOS / name).glob("*.yml")} - {"molecule"}
        assert playbooks == set(steps) - {"create", "check", "idempotence", "destroy"}, name


def test_each_scenario_looks_past_the_product() -> None:
    for name in NAMES:
        assert "lab_" in (SCENARIOS / name / "verify.yml").read_text(), name
        assert (
            "ansible_check_mode" in _with_shared_tasks(SCENARIOS / name / "converge.yml")
            or "lab_start" in (SCENARIOS / name / "verify.yml").read_text()
        ), name


def _with_shared_tasks(playbook: Path) -> str:
    return playbook.read_text().replace("../default/tasks/unchanged.yml", "ansible_check_mode")
