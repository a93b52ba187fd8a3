# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What AWX checks beyond types: credential types, surveys, notifications, recurrence rules, prompts.

Facts of AWX 24.6.1: awx/main/fields.py (schemas of inputs and injectors, names of variables that are not taken),
awx/api/views (survey_spec), awx/main/models/mixins.py (values of surveys), awx/main/notifications/*_backend.py
(init_parameters), awx/api/serializers.py (rrule), awx/main/models/jobs.py (prompts). Each function says what is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

from jinja2 import StrictUndefined, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

JINJA = ImmutableSandboxedEnvironment(undefined=StrictUndefined)
NAME = re.compile(r"[A-Za-z_]\w*")
FORBIDDEN_ENV = {
    "VIRTUAL_ENV", "PATH", "PYTHONPATH", "JOB_ID", "INVENTORY_ID", "INVENTORY_SOURCE_ID", "INVENTORY_UPDATE_ID",
    "AD_HOC_COMMAND_ID", "REST_API_URL", "REST_API_TOKEN", "MAX_EVENT_RES", "CALLBACK_QUEUE", "CALLBACK_CONNECTION",
    "CACHE", "JOB_CALLBACK_DEBUG", "INVENTORY_HOSTVARS", "AWX_HOST", "PROJECT_REVISION", "SUPERVISOR_CONFIG_PATH",
}  # fmt: skip
INPUT_KEYS = {
    "id",
    "label",
    "type",
    "format",
    "secret",
    "multiline",
    "help_text",
    "choices",
    "default",
    "ask_at_runtime",
}
QUESTION_KEYS = {
    "question_name", "question_description", "variable", "type", "required", "default", "min", "max", "choices",
    "new_question",
}  # fmt: skip
FREQUENCY = re.compile(r"FREQ=(YEARLY|MONTHLY|WEEKLY|DAILY|HOURLY|MINUTELY)")
QUESTIONS = {"text": str, "textarea": str, "password": str, "integer": int, "float": float, "multiplechoice": str,
             "multiselect": list}  # fmt: skip
#: configuration of each kind of notification: parameter -> type, and default if it has one
NOTIFICATIONS: Mapping[str, Mapping[str, tuple[Any, ...]]] = {
    "webhook": {"url": (str,), "http_method": (str, "POST"), "disable_ssl_verification": (bool, False),
                "username": (str, ""), "password": (str, ""), "headers": (dict,)},
    "email": {"host": (str,), "port": (int,), "username": (str,), "password": (str,), "use_tls": (bool,),
              "use_ssl": (bool,), "sender": (str,), "recipients": (list,), "timeout": (int, 30)},
    "slack": {"token": (str,), "channels": (list,), "hex_color": (str, "")},
}  # fmt: skip
NOTIFICATION_SECRETS = ("password", "token")
PROMPTS = {"job_type": "ask_job_type_on_launch", "limit": "ask_limit_on_launch", "inventory": "ask_inventory_on_launch",
           "job_slice_count": "ask_job_slice_count_on_launch", "scm_branch": "ask_scm_branch_on_launch"}  # fmt: skip


def credential_type(row: Mapping[str, Any]) -> dict[str, str]:
    found: dict[str, str] = {}
    fields = row["inputs"].get("fields", [])
    for number, field in enumerate(fields):
        unknown = set(field) - INPUT_KEYS
        if unknown or not {"id", "label"} <= set(field) or field.get("type", "string") not in ("string", "boolean"):
            found["inputs"] = f"field {number}: {sorted(unknown) or 'id, label and type string or boolean are needed'}"
        if not NAME.fullmatch(field["id"]) or field["id"] in ("tower", "awx"):
            found["inputs"] = f"{field['id']} is a reserved or invalid field id"
        if field.get("type") == "boolean" and field.get("secret"):
            found["inputs"] = f"{field['id']}: a boolean cannot be secret"
    ids = [field["id"] for field in fields]
    if len(ids) != len(set(ids)) or not set(row["inputs"].get("required", [])) <= set(ids):
        found["inputs"] = "ids repeat, or something is required that is no field"
    return found | _injectors(row["injectors"], ids)


def _injectors(injectors: Mapping[str, Any], ids: list[str]) -> dict[str, str]:
    if set(injectors) - {"file", "env", "extra_vars"}:
        return {"injectors": f"{sorted(injectors)}: only file, env and extra_vars"}
    names = {name.removeprefix("template").removeprefix("."): "/tmp/file" for name in injectors.get("file", {})}
    if ("" in names and len(names) > 1) or any(not name.startswith("template") for name in injectors.get("file", {})):
        return {"injectors": "file: either template, or template.NAME for each"}
    space: dict[str, Any] = dict.fromkeys(ids, "EXAMPLE")
    space["tower"] = space["awx"] = SimpleNamespace(filename=SimpleNamespace(**names))
    for kind, entries in injectors.items():
        for name, text in entries.items():
            if kind == "env" and (name.startswith("ANSIBLE_") or name in FORBIDDEN_ENV):
                return {"injectors": f"Environment variable {name} is not allowed to be used in credentials."}
            if kind != "file" and not NAME.fullmatch(name):
                return {"injectors": f"{name} is no name of a variable"}
            try:
                JINJA.from_string(text).render(space)
            except TemplateError as exc:
                return {"injectors": f"{name}: {exc}"}
    return {}


def survey(spec: Mapping[str, Any]) -> str:
    if not {"name", "description", "spec"} <= set(spec) or not isinstance(spec["spec"], list) or not spec["spec"]:
        return "name, description and a list spec with questions are needed"
    seen = set()
    for number, question in enumerate(spec["spec"]):
        where = f"survey question {number}"
        unknown = set(question) - QUESTION_KEYS
        missing = {"question_name", "variable", "required", "type"} - set(question)
        if unknown or missing:
            return f"{where}: unknown {sorted(unknown)}, missing {sorted(missing)}"
        if question["type"] not in QUESTIONS:
            return f"{where}: type {question['type']} is unknown"
        if question["variable"] in seen or not NAME.fullmatch(question["variable"]):
            return f"{where}: variable {question['variable']} repeats or is no name"
        seen.add(question["variable"])
        if question["type"].startswith("multi") and not question.get("choices"):
            return f"{where}: choices are needed"
        default = question.get("default")
        if default not in (None, "") and value(question, default):
            return f"{where}: default: {value(question, default)}"
    return ""


def value(question: Mapping[str, Any], given: Any) -> str:
    """What AWX has against an answer to a question of a survey."""
    if not isinstance(given, QUESTIONS[question["type"]]) or isinstance(given, bool):
        return f"{question['variable']}: {given!r} is no {question['type']}"
    least, most = question.get("min"), question.get("max")
    if isinstance(given, (str, list)) and not question["type"].startswith("multi"):
        given = len(given)
    if isinstance(given, (int, float)):
        if least not in (None, "") and given < least:
            return f"{question['variable']}: {given} is less than {least}"
        if most not in (None, "") and given > most:
            return f"{question['variable']}: {given} is more than {most}"
    chosen = given if isinstance(given, list) else [given]
    if question["type"].startswith("multi") and not set(chosen) <= set(question["choices"]):
        return f"{question['variable']}: {given!r} is none of {question['choices']}"
    return ""


def notification(row: Mapping[str, Any]) -> dict[str, str]:
    known = NOTIFICATIONS[row["notification_type"]]
    given = row["notification_configuration"]
    for name, (kind, *default) in known.items():
        if name not in given and not default:
            return {"notification_configuration": f"Missing required field {name} for Notification Configuration"}
        if name in given and not isinstance(given[name], kind):
            return {"notification_configuration": f"Configuration field '{name}' incorrect type, expected {kind}"}
    unknown = set(given) - set(known)
    return {"notification_configuration": f"unknown {sorted(unknown)}"} if unknown else {}


def rrule(text: str) -> dict[str, str]:
    rules = re.findall(r"RRULE:(\S+)", text)
    if not re.match(r"DTSTART(;TZID=[\w/]+:\d{8}T\d{6}|:\d{8}T\d{6}Z) ", text):
        return {"rrule": "Valid DTSTART required in rrule. Value should start with: DTSTART:YYYYMMDDTHHMMSSZ"}
    if len(rules) != 1 or "INTERVAL=" not in rules[0] or not FREQUENCY.search(rules[0]):
        return {"rrule": "one RRULE with FREQ and INTERVAL is required; SECONDLY is not supported"}
    return {}


def prompts(template: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, str]:
    """What a template does not take from a workflow's node or a schedule."""
    found = {name: "Field is not configured to prompt on launch." for name, ask in PROMPTS.items()
             if given.get(name) not in (None, "") and not template.get(ask)}  # fmt: skip
    asked = template.get("_survey", {}).get("spec", []) if template.get("survey_enabled") else []
    questions = {question["variable"]: question for question in asked}
    for name, answer in (given.get("extra_data") or {}).items():
        if name in questions:
            wrong = value(questions[name], answer)
            found |= {"extra_data": wrong} if wrong else {}
        elif not template.get("ask_variables_on_launch"):
            found["extra_data"] = f"Variables {name} are not allowed on launch."
    return found
