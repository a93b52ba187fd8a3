# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Third-party packages, imported when something needs them and not before."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from ..broker.errors import MissingLibrary


def require(module: str, package: str, purpose: str) -> Any:
    """Import ``module``. Raises MissingLibrary naming the pip ``package`` and what it is for."""
    try:
        return import_module(module)
    except ImportError as exc:
        raise MissingLibrary(
            f"{purpose} needs the Python package {package!r}; install it with: pip install {package}",
            package=package,
        ) from exc
