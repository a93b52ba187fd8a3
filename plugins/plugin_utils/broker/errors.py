# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The one error tree: what may go wrong, each with a stable code.

Library errors are translated where they arise (``raise ... from exc``), cross the socket as
``{code, message, retryable, detail}`` and are raised again, same class, at the caller.
Messages and details never hold a secret.
"""

from __future__ import annotations

from typing import Any


class HoldfastError(Exception):
    """Base of the tree. ``code`` is stable for users; ``retryable`` means the same call may work later."""

    code = "internal"
    retryable = False

    def __init__(self, message: str, **detail: Any) -> None:
        super().__init__(message)
        self.message = message
        self.detail = detail

    def as_dict(self) -> dict[str, Any]:
        return {"code": self.code, "message": self.message, "retryable": self.retryable, "detail": self.detail}


def from_dict(error: dict[str, Any]) -> HoldfastError:
    """Rebuild an error received from the socket; an unknown code stays a plain HoldfastError with that code."""
    code = str(error.get("code", "internal"))
    cls = _by_code().get(code, HoldfastError)
    rebuilt = cls(str(error.get("message", "no message")), **(error.get("detail") or {}))
    if rebuilt.code != code:
        rebuilt.code = code
    rebuilt.retryable = bool(error.get("retryable", cls.retryable))
    return rebuilt


def _by_code() -> dict[str, type[HoldfastError]]:
    found: dict[str, type[HoldfastError]] = {}
    pending: list[type[HoldfastError]] = [HoldfastError]
    while pending:
        cls = pending.pop()
        if "code" in vars(cls):  # a subclass without one of its own is a detail of the module that defines it
            found[cls.code] = cls
        pending.extend(cls.__subclasses__())
    return found


# -- the caller's mistakes -------------------------------------------------------------------


class BadInput(HoldfastError):
    """An option or file has a wrong value; the message names option, value and fix."""

    code = "bad_input"


class UnknownPlatform(BadInput):
    code = "unknown_platform"


class UnknownDriver(BadInput):
    code = "unknown_driver"


class BrokenDriver(BadInput):
    """An installed package offers this driver, but it cannot be used; the message names package and fault."""

    code = "broken_driver"


class UnknownCheck(BadInput):
    code = "unknown_check"


class ExpressionError(BadInput):
    """A JMESPath expression does not parse or cannot be evaluated."""

    code = "bad_expression"


class ParserMissing(BadInput):
    """No parser (template) exists for this command on this platform."""

    code = "no_parser"


class ParseFailed(HoldfastError):
    """The parser does not take the output, does not end in time, or ended its process."""

    code = "parse_failed"


class Unsupported(HoldfastError):
    """The driver or platform has no such ability."""

    code = "unsupported"


class MissingLibrary(HoldfastError):
    """A Python package is needed; the message names it and how to install it."""

    code = "missing_library"


# -- between client and broker -----------------------------------------------------------------


class ProtocolError(HoldfastError):
    code = "protocol"


class VersionMismatch(ProtocolError):
    code = "version_mismatch"


class BrokerUnavailable(HoldfastError):
    code = "broker_unavailable"
    retryable = True


class NotAllowed(HoldfastError):
    """A shared broker does not do this for this user, or does not serve it at all."""

    code = "not_allowed"


class BrokerLost(BrokerUnavailable):
    """The broker went away after a request was sent: its outcome is not known."""

    code = "broker_lost"


class BrokerSilent(BrokerUnavailable):
    """The broker's process is there but does not run: stopped, or hanging. ``detail`` has ``pid``."""

    code = "broker_silent"


class StateDirError(HoldfastError):
    """The state or socket directory cannot be used (permissions, space, path length)."""

    code = "state_dir"


class JobUnknown(HoldfastError):
    """No job has this id (any more)."""

    code = "job_unknown"


class TooManyJobs(HoldfastError):
    code = "too_many_jobs"
    retryable = True


# -- reaching a device ------------------------------------------------------------------------------


class ConnectFailed(HoldfastError):
    """Base for everything that fails before a prompt is seen."""

    code = "connect_failed"
    retryable = True


class NameNotResolved(ConnectFailed):
    code = "dns"


class Unreachable(ConnectFailed):
    """TCP refused, no route, or no answer within the connect timeout."""

    code = "unreachable"


class HostKeyUnknown(ConnectFailed):
    code = "host_key_unknown"
    retryable = False


class HostKeyChanged(ConnectFailed):
    code = "host_key_changed"
    retryable = False


class AuthenticationFailed(ConnectFailed):
    code = "authentication"
    retryable = False


class LoginBlocked(ConnectFailed):
    """The lockout guard refuses to try this login again yet."""

    code = "login_blocked"


class BreakerOpen(ConnectFailed):
    """The device's circuit breaker is open: it was not reached several times in a row."""

    code = "breaker_open"


class NotRecognized(ConnectFailed):
    """Logged in, but what answers is no platform that can be detected; ``detail``: ``name``, of its prompt."""

    code = "not_recognized"
    retryable = False


class PromptNotFound(ConnectFailed):
    """Logged in, but no prompt that the platform could have was seen in time."""

    code = "prompt"


# -- working on a device ----------------------------------------------------------------------------


class SessionLost(HoldfastError):
    """The connection ended under a command."""

    code = "session_lost"
    retryable = True


class CommandTimeout(HoldfastError):
    code = "command_timeout"
    retryable = True


class CommandFailed(HoldfastError):
    """The device refused a command; ``detail`` has ``command`` and ``output``."""

    code = "command_failed"


class OutcomeUnknown(HoldfastError):
    """A write was sent and its end was not seen; ``detail`` says what is known."""

    code = "outcome_unknown"


class QueueTimeout(HoldfastError):
    """The device stayed busy past the deadline for waiting."""

    code = "queue_timeout"
    retryable = True


class DeviceHeld(HoldfastError):
    """A pending change holds the device; ``detail`` has ``change``, ``owner`` and ``deadline``."""

    code = "device_held"
    retryable = True


class ConfigRejected(HoldfastError):
    """The device refused a configuration; nothing of it stays. ``detail``: ``line``, ``output``."""

    code = "config_rejected"


class ChangeUnknown(HoldfastError):
    code = "change_unknown"


class ChangeExpired(HoldfastError):
    """Confirmed too late, or settled otherwise: the device is back at its checkpoint."""

    code = "change_expired"


class CheckpointUnknown(HoldfastError):
    code = "checkpoint_unknown"


class NoSpace(HoldfastError):
    """A file does not fit; ``detail``: ``needed`` and ``free`` bytes. Nothing was copied."""

    code = "no_space"


class TransferFailed(HoldfastError):
    """A file could not be copied, or its copy was not the same. What was half there was deleted."""

    code = "transfer_failed"
    retryable = True


class RollbackFailed(HoldfastError):
    """The device could not be brought to the checkpoint, or differs from it afterwards."""

    code = "rollback_failed"


# -- sources of truth --------------------------------------------------------------------------------


class SourceUnreachable(HoldfastError):
    """NetBox or Nautobot does not answer, cannot answer now, or ended its answer in the middle."""

    code = "source_unreachable"
    retryable = True


class SourceDenied(HoldfastError):
    """The source of truth refused the login, or what was asked is not permitted."""

    code = "source_denied"


class SourceError(HoldfastError):
    """The source of truth answered, but not with the data asked for; ``detail`` has ``status`` and ``words``."""

    code = "source_error"


# -- discovery ---------------------------------------------------------------------------------------


class LimitReached(HoldfastError):
    """A device was heard of and not visited: the crawl's depth or number of devices was reached."""

    code = "limit"


class AddressDenied(HoldfastError):
    """An address that ``deny`` names, or ``allow`` does not."""

    code = "address_denied"


class NoAddress(HoldfastError):
    """A neighbor told no address that it can be reached at."""

    code = "no_address"
