# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The process that parses: frames in on standard input, one answer out for each, until the input ends."""

from __future__ import annotations

import ctypes
import logging
import os
import signal
from typing import IO, Any

from ..state.plain import plain
from . import parser_libraries, wire
from .errors import HoldfastError, ParseFailed

PR_SET_PDEATHSIG = 1  # of Linux's prctl


def run() -> int:
    """Serve the broker that started this process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # for the broker's whole terminal; the broker decides
    _end_with_the_broker()
    logging.disable(logging.WARNING)
    # Libraries print: what they write to standard output must not come between the frames.
    channel = os.dup(1)
    os.dup2(2, 1)
    with os.fdopen(0, "rb") as requests, os.fdopen(channel, "wb") as answers:
        while True:
            header = _exactly(requests, wire.HEADER.size)
            body = _exactly(requests, wire.body_length(header)) if header else b""
            if not body:
                return 0
            answers.write(_answer(wire.decode(body)))
            answers.flush()


def _end_with_the_broker() -> None:
    """Also in the middle of a parse, which does not see that the input has ended."""
    libc = ctypes.CDLL(None)
    if hasattr(libc, "prctl"):
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _exactly(stream: IO[bytes], size: int) -> bytes:
    """So many bytes, or none when the broker has gone."""
    found = stream.read(size)
    return found if len(found) == size else b""


def _answer(request: dict[str, Any]) -> bytes:
    parser, command = request["parser"], request["command"]
    try:
        return wire.encode({"result": plain(parser_libraries.parse(**request))})
    except HoldfastError as exc:
        return wire.encode({"error": exc.as_dict()})
    except Exception as exc:  # noqa: BLE001  somebody else's parser over a device's words: it may raise anything
        error = ParseFailed(
            f"parser {parser}: the output of '{command}' does not fit ({type(exc).__name__}: {exc}); use another "
            "parser or none",
            command=command,
        )
        return wire.encode({"error": error.as_dict()})
