# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Entry point of the broker process: makes the collection importable without Ansible, then serves.

Run as a script, from wherever the collection is installed: the folder need not be called
ansible_collections/holdfast/network (a checkout is not).
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
import types
from pathlib import Path

PACKAGE = "ansible_collections.holdfast.network"


def mount(root: Path) -> None:
    """Bind the collection's folder to its import name, so that relative imports mean the same as under Ansible."""
    parents = PACKAGE.split(".")
    for depth in range(1, len(parents) + 1):
        name = ".".join(parents[:depth])
        module = types.ModuleType(name)
        module.__path__ = [str(root)] if name == PACKAGE else []
        sys.modules[name] = module
    for name, folder in (("plugins", "plugins"), ("plugins.plugin_utils", "plugins/plugin_utils")):
        module = types.ModuleType(f"{PACKAGE}.{name}")
        module.__path__ = [str(root / folder)]
        sys.modules[f"{PACKAGE}.{name}"] = module


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="holdfast-broker", description="The holdfast.network session broker.")
    parser.add_argument(
        "command",
        nargs="?",
        choices=["serve", "status", "health"],
        default="serve",
        help="serve (default); or ask the one that runs: status (ready for work?), health (does it answer?)",
    )
    parser.add_argument("--timeout", type=float, default=5.0, help="seconds for the answer to status and health")
    parser.add_argument("--runtime-dir", help="directory of the socket (default: HOLDFAST_RUNTIME_DIR)")
    parser.add_argument("--state-dir", help="directory of changes, checkpoints and the log (HOLDFAST_STATE_DIR)")
    parser.add_argument("--ready-fd", type=int, help="detach, and write one JSON line here when listening")
    parser.add_argument("--parser-worker", action="store_true", help="parse what comes on standard input instead")
    return parser.parse_args(arguments)


def main() -> int:
    arguments = parse(sys.argv[1:])
    # Python put this script's folder first: a module of ours must never shadow one of the standard library.
    own = str(Path(__file__).resolve().parent)
    sys.path[:] = [entry for entry in sys.path if entry and os.path.realpath(entry) != own]
    mount(Path(__file__).resolve().parents[3])
    if arguments.parser_worker:
        return int(importlib.import_module(f"{PACKAGE}.plugins.plugin_utils.broker.parser_worker").run())
    if arguments.command != "serve":
        probing = importlib.import_module(f"{PACKAGE}.plugins.plugin_utils.broker.probing")
        return int(probing.run(arguments.command, arguments.runtime_dir, arguments.state_dir, arguments.timeout))
    if arguments.ready_fd is not None and os.fork():
        os._exit(0)
    service = importlib.import_module(f"{PACKAGE}.plugins.plugin_utils.broker.service")
    return int(service.run(arguments.runtime_dir, arguments.state_dir, arguments.ready_fd))


if __name__ == "__main__":
    sys.exit(main())
