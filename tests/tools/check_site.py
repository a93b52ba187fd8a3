# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Look at a site that was built: every plugin, role and page of docs/ is there, and every internal link resolves.

Sphinx sees the links that it makes itself; this sees what came out, raw HTML and files included. Links to other
sites are not followed: they cannot be, where nothing but this machine is reached. Usage: check_site.py SITE REPOSITORY
"""

from __future__ import annotations

import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

KINDS = {"modules": "module", "connection": "connection", "inventory": "inventory", "filter": "filter"}
KINDS |= {"callback": "callback"}


class Page(HTMLParser):
    """The links of a page and the anchors that it has."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: set[str] = set()
        self.anchors: set[str] = {"", "top"}
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what refers to something, and what can be referred to."""
        for name, value in attrs:
            if name in ("href", "src") and value:
                self.links.add(value)
            elif name in ("id", "name") and value:
                self.anchors.add(value)


def broken_links(site: Path) -> list[str]:
    """A sentence for each internal link of each page that leads nowhere."""
    pages = {path: Page(path.read_text()) for path in sorted(site.rglob("*.html"))}
    return [
        f"{path.relative_to(site)}: {link} leads nowhere"
        for path, page in pages.items()
        for link in sorted(page.links)
        if not _resolves(site, path, link, pages)
    ]


def _resolves(site: Path, path: Path, link: str, pages: dict[Path, Page]) -> bool:
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        return True
    base = site if parts.path.startswith("/") else path.parent
    target = (base / unquote(parts.path).lstrip("/")).resolve() if parts.path else path
    if target.is_dir():
        target = target / "index.html"
    if target not in pages:
        return target.is_file() and target.is_relative_to(site)
    return unquote(parts.fragment) in pages[target].anchors


def missing_pages(site: Path, root: Path) -> list[str]:
    """A sentence for each plugin, role, guide and page of docs/ that has no page of its own."""
    wanted = [f"plugins/{path.parent.name}_role" for path in root.glob("roles/*/meta")]
    wanted += [f"roles/{path.parent.name}" for path in root.glob("roles/*/README.md")]
    for folder, kind in KINDS.items():
        names = {path.stem for path in (root / "plugins" / folder).glob("*.py")} - {"__init__"}
        wanted += [f"plugins/{name}_{kind}" for name in names]
    for folder, there in (("docs", "topics"), ("docs/guides", "guides"), ("docs/adr", "decisions")):
        wanted += [f"{there}/{path.stem}" for path in (root / folder).glob("*.md")]
    wanted += ["overview", "changelog", "contributing", "search"]
    return [f"{name} has no page" for name in sorted(wanted) if not (site / f"{name}.html").is_file()]


if __name__ == "__main__":
    where, repository = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()
    if found := missing_pages(where, repository) + broken_links(where):
        sys.exit("\n".join(found))
