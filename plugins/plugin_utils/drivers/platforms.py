# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Platform names: any common one in, netmiko's device type out (netutils knows the synonyms).

FRRouting, which netutils does not list, is ours: vtysh behaves as an IOS-like CLI.
"""

from __future__ import annotations

import difflib
import re

from ..broker.errors import MissingLibrary, UnknownPlatform

OWN = {"frr": "frr", "frrouting": "frr", "vtysh": "frr", "frr.frr.frr": "frr"}
COMMON = {"ios": "cisco_ios", "iosxe": "cisco_xe", "eos": "arista_eos", "nxos": "cisco_nxos", "iosxr": "cisco_xr"}
#: Commands that change nothing: only these are repeated on a fresh session. One that writes its output to a file does.
READ_ONLY = re.compile(
    r"\s*(show|display|ping|ping6|traceroute|dir|more|do show)\b(?!.*(\|\s*(redirect|append|tee)\b|\s>))", re.IGNORECASE
)
#: The same for a shell, where a command may hold others: nothing that could start one is in it.
SHELL_READ_ONLY = re.compile(
    r"\s*(cat|df|dir|du|free|head|id|ls|more|ping6?|ps|stat|tail|traceroute6?|uname|uptime|w|who|whoami)(?!\S)"
    r"[^;&|<>`$()\n\\]*\Z"
)
#: Drivers and platforms whose commands a shell reads.
SHELLS = ("paramiko", "linux")
#: What a device says when it refuses a line. Anchored: a `%` inside output is no error, nor is a log line (%A-5-B:).
REFUSED = re.compile(
    r"^\s*(\^\s*)?% ?(?![A-Z0-9_-]+-\d-[A-Z0-9_]+:)"
    r"(Invalid|Incomplete|Ambiguous|Unknown|Bad|Error|Unrecognized|Cannot|Can't|Could not|Not allowed"
    r"|Unauthorized|Authorization failed|Permission denied|Specify|Malformed|Failed|There is no|No such|Unable"
    r"|Unavailable|Create the|Configure the|Configuration failed|Command (rejected|incomplete|authorization failed)"
    r"|.*(overlaps with|not found|does not exist|is not valid))",
    re.MULTILINE | re.IGNORECASE,
)
REFUSAL_WITHIN = 64 * 1024  # characters: a search through 50 MB would hold up everybody else for seconds
REFUSED_LINE = re.compile(
    r"^(?:Error: .*|Command (?:rejected: |authorization failed).*|.*\bunknown command: .*|.*\bInvalid input\b.*)$",
    re.MULTILINE | re.IGNORECASE,
)


def device_type(name: str) -> str:
    """Netmiko's device type for ``cisco.ios.ios``, ``ios``, ``cisco_ios``, ``iosxe`` ... Raises UnknownPlatform."""
    wanted = name.strip().lower()
    if wanted in OWN:
        return OWN[wanted]
    if wanted in COMMON:
        return COMMON[wanted]
    try:
        from netutils.lib_mapper import MAIN_LIB_MAPPER, NAME_TO_LIB_MAPPER, NETMIKO_LIB_MAPPER_REVERSE
    except ImportError as exc:
        raise MissingLibrary("netutils is needed to map platform names: pip install netutils") from exc
    if wanted in NETMIKO_LIB_MAPPER_REVERSE:
        return wanted
    for library in ("ansible", "napalm", "pyats", "scrapli", "netmiko"):
        normal = NAME_TO_LIB_MAPPER[library].get(wanted)
        if normal in NETMIKO_LIB_MAPPER_REVERSE:
            return str(NETMIKO_LIB_MAPPER_REVERSE[normal])
    close = difflib.get_close_matches(wanted, [*OWN, *COMMON, *MAIN_LIB_MAPPER], n=3, cutoff=0.6)
    hint = f"did you mean {' or '.join(close)}?" if close else "examples: ios, eos, frr, cisco_nxos, juniper_junos"
    raise UnknownPlatform(
        f"holdfast_platform (or ansible_network_os): '{name}' is no platform that netmiko knows; {hint}",
        option="platform",
        value=name,
    )


def only_reads(text: str, driver: str | None = None, platform: str | None = None) -> bool:
    """Whether a command surely changes nothing, with this driver on this platform (any of its names)."""
    shell = driver in SHELLS or str(platform or "").strip().lower() in SHELLS
    return bool((SHELL_READ_ONLY if shell else READ_ONLY).match(text))


def refusal(output: str) -> str | None:
    """The device's words of refusal in this output, or None. Of a long one only its begin and end are looked at."""
    if len(output) > 2 * REFUSAL_WITHIN:
        output = f"{output[:REFUSAL_WITHIN]}\n{output[-REFUSAL_WITHIN:]}"
    found = REFUSED.search(output) or REFUSED_LINE.search(output)
    if found is None:
        return None
    lines = output[found.start() :].strip().splitlines()
    return next((line.strip() for line in lines if line.strip(" ^")), found.group(0).strip())
