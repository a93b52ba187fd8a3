# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Jinja2 files of the controller, rendered with the host's variables as ansible's own template does."""

from __future__ import annotations

import os
from typing import Any

from ansible.errors import AnsibleError
from ansible.template import trust_as_template

from .broker.errors import BadInput


class TemplateFailed(BadInput):
    """The template has a syntax error or uses an undefined variable; the message names it."""

    code = "template"


def rendered(action: Any, path: str) -> str:
    """The file's text for this host. Raises BadInput (no such file) and TemplateFailed."""
    source = action.read_file("template", path)
    try:
        found = action.find_file("template", path)
        search = [os.path.dirname(found), os.path.dirname(os.path.dirname(found))]
        templar = action._templar.copy_with_new_env(searchpath=search, available_variables=action.vars)
        text = templar.template(trust_as_template(source), escape_backslashes=False, overrides={"trim_blocks": True})
    except AnsibleError as exc:
        raise TemplateFailed(f"template: {path} cannot be rendered: {exc}", option="template", value=path) from exc
    return str(text)


def rendered_data(action: Any, data: Any) -> Any:
    """Strings of plain data (a controller's YAML file) rendered with the host's variables. Raises TemplateFailed."""
    try:
        return action._templar.template(_trusted(data))
    except AnsibleError as exc:
        raise TemplateFailed(f"catalogue: cannot be rendered: {exc}", option="catalogue") from exc


def _trusted(data: Any) -> Any:
    if isinstance(data, dict):
        return {key: _trusted(value) for key, value in data.items()}
    if isinstance(data, list):
        return [_trusted(value) for value in data]
    return trust_as_template(data) if isinstance(data, str) else data


def own_variables(action: Any) -> dict[str, Any]:
    """The host's variables for expressions, without what ansible adds about all the other hosts, and secrets."""
    hidden = ("hostvars", "vars", "groups", "environment", "omit", "holdfast_jump_hosts", "holdfast_proxy")
    return {
        name: value
        for name, value in action.vars.items()
        if name not in hidden and not name.startswith("ansible_") and "pass" not in name and "secret" not in name
    }
