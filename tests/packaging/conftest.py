# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The artifact as `make build` makes it, and an installation of it that knows nothing of the checkout."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent


def build(directory: Path) -> Path:
    """Build the artifact into a directory and return its path."""
    command = [ROOT / "tests/tools/build.sh", BIN, directory]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return Path(done.stdout.splitlines()[-1])


@pytest.fixture(scope="session")
def artifact(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("dist"))


class Installation:
    """The artifact in a directory of collections, and a Python path on which the checkout is not."""

    def __init__(self, directory: Path, artifact: Path) -> None:
        self.directory = directory
        self.collections = directory / "collections"
        done = self.run("ansible-galaxy", "collection", "install", str(artifact), "-p", str(self.collections))
        assert "was installed successfully" in done.stdout, done.stdout + done.stderr

    @property
    def path(self) -> Path:
        return self.collections / "ansible_collections/holdfast/network"

    def run(self, command: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a command of the environment in the directory, where nothing but the installation is found."""
        variables = {
            name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "HOLDFAST_"))
        }
        variables |= {
            "HOME": str(self.directory),
            "ANSIBLE_COLLECTIONS_PATH": str(self.collections),
            # The environment of the tests links the checkout into its site-packages.
            "ANSIBLE_COLLECTIONS_SCAN_SYS_PATH": "False",
            "COLUMNS": "120",
            "PATH": f"{BIN}:{os.environ['PATH']}",
        }
        return subprocess.run(
            [str(BIN / command), *arguments],
            cwd=self.directory,
            env=variables | environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory, artifact: Path) -> Installation:
    return Installation(tmp_path_factory.mktemp("installed"), artifact)
