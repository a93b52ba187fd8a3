# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What docs/guides/security.md says and no other test shows."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path

from tests.integration.conftest import Controller, LabInventory

LOOK = {"name": "look", "holdfast.network.command": {"commands": ["show running-config"]}, "register": "look"}
LISTENS = "0A"  # the state of a TCP socket in /proc/net/tcp


def test_what_a_device_says_is_never_a_template(controller: Controller, calm: LabInventory) -> None:
    """Whoever can write a description must not run code on the controller."""
    made = controller.directory / "made-by-a-device"
    evil = "{{ lookup('ansible.builtin.pipe', 'touch " + str(made) + "') }}{{ 6 * 7 }}"
    calm.lab.configure("r1", f"interface GigabitEthernet0/1\n description {evil}\n")
    port = "holdfast.interfaces['GigabitEthernet0/1'].description"
    tasks = [
        LOOK,
        {"name": "facts", "holdfast.network.facts": {"gather_subset": ["interfaces"]}},
        {"name": "show", "ansible.builtin.debug": {"msg": ["{{ look.stdout[0] }}", f"{{{{ {port} }}}}"]}},
        {"name": "again", "ansible.builtin.set_fact": {"text": "{{ look.stdout[0] }}"}},
        {"name": "and again", "ansible.builtin.debug": {"msg": "{{ text }}"}},
        {"name": "validate", "holdfast.network.validate": {
            "checks": [{"check": "config", "contains": ["description {{ 6 * 7 }}"]}]}, "ignore_errors": True},
        {"name": "snapshot", "holdfast.network.snapshot": {"label": "x"}},
    ]  # fmt: skip
    run = controller.playbook(calm.path, tasks, "r1")
    assert run.rc == 0, run.stdout
    for name in ("show", "and again"):
        assert "{{ 6 * 7 }}" in str(run.result("r1", name)["msg"]), name
    assert "description 42" in str(run.result("r1", "validate")["results"][0]["expected"]), "our own template is one"
    assert not made.exists()


def test_nothing_listens_on_the_network(controller: Controller, calm: LabInventory) -> None:
    assert controller.playbook(calm.path, [LOOK], "r1").rc == 0
    pid = controller.broker_pid()
    own = {
        found[1]
        for entry in Path(f"/proc/{pid}/fd").iterdir()
        if (found := re.fullmatch(r"socket:\[(\d+)\]", os.readlink(entry)))
    }
    rows = [
        line.split() for kind in ("tcp", "tcp6") for line in Path(f"/proc/{pid}/net/{kind}").read_text().splitlines()
    ]
    mine = [row for row in rows if len(row) > 9 and row[9] in own]
    assert mine and [row for row in mine if row[3] == LISTENS] == [], "the session is there, and no listener"


def test_a_crash_leaves_no_core(controller: Controller, calm: LabInventory) -> None:
    assert controller.playbook(calm.path, [LOOK], "r1").rc == 0
    limits = Path(f"/proc/{controller.broker_pid()}/limits").read_text()
    assert re.search(r"^Max core file size +0 +0 ", limits, re.MULTILINE)


def test_files_with_configurations_are_for_their_owner(controller: Controller, calm: LabInventory) -> None:
    """Whatever the umask lets through."""
    change = {"lines": ["ntp server 192.0.2.77"], "backup": True, "confirm_within": 60}
    tasks = [
        {"name": "before", "holdfast.network.snapshot": {"label": "before"}},
        {"name": "checkpoint", "holdfast.network.checkpoint": {"label": "start"}},
        {"name": "change", "holdfast.network.config": change},
        {"name": "keep", "holdfast.network.confirm": {}},
        {"name": "undo", "holdfast.network.rollback": {"to": "start"}},
    ]
    before = os.umask(0o000)
    try:
        running = controller.start(calm.path, tasks, "r1")
    finally:
        os.umask(before)
    run = controller.finish(running)
    assert run.rc == 0, run.stdout
    tops = [controller.directory / name for name in ("backups", "snapshots", "state")]
    files = [path for top in tops for path in top.rglob("*") if path.is_file() and path.stat().st_size]
    assert all(any(top in path.parents for path in files) for top in tops)
    assert {str(path): stat.S_IMODE(path.stat().st_mode) for path in files if path.stat().st_mode & 0o077} == {}
