# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What AWX hands to ansible-playbook when it launches a job template: arguments, files and environment.

Facts of AWX 24.6.1: awx/main/models/mixins.py (answers and defaults of a survey), awx/main/tasks/jobs.py (arguments,
extra variables, of which all but the template's own are marked unsafe), awx/main/models/credential.py (injectors; what
is not filled in is empty), awx/main/models/inventory.py (a slice: every n-th host of those sorted by name).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import yaml
from jinja2.sandbox import ImmutableSandboxedEnvironment

JINJA = ImmutableSandboxedEnvironment()


class Unsafe(str):
    """Text that Ansible must not evaluate."""


class Dumper(yaml.SafeDumper):
    """Writes ``Unsafe`` with the tag ``!unsafe``."""


Dumper.add_multi_representer(str, lambda dumper, text: dumper.represent_str(str(text)))
Dumper.add_representer(Unsafe, lambda dumper, text: dumper.represent_scalar("!unsafe", str(text)))


@dataclass
class Job:
    """A job of a template. ``answers``: of the survey; ``meta``: awx_* variables beside awx_job_id."""

    template: Mapping[str, Any]
    number: int
    answers: Mapping[str, Any] = field(default_factory=dict)
    meta: Mapping[str, Any] = field(default_factory=dict)
    limit: str = ""
    check: bool = False

    def variables(self) -> dict[str, Any]:
        """The template's own, then the survey's answers and defaults, then AWX's."""
        questions = self.template["survey_spec"]["spec"]
        given = {q["variable"]: q["default"] for q in questions if "default" in q} | dict(self.answers)
        missing = [q["variable"] for q in questions if q["required"] and given.get(q["variable"], "") == ""]
        assert not missing, f"AWX would not start the job: {missing} need an answer"
        asked = {q["variable"] for q in questions}
        unsafe = {name: Unsafe(v) if isinstance(v, str) else v for name, v in given.items() if name in asked}
        return {**self.template["extra_vars"], **unsafe, **self.meta, "awx_job_id": self.number}

    def command(self, directory: Path, inventory: Path, credentials: Mapping[Path, Mapping[str, Any]]) -> list[str]:
        """The command line; the files that it names are written to ``directory``."""
        own = directory / f"job-{self.number}.yml"
        own.write_text(yaml.dump(self.variables(), Dumper=Dumper))
        found = ["ansible-playbook", "-i", str(inventory), "--forks", str(self.template["forks"])]
        found += ["--diff"] if self.template.get("diff_mode") else []
        found += ["--check"] if self.check else []
        found += ["-l", self.limit] if self.limit else []
        for path, variables in credentials.items():
            path.write_text(yaml.dump(dict(variables), Dumper=Dumper))
            found += ["-e", f"@{path}"]
        return [*found, "-e", f"@{own}", self.template["playbook"]]


def injected(
    kind: Mapping[str, Any], values: Mapping[str, Any], directory: Path
) -> tuple[dict[str, Any], dict[str, str]]:
    """Extra variables and environment that a credential of this type gives."""
    space: dict[str, Any] = {name: value for name, value in values.items() if value}
    files: dict[str, str] = {}
    injectors = kind["injectors"]
    for name, text in injectors.get("file", {}).items():
        path = directory / f"credential-{name}"
        path.write_text(JINJA.from_string(text).render(space))
        files[name.removeprefix("template.")] = str(path)
    space["tower"] = space["awx"] = SimpleNamespace(filename=SimpleNamespace(**files))
    extra, env = (
        {name: JINJA.from_string(text).render(space) for name, text in injectors.get(where, {}).items()}
        for where in ("extra_vars", "env")
    )
    return {name: Unsafe(text) for name, text in extra.items()}, env


def sliced(listing: Mapping[str, Any], number: int, count: int) -> dict[str, Any]:
    """Of what ``ansible-inventory --list`` says, the inventory of one slice; ``number`` begins at 1."""
    hosts = listing["_meta"]["hostvars"]
    chosen = sorted(hosts)[number - 1 :: count]
    return {"all": {"hosts": {name: hosts[name] for name in chosen}}}
