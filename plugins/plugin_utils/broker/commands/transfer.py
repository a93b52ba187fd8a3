# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The command that copies a file to or from a device."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from ...drivers.transfer import Order, Transfer, local_size, sessions_files
from .. import requests
from ..context import Context, Table
from ..errors import BadInput, HoldfastError, SessionLost, TransferFailed
from ..lease import Caller

PROTOCOLS = ("auto", "scp", "sftp")
LONGEST = 7 * 86400.0


class TransferCommands:
    def __init__(self, context: Context) -> None:
        self._context = context

    def table(self) -> Table:
        return {"transfer": self.transfer}

    async def transfer(self, params: dict[str, Any], caller: Caller) -> dict[str, Any]:
        """One file: ``{changed, path, size, algorithm, hash, protocol, logins, seconds, replaced}``, with ``check``
        what would be. Raises BadInput, NoSpace, TransferFailed, Unsupported.
        """
        if caller.uid not in (None, os.getuid()):
            raise BadInput(
                "transfer: this broker runs as another user, who could read and write files that are not yours; use "
                "a broker of your own",
                option="transfer",
            )
        target, order = requests.target(params), _order(params)
        async with self._context.guard.device(target, caller) as lease:
            try:
                outcome = await lease.call(lambda driver: Transfer(driver, order).run(), probe=True)
            except SessionLost:
                if order.direction == "put" and not order.check:
                    # What had come to the device is still there, under its passing name.
                    with suppress(HoldfastError):
                        await lease.call(lambda driver: _sweep(driver, order))
                raise
        if outcome is None:
            raise TransferFailed("the transfer was cancelled")
        return outcome.describe()


def _sweep(driver: Any, order: Order) -> None:
    files = sessions_files(driver)
    files.begin()
    part = order.beside(files.normal(order.remote))
    if files.stat(part) is not None:
        files.delete(part)


def _order(params: Mapping[str, Any]) -> Order:
    """Raises BadInput, for a local file too."""
    direction, local, remote = (str(params.get(name) or "") for name in ("direction", "local", "remote"))
    protocol = str(params.get("protocol") or "auto")
    if protocol not in PROTOCOLS:
        raise BadInput(f"protocol: '{protocol}' is none of: {', '.join(PROTOCOLS)}", option="protocol", value=protocol)
    if not os.path.isabs(local) or not remote:
        raise BadInput("src and dest: a file of the controller and one of the device are needed", option="src")
    timeout = requests.number(params, "timeout", 3600.0, 0.01, LONGEST)
    check, token = bool(params.get("check")), secrets.token_hex(4)
    if direction == "put":
        local_size(local)
        return Order("put", local, remote, protocol, timeout, check, token)
    if direction != "get":
        raise BadInput(f"direction: '{direction}' is neither put nor get", option="direction", value=direction)
    folder = os.path.dirname(local)
    if not os.path.isdir(folder):
        raise BadInput(f"dest: there is no directory {folder}; make it first", option="dest", value=local)
    if os.path.isdir(local):
        raise BadInput(f"dest: {local} is a directory; name a file", option="dest", value=local)
    return Order("get", local, remote, protocol, timeout, check, token)
