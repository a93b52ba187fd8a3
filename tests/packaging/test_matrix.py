# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The matrix of Python and ansible-core: complete, the oldest and the newest by default, honest when one is missing."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import noxfile
from tests.packaging.conftest import BIN, ROOT


def _nox(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    variables = {name: value for name, value in os.environ.items() if name not in ("CI", "MAKEFLAGS")}
    return subprocess.run(
        [str(BIN / "nox"), "--no-error-on-missing-interpreters", *arguments],
        cwd=ROOT, env=variables | environment, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_every_kind_of_test_on_every_pair_the_oldest_and_the_newest_by_default() -> None:
    listed = re.findall(r"(?m)^([*-]) (\S+) ", _nox("--list").stdout)
    assert {name for mark, name in listed} == {f"{kind}({pair})" for kind in noxfile.KINDS for pair in noxfile.NAMES}
    assert {name.split("(")[1] for mark, name in listed if mark == "*"} == {"3.11-2.19)", "3.13-2.21)"}


def test_the_oldest_ansible_core_is_the_one_that_is_required() -> None:
    assert f'">={min(noxfile.PAIRS)}.0"' in (ROOT / "meta/runtime.yml").read_text()


def test_a_python_that_is_not_here_is_said(tmp_path: Path) -> None:
    for name in ("bash", "env", "dirname", "make"):
        (tmp_path / name).symlink_to(f"/usr/bin/{name}")
    nowhere = {"PATH": str(tmp_path), "PYENV_ROOT": str(tmp_path), "HOME": str(tmp_path)}
    said = "Python 3.11 does not run on this machine, so ansible-core 2.19 is not tested with it"
    done = _nox("-s", "unit(3.11-2.19)", **nowhere)
    assert done.returncode == 0 and said in done.stderr and "skipped" in done.stderr, done.stderr
    done = _nox("-s", "unit(3.11-2.19)", **nowhere, CI="true")
    assert done.returncode != 0 and said in done.stderr, "where everything has to be there it is an error"
