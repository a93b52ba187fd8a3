# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The hooks of pre-commit run what `make lint` runs, with the tools of its environment, and download nothing."""

from __future__ import annotations

import re

import yaml

from tests.packaging.conftest import ROOT


def test_hooks_are_the_linters() -> None:
    (source,) = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
    assert source["repo"] == "local"
    used = {hook["entry"].removeprefix(".venv/bin/").split()[0] for hook in source["hooks"]}
    recipe = re.findall(r"(?ms)^lint:.*?(?=^\S)", (ROOT / "Makefile").read_text())[0]
    assert used - {"antsibull-changelog"} == set(re.findall(r"\$\(BIN\)/([a-z-]+)", recipe))
    assert all(hook["language"] == "system" for hook in source["hooks"])
