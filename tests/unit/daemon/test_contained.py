"""The first process of a container, here as any process: it needs no container for that."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import msgspec
import pytest

from swarmdsl.daemon.arguments import DaemonArguments
from swarmdsl.daemon.contained_protocol import Contained, Output, contained_reader
from swarmdsl.daemon.fork_protocol import (
    Exited,
    Failed,
    Ping,
    Pong,
    Prepare,
    Shutdown,
    Signal,
    Start,
    Started,
    frame,
)

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(sys.platform != "linux", reason="daemons need Linux"),
]

REPOSITORY = Path(__file__).resolve().parents[3]
PATIENCE_S = 30.0
AnswerT = TypeVar("AnswerT", bound=Contained)


class Container:
    """A process that takes itself for the first one of a container."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.heard: list[Contained] = []
        self._reader = contained_reader()
        os.mkfifo(folder / "told")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "swarmdsl.daemon", "contained", str(folder / "health")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(REPOSITORY), "TOLD": str(folder / "told")},
            cwd=folder,
        )
        self._told = os.open(folder / "told", os.O_RDWR)

    def say(self, *commands: msgspec.Struct) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(b"".join(map(frame, commands)))
        self.process.stdin.flush()

    def prepare(self, entry: str = "tests.contracts.daemon_programs:program") -> None:
        folder = str(self.folder / "run")
        self.say(Prepare(topology_json=b"{}", entry=entry, run_folder=folder))

    def start(self, name: str, incarnation: int = 0) -> None:
        arguments = DaemonArguments(
            run="r",
            name=name,
            incarnation=incarnation,
            address="ipc:///nowhere/0",
            controller="ipc:///nowhere",
            run_folder=str(self.folder / "run"),
        )
        self.say(Start(arguments=arguments, cause="a test"))

    def running(self, name: str) -> None:
        """Start a daemon, and wait until it says that it is up."""
        self.prepare()
        self.start(name)
        assert readable(self._told)
        os.read(self._told, 4_096)

    def hear(self, kind: type[AnswerT], count: int = 1) -> AnswerT:
        """The last of so many answers of this kind."""
        assert self.process.stdout is not None
        while len(found := [one for one in self.heard if isinstance(one, kind)]) < count:
            assert readable(self.process.stdout.fileno()), f"{kind.__name__}: {self.heard}"
            data = os.read(self.process.stdout.fileno(), 65_536)
            assert data, f"{kind.__name__}: {self.heard}"
            self.heard += self._reader.feed(data)
        return found[-1]

    def output(self) -> str:
        return b"".join(one.data for one in self.heard if isinstance(one, Output)).decode()

    def hang_up(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()

    def leave(self) -> None:
        with self.process:
            self.process.kill()
        os.close(self._told)


def readable(descriptor: int) -> bool:
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(PATIENCE_S * 1_000))


@pytest.fixture
def container(tmp_path: Path) -> Iterator[Container]:
    made = Container(tmp_path)
    yield made
    made.leave()


def test_a_daemon_is_forked_and_its_end_is_told(container: Container) -> None:
    container.prepare()
    container.start("exits_3@a#0")
    exited = container.hear(Exited)
    assert (exited.exit_code, exited.signal) == (3, None)
    assert exited.pid == container.hear(Started).pid


def test_all_that_a_daemon_wrote_comes_before_its_end(container: Container) -> None:
    container.prepare()
    container.start("reports@a#0")
    container.hear(Exited)
    assert isinstance(container.heard[-1], Exited)
    assert "to standard output" in container.output()
    assert "to standard error" in container.output()
    assert "descriptors [0, 1, 2]" in container.output()


def test_a_daemon_is_started_anew_by_another_fork(container: Container) -> None:
    container.prepare()
    for incarnation in range(3):
        container.start("exits_0@a#0", incarnation)
        container.hear(Exited, incarnation + 1)
    assert "==== process 3 of this daemon starts ====" in container.output()


def test_one_that_runs_is_not_started_twice(container: Container) -> None:
    container.running("waits@a#0")
    container.start("waits@a#0")
    assert "it still runs as process" in container.hear(Failed).problem


def test_a_signal_reaches_the_daemon_and_not_the_first_process(container: Container) -> None:
    container.running("waits@a#0")
    container.say(Signal(name="waits@a#0", signum=signal.SIGTERM, cause="a test"))
    assert container.hear(Exited).signal == signal.SIGTERM
    container.say(Ping())
    assert container.hear(Pong) == Pong()


def test_nothing_is_started_before_it_was_prepared(container: Container) -> None:
    container.start("exits_0@a#0")
    assert container.hear(Failed).problem == "its container was not prepared"


def test_code_that_cannot_be_loaded_ends_the_container_with_a_word(container: Container) -> None:
    container.prepare("no.such:entry")
    failed = container.hear(Failed)
    assert failed.name is None
    assert "cannot load no.such:entry" in failed.problem
    assert container.process.wait(PATIENCE_S) == 0


@pytest.mark.parametrize("name", ["waits@a#0", "refuses@a#0"])
def test_the_end_of_the_line_ends_the_daemon_and_the_container(
    container: Container, name: str
) -> None:
    container.running(name)
    container.hang_up()
    container.hear(Exited)
    assert container.process.wait(PATIENCE_S) == 0


def test_a_shutdown_gives_the_daemon_its_time(container: Container) -> None:
    container.running("waits@a#0")
    container.say(Shutdown(grace_s=PATIENCE_S))
    assert container.hear(Exited).signal == signal.SIGTERM
    assert container.process.wait(PATIENCE_S) == 0


def test_docker_stop_ends_the_daemon_in_good_order(container: Container) -> None:
    container.running("waits@a#0")
    container.process.terminate()
    assert container.hear(Exited).signal == signal.SIGTERM
    assert container.process.wait(PATIENCE_S) == 0


def test_what_is_no_command_ends_the_container(container: Container) -> None:
    assert container.process.stdin is not None
    container.process.stdin.write(b"\x00\x00\x00\x02{}")
    container.process.stdin.flush()
    assert "cannot read commands" in container.hear(Failed).problem
    assert container.process.wait(PATIENCE_S) == 0


def test_nobody_who_listens_is_no_reason_to_stay(container: Container) -> None:
    container.running("waits@a#0")
    assert container.process.stdout is not None
    container.process.stdout.close()
    container.hang_up()
    assert container.process.wait(PATIENCE_S) == 0


def test_it_says_who_its_daemon_is_for_the_probe_and_takes_that_back(container: Container) -> None:
    file = container.folder / "health"
    container.running("waits@a#0")
    started = container.hear(Started)
    supervisor, daemon, _ = file.read_text("ascii").split()
    assert (int(supervisor), int(daemon)) == (container.process.pid, started.pid)
    container.hang_up()
    container.process.wait(PATIENCE_S)
    assert not file.exists()
