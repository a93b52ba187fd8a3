# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""NX-OS as NAPALM reaches it: NX-API over HTTPS, a request for each command, so there is no session to keep."""

from __future__ import annotations

import socket
import time
from typing import ClassVar

from ..broker.errors import (
    AuthenticationFailed,
    ConnectFailed,
    HoldfastError,
    MissingLibrary,
    NameNotResolved,
    Unreachable,
    Unsupported,
)
from .base import ConfigSession, QueueStrategy, Target
from .driver_napalm import NapalmDriver
from .phases import Phase


class NxosSession(NapalmDriver):
    default_queue: ClassVar[QueueStrategy] = "fifo"
    PROBE = "show hostname"

    def __init__(self, target: Target) -> None:
        super().__init__(target)
        if not target.route.direct:
            raise Unsupported("holdfast_jump_hosts, holdfast_proxy: NX-API is reached directly only; use netmiko")
        self._phases: list[Phase] = []

    @property
    def phases(self) -> list[Phase]:
        return self._phases

    def open(self) -> None:
        try:
            from napalm.nxos import NXOSDriver
        except ImportError as exc:
            raise MissingLibrary("holdfast_driver: napalm needs a package: pip install napalm") from exc
        target, start = self.target, time.monotonic()
        options = target.options
        tls = options.get("use_tls", True)
        optional = {
            "port": target.port,
            "transport": "https" if tls else "http",
            "ssl_verify": options.get("ca_file") or True if options.get("validate_certs", True) else False,
        }
        made = NXOSDriver(target.host, target.user, target.secrets.password, int(target.connect_timeout), optional)
        made.timeout = target.connect_timeout
        try:
            made.open()
        except Exception as exc:
            error = self._unreached(exc)
            if error is None:
                raise
            step = {"dns": "dns", "unreachable": "tcp", "authentication": "auth"}.get(error.code, "prompt")
            self._phases = [Phase(step, round(time.monotonic() - start, 4), False, error.message)]
            raise error from exc
        self._phases = [Phase(name, round(time.monotonic() - start, 4), True) for name in ("tcp", "auth", "prompt")]
        self.napalm = self.borrowed_napalm = made

    def close(self) -> None:
        self.napalm = self.borrowed_napalm = None

    def interrupt(self) -> None:
        """An HTTP request that is under way ends by itself, at its timeout at the latest."""

    def config(self) -> ConfigSession:
        raise Unsupported(
            "guarded changes are not built for cisco_nxos: NAPALM's commit there saves the startup configuration at "
            "once and has no timer that would undo it"
        )

    # -- inside --------------------------------------------------------------------------------

    def _limit(self, timeout: float) -> None:
        self.napalm.device.api.timeout = timeout

    def _ours(self, exc: Exception, what: str) -> HoldfastError | None:
        import requests
        from napalm.nxapi_plumbing import errors

        match exc:
            case errors.NXAPICommandError():
                return self._refused(what, str(exc.message).strip())
            case requests.exceptions.Timeout():
                return self._late(what)
            case errors.NXAPIAuthError():
                return self._not_let_in()
            case errors.NXAPIError() | requests.exceptions.RequestException() | ValueError():
                return self._lost(what, exc)
        return None

    def _unreached(self, exc: Exception) -> HoldfastError | None:
        """Why no session came about: NAPALM's own error hides the one that says it."""
        import requests
        from napalm.nxapi_plumbing import errors

        label = self.target.label
        chain: list[BaseException] = [exc]
        while (below := chain[-1].__cause__ or chain[-1].__context__) is not None:
            chain.append(below)
        if any(isinstance(one, errors.NXAPIAuthError) for one in chain):
            return self._not_let_in()
        if any(isinstance(one, socket.gaierror) for one in chain):
            return NameNotResolved(f"ansible_host: the name '{self.target.host}' does not resolve")
        if any(isinstance(one, requests.exceptions.SSLError) for one in chain):
            return ConnectFailed(
                f"{label} shows a certificate that cannot be verified ({chain[-1]}); set holdfast_ca_file to its "
                "authority's, or holdfast_validate_certs to false"
            )
        if any(isinstance(one, (OSError, requests.exceptions.RequestException)) for one in chain):
            return Unreachable(f"{label} cannot be reached over NX-API: {chain[-1]}")
        if isinstance(exc, (errors.NXAPIError, ValueError)):
            return ConnectFailed(f"{label} does not speak NX-API: {exc}")
        return None

    def _not_let_in(self) -> AuthenticationFailed:
        return AuthenticationFailed(f"{self.target.label} refused the login of user '{self.target.user}' over NX-API")
