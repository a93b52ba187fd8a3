# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A YAML file that knows on which line each of its values is, so that what is wrong can be pointed at."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from ..broker.errors import BadInput

try:
    from yaml import CSafeLoader as _Loader
except ImportError:  # PyYAML without libyaml: the same, slower
    from yaml import SafeLoader as _Loader  # type: ignore[assignment]

_MERGE = "tag:yaml.org,2002:merge"
Keys = tuple[str | int, ...]


class Document:
    """``data`` is the file's mapping. Paths are keys and list indices from its top.

    Raises BadInput with line and column for text that is no YAML, a key that is there twice, and no mapping at the top.
    """

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self._places: dict[Keys, tuple[int, int]] = {}
        self._bases: list[Document] = []
        loader = _Loader(text)
        try:
            node = loader.get_single_node()
            if node is not None:
                self._walk(node, (), set())
            self.data: Any = loader.construct_document(node) if node is not None else None
        except yaml.MarkedYAMLError as exc:
            raise BadInput(self._malformed(exc)) from exc
        except (yaml.YAMLError, ValueError) as exc:
            raise BadInput(f"{name}: this is no YAML: {exc}") from exc
        finally:
            loader.dispose()
        if not isinstance(self.data, dict):
            raise BadInput(f"{name}: a mapping is expected, with devices in it; this is {_kind(self.data)}")

    def extend(self, base: Document) -> None:
        """Have what the base has too, where this one says nothing else."""
        self.data = _merged(base.data, self.data)
        self._bases.append(base)

    def place(self, *path: str | int) -> str:
        """``FILE, line 4, column 3`` of the value, or of what it is in."""
        for end in range(len(path), 0, -1):
            for document in (self, *reversed(self._bases)):
                if path[:end] in document._places:
                    line, column = document._places[path[:end]]
                    return f"{document.name}, line {line}, column {column}"
        return self.name

    def wrong(self, path: Keys, text: str) -> BadInput:
        """The error about the value at this path."""
        words = ".".join(str(key) for key in path)
        return BadInput(f"{self.place(*path)}: {words}: {text}")

    def get(self, *path: str | int) -> Any:
        """The value, None when there is none."""
        found = self.data
        for key in path:
            try:
                found = found[key]
            except (KeyError, IndexError, TypeError):
                return None
        return found

    def mapping(self, *path: str | int) -> dict[str, Any]:
        """The mapping there, empty when there is none. Raises BadInput for anything else."""
        found = self.get(*path)
        if found is None:
            return {}
        if not isinstance(found, dict):
            raise self.wrong(path, f"a mapping is expected, this is {_kind(found)}")
        for key in found:
            if not isinstance(key, str):
                raise self.wrong((*path, key), f"the key {key!r} is {_kind(key)}; put it in quotes")
        return found

    def text(self, *path: str | int) -> str:
        """The word or number there as text, empty when there is none. Raises BadInput for anything else."""
        found = self.get(*path)
        if found is None:
            return ""
        if isinstance(found, bool) or not isinstance(found, str | int | float):
            raise self.wrong(path, f"a text is expected, this is {_kind(found)}")
        return str(found)

    # -- inside --------------------------------------------------------------------------------

    def _walk(self, node: Any, path: Keys, seen: set[int]) -> None:
        """Remember where everything is. What an alias repeats was walked where its anchor is."""
        if id(node) in seen:
            return
        seen.add(id(node))
        if isinstance(node, yaml.SequenceNode):
            for index, one in enumerate(node.value):
                self._places[(*path, index)] = _mark(one.start_mark)
                self._walk(one, (*path, index), seen)
        elif isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                if key.tag != _MERGE and isinstance(key, yaml.ScalarNode):
                    self._met((*path, key.value), key.start_mark)
                    self._walk(value, (*path, key.value), seen)

    def _met(self, path: Keys, mark: Any) -> None:
        line, column = _mark(mark)
        if path in self._places:
            first = self._places[path][0]
            words = ".".join(str(key) for key in path)
            raise BadInput(
                f"{self.name}, line {line}, column {column}: {words} is there twice, first on line {first}; "
                "YAML would silently drop one of them: rename or delete it"
            )
        self._places[path] = (line, column)

    def _malformed(self, exc: yaml.MarkedYAMLError) -> str:
        mark = exc.problem_mark or exc.context_mark
        where = f", line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        words = ", ".join(word for word in (exc.problem, exc.context) if word)
        return f"{self.name}{where}: this is no YAML: {words}"


def load(path: Path, read: Callable[[Path], str], above: tuple[Path, ...] = ()) -> Document:
    """A testbed with those that it extends. ``read`` gives a file's text; it and this raise BadInput."""
    document = Document(str(path), read(path))
    bases = document.get("extends") or []
    for name in bases if isinstance(bases, list) else [bases]:
        if not isinstance(name, str):
            raise document.wrong(("extends",), "a file's name is expected, or a list of them")
        base = (path.parent / Path(name).expanduser()).resolve()
        if base in (path, *above):
            raise document.wrong(("extends",), f"{base} extends itself")
        if not base.is_file():
            raise document.wrong(("extends",), f"there is no file {base}")
        document.extend(load(base, read, (path, *above)))
    return document


def _merged(base: Any, over: Any) -> Any:
    if not isinstance(base, dict) or not isinstance(over, dict):
        return base if over is None else over
    return {**base, **{key: _merged(base.get(key), value) for key, value in over.items()}}


def _mark(mark: Any) -> tuple[int, int]:
    return mark.line + 1, mark.column + 1


def _kind(value: Any) -> str:
    words = {dict: "a mapping", list: "a list", str: "a text", bool: "true or false", type(None): "empty"}
    return words.get(type(value), f"a {type(value).__name__}")
