# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Private keys on their way to a broker that runs elsewhere: in another container, or as another user.

A path means nothing there, or another file. So the task reads its key itself, with its own rights, and sends the text.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from .broker.errors import BadInput

MOST = 65536  # bytes; the longest key that anybody uses has a quarter of it


def carried(secrets: Mapping[str, Any]) -> dict[str, Any]:
    """The same credentials, with the text of each key in place of its path. Raises BadInput."""
    carried = _with_text(secrets, "ansible_private_key_file", "private_key_file")
    hops = secrets.get("jump_hosts")
    if isinstance(hops, Mapping):
        hops = [hops]
    if isinstance(hops, list):
        carried["jump_hosts"] = [
            _with_text(hop, f"holdfast_jump_hosts: private_key_file of jump host {number}", "jump_hosts")
            if isinstance(hop, Mapping)
            else hop
            for number, hop in enumerate(hops, 1)
        ]
    return carried


def _with_text(secrets: Mapping[str, Any], variable: str, option: str) -> dict[str, Any]:
    found = dict(secrets)
    path = found.pop("private_key_file", None)
    if path and not found.get("private_key"):
        found["private_key"] = _read(os.path.expanduser(str(path)), variable, option)
    return found


def _read(path: str, variable: str, option: str) -> str:
    try:
        if os.path.exists(path) and not os.path.isfile(path):  # to open a pipe would wait for its other end
            raise BadInput(f"{variable}: {path} is no file; give the path of a private key", option=option)
        with open(path, encoding="utf-8", errors="replace") as file:
            text = file.read(MOST + 1)
    except OSError as exc:
        raise BadInput(
            f"{variable}: the key file {path} cannot be read here: {exc.strerror}; a broker elsewhere gets the key "
            "from this task, so have the file where Ansible runs (in its container), or give the text in "
            "holdfast_private_key",
            option=option,
        ) from exc
    if len(text) > MOST:
        raise BadInput(f"{variable}: {path} is too long for a private key; give the path of one", option=option)
    return text
