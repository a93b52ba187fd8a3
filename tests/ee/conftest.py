# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The execution environment's images, as `make ee` leaves them in podman's storage."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

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
