# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""``status`` and ``health`` of the command line: one JSON line and an exit status, for probes and for people."""

from __future__ import annotations

import json
import sys
import time
from typing import Any

from . import lifecycle
from .errors import HoldfastError
from .paths import default_paths
from .version import COLLECTION_VERSION


def run(command: str, runtime: str | None, state: str | None, timeout: float) -> int:
    """0 when the broker is ready for work (``status``), or answers within ``timeout`` seconds (``health``); else 1."""
    start = time.monotonic()
    answer: dict[str, Any]
    try:
        paths = default_paths(COLLECTION_VERSION, runtime, state)
        with lifecycle.existing(paths) as client:
            hello = client.call("hello", timeout=timeout)
            answer = {"ready": not hello["draining"], **hello}
            if command == "status":
                found = client.call("session.list", timeout=timeout)
                answer = {**answer, **found["broker"], "changes": len(found["changes"])}
    except HoldfastError as exc:
        answer = {"ready": False, "error": exc.as_dict()}
    answer["seconds"] = round(time.monotonic() - start, 4)
    good = bool(answer["ready"]) if command == "status" else "error" not in answer
    sys.stdout.write(json.dumps({"healthy": good, **answer} if command == "health" else answer) + "\n")
    return 0 if good else 1
