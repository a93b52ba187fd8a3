# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The database of an empty Nautobot, made once and kept: its migrations take minutes."""

from __future__ import annotations

import fcntl
import hashlib
import json
import secrets
import shutil
import tarfile
import tempfile
import time
from pathlib import Path
from typing import Any

from . import services
from .services import KEPT, REQUIREMENTS, VENV

#: The name of the database that is copied for each test, and of the copy.
TEMPLATE, DATABASE = "empty", "nautobot"
USERS = ("admin", "reader", "nobody")


def ensure() -> tuple[Path, dict[str, Any]]:
    """A tar file of a PostgreSQL cluster, and ``{secret, tokens, seconds}``. Raises LabError."""
    services.install()
    archive = KEPT / f"{_key()}.tar"
    record = archive.with_suffix(".json")
    with open(KEPT / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not record.exists():
            for old in [*KEPT.glob("*.tar"), *KEPT.glob("*.json")]:
                old.unlink()
            _make(archive, record)
    return archive, json.loads(record.read_text())


def _key() -> str:
    """Changes with everything that the database is made of."""
    program = services.postgres_program("postgres")
    parts = [str(program), REQUIREMENTS.read_text(), Path(__file__).with_name("prepare.py").read_text()]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def _make(archive: Path, record: Path) -> None:
    started = time.monotonic()
    secret = secrets.token_urlsafe(50)
    tokens = {name: secrets.token_hex(20) for name in USERS}
    directory = services.private_directory()
    running = []
    try:
        services.make_cluster(directory / "data")
        running.append(services.start_postgres(directory / "data", directory))
        running.append(services.start_redis(directory))
        services.sql(directory, f"CREATE DATABASE {TEMPLATE}")
        settings = services.settings(directory, secret, TEMPLATE)
        prepare = [str(VENV / "bin/python"), str(Path(__file__).with_name("prepare.py"))]
        services.run([*prepare, settings["NAUTOBOT_CONFIG"], json.dumps(tokens)], **settings)
        while running:
            running.pop().stop()
        with tempfile.NamedTemporaryFile(dir=archive.parent, suffix=".part", delete=False) as part:
            with tarfile.open(fileobj=part, mode="w") as tar:
                tar.add(directory / "data", "data")
            Path(part.name).rename(archive)
    finally:
        while running:
            running.pop().stop()
        shutil.rmtree(directory, ignore_errors=True)
    seconds = round(time.monotonic() - started, 1)
    record.touch(mode=0o600)
    record.write_text(json.dumps({"secret": secret, "tokens": tokens, "seconds": seconds}))


def unpack(archive: Path, directory: Path) -> Path:
    """The cluster, owned by whom it runs as."""
    with tarfile.open(archive) as tar:
        tar.extractall(directory, filter="fully_trusted")
    return directory / "data"
