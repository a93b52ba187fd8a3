# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The soak for a quarter of a minute: the real one is ``make soak``."""

from __future__ import annotations

import subprocess
import sys

from tests.integration.callers import REPO


def test_a_short_soak_ends_flat() -> None:
    command = [sys.executable, "-m", "tests.soak", "--duration", "15", "--rate", "20"]
    done = subprocess.run(
        command, cwd=REPO, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=240, check=False
    )
    print(done.stdout)
    assert done.returncode == 0 and done.stdout.rstrip().endswith("flat"), done.stdout[-3000:] + done.stderr[-2000:]
    assert "'read'" in done.stdout and "faults:  {'" in done.stdout
