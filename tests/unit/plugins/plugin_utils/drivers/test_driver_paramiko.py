# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The shell driver against a real OpenSSH server, with real users and a real sudo."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.errors import (
    AuthenticationFailed,
    CommandFailed,
    CommandTimeout,
    HostKeyUnknown,
    SessionLost,
    Unsupported,
)
from ansible_collections.holdfast.network.plugins.plugin_utils.drivers.base import Command, Driver, Secrets, Target
from ansible_collections.holdfast.network.plugins.plugin_utils.drivers.driver_paramiko import ParamikoDriver

from tests.lab import openssh

Open = Callable[..., ParamikoDriver]
needs_sshd = pytest.mark.skipif(openssh.obstacle() is not None, reason=str(openssh.obstacle()))
needs_sudo = pytest.mark.skipif(openssh.sudo_obstacle() is not None, reason=str(openssh.sudo_obstacle()))
pytestmark = needs_sshd


@pytest.fixture(scope="module")
def server() -> Iterator[openssh.OpenSsh]:
    made = openssh.OpenSsh()
    try:
        yield made.start()
    finally:
        made.stop()


@pytest.fixture
def opened(server: openssh.OpenSsh) -> Iterator[Open]:
    made: list[ParamikoDriver] = []

    def start(user: str | None = None, options: dict[str, Any] | None = None, **secrets: Any) -> ParamikoDriver:
        target = Target(
            driver="paramiko", platform="linux", host=server.host, port=server.port, user=user or server.user,
            secrets=Secrets(**{"private_key_file": str(server.key), **secrets}), connect_timeout=10.0,
            options={"known_hosts": str(server.known_hosts), **(options or {})},
        )  # fmt: skip
        made.append(ParamikoDriver(target))
        made[-1].open()
        return made[-1]

    yield start
    for driver in made:
        driver.close()


class Looker:
    def __init__(self) -> None:
        self.seen: list[str] = []
        self.first = threading.Event()

    def output(self, text: str) -> None:
        self.seen.append(text)
        self.first.set()

    def progress(self, done: int, total: int) -> None:
        raise AssertionError((done, total))


def run(driver: ParamikoDriver, text: str, timeout: float = 10.0, **more: Any) -> Any:
    return driver.run([Command(text, **more)], timeout)[0]


def test_one_login_many_commands_each_with_its_status(server: openssh.OpenSsh, opened: Open) -> None:
    before = server.logins
    driver = opened()
    assert isinstance(driver, Driver) and driver.is_alive()
    replies = driver.run([Command("cd /; pwd"), Command("pwd"), Command("echo e >&2; exit 3", check=False)], 10.0)
    assert replies[0].output == "/" and replies[1].output != "/" and replies[1].status == 0
    assert (replies[2].output, replies[2].stderr, replies[2].status) == ("", "e", 3)
    assert server.logins == before + 1
    assert [phase.name for phase in driver.phases] == ["dns", "tcp", "host_key", "auth"]
    driver.close()
    assert not driver.is_alive()
    with pytest.raises(SessionLost, match="is closed"):
        run(driver, "true")


def test_a_status_other_than_zero_is_a_failure(opened: Open) -> None:
    with pytest.raises(CommandFailed, match="'ls /no' ended with status 2: .*No such file") as caught:
        opened().run([Command("ls /no"), Command("touch never")], 10.0)
    detail = caught.value.detail
    assert detail["status"] == 2 and detail["stdout"] == "" and "/no" in detail["stderr"]
    assert run(opened(), "test -e never", check=False).status == 1


def test_input_and_environment(opened: Open) -> None:
    driver = opened()
    assert run(driver, "wc -c", stdin="ü" * 500_000).output == "1000000"
    assert run(driver, "cat", stdin="").output == ""
    assert run(driver, "cat", timeout=5.0).output == ""  # no input is its end, not a wait
    environment = {"ONE": "a b", "TWO": "it's $HOME"}
    assert run(driver, 'echo "$ONE|$TWO"; sh -c "echo $ONE"', environment=environment).output.startswith(
        "a b|it's $HOME"
    )
    assert run(driver, "echo -${ONE}-").output == "--"
    assert run(driver, "true", stdin="nobody reads this" * 100_000).status == 0


def test_a_question_is_answered(opened: Open) -> None:
    text = "printf 'Sure? '; read answer; echo got $answer"
    assert run(opened(), text, prompt=r"Sure\?", answer="yes").output == "Sure? got yes"


def test_output_is_seen_while_it_comes(opened: Open) -> None:
    driver, looker = opened(), Looker()
    driver.watch = looker
    answer: list[Any] = []
    thread = threading.Thread(target=lambda: answer.append(run(driver, "echo one; sleep 0.5; echo two")))
    thread.start()
    assert looker.first.wait(5) and "".join(looker.seen) == "one\n"
    thread.join(10)
    assert answer[0].output == "one\ntwo" and "".join(looker.seen) == "one\ntwo\n"


def test_much_output_on_both_streams(opened: Open) -> None:
    made = run(opened(), "head -c 8000000 /dev/zero | tr '\\0' e >&2; head -c 8000000 /dev/zero | tr '\\0' o", 60.0)
    assert len(made.output) == len(made.stderr) == 8_000_000


def processes(driver: ParamikoDriver, text: str) -> int:
    return int(run(driver, f"ps ax -o args | grep -c '^[{text[0]}]{text[1:]}'", check=False).output)


def test_the_time_is_up_and_the_command_ends(opened: Open) -> None:
    driver = opened()
    with pytest.raises(CommandTimeout, match="'sleep 77' did not end within 0.3 s"):
        run(driver, "sleep 77", 0.3)
    assert driver.is_alive()
    deadline = time.monotonic() + 5
    while processes(driver, "sleep 77") and time.monotonic() < deadline:
        time.sleep(0.05)
    assert processes(driver, "sleep 77") == 0


def test_interrupt_ends_the_command_and_keeps_the_login(server: openssh.OpenSsh, opened: Open) -> None:
    driver, before = opened(), server.logins
    looker = driver.watch = Looker()
    answer: list[Any] = []
    commands = [Command("echo on; exec sleep 78"), Command("echo never")]
    thread = threading.Thread(target=lambda: answer.append(driver.run(commands, 30.0)))
    thread.start()
    assert looker.first.wait(5)
    driver.interrupt()
    thread.join(5)
    assert answer == [[]] and driver.is_alive() and processes(driver, "sleep 78") == 0
    assert run(driver, "echo still").output == "still" and server.logins == before


def test_the_login_ends_under_a_command(opened: Open) -> None:
    with pytest.raises(SessionLost, match="the session ended during"):
        run(opened(), "kill -9 $(ps -o ppid= -p $PPID) $PPID; sleep 5")


def test_logins_that_fail(server: openssh.OpenSsh, opened: Open) -> None:
    with pytest.raises(HostKeyUnknown):
        opened(options={"known_hosts": "/dev/null"})
    with pytest.raises(AuthenticationFailed):
        opened(user="nobody-here")


def test_what_it_cannot_do(opened: Open) -> None:
    with pytest.raises(Unsupported, match="reads no state"):
        opened().get(["get_facts"])
    with pytest.raises(Unsupported, match="no guarded changes"):
        opened().config()


# -- sudo -----------------------------------------------------------------------------------------


@needs_sudo
def test_sudo_with_a_password(opened: Open) -> None:
    driver = opened(enable=openssh.PASSWORD)
    made = run(driver, "id -un; cat; echo err >&2", become="root", stdin="its own\n")
    assert made.output == "root\nits own" and made.stderr == "err" and made.status == 0
    assert run(driver, "echo $X; id -un", become="bob", environment={"X": "y z"}).output == "y z\nbob"
    assert run(driver, "id -un").output == "ann"
    with pytest.raises(CommandFailed, match="ended with status 4"):
        run(driver, "exit 4", become="root")


@needs_sudo
def test_sudo_without_a_password_does_not_give_it_to_the_command(opened: Open) -> None:
    driver = opened(user="bob", enable=openssh.PASSWORD)
    assert run(driver, "id -un; cat", become="root").output == "root"


@needs_sudo
@pytest.mark.parametrize(
    ("user", "given", "words"),
    [
        ("ann", "not-it", "sudo refused the password of user 'ann'"),
        ("ann", None, "set ansible_become_password"),
        ("eve", openssh.PASSWORD, "eve is not in the sudoers file"),
    ],
)
def test_sudo_that_refuses(opened: Open, user: str, given: str | None, words: str) -> None:
    with pytest.raises(CommandFailed, match="was not run as root") as caught:
        run(opened(user=user, enable=given), "id", become="root")
    assert words in caught.value.message and (given is None or given not in str(caught.value.as_dict()))


@needs_sudo
def test_a_login_by_password(opened: Open) -> None:
    driver = opened(private_key_file=None, password=openssh.PASSWORD)
    assert run(driver, "id -un").output == "ann"
    with pytest.raises(AuthenticationFailed) as caught:
        opened(private_key_file=None, password="no-such-word")
    assert "no-such-word" not in str(caught.value.as_dict())
