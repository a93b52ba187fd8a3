# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""From a task's options to how devices are visited."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from typing import Any

from ..broker.errors import BadInput
from ..drivers.platforms import device_type
from ..state.names import suggestion
from .records import Device
from .settings import CredentialSet, VisitSettings
from .snmp_credentials import SnmpCredential

KEYS = tuple(one.name for one in fields(CredentialSet))
#: options of the connection plugin that hold for visits too: the session that is opened is the one that plays use
SAME = ("host_key_checking", "known_hosts", "idle_timeout", "use_tls", "validate_certs", "ca_file", "frr_reload",
        "jump_hosts", "proxy", "queue_timeout")  # fmt: skip
OWN = ("transports", "eapi_port", "snmp_port", "snmp_timeout", "snmp_retries", "connect_timeout", "login_rate",
       "max_failed_logins")  # fmt: skip


def visit_settings(
    options: Mapping[str, Any], connection: Mapping[str, Any], known: Iterable[Device] = ()
) -> VisitSettings:
    """``options`` of the task, ``connection`` of ``holdfast.network.pinned`` for the play's host. Raises BadInput.

    ``known`` are devices of earlier runs: what opened them last is tried first. The connection's user is used when
    the task gives no credentials.
    """
    sets = credential_sets(options["credentials"] or ())
    if not sets and options["credentials"] is None and connection.get("user"):
        values: dict[str, Any] = {key: connection.get(key) for key in KEYS if key not in ("name", "platforms")}
        sets = (CredentialSet(name="default", **values),)
    given: dict[str, Any] = {name: connection[name] for name in SAME if connection.get(name) is not None}
    given |= {name: options[name] for name in OWN if options.get(name) is not None}
    given["transports"] = tuple(options["transports"])
    given["port"] = options["port"] or connection.get("port") or 22
    given["command_timeout"] = float(options["command_timeout"] or connection.get("command_timeout") or 60.0)
    return VisitSettings(
        credentials=sets,
        snmp=SnmpCredential.from_options(options["snmp"]),
        threads=options["parallel"],
        opened_by={device.address: device.credential for device in known if device.credential},
        **given,
    )


def credential_sets(given: Sequence[Mapping[str, Any]]) -> tuple[CredentialSet, ...]:
    """From the option ``credentials``, in its order. Raises BadInput, which never holds a secret."""
    return tuple(_set(f"credentials[{at}]", at, one) for at, one in enumerate(given, 1))


def _set(where: str, at: int, given: Mapping[str, Any]) -> CredentialSet:
    for key in given:
        if key not in KEYS:
            raise BadInput(f"{where}.{key}: no such option; {suggestion(str(key), KEYS)}", option="credentials")
    text = {key: str(value) for key, value in given.items() if value not in (None, "") and key != "platforms"}
    if not text.get("user"):
        raise BadInput(f"{where}.user: this option is required", option="credentials")
    platforms = given.get("platforms") or ()
    names = platforms.split(",") if isinstance(platforms, str) else platforms
    return CredentialSet(**{"name": f"set{at}", **text}, platforms=tuple(device_type(str(one)) for one in names))
