# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Put the pages of the site together from where they are in the repository: make_site.py pages|plugins DIRECTORY.

Pages have the relative links that work in the repository. Here each is turned into a link to the page of the site that
is made of that file, or to the repository when none is. A link to what is not there ends it with an error.
`plugins` fits what antsibull-docs wrote to a directory to the site.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import zlib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
REPOSITORY = "https://github.com/holdfast-network/holdfast.network"
SINGLE = {
    "README.md": "overview.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
    "SECURITY.md": "security-policy.md",
}
FOLDERS = {"docs/guides": "guides", "docs/adr": "decisions", "docs": "topics"}
LINK = re.compile(r"(\[(?:[^\[\]]|\[[^\]]*\])*\])\(([^()\s]+)\)")
FENCE = re.compile(r"(?ms)^(`{3,}|~{3,})[^\n]*\n.*?^\1[ ]*$")


class BrokenLink(Exception):
    """A page links to something that is not in the repository."""


def pages(root: Path = ROOT) -> dict[str, str]:
    """{path in the repository: path in the site} of all pages in Markdown."""
    found = {name: target for name, target in SINGLE.items() if (root / name).is_file()}
    for folder, target in FOLDERS.items():
        found |= {f"{folder}/{path.name}": f"{target}/{path.name}" for path in (root / folder).glob("*.md")}
    roles = [path.parent.name for path in root.glob("roles/*/README.md")]
    return found | {f"roles/{name}/README.md": f"roles/{name}.md" for name in roles}


def translate(text: str, source: str, known: dict[str, str], root: Path = ROOT) -> str:
    """The text of the page `source` with its links as the site has them. Raises BrokenLink."""

    def link(match: re.Match[str]) -> str:
        words, target = match.groups()
        if re.match(r"[a-z]+:|#", target):
            return match.group(0)
        path, mark, anchor = target.partition("#")
        place = os.path.normpath(os.path.join(os.path.dirname(source), path))
        return f"{words}({_target(place)}{mark}{anchor})"

    def _target(path: str) -> str:
        folder = {"docs/adr": "decisions/index.md", "docs/guides": "index.md"}.get(path)
        if folder or path in known:
            return os.path.relpath(folder or known[path], os.path.dirname(known[source]) or ".")
        if not (root / path).exists():
            raise BrokenLink(f"{source}: there is no {path}")
        return f"{REPOSITORY}/{'tree' if (root / path).is_dir() else 'blob'}/main/{path}"

    done, position = [], 0
    for fence in FENCE.finditer(text):
        done += [LINK.sub(link, text[position : fence.start()]), fence.group(0)]
        position = fence.end()
    return "".join([*done, LINK.sub(link, text[position:])])


def _index(heading: str, words: str, names: list[str]) -> str:
    return "\n".join([f"# {heading}", "", words, "", "```{toctree}", ":maxdepth: 1", "", *names, "```", ""])


def _inventory(objects: str) -> bytes:
    """Names of another site's pages in the form that Sphinx reads."""
    head = "# Sphinx inventory version 2\n# Project: ansible\n# Version: latest\n# The rest is compressed with zlib.\n"
    return head.encode() + zlib.compress(objects.encode())


def _role(name: str, text: str) -> str:
    options = f"All variables with their types: [options of the role](../plugins/{name}_role.rst).\n"
    return f"{text.rstrip()}\n\n{options}"


def assemble(target: Path, root: Path = ROOT) -> None:
    """Write all pages, indexes and settings to `target`, which is emptied."""
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(root / "docs/site", target)
    shutil.copy(root / "galaxy.yml", target)
    (target / "ansible.inv").write_bytes(_inventory((target / "ansible-objects.txt").read_text()))
    known = pages(root)
    for source, page in known.items():
        text = translate((root / source).read_text(), source, known, root)
        if page.startswith("roles/"):
            text = _role(Path(page).stem, text)
        (target / page).parent.mkdir(parents=True, exist_ok=True)
        (target / page).write_text(text)
    decisions = sorted(Path(page).stem for page in known.values() if page.startswith("decisions/"))
    words = "Why it is built as it is: one page for each decision that is expensive to change."
    (target / "decisions/index.md").write_text(_index("Decisions", words, decisions))


def tidy(directory: Path) -> None:
    """Short names in the navigation, and no second table of contents: the theme has one beside each page."""
    contents = re.compile(r"(?m)^\.\. contents::\n(?: +:.*\n)+")
    for path in directory.glob("*.rst"):
        path.write_text(contents.sub("", path.read_text()))
    index = directory / "index.rst"
    text = re.sub(r"(?m)^    (\w+)_module$", r"    \1 <\1_module>", index.read_text())
    kinds = "callback|connection|filter|inventory|role"
    text = re.sub(rf"(?m)^    (\w+)_({kinds})$", r"    \1 (\2) <\1_\2>", text)
    heading = "Modules and plugins"
    index.write_text(re.sub(r"(?mi)^holdfast\.network\n=+$", f"{heading}\n{'=' * len(heading)}", text))


if __name__ == "__main__":
    try:
        {"pages": assemble, "plugins": tidy}[sys.argv[1]](Path(sys.argv[2]))
    except BrokenLink as error:
        sys.exit(str(error))
