# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The test of the guides notices a guide that is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.guides.document import GuideError, parse
from tests.guides.output import missing
from tests.guides.place import Reader


def follow(text: str, directory: Path) -> None:
    with Reader(parse("guide.md", text), directory) as reader:
        reader.follow()


def block(*lines: str, language: str = "console") -> str:
    return "\n".join([f"```{language}", *lines, "```", ""])


def test_a_guide_that_is_true(tmp_path: Path) -> None:
    text = """
# Title
```yaml
# sub/a.yml
---
name: one
```
Then:
```console
$ cd sub && export WHO=ann
$ cat a.yml
# sub/a.yml
...
name: ...
$ cat > b.txt <<'END'
$ three
END
$ echo "$WHO" \\
    again
ann again
```
<!-- fails: 3 -->
```console
$ cat b.txt
$ three
$ (exit 3)
```
<!-- not run: it would remove the whole system -->
```console
$ rm -rf /
```
"""
    guide = parse("guide.md", text)
    assert guide.excuses == ["it would remove the whole system"]
    with pytest.raises(GuideError, match="shown"):  # a shown line that begins like a command is one
        follow(text, tmp_path / "one")
    follow(text.replace("$ cat b.txt\n$ three\n", "$ grep -c three b.txt\n1\n"), tmp_path / "two")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (block("$ echo one", "two"), r"guide.md:2: 'echo one' did not print as shown, see the line 'two'"),
        (block("$ true", "$ false"), r"guide.md:3: 'false' ended with status 1 instead of 0"),
        ("<!-- fails: 2 -->\n" + block("$ false"), "status 1 instead of 2"),
        ("<!-- fails: 1 -->\n" + block("$ true"), "status 0 instead of 1"),
        (block("$ exit 0"), "ended the shell"),
        (block("$ if"), "status"),
        ("<!-- lab does: clear -->\n" + block("$ true"), "the guide has no lab"),
    ],
)
def test_what_is_not_true_is_told_with_its_place(text: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(GuideError, match=words):
        follow(text, tmp_path)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (block("echo"), "begins with a command"),
        (block("$ echo \\"), "does not end"),
        (block(), "begins with a command"),
        (block("$ ssh-keygen -R 192.0.2.11"), "files of the real home"),
        (block("$ true; ssh admin@192.0.2.11"), "files of the real home"),
        (block("echo one", language="bash"), "language of a block is 'bash'"),
        (block("echo one", language=""), "language of a block is ''"),
        (block("a: [", language="yaml"), "this is no yaml"),
        (block("a =", language="toml"), "this is no toml"),
        (block("def", language="python"), "this is no python"),
        ("```console\n$ true\n", "has no end"),
        ("<!-- not run: -->\n" + block("$ true"), "say why"),
        ("<!-- not run -->\n" + block("$ true"), "say why"),
        ("<!-- not run: no reason at all, far away -->\nwords\n" + block("$ true"), "right above a block"),
        ("<!-- fails: 0 -->\n" + block("$ true"), "no exit status"),
        ("<!-- fails: 1 -->\n" + block("a: 1", language="yaml"), "above a console block"),
        ("<!-- lab: r1=junos -->\n", "not NAME="),
        ("<!-- lab does: clear r1 -->\n", "not REQUEST"),
    ],
)
def test_a_guide_that_cannot_be_read(text: str, words: str) -> None:
    with pytest.raises(GuideError, match=words):
        parse("guide.md", text)


@pytest.mark.parametrize(
    ("expected", "output", "told"),
    [
        (["a", "b"], "a\n\n  \nb  \n", ""),
        (["a"], "a\nb", "b"),
        (["b"], "a\nb", "b"),
        (["...", "b"], "a\nb", ""),
        (["a", "..."], "a\nb\nc", ""),
        (["a", "...", "c"], "a\nc", ""),
        (["a", "...", "b", "c"], "a\nb\nx\nb\nc", ""),
        (["a", "...", "b", "...", "d"], "a\nc\nd", "b"),
        (["a", "...", "b"], "a", "b"),
        (["took ... s", "(x)"], "took 1.5 s\n(x)", ""),
        (["a", "..."], "b\na", "a"),
    ],
)
def test_shown_output(expected: list[str], output: str, told: str) -> None:
    assert missing(expected, output) == told


def test_devices_answer_at_the_addresses_of_the_guide(tmp_path: Path) -> None:
    text = """
<!-- lab: core1=ios edge1=eos -->
```yaml
# inventory.yml
---
all:
  hosts:
    core1:
      ansible_host: 192.0.2.11
    edge1:
      ansible_host: 192.0.2.12
      ansible_network_os: eos
  vars:
    ansible_connection: holdfast.network.pinned
    ansible_network_os: ios
    ansible_user: admin
    ansible_password: Lab-pass-1
```
```console
$ ansible -i inventory.yml core1 -m holdfast.network.command -a 'commands="show ip interface brief"'
...
            "GigabitEthernet0/0         192.0.2.11      YES NVRAM  up                    up      ",
...
$ ansible -i inventory.yml edge1 -m holdfast.network.ping
...
    "diagnosis": "edge1 answers after logging in, within ... s.",
...
$ cat ~/.ssh/known_hosts
192.0.2.11 ssh-ed25519 ...
192.0.2.12 ssh-ed25519 ...
```
<!-- lab does: fault device=edge1 kind=refuse_login -->
<!-- lab does: drop device=edge1 -->
<!-- fails: 4 -->
```console
$ ansible -i inventory.yml edge1 -m holdfast.network.command -a '{"commands": ["show clock"]}'
...
    "code": "authentication",
...
```
"""
    follow(text, tmp_path)
