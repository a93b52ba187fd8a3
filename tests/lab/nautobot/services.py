# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What Nautobot needs: its own virtual environment, PostgreSQL and Redis, each in private directories."""

from __future__ import annotations

import fcntl
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from tests.lab.frr import packages

REPO = Path(__file__).resolve().parents[3]
REQUIREMENTS = REPO / "requirements/nautobot.txt"
VENV = REPO / ".venv-nautobot"
KEPT = REPO / "tests/output/nautobot"  # the database that is made once, and locks
PYTHONS = ("3.13", "3.12", "3.11")
ACCOUNT = "postgres"  # initdb and postgres refuse root
#: A machine that crashes may lose this database.
HASTY = ("fsync=off", "full_page_writes=off", "synchronous_commit=off", "max_wal_size=2GB", "logging_collector=off")
_STOP_SECONDS = 10.0


class LabError(Exception):
    """Nautobot cannot be installed or started; the message says what to do."""


def obstacle() -> str | None:
    """Why it cannot be run here, or None. Cheap."""
    absent = _absent()
    if absent and (os.geteuid() != 0 or not shutil.which("apt-get")):
        return f"Nautobot needs {' and '.join(absent)}: install them, or be root where apt-get can"
    return None


def _absent() -> list[str]:
    found = {"postgresql": postgres_program("initdb") is not None, "redis-server": bool(shutil.which("redis-server"))}
    return [package for package, there in found.items() if not there]


def postgres_program(name: str) -> Path | None:
    """A program of the newest PostgreSQL there is."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: float(path.parts[4]))
    if found:
        return found[-1]
    elsewhere = shutil.which(name)
    return Path(elsewhere) if elsewhere else None


def install() -> None:
    """The Debian packages and the virtual environment, as far as they are missing. Raises LabError."""
    if reason := obstacle():
        raise LabError(reason)
    if absent := _absent():
        packages.install(absent)
    _environment()


def _environment() -> None:
    """One at a time: two test processes may want it."""
    stamp = VENV / ".complete"
    KEPT.mkdir(parents=True, exist_ok=True)
    with open(KEPT / "environment.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        wanted = REQUIREMENTS.read_text()
        if stamp.exists() and stamp.read_text() == wanted:
            return
        shutil.rmtree(VENV, ignore_errors=True)
        python = run([str(REPO / "tests/tools/find-python.sh"), *PYTHONS]).strip()
        run([python, "-m", "venv", str(VENV)])
        run([str(VENV / "bin/python"), "-m", "pip", "install", "--quiet", "--requirement", str(REQUIREMENTS)])
        stamp.write_text(wanted)


def run(arguments: list[str], account: str | None = None, **environment: str) -> str:
    """Standard output. Raises LabError with what it said."""
    done = subprocess.run(
        arguments, env={**os.environ, **environment}, capture_output=True, text=True, check=False, cwd="/",
        user=account, group=account, extra_groups=None if account is None else [],
    )  # fmt: skip
    if done.returncode:
        raise LabError(f"{Path(arguments[0]).name} failed: {(done.stderr or done.stdout).strip()[-2000:]}")
    return done.stdout


def account() -> str | None:
    """Whom PostgreSQL runs as, when that is not who runs this."""
    return ACCOUNT if os.geteuid() == 0 else None


def private_directory() -> Path:
    """A new one that PostgreSQL may write to."""
    made = Path(tempfile.mkdtemp(prefix="hf-nautobot-"))
    if name := account():
        owner = pwd.getpwnam(name)
        os.chown(made, owner.pw_uid, owner.pw_gid)
    (made / "root").mkdir()
    return made


class Process:
    """A program in the foreground, in a session of its own, with a log; ended by its pid."""

    def __init__(
        self,
        arguments: list[str],
        log: Path,
        *,
        how: signal.Signals = signal.SIGTERM,
        account: str | None = None,
        **environment: str,
    ) -> None:
        self.log = log
        self._how = how
        with log.open("ab") as out:
            self._process = subprocess.Popen(
                arguments, env={**os.environ, **environment}, cwd="/", stdin=subprocess.DEVNULL, stdout=out,
                stderr=subprocess.STDOUT, start_new_session=True, user=account, group=account,
                extra_groups=None if account is None else [],
            )  # fmt: skip

    @property
    def pid(self) -> int:
        return self._process.pid

    def check(self) -> None:
        """Raises LabError with the end of the log when it has ended."""
        if self._process.poll() is not None:
            raise LabError(f"{self.log.stem} ended: {self.log.read_text(errors='replace')[-2000:]}")

    def stop(self) -> None:
        """Ask it to end, then make it: whatever it started too."""
        if self._process.poll() is None:
            os.kill(self.pid, self._how)
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """At once, with everything that it started."""
        if self._process.poll() is None:
            os.killpg(self.pid, signal.SIGKILL)
        self._process.wait()


def start_redis(directory: Path) -> Process:
    nothing_on_disk = ["--save", "", "--appendonly", "no"]
    place = ["--port", "0", "--unixsocket", str(directory / "redis.sock"), "--dir", str(directory)]
    program = shutil.which("redis-server") or "redis-server"
    redis = Process([program, *place, *nothing_on_disk], directory / "redis.log")
    await_path(redis, directory / "redis.sock")
    return redis


def make_cluster(data: Path) -> None:
    place = ["-D", str(data), "-A", "trust", "-U", "nautobot"]
    run([_postgres("initdb"), *place, "--no-sync", "-E", "UTF8", "--locale", "C.UTF-8"], account())


def start_postgres(data: Path, directory: Path) -> Process:
    """A server of this cluster, with its socket in the directory and no TCP. Ended ``fast``: sessions are cut."""
    settings = [word for setting in HASTY for word in ("-c", setting)]
    command = [_postgres("postgres"), "-D", str(data), "-k", str(directory), "-h", "", *settings]
    postgres = Process(command, directory / "postgres.log", how=signal.SIGINT, account=account())
    await_path(postgres, directory / ".s.PGSQL.5432")
    deadline = time.monotonic() + 30
    while subprocess.run([_postgres("pg_isready"), "-q", "-h", str(directory)], check=False).returncode:
        postgres.check()
        if time.monotonic() > deadline:
            raise LabError(f"PostgreSQL did not become ready: see {postgres.log}")
        time.sleep(0.02)
    return postgres


def sql(directory: Path, *statements: str) -> str:
    """What psql prints of these statements, each in a transaction of its own."""
    words = [word for statement in statements for word in ("-c", statement)]
    return run([_postgres("psql"), "-h", str(directory), "-U", "nautobot", "-d", "postgres", "-qAt", *words])


def _postgres(name: str) -> str:
    found = postgres_program(name)
    if found is None:
        raise LabError(f"PostgreSQL's {name} is not installed")
    return str(found)


def await_path(process: Process, path: Path, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not path.exists():
        process.check()
        if time.monotonic() > deadline:
            raise LabError(f"{path.name} did not appear in {seconds:g} s: see {process.log}")
        time.sleep(0.02)


def settings(directory: Path, secret: str, database: str) -> Mapping[str, str]:
    """The environment of Nautobot's programs."""
    root = directory / "root"
    return {
        "HOME": str(root),
        "NAUTOBOT_ROOT": str(root),
        "NAUTOBOT_CONFIG": str(Path(__file__).with_name("nautobot_config.py")),
        "NAUTOBOT_SECRET_KEY": secret,
        "HOLDFAST_NAUTOBOT_DIRECTORY": str(directory),
        "HOLDFAST_NAUTOBOT_DATABASE": database,
        "DJANGO_SETTINGS_MODULE": "nautobot_config",
    }
