# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the lab does to the host: namespaces, links, processes, and the record of which lab owns what.

Names on the host follow from the lab's name alone (``hf-LAB``, ``hf-LAB-N``, ``hf-LAB-ROUTER``), so that a lab whose
starter was killed half way can still be taken down.
"""

from __future__ import annotations

import contextlib
import fcntl
import ipaddress
import json
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from .topology import LabError, Link

RECORDS = Path("/run/holdfast-lab")
_NETNS = Path("/run/netns")
_NAME = re.compile(r"[a-z][a-z0-9]{0,6}")
_STOP_SECONDS = 5.0


def check_name(name: str) -> str:
    """The lab's name becomes part of interface names, which the kernel limits to 15 characters."""
    if not _NAME.fullmatch(name):
        raise LabError(f"name: {name!r} will not do; use a small letter and up to 6 letters or digits")
    return name


def bridge(lab: str) -> str:
    return f"hf-{lab}"


def namespace(lab: str, router: str) -> str:
    return f"hf-{lab}-{router}"


@contextlib.contextmanager
def exclusive() -> Iterator[None]:
    """One lab at a time chooses names and subnets. Locks a directory that stays, so no lock file is left."""
    handle = os.open("/run", os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def run(arguments: Sequence[str], text: str | None = None, check: bool = True) -> str:
    """Standard output of a command. Raises LabError with what it said."""
    done = subprocess.run(arguments, input=text, capture_output=True, text=True, check=False)
    if check and done.returncode:
        raise LabError(f"{' '.join(arguments)} failed: {(done.stderr or done.stdout).strip()[-800:]}")
    return done.stdout


def batch(lines: Sequence[str], inside: str | None = None) -> None:
    """Many ``ip`` commands in one process."""
    run(["ip", *(["-n", inside] if inside else []), "-batch", "-"], text="\n".join(lines) + "\n")


# -- records ----------------------------------------------------------------------------------


def write_record(name: str, record: dict[str, Any]) -> None:
    RECORDS.mkdir(mode=0o700, exist_ok=True)
    part = RECORDS / f".{name}.part"
    part.touch(0o600)
    part.write_text(json.dumps(record, indent=1) + "\n")
    part.replace(RECORDS / f"{name}.json")


def read_record(name: str) -> dict[str, Any] | None:
    with contextlib.suppress(FileNotFoundError):
        found: dict[str, Any] = json.loads((RECORDS / f"{name}.json").read_text())
        return found
    return None


def labs() -> list[str]:
    """Names of the labs that are recorded as up."""
    return sorted(path.stem for path in RECORDS.glob("*.json"))


def free_name() -> str:
    taken = set(labs())
    return next(name for name in ("lab", *(f"lab{n}" for n in range(2, 1000))) if name not in taken)


def choose_subnet(wanted: str | None) -> ipaddress.IPv4Network:
    """The wanted management subnet if nothing here uses it, else the first free 10.99.0.0/24, 10.98.0.0/24 ..."""
    routes = json.loads(run(["ip", "-j", "-4", "route"]) or "[]")
    used = [ipaddress.IPv4Network(route["dst"], strict=False) for route in routes if route["dst"] != "default"]
    if wanted is None:
        candidates = [ipaddress.IPv4Network(f"10.{second}.0.0/24") for second in range(99, 19, -1)]
        free = next((net for net in candidates if not any(net.overlaps(other) for other in used)), None)
        if free is None:
            raise LabError("no free management subnet below 10.99.0.0/24; take a lab down or give --subnet")
        return free
    try:
        network = ipaddress.IPv4Network(wanted)
    except ValueError as exc:
        raise LabError(f"subnet: {wanted!r} is not an IPv4 network such as 10.99.0.0/24 ({exc})") from exc
    clash = next((other for other in used if network.overlaps(other)), None)
    if clash is not None:
        raise LabError(f"subnet: {network} overlaps {clash}, which this host routes already; give another --subnet")
    return network


# -- links -------------------------------------------------------------------------------------


def add_namespaces(lab: str, routers: Sequence[str]) -> None:
    batch([f"netns add {namespace(lab, router)}" for router in routers])


def add_links(lab: str, routers: Sequence[tuple[str, str]], links: Sequence[Link], gateway: str) -> None:
    """Management bridge and veth pairs; ``routers`` are names with their management address (with length)."""
    lines = [f"link add {bridge(lab)} type bridge", f"addr add {gateway} dev {bridge(lab)}"]
    lines += [f"link set {bridge(lab)} up"]
    lines += [
        f"link add {link.a_port} netns {namespace(lab, link.a)} type veth"
        f" peer name {link.b_port} netns {namespace(lab, link.b)}"
        for link in links
    ]
    for number, (router, _unused) in enumerate(routers, 1):
        lines += [f"link add hf-{lab}-{number} type veth peer name mgmt0 netns {namespace(lab, router)}"]
        lines += [f"link set hf-{lab}-{number} master {bridge(lab)} up"]
    batch(lines)
    ports: dict[str, list[str]] = {router: [] for router, _unused in routers}
    for link in links:
        ports[link.a].append(link.a_port)
        ports[link.b].append(link.b_port)
    for router, address in routers:
        inside = [f"link set {port} up" for port in ("lo", "mgmt0", *ports[router])]
        batch([*inside, f"addr add {address} dev mgmt0"], inside=namespace(lab, router))


# -- taking down ------------------------------------------------------------------------------------


def remove_host_parts(lab: str) -> None:
    """End every process of the lab, then its namespaces, links and bridge. Safe on a half-built lab."""
    spaces = [path.name for path in _NETNS.glob(f"hf-{lab}-*")]
    found = [int(pid) for space in spaces for pid in run(["ip", "netns", "pids", space], check=False).split()]
    # A router's first process goes first: the kernel ends the rest with it, and its parent reaps it and ends too.
    stop([pid for pid in found if _is_first_process(pid)])
    stop(found)
    ports = [path.name for path in Path("/sys/class/net").glob(f"hf-{lab}-*")]
    lines = [f"link del {name}" for name in ports]
    if Path(f"/sys/class/net/{bridge(lab)}").exists():
        lines.append(f"link del {bridge(lab)}")
    if lines:
        batch(lines)
    if spaces:
        batch([f"netns del {space}" for space in spaces])


def stop(pids: Sequence[int]) -> None:
    """SIGKILL, then wait until they are gone (or only wait for their parent to reap them)."""
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + _STOP_SECONDS
    while left := [pid for pid in pids if running(pid)]:
        if time.monotonic() > deadline:
            raise LabError(f"processes {left} did not end within {_STOP_SECONDS:.0f} s of SIGKILL")
        time.sleep(0.01)


def _is_first_process(pid: int) -> bool:
    """Whether it is process 1 of a namespace below this one."""
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        status = Path(f"/proc/{pid}/status").read_text()
        return next(line for line in status.splitlines() if line.startswith("NSpid:")).split()[-1] == "1"
    return False


def running(pid: int) -> bool:
    """Whether the process exists and is not a zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


def remove_record(name: str, record: dict[str, Any]) -> None:
    """The lab's files and its record; shared directories only if the lab made them and they are empty."""
    directory = Path(record["directory"])
    for entry in record["entries"]:
        path = directory / entry
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    for made in record["made"]:
        _remove_if_empty(Path(made))
    (RECORDS / f"{name}.json").unlink(missing_ok=True)
    if record["made_netns"] and _NETNS.is_dir() and not any(_NETNS.iterdir()):
        run(["umount", str(_NETNS)], check=False)
        _remove_if_empty(_NETNS)
    _remove_if_empty(RECORDS)


def netns_directory_exists() -> bool:
    return _NETNS.exists()


def _remove_if_empty(path: Path) -> None:
    with contextlib.suppress(FileNotFoundError):
        if not any(path.iterdir()):
            path.rmdir()
