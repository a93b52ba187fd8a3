# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a device answered to commands, as the modules return it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def shaped(replies: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Lists with one entry a command, out of the broker's ``replies``."""
    outputs = [reply["output"] for reply in replies]
    # ansible-core takes stdout for one text and splits it itself, and fails, where no lines are given
    result = {"stdout": outputs, "stdout_lines": [output.splitlines() for output in outputs]}
    if replies and "status" in replies[0]:  # it came from a shell
        errors = [str(reply.get("stderr", "")) for reply in replies]
        result |= {"status": [reply["status"] for reply in replies], "stderr": errors}
        result["stderr_lines"] = [error.splitlines() for error in errors]
    if any("parsed" in reply for reply in replies):
        result["parsed"] = [reply.get("parsed") for reply in replies]
    return result
