# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The same tasks over ansible.netcommon.network_cli and over ours: what comes out, and whether it is the same.

``python -m tests.integration.network_cli.outcomes record`` writes what the tests expect, from netcommon's connection.
It takes some minutes. ``compare`` runs both, and shows every difference in the whole results.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import yaml

from tests.integration.conftest import REPO, Controller, Run
from tests.lab.emulated import EmulatedLab
from tests.lab.emulated.topology import Topology, ring, standalone

HERE = Path(__file__).parent
OURS, THEIRS = "holdfast.network.network_cli", "ansible.netcommon.network_cli"
HOSTS = {"ios": "r1", "eos": "r2", "nxos": "d1"}
#: What a run has of its own: times, and where a backup went to.
OWN = {"invocation", "backup_path", "date", "time", "filename", "shortname", "deprecations", "exception"}
CHANGING = re.compile(
    r"\d+ (?:minutes?|hours?|seconds?)(?:, )?|\d\d:\d\d:\d\d\S*|ansible_\d+\w*|\bj?\d{9,}\.\d+|\"uptime\": [\d.]+"
)


def release() -> str:
    """Of the package ``ansible`` that goes with this ansible-core."""
    import ansible.release

    return str(int(ansible.release.__version__.split(".")[1]) - 7)


def collections() -> Path:
    """The vendors' collections for this ansible-core; downloaded when they are not there."""
    folder = REPO / f".venv-collections/{release()}"
    subprocess.run([REPO / "tests/tools/make-collections.sh", sys.prefix, folder], check=True)
    return folder


def inventory(lab: EmulatedLab, path: Path, connection: str, **changes: Any) -> Path:
    """As a user of ansible.netcommon has it, with our file of host keys."""
    hosts = {
        name: {
            "ansible_connection": connection,
            "ansible_host": device.host,
            "ansible_port": device.port,
            "ansible_user": device.user,
            "ansible_password": device.password,
            "ansible_network_os": device.platform,
            "ansible_become": True,
            "ansible_become_method": "ansible.netcommon.enable",
            "ansible_become_password": device.enable,
            "ansible_network_cli_ssh_type": "paramiko",
            "ansible_host_key_checking": connection != THEIRS,
            "holdfast_known_hosts": str(lab.known_hosts),
            **changes,
        }
        for name, device in lab.devices.items()
    }
    book = path / f"{connection.replace('.', '-')}-{abs(hash(str(changes)))}.yml"
    book.write_text(yaml.safe_dump({"all": {"hosts": hosts}}))
    return book


def topology(kind: str) -> Topology:
    return standalone(1, "nxos") if kind == "nxos" else ring(4, ["ios", "eos"])


def tasks(kind: str) -> list[dict[str, Any]]:
    found = yaml.safe_load((HERE / f"{kind}.yml").read_text())
    return [{"ignore_errors": True, **task} for task in found]


def play(controller: Controller, lab: EmulatedLab, kind: str, connection: str) -> Run:
    env = {"ANSIBLE_COLLECTIONS_PATH": str(collections()), "BACKUPS": str(controller.directory / "backups")}
    if connection == OURS:
        env["ANSIBLE_CALLBACKS_ENABLED"] = "holdfast.network.preload"
    book = inventory(lab, controller.directory, connection)
    plays = [{"hosts": HOSTS[kind], "gather_facts": False, "tasks": tasks(kind)}]
    return controller.finish(controller.begin(book, plays, **env), timeout=600)


def status(result: dict[str, Any]) -> str:
    for name in ("unreachable", "failed", "skipped", "changed"):
        if result.get(name) or result.get("outcome") == name:
            return name
    return "ok"


def essence(result: dict[str, Any]) -> dict[str, Any]:
    """What the tests look at: how it ended, with which words, with which commands, and what there is besides."""
    kept = {name: result[name] for name in ("msg", "commands", "updates", "diff") if name in result}
    names = sorted(name for name in result if name not in OWN and not name.startswith("_"))
    return json.loads(_still({"status": status(result), **kept, "names": names}))  # type: ignore[no-any-return]


def whole(result: dict[str, Any]) -> str:
    return _still({name: value for name, value in result.items() if name not in OWN and not name.startswith("_")})


def _still(value: Any) -> str:
    """Without times, and lists of facts' names in one order: the modules give them in that of a set."""
    if isinstance(value, dict) and isinstance(value.get("ansible_facts"), dict):
        value = {**value, "ansible_facts": _sorted(value["ansible_facts"])}
    return CHANGING.sub("*", json.dumps(value, sort_keys=True))


def _sorted(facts: dict[str, Any]) -> dict[str, Any]:
    return {name: sorted(value) if name.startswith("ansible_net_gather") else value for name, value in facts.items()}


def expected_file(kind: str) -> Path:
    return HERE / f"expected-{kind}-{release()}.json"


def _run(kind: str, connection: str) -> dict[str, dict[str, Any]]:
    with tempfile.TemporaryDirectory() as directory:
        controller = Controller(Path(directory))
        with EmulatedLab(topology(kind), directory=Path(directory)) as lab:
            try:
                start = time.monotonic()
                results = play(controller, lab, kind, connection).tasks[HOSTS[kind]]
                print(f"{kind}, {connection}: {len(results)} tasks in {time.monotonic() - start:.1f} s")
                return results
            finally:
                controller.close()


def main(action: str, *kinds: str) -> int:
    differ = 0
    for kind in kinds or HOSTS:
        theirs = _run(kind, THEIRS)
        if action == "record":
            text = json.dumps({name: essence(result) for name, result in theirs.items()}, indent=1, sort_keys=True)
            expected_file(kind).write_text(text + "\n")
            continue
        ours = _run(kind, OURS)
        for name in {**theirs, **ours}:
            one, other = whole(theirs.get(name, {})), whole(ours.get(name, {}))
            if one != other:
                differ += 1
                print(f"{kind}, {name}:\n  theirs: {one}\n  ours:   {other}")
    return differ


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
