# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The options by which modules and inventory plugins reach a source of truth (doc fragment ``source``)."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from ..broker.errors import BadInput
from .rest import Rest

SOURCES = ["netbox", "nautobot"]
#: For a module's SPEC; the environment stands in for url and token, so neither is required here.
SPEC: dict[str, dict[str, Any]] = {
    "source": {"type": "str", "choices": SOURCES, "required": True},
    "url": {"type": "str"},
    "token": {"type": "str", "no_log": True},
    "validate_certs": {"type": "bool", "default": True},
    "ca_file": {"type": "path"},
    "timeout": {"type": "float", "default": 30.0},
}
#: Where url and token come from when no option has them, as the vendors' own tools read them.
ENVIRONMENT: dict[str, dict[str, tuple[str, ...]]] = {
    "netbox": {"url": ("NETBOX_API", "NETBOX_URL"), "token": ("NETBOX_TOKEN", "NETBOX_API_TOKEN")},
    "nautobot": {"url": ("NAUTOBOT_URL",), "token": ("NAUTOBOT_TOKEN",)},
}


def client(options: Mapping[str, Any], *, parallel: int = 4) -> Rest:
    """The client for a task's options of SPEC. Raises BadInput, naming the option, when there is no url."""
    source = str(options["source"])
    url = options.get("url") or _environment(source, "url")
    if not url:
        names = " or ".join(ENVIRONMENT[source]["url"])
        raise BadInput(f"url: is needed, the address of {source}; or set {names} in the environment", option="url")
    return Rest(
        str(url),
        options.get("token") or _environment(source, "token"),
        source=source,
        validate_certs=bool(options.get("validate_certs", True)),
        ca_file=options.get("ca_file"),
        timeout=float(options.get("timeout") or 30.0),
        parallel=parallel,
        token_kind=str(options.get("token_kind") or "auto"),
    )


def _environment(source: str, option: str) -> str | None:
    return next((os.environ[name] for name in ENVIRONMENT[source][option] if os.environ.get(name)), None)
