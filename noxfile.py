# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The tests on every supported pair of Python and ansible-core, each in a virtual environment of its own.

`make test-matrix`, or plain `nox`, takes the oldest pair and the newest. `nox --list` names all sessions:
`nox -s "unit(3.12-2.20)"`, `nox -t sanity` for one kind on all pairs, `nox -t 3.12-2.20` for one pair.
"""

from __future__ import annotations

import os
from pathlib import Path

import nox

# What each ansible-core runs on, of the Pythons that the collection supports; the oldest pair first, the newest last.
PAIRS = {
    "2.19": ("3.11", "3.12", "3.13"),
    "2.20": ("3.12", "3.13"),
    "2.21": ("3.12", "3.13"),
}
KINDS = ("sanity", "unit", "integration", "molecule")

NAMES = [f"{python}-{core}" for core, pythons in PAIRS.items() for python in pythons]

nox.needs_version = ">=2025.2.9"
nox.options.sessions = [f"{kind}({name})" for name in (NAMES[0], NAMES[-1]) for kind in KINDS]
nox.options.default_venv_backend = "none"  # the environments are those of make-venv.sh


def _environment(session: nox.Session, pair: str) -> tuple[str, str]:
    """Make the pair's virtual environment; return it and its Python. A Python that is not here skips the session."""
    python, core = pair.split("-")
    find = ["tests/tools/find-python.sh", python]
    found = session.run(*find, external=True, silent=True, success_codes=[0, 1], log=False)
    interpreter = str(found).strip().splitlines()[-1]
    if not Path(interpreter).is_file():
        message = f"Python {python} does not run on this machine, so ansible-core {core} is not tested with it"
        session.error(message) if os.environ.get("CI") else session.skip(message)
    directory = f".venv-{pair}"
    session.run("tests/tools/make-venv.sh", interpreter, directory, core, external=True)
    Path(directory, ".complete").touch()
    return directory, interpreter


def _register(kind: str) -> None:
    @nox.session(name=kind, tags=[kind], python=False)
    @nox.parametrize("pair", [nox.param(name, id=name, tags=[name]) for name in NAMES])
    def run(session: nox.Session, pair: str) -> None:
        directory, interpreter = _environment(session, pair)
        session.run("make", f"VENV={directory}", f"PYTHON={interpreter}", kind, external=True)

    run.__doc__ = f"make {kind} with one pair of Python and ansible-core"


for _kind in KINDS:
    _register(_kind)
