# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The execution environment's images, as `make ee` leaves them in podman's storage."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.ee import account as accounts
from tests.ee import rings
from tests.ee.account import Account
from tests.ee.rings import Ring

REPO = Path(__file__).resolve().parents[2]
REPOSITORY = "localhost/holdfast-ee"


def exists(name: str) -> bool:
    return subprocess.run(["podman", "image", "exists", name], check=False).returncode == 0


@pytest.fixture(scope="session")
def image() -> Callable[[str], str]:
    """Name of the image of a variant. `slim` is built where it is missing; `full` is only used where it is there."""

    def find(variant: str = "slim") -> str:
        name = f"{REPOSITORY}:{variant}"
        if exists(name):
            return name
        if variant != "slim":
            pytest.skip(f"{name} is not built here: `make ee VARIANT={variant}` takes some minutes and a gigabyte")
        subprocess.run(["make", "ee", f"VARIANT={variant}"], cwd=REPO, check=True)
        return name

    return find


@pytest.fixture(scope="session", autouse=True)
def settings(tools: Path) -> None:
    """The tools are found, and podman's settings are those of `make ee`: our own where its defaults start nothing."""
    os.environ["PATH"] += f":{tools}"
    script = '. execution-environment/podman.sh "$1" && printf %s "${CONTAINERS_CONF:-}"'
    words = ["bash", "-c", script, "-", f"{REPOSITORY}:slim"]
    found = subprocess.run(words, cwd=REPO, check=False, capture_output=True, text=True)
    if found.returncode == 0 and found.stdout:
        os.environ["CONTAINERS_CONF"] = found.stdout


@pytest.fixture(scope="session")
def tools() -> Path:
    """Where ansible-runner and ansible-navigator are."""
    return REPO / ".venv-ee/bin"


@pytest.fixture(scope="session")
def account(image: Callable[[str], str], tools: Path) -> Iterator[Account]:
    """An unprivileged user of this machine who has the image."""
    with accounts.made(image("slim"), tools, REPO) as made:
        yield made


@pytest.fixture(scope="session")
def place() -> Iterator[Path]:
    """A directory that the containers' user may pass through."""
    made = Path(tempfile.mkdtemp(prefix="hf-ee-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made, ignore_errors=True)


LABS = [pytest.param(kind, marks=pytest.mark.xdist_group(kind)) for kind in ("emulated", "frr")]


@pytest.fixture(scope="session", params=LABS)
def ring(request: pytest.FixtureRequest, place: Path, account: Account, image: Callable[..., str]) -> Iterator[Ring]:
    """A lab of four routers in a network of its own: emulated, and FRRouting."""
    with rings.up(request.param, place, account, image()) as made:
        yield made
