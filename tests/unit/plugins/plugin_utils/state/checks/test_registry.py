# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Checks of other people's packages, through the decorator and the entry point."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.errors import BadInput
from ansible_collections.holdfast.network.plugins.plugin_utils.state.checks.contract import (
    Context,
    Outcome,
    definitions,
    register,
)

BASE = "ansible_collections.holdfast.network.plugins.plugin_utils.state.checks"


def test_built_in_checks() -> None:
    assert set(definitions()) == {
        "bgp",
        "config",
        "expression",
        "facts",
        "interfaces",
        "lldp",
        "napalm_validate",
        "no_new_drops",
        "ospf",
        "reachability",
        "routes",
        "unchanged",
    }


def test_wrong_feature_is_told_at_registration() -> None:
    with pytest.raises(BadInput, match="check mine: 'bpg' is no feature"):
        register("mine", object, features=("bpg",))


def test_built_in_checks_cannot_be_replaced() -> None:
    def mine(options: object, context: Context) -> Outcome:
        return Outcome(None, None)

    with pytest.raises(BadInput, match="check bgp: the name is that of a built-in check; choose another"):
        register("bgp", object)(mine)


def test_entry_point(tmp_path: Path) -> None:
    """A package on the path whose metadata names a module with a check."""
    (tmp_path / "mychecks.py").write_text(
        "from dataclasses import dataclass\n"
        f"from {BASE}.contract import Context, Outcome, register\n"
        f"from {BASE}.options import option\n"
        "@dataclass(frozen=True)\n"
        "class Uptime:\n"
        "    least: float = option('number', 60)\n"
        "@register('uptime', Uptime, features=('facts',))\n"
        "def uptime(options, context):\n"
        "    seconds = context.features['facts']['uptime']\n"
        "    return Outcome(options.least, seconds, [] if seconds >= options.least else ['too young'])\n"
    )
    info = tmp_path / "mychecks-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: mychecks\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[holdfast.network.checks]\nmychecks = mychecks\n")
    code = (
        f"from {BASE}.catalogue import parse_catalogue\n"
        f"from {BASE}.runner import run_checks\n"
        "class Reader:\n"
        "    def features(self, names): return {'facts': {'uptime': 5}}\n"
        "    def ping(self, destination, **options): raise AssertionError\n"
        "    def getter(self, name, arguments): raise AssertionError\n"
        "result = run_checks(parse_catalogue([{'check': 'uptime', 'least': 10}], 'x'), Reader(), host='r1')\n"
        "print(result.results[0]['status'], result.results[0]['message'])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path)},
    )
    assert done.stdout.strip() == "failed too young"
