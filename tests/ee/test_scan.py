# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""`make ee-scan` passes when it was told that there is nothing, and never because it was told nothing."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import threading
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parents[2]
DEFINITION = REPO / "execution-environment"
NEED = 'cd "$1" && . execution-environment/needs.sh && need debsecan:debsecan'
# What Debian's tracker serves: identifiers, then packages (by number, with flags, and the version that mends it), then
# which packages are built from a source. Every Debian has issues that are not mended.
UNMENDED = ("CVE-2010-4756,,glob may take long", "glibc,0,S   ,,", "glibc,libc6 libc-bin")
MENDED = ("CVE-2030-1000,,made up for this test", "openssl,1,SHRF,99:1,", "openssl,openssl libssl3t64")


@dataclass
class Services:
    """Stand-ins for OSV and for Debian's security tracker."""

    url: str = ""
    python: dict[str, str] = field(default_factory=dict)
    """Package -> identifier of its vulnerability, mended in version 99."""
    debian: tuple[tuple[str, str, str], ...] = (UNMENDED,)
    broken: bool = False

    def osv(self, question: dict[str, dict[str, str]]) -> dict[str, object]:
        name = question["package"]["name"]
        if name not in self.python:
            return {}
        ranges = [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "99"}]}]
        affected = [{"package": {"name": name, "ecosystem": "PyPI"}, "ranges": ranges, "versions": []}]
        return {"vulns": [{"id": self.python[name], "summary": "made up", "details": "made up", "affected": affected}]}

    def tracker(self) -> bytes:
        sections = ["\n".join(part) + "\n" for part in zip(*self.debian, strict=True)] if self.debian else ["", "", ""]
        return zlib.compress(("VERSION 1\n" + "\n".join(sections)).encode())


@pytest.fixture
def services() -> Iterator[Services]:
    made = Services()

    class Handler(BaseHTTPRequestHandler):
        def answer(self, body: bytes) -> None:
            self.send_response(503 if made.broken else 200)
            self.end_headers()
            self.wfile.write(b"" if made.broken else body)

        def do_POST(self) -> None:
            question = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            self.answer(json.dumps(made.osv(question)).encode())

        def do_GET(self) -> None:
            self.answer(made.tracker())

        def log_message(self, *_words: object) -> None:
            """The tests tell enough."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        made.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield made
        server.shutdown()
        thread.join()


@dataclass
class Scan:
    folder: Path
    python: Path

    def __call__(self, url: str, accepted: str = "") -> subprocess.CompletedProcess[str]:
        """The scan as it is, beside a list of accepted vulnerabilities of this test's own."""
        (self.folder / "vulnerabilities-accepted.txt").write_text(accepted, encoding="utf-8")
        environment = {
            **os.environ,
            "OSV_URL": f"{url}/v1/query",
            "DEBSECAN_SOURCE": f"{url}/debsecan/",
            "NO_PROXY": "127.0.0.1",
            "no_proxy": "127.0.0.1",
        }
        words = [self.python, self.folder / "scan.py", "slim"]
        return subprocess.run(words, check=False, capture_output=True, text=True, env=environment, timeout=120)


@pytest.fixture
def scan(image: Callable[[str], str], tools: Path, tmp_path: Path) -> Scan:
    image("slim")
    subprocess.run(["bash", "-ec", NEED, "-", REPO], check=True)
    for name in ("scan.py", "requirements-slim.txt"):
        shutil.copy(DEFINITION / name, tmp_path)
    return Scan(tmp_path, tools / "python")


def test_passes_when_both_know_of_nothing_that_is_mended(scan: Scan, services: Services) -> None:
    done = scan(services.url)
    assert done.returncode == 0, done.stderr
    assert "Python packages looked at" in done.stdout
    assert "0 of them mended since" in done.stdout


def test_fails_when_nothing_can_be_reached(scan: Scan) -> None:
    done = scan("http://127.0.0.1:9")
    assert done.returncode == 2
    assert "NOT SCANNED: Python packages of slim: pip-audit could not ask" in done.stderr
    assert "NOT SCANNED: Debian packages of slim: debsecan could not get Debian's vulnerability data" in done.stderr
    assert "Connection refused" in done.stderr
    assert done.stdout.endswith("the scan is not complete\n")


def test_fails_when_a_service_is_out_of_order(scan: Scan, services: Services) -> None:
    services.broken = True
    done = scan(services.url)
    assert done.returncode == 2
    assert done.stderr.count("NOT SCANNED") == 2


def test_fails_when_the_data_is_empty(scan: Scan, services: Services) -> None:
    services.debian = ()
    done = scan(services.url)
    assert done.returncode == 2
    assert "debsecan knows no vulnerability of any package: its data is empty" in done.stderr


def test_names_a_python_package_and_the_version_that_mends_it(scan: Scan, services: Services) -> None:
    services.python = {"netmiko": "PYSEC-2030-7"}
    done = scan(services.url)
    assert done.returncode == 1
    assert "VULNERABLE: PYSEC-2030-7 in netmiko" in done.stderr
    assert "(fixed in 99)" in done.stderr


def test_names_debian_packages_that_wait_for_an_update(scan: Scan, services: Services) -> None:
    services.debian = (UNMENDED, MENDED)
    done = scan(services.url)
    assert done.returncode == 1
    assert "VULNERABLE: CVE-2030-1000 in" in done.stderr
    assert "openssl (fixed in trixie)" in done.stderr
    assert "CVE-2010-4756" not in done.stderr


def test_what_is_accepted_has_a_reason(scan: Scan, services: Services) -> None:
    services.python = {"netmiko": "PYSEC-2030-7"}
    done = scan(services.url, accepted="PYSEC-2030-7 only in a driver that is not used\n")
    assert done.returncode == 0
    assert "accepted: PYSEC-2030-7 in netmiko" in done.stdout
    bare = scan(services.url, accepted="PYSEC-2030-7\n")
    assert bare.returncode == 1
    assert "vulnerabilities-accepted.txt:1: PYSEC-2030-7 is accepted without a reason" in bare.stderr
