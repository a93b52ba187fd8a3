# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The objects of the server, their fields checked as ``resources.yml`` and ``rules.py`` say."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import yaml

from . import rules

Row = dict[str, Any]
ROOT = "/api/v2/"
RESOURCES: Mapping[str, Any] = yaml.safe_load((Path(__file__).parent / "resources.yml").read_text())
PYTHON = {"string": str, "integer": int, "boolean": bool}
HIDDEN = "$encrypted$"
RULES: Mapping[str, Callable[[Row], dict[str, str]]] = {
    "credential_types": rules.credential_type,
    "notification_templates": rules.notification,
    "schedules": lambda row: rules.rrule(row["rrule"]),
}
KEYS: Mapping[str, tuple[str, ...]] = {  # what is unique; nothing where names may repeat
    "schedules": ("unified_job_template", "name"),
    "workflow_job_template_nodes": ("workflow_job_template", "identifier"),
    "workflow_approval_templates": (),
    "instances": ("hostname",),
    "users": ("username",),
}


class Refused(Exception):
    """The API's answer 400: field -> what is wrong with it."""

    def __init__(self, errors: Mapping[str, Any]) -> None:
        super().__init__(str(errors))
        self.errors = errors


class Store:
    """``rows``: resource -> id -> object. A key that begins with an underscore is the server's own.

    ``playbooks``: what the project has; a job template may only name one of them.
    """

    def __init__(self, playbooks: set[str]) -> None:
        self.playbooks = playbooks
        self.rows: dict[str, dict[int, Row]] = {name: {} for name in RESOURCES}
        self._ids = itertools.count(1)

    def find(self, resource: str, number: int) -> Row | None:
        if resource == "unified_job_templates":
            names = [name for name, found in RESOURCES.items() if found.get("unified")]
            return next((self.rows[name][number] for name in names if number in self.rows[name]), None)
        return self.rows[resource].get(number)

    def add(self, resource: str, given: Row) -> Row:
        row: Row = {"id": next(self._ids), "_resource": resource, "_attached": {}, "_survey": {}}
        row |= self._checked(resource, given, None)
        self.rows[resource][row["id"]] = row
        for name in RESOURCES[resource].get("roles", []):
            role = {"id": next(self._ids), "_resource": "roles", "_attached": {}, "name": name, "_of": row}
            self.rows["roles"][role["id"]] = role
        return row

    def change(self, row: Row, given: Row, *, whole: bool) -> None:
        """PATCH, or with ``whole`` PUT, which wants all required fields and leaves the others as they are."""
        resource = row["_resource"]
        if whole:
            self._required(resource, given)
        row |= self._checked(resource, given, row)

    def _required(self, resource: str, given: Row) -> None:
        fields = RESOURCES[resource]["fields"]
        missing = [name for name, kind in fields.items() if len(kind) == 1 and name not in given]
        if missing:
            raise Refused({name: ["This field is required."] for name in missing})

    def _checked(self, resource: str, given: Row, row: Row | None) -> Row:
        fields, choices = RESOURCES[resource]["fields"], RESOURCES[resource].get("choices", {})
        given = {name: value for name, value in given.items() if name not in RESOURCES[resource].get("ignored", [])}
        errors: dict[str, Any] = {name: ["AWX has no such field."] for name in given if name not in fields}
        if row is None:
            self._required(resource, given)
        made = {} if row else {name: copy.deepcopy(kind[1]) for name, kind in fields.items() if len(kind) == 2}
        for name, value in given.items():
            if name in fields:
                wrong = self._wrong(fields[name], choices.get(name), value)
                errors |= {name: [wrong]} if wrong else {}
                made[name] = "" if value is None and fields[name][1:] == [""] else value
        if errors:
            raise Refused(errors)
        self._secrets(resource, made, row)
        self._rules(resource, {**(row or {}), **made})
        return made

    def _wrong(self, kind: list[Any], choices: list[Any] | None, value: Any) -> str:
        optional = len(kind) == 2
        if value is None:
            # Of optional text AWX makes empty text (CharNullField, ChoiceNullField of awx/api/fields.py).
            return "" if optional and kind[1] in (None, "") else "This field may not be null."
        if choices is not None:
            return "" if value in choices else f'"{value}" is not a valid choice.'
        if kind[0].startswith("id:"):
            found = isinstance(value, int) and self.find(kind[0][3:], value)
            return "" if found else f'Invalid pk "{value}" - object does not exist.'
        if kind[0] == "json":
            return "" if isinstance(value, (dict, list)) else "no JSON"
        if not isinstance(value, PYTHON[kind[0]]) or (kind[0] == "integer" and isinstance(value, bool)):
            return f"{value!r} is no {kind[0]}"
        return "This field may not be blank." if not optional and value == "" else ""

    def _secrets(self, resource: str, made: Row, row: Row | None) -> None:
        """The placeholder stands for the value that is there."""
        for field in ("inputs", "notification_configuration"):
            if row and field in made and resource in ("credentials", "notification_templates"):
                made[field] = {k: row[field].get(k, "") if v == HIDDEN else v for k, v in made[field].items()}

    def _rules(self, resource: str, row: Row) -> None:
        errors: dict[str, Any] = {}
        if resource in RULES:
            errors = RULES[resource](row)
        if resource == "credentials":
            fields = self.rows["credential_types"][row["credential_type"]]["inputs"].get("fields", [])
            unknown = set(row["inputs"]) - {field["id"] for field in fields}
            errors = {"inputs": f"unknown {sorted(unknown)}"} if unknown else {}
        if resource == "job_templates" and row["playbook"] not in self.playbooks:
            errors = {"playbook": "Playbook not found for project."}
        if row.get("unified_job_template"):
            template = self.find("unified_job_templates", row["unified_job_template"])
            errors |= rules.prompts(template or {}, row)
        if errors or self._taken(resource, row):
            raise Refused(errors or {"__all__": [f"{resource} with this name already exists."]})

    def _taken(self, resource: str, row: Row) -> bool:
        key = KEYS.get(resource, ("organization", "name", "inventory", "credential_type"))
        others = [other for other in self.rows[resource].values() if other["id"] != row.get("id")]
        return bool(key) and any(all(other.get(name) == row.get(name) for name in key) for other in others)

    # -- what is shown -------------------------------------------------------------------------

    def organization(self, row: Row) -> int | None:
        """The organization, also of what has it from its project or inventory."""
        parent = RESOURCES[row["_resource"]].get("parent_organization")
        if parent:
            fields = RESOURCES[row["_resource"]]["fields"]
            owner = self.find(fields[parent][0][3:], row.get(parent) or 0)
            return owner["organization"] if owner else None
        return row.get("organization")

    def shown(self, row: Row) -> Row:
        """The object as the API prints it."""
        resource = row["_resource"]
        made = {name: value for name, value in row.items() if not name.startswith("_") and name != "password"}
        made |= {
            "type": RESOURCES[resource]["type"],
            "url": url(row),
            "summary_fields": {},
            "related": self.related(row),
        }
        if RESOURCES[resource].get("unified"):
            made |= {"status": "successful", "last_job_failed": False, "scm_revision": "0" * 40}
        if RESOURCES[resource].get("parent_organization"):
            made["organization"] = self.organization(row)
        if resource in ("credential_types", "execution_environments"):
            made["managed"] = False
        if resource == "notification_templates":
            hide = rules.NOTIFICATION_SECRETS
            made["notification_configuration"] = _hidden(row["notification_configuration"], hide)
        if resource == "credentials":
            fields = self.rows["credential_types"][row["credential_type"]]["inputs"].get("fields", [])
            made["inputs"] = _hidden(row["inputs"], [field["id"] for field in fields if field.get("secret")])
        if RESOURCES[resource].get("roles"):
            names = {"Approve": "approval_role"}
            roles = {
                names.get(r["name"], f"{r['name'].lower()}_role"): {"id": r["id"], "name": r["name"]}
                for r in self.roles(row)
            }
            made["summary_fields"]["object_roles"] = roles
        return made

    def roles(self, row: Row) -> list[Row]:
        return [role for role in self.rows["roles"].values() if role["_of"] is row]

    def related(self, row: Row) -> dict[str, str]:
        resource, kinds = row["_resource"], RESOURCES[row["_resource"]]
        found = {name: f"{url(row)}{name}/" for name in [*kinds.get("attach", {}), *kinds.get("create", {})]}
        for name, kind in kinds["fields"].items():
            if kind[0].startswith("id:") and row.get(name):
                target = self.find(kind[0][3:], row[name]) or self.rows["workflow_approval_templates"].get(row[name])
                found[name] = url(target) if target else ""
        if kinds.get("parent_organization") and self.organization(row):
            found["organization"] = f"{ROOT}organizations/{self.organization(row)}/"
        if kinds.get("survey"):
            found["survey_spec"] = f"{url(row)}survey_spec/"
        if kinds.get("roles"):
            found["object_roles"] = f"{url(row)}object_roles/"
        if resource == "workflow_job_template_nodes":
            found["create_approval_template"] = f"{url(row)}create_approval_template/"
        if resource == "roles":
            found |= {RESOURCES[row["_of"]["_resource"]]["type"]: url(row["_of"])}
        return found


def url(row: Row) -> str:
    return f"{ROOT}{row['_resource']}/{row['id']}/"


def _hidden(values: Row, secrets: Any) -> Row:
    return {name: HIDDEN if name in secrets and value else value for name, value in values.items()}
