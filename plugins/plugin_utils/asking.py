# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The option group of modules that run commands: its spec, what it allows in check mode, and the broker's request."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .drivers.platforms import only_reads
from .options import Spec

COMMANDS: Spec = {
    "commands": {"type": "list", "elements": "raw", "required": True},
    "parser": {"type": "str", "choices": ["none", "textfsm", "ttp", "genie", "json"], "default": "none"},
    "template": {"type": "str"},
    "timeout": {"type": "float"},
}
SKIPPED = {"skipped": True, "msg": "check mode: not all commands only read", "changed": False}


def all_read(commands: list[Any], driver: str | None, platform: str | None) -> bool:
    """Whether none of these commands changes anything on this platform."""
    return all(only_reads(_text(command), driver, platform) for command in commands)


def run_request(
    options: Mapping[str, Any], read_file: Callable[[str, str], str], become_user: str | None
) -> dict[str, Any]:
    """Parameters of the broker's ``run``.

    Templates go as text: the processes that parse may see other files than we do. ``read_file`` gets an option's name
    and a path. Raises BadInput for a template that cannot be read.
    """

    def template(name: str) -> dict[str, str]:
        return {"name": name} if name.startswith("ttp://") else {"name": name, "text": read_file("template", name)}

    def own(command: Any) -> Any:
        given = isinstance(command, dict) and command.get("template")
        return {**command, "template": template(str(given))} if given else command

    asked = {name: options[name] for name in ("parser", "timeout") if options.get(name) is not None}
    asked["commands"] = [own(command) for command in options["commands"]]
    if options.get("template"):
        asked["template"] = template(options["template"])
    if become_user:
        asked["become"] = become_user
    return asked


def longest(options: Mapping[str, Any]) -> float | None:
    """Seconds that all commands together may take; None when only the connection's timeout counts."""
    return None if options["timeout"] is None else float(options["timeout"]) * len(options["commands"])


def _text(command: Any) -> str:
    return str(command.get("command", "")) if isinstance(command, dict) else str(command)
