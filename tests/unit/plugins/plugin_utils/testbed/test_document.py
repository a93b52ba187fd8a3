# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""YAML that knows where its values are."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.errors import BadInput
from ansible_collections.holdfast.network.plugins.plugin_utils.testbed.document import Document, load

TEXT = """\
base: &base
  os: ios
devices:
  r1:
    <<: *base
    ports:
      - {name: Gi0/1}
  r2: *base
"""


def test_values_know_their_places() -> None:
    found = Document("bed.yaml", TEXT)
    assert found.get("devices", "r1", "os") == found.get("devices", "r2", "os") == "ios"
    assert found.place("devices", "r1", "ports", 0, "name") == "bed.yaml, line 7, column 10"
    assert found.place("devices", "r1", "nothing", "here") == "bed.yaml, line 4, column 3"
    assert found.place("nowhere") == "bed.yaml"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: [1\n", "f, line 2, column 1: this is no YAML: "),
        ("a: 1\n\tb: 2\n", "f, line 2, column 1: this is no YAML: "),
        ("a: !python/object:os.system x\n", "f, line 1, column 4: this is no YAML: could not determine a constructor"),
        ("a: *b\n", "f, line 1, column 4: this is no YAML: found undefined alias"),
        ("a:\n  b: 1\n  c: 2\n  b: 3\n", "f, line 4, column 3: a.b is there twice, first on line 2"),
        ("- a\n", "f: a mapping is expected, with devices in it; this is a list"),
        ("a: 1\n---\nb: 2\n", "f, line 2, column 1: this is no YAML: "),
        ("a: \x00\n", "f: this is no YAML: "),
    ],
)
def test_what_is_no_testbed_is_told_with_line_and_column(text: str, words: str) -> None:
    with pytest.raises(BadInput, match=re.escape(words)):
        Document("f", text)


def test_a_loop_of_aliases_ends() -> None:
    assert Document("f", "a: &a\n  b: *a\n").get("a", "b", "b", "b") is not None


def test_shapes_are_checked() -> None:
    found = Document("f", "a: text\nb: {1: x, true: y}\nc: {d: [1]}\ne: 1.5\nf: true\n")
    assert found.mapping("nothing") == {} and found.text("nothing") == "" and found.text("e") == "1.5"
    for wrong, words in (
        (lambda: found.mapping("a"), "f, line 1, column 1: a: a mapping is expected, this is a text"),
        (lambda: found.mapping("b"), "f, line 2, column 1: b.1: the key 1 is a int; put it in quotes"),
        (lambda: found.text("c", "d"), "f, line 3, column 5: c.d: a text is expected, this is a list"),
        (lambda: found.text("f"), "f, line 5, column 1: f: a text is expected, this is true or false"),
    ):
        with pytest.raises(BadInput) as caught:
            wrong()
        assert caught.value.message == words


def test_a_testbed_has_what_it_extends_where_it_says_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text("devices:\n  r1: {os: ios, type: router}\n  r2: {os: eos}\n")
    (tmp_path / "bed.yaml").write_text("extends: [base.yaml]\ndevices:\n  r1: {os: iosxe}\n")
    found = load(tmp_path / "bed.yaml", Path.read_text)
    assert found.get("devices") == {"r1": {"os": "iosxe", "type": "router"}, "r2": {"os": "eos"}}
    assert found.place("devices", "r1", "os") == f"{tmp_path}/bed.yaml, line 3, column 8"
    assert found.place("devices", "r2") == f"{tmp_path}/base.yaml, line 3, column 3"


@pytest.mark.parametrize(
    ("extends", "words"),
    [
        ("bed.yaml", "bed.yaml extends itself"),
        ("none.yaml", "there is no file"),
        ("{a: b}", "a file's name is expected"),
    ],
)
def test_what_cannot_be_extended_is_told(tmp_path: Path, extends: str, words: str) -> None:
    (tmp_path / "bed.yaml").write_text(f"devices: {{}}\nextends: {extends}\n")
    with pytest.raises(BadInput, match=f"line 2, column 1: extends: .*{words}"):
        load(tmp_path / "bed.yaml", Path.read_text)
