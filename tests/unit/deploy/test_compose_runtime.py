"""Containers that Compose starts, and that dial: here processes, started as Compose would."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TypeVar

import pytest

from swarmdsl.daemon.arguments import DaemonArguments
from swarmdsl.daemon.composed import INVITATION, LOOK_S
from swarmdsl.daemon.contained_protocol import Invitation
from swarmdsl.daemon.socket_folder import make_socket_folder
from swarmdsl.deploy.access import Access
from swarmdsl.deploy.engine import (
    DaemonExited,
    DaemonStarted,
    DaemonStartFailed,
    Engine,
    EngineEvent,
    EngineOptions,
    StartDaemon,
)
from swarmdsl.deploy.engines.compose_runtime import ComposeRuntime
from swarmdsl.deploy.engines.compose_site import Compose, invited
from swarmdsl.deploy.engines.containers import ContainerEngine
from swarmdsl.errors import EngineError, EngineGone
from swarmdsl.topology.model import Topology
from swarmdsl.transport.curve import new_key_pair
from swarmdsl.transport.keys import TcpOptions
from swarmdsl.transport.tcp import TcpTransport
from tests.contracts.engine_case import watch

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(sys.platform != "linux", reason="daemons need Linux"),
]

REPOSITORY = Path(__file__).resolve().parents[3]
PATIENCE_S = 30.0
LOOPBACK = "127.0.0.1"
PROGRAM = "tests.contracts.daemon_programs:program"
CONTAINER = """
import os, signal, sys
from pathlib import Path
from swarmdsl.daemon.composed import serve_composed
signal.pthread_sigmask(signal.SIG_SETMASK, [])  # as for the first process of any container
keys = Path(sys.argv[2])
sys.exit(serve_composed(sys.argv[1], keys, keys.with_name(f"{os.getpid()}.health")))
"""
EventT = TypeVar("EventT", bound=EngineEvent)


@dataclass
class Project:
    """A Compose project whose containers are processes of this machine."""

    folder: Path
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def keys(self) -> Path:
        return self.folder / "keys"

    def up(self, daemon: str) -> subprocess.Popen[bytes]:
        """Start the container of a daemon."""
        process = subprocess.Popen(
            [sys.executable, "-c", CONTAINER, daemon, str(self.keys)],
            env={
                **os.environ,
                "PYTHONPATH": str(REPOSITORY),
                "TOLD": str(self.folder / "told"),
            },
            cwd=self.folder,
            start_new_session=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        self.processes.append(process)
        return process


@dataclass
class Bench:
    """The engine of a controller in such a project."""

    engine: Engine
    options: EngineOptions
    seen: list[EngineEvent] = field(default_factory=list)

    def start(self, name: str, incarnation: int = 0) -> None:
        arguments = DaemonArguments(
            run=self.options.run,
            name=name,
            incarnation=incarnation,
            address="tcp://127.0.0.1:*",
            controller="tcp://127.0.0.1:4711",
            run_folder=str(self.options.run_folder),
            keys=self.options.access.keys.get(name),
        )
        self.engine.start(StartDaemon(name=name, arguments=arguments, cause="a test"))

    def told(self, kind: type[EventT], count: int = 1) -> list[EventT]:
        """The events of a kind, once there are so many."""
        self.until(lambda: sum(isinstance(one, kind) for one in self.seen) >= count)
        return [one for one in self.seen if isinstance(one, kind)]

    def until(self, asked: Callable[[], bool]) -> None:
        deadline_s = time.monotonic() + PATIENCE_S
        while not asked():
            assert time.monotonic() < deadline_s, self.seen
            poll = select.poll()
            poll.register(self.engine.fileno(), select.POLLIN)
            poll.poll(200)
            self.seen += self.engine.events()

    def log(self, name: str) -> str:
        file = self.options.run_folder / "logs" / f"{name}.log"
        return file.read_text("utf-8") if file.exists() else ""


def options_for(folder: Path, run: str = "r") -> EngineOptions:
    names = ("waits@n1#0", "exits_0@n1#0", "exits_3@n1#0", "raises@n1#0", "waits@n2#0")
    return EngineOptions(
        run=run,
        run_folder=folder / run,
        socket_folder=make_socket_folder(f"compose {folder} {run}"),
        controller="tcp://127.0.0.1:4711",
        topology_json=b"{}",
        environment={},
        entry=PROGRAM,
        access=Access(
            transport="tcp", host=LOOPBACK, keys={name: new_key_pair() for name in names}
        ),
    )


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    os.mkfifo(tmp_path / "told")
    told = os.open(tmp_path / "told", os.O_RDWR)
    made = Project(tmp_path)
    made.keys.mkdir()
    yield made
    for process in made.processes:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate(timeout=PATIENCE_S)
    os.close(told)


@pytest.fixture
def opened() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def bench(project: Project, opened: ExitStack) -> Bench:
    return bench_in(project, opened)


def bench_in(project: Project, opened: ExitStack, run: str = "r") -> Bench:
    """A run of the project, until the end of the test or of the stack."""
    make_engine = opened.enter_context(invited(project.keys, LOOPBACK, str(project.folder)))
    told = options_for(project.folder, run)
    engine = make_engine(told)
    opened.callback(engine.close, 0.0)
    return Bench(engine, told)


# -------------------------------------------------------------------------------- lives of daemons


def test_a_daemon_lives_in_the_container_that_has_dialled_for_it(
    project: Project, bench: Bench
) -> None:
    project.up("exits_3@n1#0")
    bench.start("exits_3@n1#0")
    (exited,) = bench.told(DaemonExited)
    assert (exited.name, exited.exit_code, exited.signal) == ("exits_3@n1#0", 3, None)
    assert isinstance(bench.seen[0], DaemonStarted)


def test_a_container_that_is_there_before_its_controller_waits_for_it(
    project: Project, opened: ExitStack
) -> None:
    project.up("waits@n1#0")
    bench = bench_in(project, opened)
    bench.start("waits@n1#0")
    bench.told(DaemonStarted)


def test_what_a_daemon_writes_is_in_its_log_before_its_end_is_told(
    project: Project, bench: Bench
) -> None:
    project.up("raises@n1#0")
    bench.start("raises@n1#0")
    bench.told(DaemonExited)
    assert "RuntimeError: this daemon does not work" in bench.log("raises@n1#0")


def test_a_container_that_dies_is_told_when_its_successor_dials(
    project: Project, bench: Bench
) -> None:
    process = project.up("waits@n1#0")
    bench.start("waits@n1#0")
    bench.told(DaemonStarted)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait(PATIENCE_S)
    project.up("waits@n1#0")
    (exited,) = bench.told(DaemonExited)
    assert (exited.exit_code, exited.signal) == (None, signal.SIGKILL)
    bench.start("waits@n1#0", incarnation=1)
    bench.told(DaemonStarted, 2)


def test_a_line_that_is_lost_is_made_anew_by_the_same_container(
    project: Project, bench: Bench
) -> None:
    process = project.up("waits@n1#0")
    bench.start("waits@n1#0")
    bench.told(DaemonStarted)
    (child,) = children_of(process.pid)
    os.kill(child, signal.SIGKILL)
    bench.told(DaemonExited)
    bench.start("waits@n1#0", incarnation=1)
    bench.told(DaemonStarted, 2)
    assert process.poll() is None


def test_a_daemon_whose_container_does_not_dial_is_given_up_with_what_helps(
    project: Project, opened: ExitStack
) -> None:
    transport = TcpTransport(TcpOptions(own=new_key_pair()))
    endpoint = opened.enter_context(closing(transport.listen(f"tcp://{LOOPBACK}:*")))
    runtime = partial(ComposeRuntime, endpoint, dial_max_s=0.0)
    told = options_for(project.folder)
    engine = ContainerEngine(told, runtime, str(project.folder))
    opened.callback(engine.close, 0.0)
    bench = Bench(engine, told)
    bench.start("waits@n1#0")
    (failed,) = bench.told(DaemonStartFailed)
    assert failed.problem.startswith("no container has dialled for waits@n1#0 in 0 s")
    assert "docker-compose ps" in failed.problem


# ------------------------------------------------------------------------------------ lives of runs


def test_a_container_serves_one_run_after_another(project: Project) -> None:
    process = project.up("waits@n1#0")
    for run in ("first", "second"):
        with ExitStack() as opened:
            bench = bench_in(project, opened, run)
            bench.start("waits@n1#0")
            bench.told(DaemonStarted)
        assert not (project.keys / INVITATION).exists()
    assert process.poll() is None
    folders = sorted(one.name for one in project.folder.iterdir() if (one / "run").is_dir())
    assert folders == ["first", "second"]  # what one run has written, the next does not find


def test_the_daemons_of_a_controller_that_was_killed_end_when_another_invites(
    project: Project, bench: Bench
) -> None:
    process = project.up("waits@n1#0")
    bench.start("waits@n1#0")
    bench.told(DaemonStarted)
    (child,) = children_of(process.pid)
    has_ended = watch(child)
    other = Invitation(
        address=f"tcp://127.0.0.1:9/{new_key_pair().public.hex()}",
        keys=new_key_pair(),
        silent_max_s=60.0,
    )
    (project.keys / INVITATION).unlink()
    (project.keys / INVITATION).write_bytes(other.packed())
    assert has_ended()


def test_a_container_that_is_stopped_ends_its_daemon_and_has_not_failed(
    project: Project, bench: Bench
) -> None:
    process = project.up("waits@n1#0")
    bench.start("waits@n1#0")
    bench.told(DaemonStarted)
    process.terminate()
    assert process.wait(PATIENCE_S) == 0
    bench.told(DaemonExited)


def test_a_container_that_nobody_invites_can_be_stopped(project: Project) -> None:
    process = project.up("waits@n1#0")
    wait_until_it_heeds(process)
    process.terminate()
    assert process.wait(PATIENCE_S) == 0


# ------------------------------------------------------------------------------------ who may enter


def test_a_container_that_was_stopped_for_a_while_goes_on(project: Project, bench: Bench) -> None:
    container = project.up("waits@n1#0")
    bench.start("waits@n1#0")
    bench.told(DaemonStarted)
    container.send_signal(signal.SIGSTOP)
    with suppress(subprocess.TimeoutExpired):
        container.wait(5 * LOOK_S)  # longer than the wait in which it was stopped
    container.send_signal(signal.SIGCONT)
    with pytest.raises(subprocess.TimeoutExpired):
        container.wait(5 * LOOK_S)
    container.send_signal(signal.SIGTERM)
    assert container.wait(PATIENCE_S) == 0


def test_an_invitation_is_for_the_user_of_the_containers_alone(
    project: Project, bench: Bench
) -> None:
    assert bench.engine.events() == []
    assert (project.keys / INVITATION).stat().st_mode & 0o777 == 0o400


def test_two_runs_of_a_project_do_not_share_its_containers(project: Project, bench: Bench) -> None:
    assert bench.engine.events() == []
    with pytest.raises(EngineError, match="another run has the containers of this Compose project"):
        invited(project.keys, LOOPBACK).__enter__()


def test_a_folder_that_cannot_be_written_to_is_told(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match=r"cannot write to .*: No such file or directory"):
        invited(tmp_path / "nowhere", LOOPBACK).__enter__()


def test_a_container_without_the_keys_is_refused_and_the_log_says_so(
    project: Project, bench: Bench
) -> None:
    project.up("waits@n1#0")
    bench.start("waits@n1#0")
    bench.told(DaemonStarted)
    ours = Invitation.unpacked((project.keys / INVITATION).read_bytes())
    stranger = Project(project.folder / "other", project.processes)
    stranger.keys.mkdir(parents=True)
    wrong = Invitation(address=ours.address, keys=new_key_pair(), silent_max_s=5.0)
    (stranger.keys / INVITATION).write_bytes(wrong.packed())
    stranger.up("waits@n2#0")
    bench.until(lambda: "refused a connection" in bench.log("compose"))


# --------------------------------------------------------------------------------------- elsewhere


def test_outside_of_its_containers_the_engine_says_what_to_do() -> None:
    with pytest.raises(EngineError, match="swarm compile TARGET --engine compose -o DIR"):
        Compose.require_platform({})


def test_nothing_is_taken_over_from_a_controller_that_has_died(tmp_path: Path) -> None:
    with pytest.raises(EngineGone, match="daemons end with the container of their controller"):
        Compose.attach(options_for(tmp_path))


def test_the_site_is_at_the_address_of_its_container(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("swarmdsl.deploy.engines.compose_site.KEYS", str(tmp_path))
    monkeypatch.setattr("socket.gethostname", lambda: "localhost")
    empty = Topology(name="none", nodes=(), modules=(), groups=(), tasks=(), links=())
    told = replace(options_for(tmp_path), access=Access())
    with Compose.site(empty, told) as site:
        assert site.host == LOOPBACK
        site.engine(told).close(0.0)
        assert Invitation.unpacked((tmp_path / INVITATION).read_bytes()).address.startswith(
            f"tcp://{LOOPBACK}:"
        )
    assert not (tmp_path / INVITATION).exists()


def wait_until_it_heeds(process: subprocess.Popen[bytes]) -> None:
    """Return when it takes note of signals; they end it before."""
    deadline_s = time.monotonic() + PATIENCE_S
    status = Path(f"/proc/{process.pid}/status")
    while not int(status.read_text("ascii").partition("SigBlk:")[2].split()[0], 16):
        assert time.monotonic() < deadline_s, "it heeds none"


def children_of(pid: int) -> list[int]:
    """The processes that this one has made, once there is one."""
    children = Path(f"/proc/{pid}/task/{pid}/children")
    deadline_s = time.monotonic() + PATIENCE_S
    while not (found := children.read_text("ascii").split()):
        assert time.monotonic() < deadline_s, "it has made none"
    return [int(one) for one in found]
