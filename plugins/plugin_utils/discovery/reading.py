# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A discovery store that must be there, for whatever works on what was found."""

from __future__ import annotations

from ..broker.errors import BadInput
from .records import Found
from .store import DiscoveryStore


def read_store(option: str, directory: str) -> Found:
    """What the store holds. Raises BadInput naming ``option`` for a directory that is none, or holds nothing."""
    store = DiscoveryStore(directory)
    if not store.devices.is_dir() and not store.unreached.exists():
        raise BadInput(
            f"{option}: {directory} is no discovery store; run the playbook holdfast.network.discover first, or "
            "correct the path",
            option=option,
        )
    return store.load()
