# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Files to and from devices, in playbooks: copied once, verified, and never half there under their name."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.integration.conftest import Controller, LabInventory
from tests.lab import openssh
from tests.lab.emulated import EmulatedLab

DATA = bytes(range(256)) * 2000
TEXT = DATA.decode("latin-1")
DIGEST = {"r1": ("md5", hashlib.md5(DATA).hexdigest()), "r2": ("sha512", hashlib.sha512(DATA).hexdigest())}


def transfer(name: str, src: str, dest: str | None = None, **more: Any) -> dict[str, Any]:
    task = {key: more.pop(key) for key in ("check_mode", "diff", "register", "ignore_errors") if key in more}
    options = {"src": src, **({"dest": dest} if dest else {}), **more}
    return {"name": name, "holdfast.network.transfer": options, **task}


@pytest.fixture
def flash(calm: LabInventory, controller: Controller) -> Iterator[EmulatedLab]:
    """The lab with an image to copy beside the playbook, and the flash as it was afterwards."""
    (controller.directory / "files").mkdir()
    (controller.directory / "files" / "image.bin").write_bytes(DATA)
    kept = {name: set(calm.lab.files(name)) for name in calm.lab.devices}
    yield calm.lab
    calm.lab.clear()
    for name, files in kept.items():
        for file in set(calm.lab.files(name)) - files:
            calm.lab.ask("delete_file", device=name, name=file)


def rests(lab: EmulatedLab, name: str) -> list[str]:
    """What aborted copies left."""
    return [file for file in lab.files(name) if ".part" in file]


@pytest.mark.parametrize("name", ["r1", "r2"])
def test_a_file_goes_there_and_back_once(
    controller: Controller, calm: LabInventory, flash: EmulatedLab, name: str
) -> None:
    flash.write_file(name, "old.bin", "something else")
    run = controller.playbook(
        calm.path,
        [
            transfer("predict", "image.bin", "flash:/image.bin", check_mode=True, diff=True),
            transfer("put", "image.bin", "flash:/image.bin"),
            transfer("again", "image.bin", "flash:/image.bin"),
            transfer("predict again", "image.bin", check_mode=True),
            transfer("replace", "image.bin", "flash:/old.bin"),
            transfer("get", "flash:/image.bin", "back/", direction="get", ignore_errors=True),
            transfer("fetch", "image.bin", "back.bin", direction="get"),
            transfer("fetch again", "image.bin", "back.bin", direction="get"),
        ],
        name,
    )
    assert run.rc == 0, run.stdout
    changed = {task: result.get("changed") for task, result in run.tasks[name].items()}
    assert [task for task in changed if changed[task]] == ["predict", "put", "replace", "fetch"]
    put = run.result(name, "put")
    assert (put["algorithm"], put["hash"]) == DIGEST[name]
    assert (put["size"], put["dest"], put["protocol"]) == (len(DATA), "flash:/image.bin", "scp")
    assert put["logins"] == (1 if name == "r1" else 0) and run.result(name, "again")["logins"] == 0
    assert run.result(name, "replace")["replaced"] == len("something else")
    assert "no directory" in run.result(name, "get")["msg"] and not (controller.directory / "back").exists()
    files = flash.files(name)
    assert files["image.bin"] == files["old.bin"] == TEXT and not rests(flash, name)
    assert (controller.directory / "back.bin").read_bytes() == DATA
    assert flash.counters(name)["logins"] == (4 if name == "r1" else 1)


def test_what_cannot_be_copied_says_why_and_leaves_nothing(
    controller: Controller, calm: LabInventory, flash: EmulatedLab
) -> None:
    flash.write_file("r1", "here.bin", "as it was")
    flash.fault("r1", "flash_full", free=100)
    (controller.directory / "folder").mkdir()
    mistakes = [
        ("full", transfer("full", "image.bin", "flash:/here.bin"), "no_space", f"{len(DATA)} bytes are needed and 100"),
        ("absent", transfer("absent", "nothing.bin"), "bad_input", "src: cannot read nothing.bin"),
        ("folder", transfer("folder", "folder"), "bad_input", "folder is no regular file"),
        ("system", transfer("system", "image.bin", "disk7:/a.bin"), "bad_input", "has no file system disk7:"),
        ("quote", transfer("quote", "image.bin", 'flash:/a".bin'), "bad_input", "use letters, digits"),
        ("lines", transfer("lines", "image.bin", "flash:/a\nreload"), "bad_input", "use letters, digits"),
        ("by", transfer("by", "image.bin", protocol="sftp"), "unsupported", "cisco_ios copies by scp, not by sftp"),
        ("gone", transfer("gone", "flash:/no.bin", direction="get"), "bad_input", "has no file flash:/no.bin"),
        ("where", transfer("where", "flash:/here.bin", "no/x", direction="get"), "bad_input", "there is no directory"),
    ]
    tasks = [{**task, "ignore_errors": True} for _name, task, _code, _words in mistakes]
    run = controller.playbook(calm.path, tasks, "r1")
    for name, _task, code, words in mistakes:
        result = run.result("r1", name)
        assert (result["code"], words in result["msg"]) == (code, True), result
    assert flash.files("r1")["here.bin"] == "as it was" and not rests(flash, "r1")
    assert not list(controller.directory.glob("**/*.part"))


def test_a_copy_that_goes_wrong_never_bears_the_name(
    controller: Controller, calm: LabInventory, flash: EmulatedLab
) -> None:
    flash.write_file("r1", "image.bin", "as it was")
    controller.playbook(calm.path, [{"name": "warm", "holdfast.network.ping": {}}], "r1")

    def fails(code: str, words: str, **options: Any) -> None:
        run = controller.playbook(calm.path, [transfer("put", "image.bin", **options)], "r1")
        result = run.result("r1", "put")
        assert (result["code"], words in result["msg"]) == (code, True), result
        assert flash.files("r1")["image.bin"] == "as it was" and not rests(flash, "r1")
        flash.clear()

    flash.fault("r1", "corrupt_copy", count=1)
    fails("transfer_failed", "md5 or size of the copy differ")
    flash.fault("r1", "flash_full", free=1000, hidden=True)
    fails("transfer_failed", "No space left on device")
    flash.fault("r1", "slow_copy", rate=100_000)
    fails("command_timeout", "did not end within", timeout=1.0)
    flash.configure("r1", "no ip scp server enable")
    fails("transfer_failed", "is 'ip scp server enable' configured?")
    assert controller.playbook(calm.path, [{"name": "still", "holdfast.network.ping": {}}], "r1").rc == 0


@pytest.mark.parametrize("name", ["r1", "r2"])
def test_a_slow_copy_is_watched_and_cancelled(
    controller: Controller, calm: LabInventory, flash: EmulatedLab, name: str
) -> None:
    flash.fault(name, "slow_copy", rate=50_000)  # ten seconds
    run = controller.playbook(
        calm.path,
        [
            transfer("start", "image.bin", detach=True, register="copying"),
            {
                "name": "look",
                "holdfast.network.job_info": {"id": "{{ copying.job.id }}"},
                "register": "state",
                "until": "state.job.progress is defined and state.job.progress.done > 0",
                "retries": 50,
                "delay": 0.1,
            },
            {"name": "cancel", "holdfast.network.job_cancel": {"id": "{{ copying.job.id }}"}},
            {"name": "use", "holdfast.network.command": {"commands": ["show version"]}},
        ],
        name,
    )
    assert run.rc == 0, run.stdout
    progress = run.result(name, "look")["job"]["progress"]
    assert progress["total"] == len(DATA) and 0 < progress["done"] <= len(DATA)
    assert run.result(name, "cancel")["job"]["state"] == "cancelled"
    assert "image.bin" not in flash.files(name) and not rests(flash, name)
    assert flash.counters(name)["logins"] == (2 if name == "r1" else 1), "the session was kept"


def test_a_connection_lost_in_a_copy_is_cleaned_up_after(
    controller: Controller, calm: LabInventory, flash: EmulatedLab
) -> None:
    flash.fault("r2", "slow_copy", rate=50_000)
    process = controller.start(calm.path, [transfer("put", "image.bin")], "r2")
    assert flash.wait(lambda: any(row[1].startswith("scp ") for row in flash.counters("r2")["log"]), 20)
    time.sleep(0.3)
    flash.ask("drop", device="r2")
    result = controller.finish(process).result("r2", "put")
    assert result["code"] == "session_lost", result
    assert "image.bin" not in flash.files("r2") and not rests(flash, "r2")


def test_nothing_of_it_needs_the_file_beside_the_playbook(
    controller: Controller, calm: LabInventory, flash: EmulatedLab, tmp_path: Path
) -> None:
    """An absolute path, an empty file."""
    (tmp_path / "empty").write_bytes(b"")
    run = controller.playbook(calm.path, [transfer("put", str(tmp_path / "empty"), "flash:/empty")], "r1,r2")
    assert run.rc == 0 and flash.files("r1")["empty"] == flash.files("r2")["empty"] == ""


@pytest.fixture
def box(tmp_path: Path) -> Iterator[tuple[openssh.OpenSsh, Path]]:
    """A real OpenSSH server, and its inventory."""
    if openssh.obstacle():
        pytest.skip(str(openssh.obstacle()))
    server = openssh.OpenSsh()
    try:
        server.start()
        book = tmp_path / "box.yml"
        given = {
            "ansible_connection": "holdfast.network.pinned",
            "ansible_host": server.host,
            "ansible_port": server.port,
            "ansible_user": server.user,
            "ansible_private_key_file": str(server.key),
            "holdfast_known_hosts": str(server.known_hosts),
            "holdfast_platform": "linux",
            "holdfast_driver": "paramiko",
        }
        book.write_text(yaml.safe_dump({"all": {"hosts": {"box": given}}}))
        yield server, book
    finally:
        server.stop()


def test_a_real_server_by_sftp_and_by_scp(
    controller: Controller, box: tuple[openssh.OpenSsh, Path], tmp_path: Path
) -> None:
    server, book = box
    (controller.directory / "image.bin").write_bytes(DATA)
    home = server.directory / "ann" if server.private else tmp_path
    there = home / "it's here, $HOME.bin"
    tasks = [
        transfer("put", "image.bin", str(there)),
        transfer("again", "image.bin", str(there)),
        transfer("get", str(there), "back.bin", direction="get", protocol="scp"),
        transfer("scp", "image.bin", f"{home}/by scp.bin", protocol="scp"),
        transfer("replace", "back.bin", f"{home}/short", protocol="scp"),
        transfer("folder", "image.bin", f"{home}/no/x.bin", ignore_errors=True),
        transfer("directory", "image.bin", str(home), ignore_errors=True),
        transfer("forbidden", "image.bin", "/usr/image.bin", ignore_errors=True),
    ]
    (home / "short").write_text("x")
    if server.private:
        (home / "short").chmod(0o666)
    run = controller.playbook(book, tasks, "box")
    assert run.rc == 0, run.stdout
    assert there.read_bytes() == (home / "by scp.bin").read_bytes() == (home / "short").read_bytes() == DATA
    assert (controller.directory / "back.bin").read_bytes() == DATA
    put, again = run.result("box", "put"), run.result("box", "again")
    assert (put["protocol"], put["logins"], put["hash"]) == ("sftp", 0, hashlib.sha256(DATA).hexdigest())
    assert again["changed"] is False and server.logins == 1
    assert "there is no directory" in run.result("box", "folder")["msg"]
    assert "is a directory; name a file" in run.result("box", "directory")["msg"]
    if server.private:
        assert "ann may not write in /usr" in run.result("box", "forbidden")["msg"]
    assert not list(home.glob("*.part"))


@pytest.mark.parametrize("protocol", ["sftp", "scp"])
def test_a_big_copy_to_a_real_server_is_cancelled(
    controller: Controller, box: tuple[openssh.OpenSsh, Path], tmp_path: Path, protocol: str
) -> None:
    server, book = box
    with open(controller.directory / "big.bin", "wb") as big:
        big.truncate(2_000_000_000)
    home = server.directory / "ann" if server.private else tmp_path
    run = controller.playbook(
        book,
        [
            transfer("start", "big.bin", f"{home}/big.bin", protocol=protocol, detach=True, register="copying"),
            {
                "name": "look",
                "holdfast.network.job_info": {"id": "{{ copying.job.id }}"},
                "register": "state",
                "until": "state.job.progress is defined and state.job.progress.done > 0",
                "retries": 50,
                "delay": 0.1,
            },
            {"name": "cancel", "holdfast.network.job_cancel": {"id": "{{ copying.job.id }}"}},
            {"name": "use", "holdfast.network.command": {"commands": ["echo here"]}},
        ],
        "box",
    )
    assert run.rc == 0, run.stdout
    assert run.result("box", "cancel")["job"]["state"] == "cancelled"
    assert not list(home.glob("big.bin*")) and server.logins == 1, "nothing is left, and the session was kept"
