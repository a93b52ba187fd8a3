# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Look for known vulnerabilities in an image: its Python packages by pip-audit, Debian's by debsecan.

Status 0: both were asked and nothing that can be mended was found. 1: something was. 2: one of them could not be asked
or did not answer for everything, so that nothing is known: never a pass.

OSV_URL (default: api.osv.dev) and DEBSECAN_SOURCE (default: Debian's security tracker) name other services. What is in
vulnerabilities-accepted.txt beside this file, with a reason, does not fail.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
SUITE = "trixie"
FOUND = 1
NOT_ASKED = 2


class NotAsked(Exception):
    """The service could not be reached, or its answer says nothing about some package."""


def accepted() -> dict[str, str]:
    """Identifier -> reason, from lines like `CVE-2030-1  not reachable: no such device is talked to`."""
    found = {}
    path = HERE / "vulnerabilities-accepted.txt"
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if line.strip() and not line.startswith("#"):
            identifier, _space, reason = line.partition(" ")
            if not reason.strip():
                raise SystemExit(f"{path.name}:{number}: {identifier} is accepted without a reason")
            found[identifier] = reason.strip()
    return found


def last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1] if lines else "no word why"


def python_packages(variant: str) -> dict[str, list[str]]:
    """Identifier -> packages, for what requirements-VARIANT.txt pins: the image holds just that."""
    with tempfile.TemporaryDirectory() as folder:
        answer = Path(folder) / "audit.json"
        command = [str(Path(sys.executable).with_name("pip-audit")), "--strict", "--disable-pip", "--require-hashes"]
        command += ["--requirement", str(HERE / f"requirements-{variant}.txt"), "--vulnerability-service", "osv"]
        command += ["--progress-spinner", "off", "--format", "json", "--output", str(answer)]
        if url := os.environ.get("OSV_URL"):
            command += ["--osv-url", url]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        # pip-audit leaves with 1 both when it found something and when it could not look: only the answer tells.
        if not answer.exists():
            raise NotAsked(f"pip-audit could not ask for vulnerabilities of Python packages: {last_line(done.stderr)}")
        packages = json.loads(answer.read_text(encoding="utf-8"))["dependencies"]
    if unknown := [entry["name"] for entry in packages if "skip_reason" in entry]:
        raise NotAsked(f"pip-audit did not look at {', '.join(unknown)}")
    if not packages:
        raise NotAsked("pip-audit looked at no package")
    print(f"{len(packages)} Python packages looked at")
    found: dict[str, list[str]] = {}
    for entry in packages:
        for vulnerability in entry["vulns"]:
            fixed = ", ".join(vulnerability["fix_versions"]) or "no version yet"
            found.setdefault(vulnerability["id"], []).append(f"{entry['name']} {entry['version']} (fixed in {fixed})")
    return found


def debsecan(status: Path, *options: str) -> list[list[str]]:
    """Rows [identifier, package, ...] of debsecan for a file like /var/lib/dpkg/status."""
    program = shutil.which("debsecan")
    if program is None:
        raise NotAsked("debsecan is not installed: sudo apt-get install --no-install-recommends debsecan")
    command = [program, "--suite", SUITE, "--status", str(status), *options]
    if source := os.environ.get("DEBSECAN_SOURCE"):
        command += ["--source", source]
    with tempfile.NamedTemporaryFile("w", encoding="utf-8") as whitelist:
        # An empty one: this machine's own must hide nothing.
        whitelist.write("VERSION 0\n")
        whitelist.flush()
        command += ["--whitelist", whitelist.name]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        raise NotAsked(f"debsecan could not get Debian's vulnerability data: {last_line(done.stderr)}")
    return [line.split() for line in done.stdout.splitlines()]


def debian_packages(image: str) -> dict[str, list[str]]:
    """Identifier -> packages that Debian has mended and the image still has unmended."""
    command = ["podman", "run", "--rm", "--network", "none", "--entrypoint", "/bin/cat", image, "/var/lib/dpkg/status"]
    with tempfile.NamedTemporaryFile("w", encoding="utf-8") as status:
        subprocess.run(command, check=True, stdout=status)
        # Debian always has minor issues in a base system that it does not mend: none at all is no answer.
        everything = debsecan(Path(status.name))
        if not everything:
            raise NotAsked("debsecan knows no vulnerability of any package: its data is empty")
        mended = debsecan(Path(status.name), "--only-fixed")
    print(f"{len(everything)} known vulnerabilities of Debian packages, {len(mended)} of them mended since")
    found: dict[str, list[str]] = {}
    for identifier, package, *_rest in mended:
        found.setdefault(identifier, []).append(f"{package} (fixed in {SUITE})")
    return found


def scan(image: str, variant: str) -> int:
    status = 0
    reasons = accepted()
    for what, look in (
        ("Python packages", lambda: python_packages(variant)),
        ("Debian packages", lambda: debian_packages(f"{image}:{variant}")),
    ):
        try:
            found = look()
        except NotAsked as problem:
            print(f"NOT SCANNED: {what} of {variant}: {problem}", file=sys.stderr)
            status = NOT_ASKED
            continue
        for identifier, packages in sorted(found.items()):
            if identifier in reasons:
                print(f"accepted: {identifier} in {', '.join(packages)}: {reasons[identifier]}")
            else:
                print(f"VULNERABLE: {identifier} in {', '.join(packages)}", file=sys.stderr)
                status = status or FOUND
    return status


def main() -> int:
    image = os.environ.get("IMAGE", "localhost/holdfast-ee")
    chosen = sys.argv[1] if len(sys.argv) > 1 else "slim"
    variants = ["slim", "full"] if chosen == "both" else [chosen]
    status = max(scan(image, variant) for variant in variants)
    print({0: "nothing found", FOUND: "vulnerabilities found", NOT_ASKED: "the scan is not complete"}[status])
    return status


if __name__ == "__main__":
    sys.exit(main())
