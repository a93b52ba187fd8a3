# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""python -m tests.bench.one SECTION SIZES DIRECTORY: one section in a process of its own.

So that whatever happens to it, the others go on. Its figures go to DIRECTORY/figures.json.
"""

from __future__ import annotations

import json
import sys
from contextlib import ExitStack
from pathlib import Path

from tests.bench import sections, sizes
from tests.bench.place import Place
from tests.bench.runs import NotMeasured


def main() -> None:
    name, size, directory = sys.argv[1], sys.argv[2], Path(sys.argv[3])
    with ExitStack() as stack:
        place = Place(getattr(sizes, size), directory, stack)
        try:
            answer = {"figures": sections.section(name).measure(place)}
        except NotMeasured as reason:
            answer = {"left_out": str(reason)}
    (directory / "figures.json").write_text(json.dumps(answer))


if __name__ == "__main__":
    main()
