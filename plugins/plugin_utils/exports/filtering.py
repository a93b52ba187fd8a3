# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the export filters have in common: errors and warnings as Ansible shows them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible.utils.display import Display

from ..broker.errors import HoldfastError
from ..inventory.hosts import some

_OPTIONS = "unexpected keyword argument"


def answer(name: str, work: Callable[[], tuple[dict[str, Any], list[str]]]) -> dict[str, Any]:
    """What ``work`` makes; a warning about the hosts that it left out. Raises AnsibleFilterError."""
    try:
        made, others = work()
    except HoldfastError as exc:
        raise AnsibleFilterError(f"{name}: {exc.message}") from exc
    except TypeError as exc:
        if _OPTIONS not in str(exc):
            raise
        option = str(exc).rpartition(" ")[2]
        raise AnsibleFilterError(f"{name}: there is no option {option}, see ansible-doc -t filter {name}") from exc
    if others:
        Display().warning(f"{name}: left out, because they are local or have no platform: {some(others)}")
    return made
