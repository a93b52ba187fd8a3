# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Writes what ``awx import`` reads, made from controller/*.yml and the settings.

    python execution-environment/awx/assets.py [--settings my-settings.yml] > assets.json
    awx import < assets.json

Objects refer to each other by natural keys, as ``awx export`` writes them. No secret is among them, and no instance
group, which the command line of AWX does not import.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import yaml
from jinja2 import Environment, StrictUndefined

HERE = Path(__file__).resolve().parent
Key = dict[str, Any]

#: controller_* variable: what ``awx import`` calls the list, and what it calls one of them
KINDS: Mapping[str, tuple[str, str]] = {
    "controller_organizations": ("organizations", "organization"),
    "controller_teams": ("teams", "team"),
    "controller_credential_types": ("credential_types", "credential_type"),
    "controller_credentials": ("credentials", "credential"),
    "controller_notifications": ("notification_templates", "notification_template"),
    "controller_execution_environments": ("execution_environments", "execution_environment"),
    "controller_projects": ("projects", "project"),
    "controller_inventories": ("inventory", "inventory"),
    "controller_inventory_sources": ("inventory_sources", "inventory_source"),
    "controller_templates": ("job_templates", "job_template"),
    "controller_workflows": ("workflow_job_templates", "workflow_job_template"),
    "controller_schedules": ("schedules", "schedule"),
}
NOTIFICATIONS = ("started", "success", "error", "approvals")
ROLES = {"job_templates": "job_template", "workflows": "workflow_job_template"}


class Literal(str):
    """Text that AWX itself will evaluate, not this script."""


class Loader(yaml.SafeLoader):
    """YAML as Ansible reads it: ``!unsafe`` is not evaluated."""


def _literal(loader: Loader, node: yaml.ScalarNode) -> Literal:
    return Literal(loader.construct_scalar(node))


Loader.add_constructor("!unsafe", _literal)


def read(settings: Path | None = None) -> dict[str, Any]:
    """All variables, evaluated: the settings, those of ``settings`` instead, and the lists of controller/."""
    paths = [HERE / "settings.yml", *([settings] if settings else []), *sorted((HERE / "controller").glob("*.yml"))]
    raw: dict[str, Any] = {}
    for path in paths:
        raw |= yaml.load(path.read_text(), Loader)
    raw["holdfast_awx_slack"] = False  # its token is a secret
    found: dict[str, Any] = {}
    for name, value in raw.items():  # a file's variables use those of the files before it, and those above them
        found[name] = _evaluated(value, {**raw, **found})
    return found


def _lookup(kind: str, name: str) -> str:
    """Secrets are never in the file, whatever the environment holds; files are."""
    if kind == "ansible.builtin.env":
        return ""
    if kind == "ansible.builtin.file":
        return (HERE / name).read_text()
    raise ValueError(f"lookup: {kind} is not known here; use ansible.builtin.env or ansible.builtin.file")


ENVIRONMENT = Environment(undefined=StrictUndefined, autoescape=False)
ENVIRONMENT.globals["lookup"] = _lookup
ENVIRONMENT.filters["bool"] = bool


def _evaluated(value: Any, names: Mapping[str, Any]) -> Any:
    """An expression alone keeps its type, as in Ansible; one within text becomes text."""
    if isinstance(value, Mapping):
        return {key: _evaluated(item, names) for key, item in value.items()}
    if isinstance(value, list):
        return [_evaluated(item, names) for item in value]
    if isinstance(value, str) and not isinstance(value, Literal) and "{{" in value:
        text = value.strip()
        if text.startswith("{{") and text.endswith("}}") and text.count("{{") == 1:
            return ENVIRONMENT.compile_expression(text[2:-2].strip(), undefined_to_none=False)(**names)
        return ENVIRONMENT.from_string(value).render(**names)
    return value


class Assets:
    """The lists of ``awx import``, made of the evaluated variables."""

    def __init__(self, names: Mapping[str, Any]) -> None:
        self.names = names
        self.organization = {"name": names["holdfast_awx_organization"], "type": "organization"}

    def everything(self) -> dict[str, list[dict[str, Any]]]:
        """Every list, with the objects in the order of the files."""
        made: dict[str, list[dict[str, Any]]] = {}
        for variable, (many, one) in KINDS.items():
            build: Callable[[dict[str, Any]], dict[str, Any]] = getattr(self, f"_{one}")
            made[many] = [build(dict(item)) for item in self.names[variable] if not _needs_secret(item)]
        return made

    def key(self, kind: str, name: str) -> Key:
        """The natural key of one of the objects."""
        if kind == "execution_environment":
            return {"name": name, "type": kind}
        if kind == "credential_type":
            (found,) = (item["kind"] for item in self.names["controller_credential_types"] if item["name"] == name)
            return {"name": name, "kind": found, "type": kind}
        key = {"organization": self.organization, "name": name, "type": kind}
        if kind == "credential":
            (found,) = (i["credential_type"] for i in self.names["controller_credentials"] if i["name"] == name)
            key["credential_type"] = self.key("credential_type", found)
        if kind == "inventory_source":
            (found,) = (i["inventory"] for i in self.names["controller_inventory_sources"] if i["name"] == name)
            key["inventory"] = self.key("inventory", found)
        return key

    def _named(self, kind: str, item: dict[str, Any], *, owned: bool = True, **references: str) -> dict[str, Any]:
        """The object with natural keys in place of names; ``references``: field and what it refers to."""
        related = self._related(item)
        for field, target in references.items():
            if item.get(field):
                item[field] = self.key(target, item[field])
        if owned:
            item["organization"] = self.organization
        else:
            item.pop("organization", None)
        made = {**item, "natural_key": self.key(kind, item["name"])}
        return {**made, "related": related} if related else made

    def _related(self, item: dict[str, Any]) -> dict[str, Any]:
        """What is attached to an object; it is taken out of ``item``."""
        found: dict[str, Any] = {}
        for event in NOTIFICATIONS:
            field = f"notification_templates_{event}"
            if field in item:
                found[field] = [self.key("notification_template", name) for name in item.pop(field)]
        if "credentials" in item:
            found["credentials"] = [self.key("credential", name) for name in item.pop("credentials")]
        if "survey_spec" in item:
            found["survey_spec"] = item.pop("survey_spec")
        item.pop("instance_groups", None)
        return found

    def _organization(self, item: dict[str, Any]) -> dict[str, Any]:
        made = self._named("organization", item, owned=False)
        return {**made, "natural_key": self.organization}

    def _team(self, item: dict[str, Any]) -> dict[str, Any]:
        roles = [
            {"name": role["role"].capitalize().replace("Approval", "Approve"), "type": "role",
             "content_object": self.key(kind, name)}
            for role in self.names["controller_roles"] if role["team"] == item["name"]
            for field, kind in ROLES.items() for name in role.get(field, [])
        ]  # fmt: skip
        return {**self._named("team", item), "related": {"roles": roles}}

    def _credential_type(self, item: dict[str, Any]) -> dict[str, Any]:
        return self._named("credential_type", item, owned=False)

    def _credential(self, item: dict[str, Any]) -> dict[str, Any]:
        item.pop("inputs")
        return self._named("credential", item, credential_type="credential_type")

    def _notification_template(self, item: dict[str, Any]) -> dict[str, Any]:
        return self._named("notification_template", item)

    def _execution_environment(self, item: dict[str, Any]) -> dict[str, Any]:
        return self._named("execution_environment", item)

    def _project(self, item: dict[str, Any]) -> dict[str, Any]:
        return self._named("project", item, default_environment="execution_environment")

    def _inventory(self, item: dict[str, Any]) -> dict[str, Any]:
        item["variables"] = json.dumps(item["variables"])
        return self._named("inventory", item)

    def _inventory_source(self, item: dict[str, Any]) -> dict[str, Any]:
        return self._named(
            "inventory_source", item, owned=False, inventory="inventory", source_project="project",
            credential="credential", execution_environment="execution_environment",
        )  # fmt: skip

    def _job_template(self, item: dict[str, Any]) -> dict[str, Any]:
        item["extra_vars"] = json.dumps(item["extra_vars"])
        return self._named(
            "job_template", item, owned=False,
            project="project", inventory="inventory", execution_environment="execution_environment",
        )  # fmt: skip

    def _workflow_job_template(self, item: dict[str, Any]) -> dict[str, Any]:
        workflow = self.key("workflow_job_template", item["name"])
        nodes = [self._node(workflow, dict(node)) for node in item.pop("workflow_nodes")]
        made = self._named("workflow_job_template", item, inventory="inventory")
        return {**made, "related": {**made.get("related", {}), "workflow_nodes": nodes}}

    def _node(self, workflow: Key, node: dict[str, Any]) -> dict[str, Any]:
        def key(identifier: str) -> Key:
            return {"workflow_job_template": workflow, "identifier": identifier, "type": "workflow_job_template_node"}

        related: dict[str, Any] = {
            name: [key(found["identifier"]) for found in nodes] for name, nodes in node.pop("related", {}).items()
        }
        runs = node.pop("unified_job_template")
        if runs["type"] == "workflow_approval":
            related["create_approval_template"] = {name: runs[name] for name in ("name", "description", "timeout")}
        else:
            node["unified_job_template"] = self.key(runs["type"], runs["name"])
        made = {**node, "workflow_job_template": workflow, "natural_key": key(node["identifier"])}
        return {**made, "related": related} if related else made

    def _schedule(self, item: dict[str, Any]) -> dict[str, Any]:
        item.pop("organization")
        runs = self.key(item.pop("unified_job_template_type"), item["unified_job_template"])
        key = {"unified_job_template": runs, "name": item["name"], "type": "schedule"}
        return {**item, "unified_job_template": runs, "natural_key": key}


def _needs_secret(item: Mapping[str, Any]) -> bool:
    """What cannot be made without a secret is left to the playbook."""
    return not item.get("notification_configuration", {}).get("token", "none needed")


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--settings", type=Path, help="file with settings of your own, instead of some in settings.yml")
    options = parser.parse_args(arguments)
    json.dump(Assets(read(options.settings)).everything(), sys.stdout, indent=2, ensure_ascii=False)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
