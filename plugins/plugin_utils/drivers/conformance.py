# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Does a driver keep the contract? The rules, tried against a device, for authors of drivers.

Run as a program (``python -m``, with the module's whole name) it prints a line for each rule; ``examine`` does the same
for a test. The driver reaches the device through a relay of ours, so that connections can be counted, held up and
cut. Commands of the trial only read.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ..broker.errors import HoldfastError
from .base import Driver, Secrets, Target
from .conformance_bench import Bench, NotKept, NotTried, Trial, shown
from .conformance_rules import RULES
from .registry import driver_class, fault
from .relay import Relay

__all__ = ["Finding", "Trial", "broken", "examine"]


@dataclass(frozen=True)
class Finding:
    """``kept`` is None for a rule that the trial has nothing for; ``words`` say what is wrong, or missing."""

    rule: str
    kept: bool | None
    words: str = ""


def examine(cls: type[Driver], trial: Trial) -> list[Finding]:
    """Every rule tried on a session of its own; the last two are about all errors that were seen meanwhile.

    A driver whose class does not fit is not tried: then there is one finding.
    """
    wrong = fault(str(getattr(cls, "name", "")), cls)
    if wrong:
        return [Finding("class", False, f"{cls!r} {wrong}")]
    found, raised = [Finding("class", True)], []
    for rule in RULES:
        with Relay(trial.target.host, trial.target.port) as relay:
            bench = Bench(cls, trial, relay)
            found.append(_tried(rule, bench))
            raised += bench.raised
    return [*found, _only_ours(raised), _no_secrets(raised, trial.target.secrets)]


def broken(found: Sequence[Finding]) -> list[str]:
    """What is wrong, a line each; nothing when all rules that were tried are kept."""
    return [f"{one.rule}: {one.words}" for one in found if one.kept is False]


def _tried(rule: Callable[[Bench], None], bench: Bench) -> Finding:
    name = rule.__name__
    try:
        rule(bench)
    except NotTried as exc:
        return Finding(name, None, str(exc))
    except (NotKept, HoldfastError) as exc:
        return Finding(name, False, str(exc))
    finally:
        bench.tidy()
    return Finding(name, True)


def _only_ours(raised: Sequence[BaseException]) -> Finding:
    others = sorted({shown(one) for one in raised if not isinstance(one, HoldfastError)})
    return Finding("own_errors", not others, f"only classes of broker.errors may be raised, not {', '.join(others)}")


def _no_secrets(raised: Sequence[BaseException], secrets: Secrets) -> Finding:
    values = [one for one in (secrets.password, secrets.passphrase, secrets.enable) if one]
    if not values:
        return Finding("no_secrets", None, "it takes a target with secrets")
    for error in raised:
        text = f"{error} {getattr(error, 'detail', '')}"
        if any(value in text for value in values):
            return Finding("no_secrets", False, f"a secret is in the message or detail of a {type(error).__name__}")
    return Finding("no_secrets", True)


# -- from the command line ----------------------------------------------------------------------------


def main(arguments: Sequence[str] | None = None) -> int:
    """Entry point; 1 when a rule is not kept."""
    options = _parser().parse_args(arguments)
    try:
        cls = driver_class(options.driver)
    except HoldfastError as exc:
        sys.stderr.write(f"{exc.message}\n")
        return 2
    secrets = Secrets(os.environ.get("HOLDFAST_PASSWORD"), enable=os.environ.get("HOLDFAST_ENABLE_SECRET"))
    port = options.port or cls.default_port(options.platform, {})
    target = Target(options.driver, options.platform, options.host, port, options.user, secrets, 10.0)
    found = examine(cls, Trial(target, options.command, options.refused, options.slow, options.wrong_login))
    for one in found:
        mark = {True: "kept", False: "NOT KEPT", None: "not tried"}[one.kept]
        sys.stdout.write(f"{mark:<10} {one.rule}{'' if one.kept else f': {one.words}'}\n")
    return 1 if broken(found) else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="conformance", description="Try a driver against a device.")
    parser.add_argument("driver", help="its name, as holdfast_driver has it")
    parser.add_argument("--host", required=True)
    parser.add_argument("--port", type=int, help="the driver's default when omitted")
    parser.add_argument("--platform", default="generic", help="what the driver gets as target.platform")
    parser.add_argument("--user", help="the password is read from the variable HOLDFAST_PASSWORD of the environment")
    parser.add_argument("--command", required=True, help="a command that works and only reads")
    parser.add_argument("--refused", help="a command that the device refuses")
    parser.add_argument("--slow", help="a command that takes ten seconds or more, and only reads")
    parser.add_argument("--wrong-login", action="store_true", help="try one login with a wrong password")
    return parser


if __name__ == "__main__":
    sys.exit(main())
