# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The broker's commands: the table of what a client may ask, each with the method that answers it.

One class a subject. A handler gets the request's parameters and its caller, and returns plain JSON.
"""

from __future__ import annotations

from ..context import Context, Table
from .configuration import ConfigurationCommands
from .devices import DeviceCommands
from .fleet import FleetCommands
from .genie import GenieCommands
from .jobs import JobCommands
from .rpc import RpcCommands
from .status import StatusCommands
from .transfer import TransferCommands


def table(context: Context) -> Table:
    """Every command there is; what is not here cannot be asked for."""
    groups = (
        DeviceCommands(context),
        ConfigurationCommands(context),
        GenieCommands(context),
        StatusCommands(context),
        RpcCommands(context),
        TransferCommands(context),
    )
    found = {name: handler for group in groups for name, handler in group.table().items()}
    fleet = FleetCommands({name: found[name] for name in ("run", "get")}).table()
    return {**found, **fleet, **JobCommands(context, found).table()}
