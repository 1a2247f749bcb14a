"""The fork server by itself: what it refuses, and that it never stays behind."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from swarmdsl.daemon import forkserver
from swarmdsl.daemon.__main__ import USAGE
from swarmdsl.daemon.arguments import DaemonArguments
from swarmdsl.daemon.child import CRASH_EXIT_CODE
from swarmdsl.daemon.fork_protocol import (
    Answer,
    Command,
    Exited,
    Failed,
    Prepare,
    Shutdown,
    Start,
    Started,
    answer_reader,
    frame,
)
from swarmdsl.daemon.forkserver import ForkServer
from swarmdsl.daemon.owner import Owner
from swarmdsl.daemon.socket_folder import make_socket_folder

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="daemons need Linux")

REPOSITORY = Path(__file__).resolve().parents[3]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
PROGRAM = "tests.contracts.daemon_programs:program"
PATIENCE_S = 20.0


@dataclass
class Server:
    """A fork server in a process of its own, and this side of its socket."""

    channel: socket.socket
    process: subprocess.Popen[str]

    def send(self, *commands: Command) -> None:
        for command in commands:
            self.channel.sendall(frame(command))

    def answers(self) -> list[Answer]:
        """All that it says until it closes its side."""
        reader, answers = answer_reader(), list[Answer]()
        while data := self.channel.recv(65_536):
            answers += reader.feed(data)
        return answers

    def ending(self) -> tuple[int, str]:
        """The exit code and what it wrote, once it has ended."""
        _, log = self.process.communicate(timeout=PATIENCE_S)
        return self.process.returncode, log


@pytest.fixture
def server() -> Iterator[Server]:
    ours, theirs = socket.socketpair()
    ours.settimeout(PATIENCE_S)
    process = subprocess.Popen(
        [sys.executable, "-m", "swarmdsl.daemon", "serve", str(theirs.fileno())],
        env=ENVIRONMENT,
        pass_fds=[theirs.fileno()],
        stderr=subprocess.PIPE,
        text=True,
    )
    theirs.close()
    with process, closing(ours):
        yield Server(ours, process)
        process.kill()


def start(folder: Path, name: str) -> Start:
    arguments = DaemonArguments(
        run="r",
        name=name,
        incarnation=0,
        address="ipc:///nowhere",
        controller="ipc:///nowhere",
        run_folder=str(folder),
    )
    return Start(arguments=arguments, cause="a test")


def test_a_start_before_prepare_is_refused(server: Server, tmp_path: Path) -> None:
    server.send(start(tmp_path, "exits_0@a#0"), Shutdown(grace_s=0))
    assert server.answers() == [
        Failed(name="exits_0@a#0", problem="the fork server was not prepared")
    ]


def test_a_start_after_shutdown_is_refused(server: Server, tmp_path: Path) -> None:
    prepare = Prepare(topology_json=b"", entry=PROGRAM)
    server.send(prepare, Shutdown(grace_s=0), start(tmp_path, "exits_0@a#0"))
    # It may also be gone before it reads the command.
    ending = Failed(name="exits_0@a#0", problem="the fork server is ending")
    assert server.answers() in ([], [ending])


@pytest.mark.parametrize("entry", ["nowhere.to:be", "os:found", "not a name"])
def test_an_entry_that_cannot_be_loaded_ends_the_server(server: Server, entry: str) -> None:
    server.send(Prepare(topology_json=b"", entry=entry))
    (failed,) = server.answers()
    assert isinstance(failed, Failed)
    assert failed.name is None
    assert failed.problem.startswith(f"cannot load {entry}: ")


def test_what_is_no_command_ends_the_server(server: Server) -> None:
    server.channel.sendall(b"\xff" * 64)
    code, log = server.ending()
    assert code == 0
    assert "at most 67108864 are allowed" in log


def test_a_server_whose_daemons_have_all_ended_does_not_say_that_it_ends_none(
    server: Server,
) -> None:
    server.send(Shutdown(grace_s=0))
    code, log = server.ending()
    assert (code, log.partition("Z ")[2]) == (0, "ends: the run has ended\n")


def test_the_end_of_the_socket_ends_the_server_and_removes_the_sockets(
    server: Server, tmp_path: Path
) -> None:
    folder = make_socket_folder(str(tmp_path))
    (folder / "0").touch()
    server.send(Prepare(topology_json=b"", entry=PROGRAM, socket_folder=str(folder)))
    server.channel.close()
    assert server.ending()[0] == 0
    assert not folder.exists()


def test_answers_precede_the_end(server: Server, tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    server.send(Prepare(topology_json=b"", entry=PROGRAM), start(tmp_path, "exits_4@a#0"))
    reader, answers = answer_reader(), list[Answer]()
    while len(answers) < 2:
        answers += reader.feed(server.channel.recv(65_536))
    started, exited = answers
    assert isinstance(started, Started)
    assert exited == Exited(
        name="exits_4@a#0", pid=started.pid, incarnation=0, exit_code=4, signal=None
    )


def test_what_daemons_share_is_made_once_in_the_server(server: Server, tmp_path: Path) -> None:
    server.send(Prepare(topology_json=b"", entry=PROGRAM))
    server.send(start(tmp_path, "shares@a#0"), start(tmp_path, "shares@b#0"))
    reader, ends = answer_reader(), dict[str, int | None]()
    while len(ends) < 2:
        for answer in reader.feed(server.channel.recv(65_536)):
            if isinstance(answer, Exited):
                ends[answer.name] = answer.exit_code
    assert ends == {"shares@a#0": 0, "shares@b#0": 0}


def test_children_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forkserver, "CHILDREN_MAX", 0)
    ours, theirs = socket.socketpair()
    with ours, closing(Owner(theirs, os.getpid())) as owner:
        bounded = ForkServer(owner)
        bounded._life = lambda arguments: 0
        assert str(bounded._objection("a")).startswith("0 daemons run already")
    os.close(bounded._wakeup)
    os.close(bounded._waker)


@pytest.mark.parametrize("words", [[], ["serve"], ["dance", "3"]])
def test_anything_else_on_the_command_line_is_answered_with_the_usage(words: list[str]) -> None:
    command = [sys.executable, "-m", "swarmdsl.daemon", *words]
    ended = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (2, f"{USAGE}\n")


def test_a_process_whose_parent_is_gone_already_ends_at_once() -> None:
    program = "from swarmdsl.daemon.child import die_with_parent as f; f(0); print('alive')"
    command = [sys.executable, "-c", program]
    ended = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout) == (CRASH_EXIT_CODE, "")


def test_the_server_loads_no_zmq_and_no_numpy() -> None:
    program = (
        "import sys, swarmdsl.daemon.forkserver\n"
        "print({'zmq', 'numpy', 'asyncio', 'networkx', 'pydantic'} & set(sys.modules))"
    )
    command = [sys.executable, "-c", program]
    ended = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, check=True)
    assert ended.stdout == "set()\n"
