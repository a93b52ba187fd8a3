# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Files that are whole or not there, and names that stay in their directory."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from ..broker.errors import BadInput, StateDirError

_LONGEST_NAME = 200


def safe_name(option: str, value: object) -> str:
    """``value`` if it can be one path component, else BadInput naming ``option``, the value and the rule."""
    if (
        not isinstance(value, str)
        or not value
        or len(value.encode()) > _LONGEST_NAME
        or value[0] in ".-~"
        or any(character in "/\\" or not character.isprintable() for character in value)
    ):
        raise BadInput(
            f"{option}: {value!r} cannot be a file name; use at most {_LONGEST_NAME} bytes without '/' or '\\', "
            "not beginning with '.', '-' or '~'",
            option=option,
        )
    return value


def write_atomic(path: Path, text: str, mode: int = 0o644) -> None:
    """Replace ``path`` by ``text`` so that a reader, or a crash, sees the old file or the new one.

    Makes the directories above it. Raises StateDirError when one of them cannot be made or written.
    """
    temporary: str | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name[:40]}.", dir=path.parent)
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fchmod(stream.fileno(), mode)
            os.fsync(stream.fileno())
        os.replace(temporary, path)
        temporary = None
        _sync_directory(path.parent)
    except OSError as exc:
        raise StateDirError(
            f"cannot write {path}: {exc.strerror or exc}; check that the directory is writable and has space",
            path=str(path),
        ) from exc
    finally:
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)


def same_text(path: Path, text: str) -> bool:
    """Whether this is what the file says already. Raises StateDirError when it is there and cannot be read."""
    try:
        return path.read_bytes() == text.encode()
    except FileNotFoundError:
        return False
    except OSError as exc:
        raise StateDirError(f"cannot read {path}: {exc.strerror or exc}", path=str(path)) from exc


def _sync_directory(directory: Path) -> None:
    """A rename is only safe on disk when its directory is."""
    handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
