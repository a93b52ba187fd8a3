# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How pages of the repository become pages of the site, and that what is broken is found. `make docs` builds it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.packaging.conftest import ROOT
from tests.tools import check_site, make_site

KNOWN = make_site.pages()


def _translated(text: str, source: str) -> str:
    return make_site.translate(text, source, KNOWN)


@pytest.mark.parametrize(
    ("source", "target", "there"),
    [
        ("docs/drift.md", "discovery.md", "discovery.md"),
        ("docs/drift.md", "errors.md#codes", "errors.md#codes"),
        ("docs/drift.md", "adr/0011-sources.md", "../decisions/0011-sources.md"),
        ("docs/adr/0002-protocol.md", "../protocol.md", "../topics/protocol.md"),
        ("README.md", "docs/adr/", "decisions/index.md"),
        ("README.md", "roles/change/README.md", "roles/change.md"),
        ("README.md", "LICENSE", f"{make_site.REPOSITORY}/blob/main/LICENSE"),
        ("roles/record/README.md", "meta/main.yml", f"{make_site.REPOSITORY}/blob/main/roles/record/meta/main.yml"),
        ("docs/drivers.md", "../extensions/systemd", f"{make_site.REPOSITORY}/tree/main/extensions/systemd"),
        ("docs/drivers.md", "https://example.com/a.md", "https://example.com/a.md"),
        ("docs/drivers.md", "#a-driver-of-your-own", "#a-driver-of-your-own"),
    ],
)  # fmt: skip
def test_a_link_leads_to_the_page_that_the_file_became(source: str, target: str, there: str) -> None:
    assert _translated(f"See [`this` one]({target}).", source) == f"See [`this` one]({there})."


def test_a_shown_link_is_left_as_it_is() -> None:
    shown = "```markdown\n[x](nothing.md)\n```\n"
    assert _translated(shown, "docs/drift.md") == shown


def test_a_link_to_nothing_is_an_error() -> None:
    with pytest.raises(make_site.BrokenLink, match="docs/drift.md: there is no docs/nothing.md"):
        _translated("[x](nothing.md)", "docs/drift.md")


def test_every_link_of_every_page_leads_somewhere() -> None:
    for source in KNOWN:
        _translated((ROOT / source).read_text(), source)


def test_every_page_is_in_the_navigation() -> None:
    entries = (ROOT / "docs/site/index.md").read_text() + (ROOT / "docs/site/roles/index.md").read_text()
    lost = {
        page
        for page in KNOWN.values()
        if not page.startswith("decisions/")
        and Path(page.removeprefix("roles/")).with_suffix("").as_posix() not in entries
    }
    assert lost == set()


def test_pages_are_put_together(tmp_path: Path) -> None:
    make_site.assemble(tmp_path / "pages")
    there = {path.relative_to(tmp_path / "pages").as_posix() for path in (tmp_path / "pages").rglob("*.md")}
    assert {*KNOWN.values(), "index.md", "roles/index.md", "decisions/index.md"} == there
    assert "(../plugins/change_role.rst)" in (tmp_path / "pages/roles/change.md").read_text()
    assert (tmp_path / "pages/ansible.inv").read_bytes().startswith(b"# Sphinx inventory version 2\n")


def test_broken_links_and_missing_pages_are_found(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text(
        '<a href="a.html#x">ok</a> <a href="a.html#y">no such heading</a> <img src="b.png"> <a href="#top">ok</a>'
        '<a href="https://example.com/c">not followed</a> <a href="../outside.html">outside</a>'
    )
    (tmp_path / "a.html").write_text('<h1 id="x">A</h1><a href="index.html">ok</a>')
    (tmp_path.parent / "outside.html").touch()
    assert check_site.broken_links(tmp_path) == [
        "index.html: ../outside.html leads nowhere",
        "index.html: a.html#y leads nowhere",
        "index.html: b.png leads nowhere",
    ]
    missing = check_site.missing_pages(tmp_path, ROOT)
    wanted = (
        "config_module",
        "pinned_connection",
        "netbox_inventory",
        "table_filter",
        "preload_callback",
    )
    assert {f"plugins/{name} has no page" for name in wanted} | {"topics/errors has no page"} <= set(missing)
