"""The Docker engine where Docker fails it: each failure is an event or an error that says why."""

from __future__ import annotations

import os
import select
import signal
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import msgspec
import pytest

from swarmdsl.daemon.arguments import DaemonArguments, log_file
from swarmdsl.daemon.fork_protocol import Exited, Started, frame
from swarmdsl.daemon.socket_folder import make_socket_folder
from swarmdsl.deploy.access import Access
from swarmdsl.deploy.engine import (
    DaemonExited,
    DaemonStarted,
    DaemonStartFailed,
    EngineEvent,
    EngineLost,
    EngineOptions,
    StartDaemon,
    StopDaemon,
)
from swarmdsl.deploy.engines.container_runtime import ContainerEnd
from swarmdsl.deploy.engines.containers import ContainerEngine
from swarmdsl.deploy.engines.docker_client import (
    ContainerSpec,
    DockerClient,
    DockerGone,
)
from swarmdsl.deploy.engines.docker_ground import Ground
from swarmdsl.deploy.engines.docker_site import Docker, docker_engine
from swarmdsl.deploy.engines.docker_stream import STANDARD_OUTPUT
from swarmdsl.deploy.replaced_images import keep_replaced_images
from swarmdsl.errors import EngineError, SwarmError
from swarmdsl.topology.resources import Resources
from swarmdsl.transport.keys import KeyPair
from tests.handmade import chain

NAME = "worker@n1#0"
PATIENCE_S = 20.0
KEYS = KeyPair(public=b"p" * 32, secret=b"s" * 32)
REPOSITORY = Path(__file__).resolve().parents[3]


@dataclass
class FailingDocker:
    """Containers that begin and end as the test says; nothing runs in them."""

    problem: SwarmError | None = None
    ends_at_once: bool = False
    specs: list[ContainerSpec] = field(default_factory=list)
    lines: list[socket.socket] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    at_the_end: SwarmError | None = None

    def create(self, spec: ContainerSpec) -> str:
        if self.problem is not None:
            raise self.problem
        self.specs.append(spec)
        return f"container {len(self.specs)}"

    def attach(self, _container: str) -> socket.socket:
        near, far = socket.socketpair()
        near.settimeout(0.0)
        self.lines.append(far)
        return near

    def start(self, _container: str) -> int:
        if self.ends_at_once:
            self.lines[-1].close()
        return os.getpid()

    def end_of(self, _container: str) -> ContainerEnd:
        if self.at_the_end is not None:
            raise self.at_the_end
        return ContainerEnd(exit_code=1, signal=None, is_out_of_memory=False)

    def kill(self, _container: str) -> None:
        self.lines[-1].close()

    def remove(self, container: str) -> None:
        self.removed.append(container)

    def remove_run(self, run: str) -> int:
        self.removed.append(run)
        return 1


@dataclass
class Bench:
    """The engine on such a Docker."""

    docker: FailingDocker
    engine: ContainerEngine
    folder: Path
    seen: list[EngineEvent] = field(default_factory=list)

    def start(self) -> None:
        arguments = DaemonArguments(
            run="r",
            name=NAME,
            incarnation=0,
            address="tcp://0.0.0.0:*",
            controller="tcp://172.18.0.1:4711",
            run_folder=str(self.folder),
            keys=KEYS,
        )
        self.engine.start(StartDaemon(name=NAME, arguments=arguments, cause="a test"))

    def event(self) -> EngineEvent:
        """The first event, once there is one."""
        return self.until(lambda: bool(self.seen))[0]

    def until(self, asked: Callable[[], bool]) -> list[EngineEvent]:
        deadline_s = time.monotonic() + PATIENCE_S
        while not asked():
            assert time.monotonic() < deadline_s, self.seen
            poll = select.poll()
            poll.register(self.engine.fileno(), select.POLLIN)
            poll.poll(1_000)
            self.seen += self.engine.events()
        return self.seen


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    docker = FailingDocker()
    made = Bench(docker, docker_engine(options(tmp_path), stands(docker, tmp_path), {}), tmp_path)
    yield made
    for line in docker.lines:
        line.close()  # As a container does that is told to end.
    made.engine.close(0.0)
    for line in docker.lines:
        line.close()  # Of one that was attached meanwhile.


def options(folder: Path) -> EngineOptions:
    return EngineOptions(
        run="r",
        run_folder=folder,
        socket_folder=make_socket_folder(f"docker {folder}"),
        controller="tcp://172.18.0.1:4711",
        topology_json=b"{}",
        environment={},
        access=Access(transport="tcp", host="172.18.0.1", keys={NAME: KEYS}),
    )


def stands(docker: FailingDocker, folder: Path) -> Ground:
    (folder / "keys").mkdir()
    return Ground(
        client=cast("DockerClient", docker),
        run="r",
        folder=folder,
        network="swarm-r",
        host="172.18.0.1",
        keys=folder / "keys",
        user=(os.geteuid(), os.getegid()),
        images={NAME: "image"},
        limits={NAME: Resources(memory=7, cpu=0.5)},
    )


def test_a_container_that_cannot_be_made_is_told(bench: Bench) -> None:
    bench.docker.problem = EngineError("docker", "no space left on device")
    bench.start()
    assert bench.event() == DaemonStartFailed(name=NAME, problem="no space left on device")


def test_a_container_that_ends_at_once_is_told_and_removed(bench: Bench) -> None:
    bench.docker.ends_at_once = True
    bench.start()
    event = bench.event()
    assert isinstance(event, DaemonStartFailed)
    assert "its container ended (exit code 1)" in event.problem
    bench.until(lambda: bench.docker.removed == ["container 1"])


def test_after_a_failure_the_daemon_can_be_started_again(bench: Bench) -> None:
    bench.docker.problem = EngineError("docker", "no space left on device")
    bench.start()
    bench.event()
    bench.docker.problem = None
    bench.start()
    bench.until(lambda: len(bench.docker.lines) == 1)


def test_one_that_is_renewed_ends_with_its_container_and_has_its_new_image(bench: Bench) -> None:
    bench.start()
    bench.until(lambda: len(bench.docker.lines) == 1)
    keep_replaced_images(bench.folder, {NAME: "another image"})
    renewal = StopDaemon(name=NAME, signal=signal.SIGKILL, cause="a test", renews=True)
    bench.until(lambda: bench.engine._containers[NAME].line is not None)
    bench.engine.stop(renewal)
    bench.until(lambda: bench.docker.removed == ["container 1"])
    bench.start()
    bench.until(lambda: len(bench.docker.lines) == 2)
    assert [one.image for one in bench.docker.specs] == ["image", "another image"]


def says(line: socket.socket, message: msgspec.Struct) -> None:
    """The first process of a container says this."""
    data = frame(message)
    line.sendall(struct.pack(">BxxxI", STANDARD_OUTPUT, len(data)) + data)


def test_a_daemon_that_ends_by_itself_while_it_is_renewed_ends_with_its_container(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.start()
    bench.until(lambda: len(bench.docker.lines) == 1)
    [line] = bench.docker.lines
    says(line, Started(name=NAME, pid=7))
    bench.until(lambda: len(bench.seen) == 1)
    monkeypatch.setattr(bench.docker, "kill", lambda _container: None)  # it takes a moment
    bench.engine.stop(StopDaemon(name=NAME, signal=signal.SIGKILL, cause="a test", renews=True))
    says(line, Exited(name=NAME, pid=7, incarnation=0, exit_code=1, signal=None))
    bench.seen += bench.engine.events()
    assert [type(one) for one in bench.seen] == [DaemonStarted]  # its container is still there
    line.close()
    bench.until(lambda: len(bench.seen) == 2)
    assert isinstance(bench.seen[-1], DaemonExited)
    bench.start()
    bench.until(lambda: len(bench.docker.lines) == 2)


def test_a_docker_that_is_gone_is_the_last_thing_told(bench: Bench) -> None:
    bench.docker.problem = DockerGone("docker", "cannot make a container: connection refused")
    bench.start()
    event = bench.event()
    assert isinstance(event, EngineLost)
    assert "connection refused" in event.problem
    bench.start()
    assert bench.engine.events() == []
    poll = select.poll()
    poll.register(bench.engine.fileno(), select.POLLIN)
    assert poll.poll(0)


def test_a_docker_that_goes_while_a_daemon_runs_is_told(bench: Bench) -> None:
    bench.start()
    bench.until(lambda: len(bench.docker.lines) == 1)
    bench.docker.at_the_end = DockerGone("docker", "cannot look at a container")
    bench.docker.lines[0].close()
    assert isinstance(bench.event(), EngineLost)


def test_the_spec_has_limits_and_keys_as_a_file_and_no_secret(bench: Bench) -> None:
    bench.start()
    bench.until(lambda: len(bench.docker.lines) == 1)
    [spec] = bench.docker.specs
    assert (spec.memory, spec.cpu, spec.network) == (7, 0.5, "swarm-r")
    assert "/run/secrets/swarm-keys" in spec.read_only
    assert repr(KEYS.secret) not in repr(spec)
    said = bench.docker.lines[0].recv(65_536)
    assert b"tcp://172.18.0.1:4711" in said
    assert KEYS.secret not in said


def test_every_daemon_listens_at_all_addresses_of_its_container(bench: Bench) -> None:
    commands = bench.engine.render(chain())
    assert commands
    assert {one.arguments.address for one in commands} == {"tcp://0.0.0.0:*"}
    assert not bench.docker.specs


def test_closing_removes_all_that_the_run_has(bench: Bench) -> None:
    bench.start()
    bench.until(lambda: len(bench.docker.lines) == 1)
    bench.docker.lines[0].close()
    bench.engine.close(0.0)
    assert bench.docker.removed[-1] == "r"


def test_what_it_was_told_is_on_record(bench: Bench) -> None:
    bench.start()
    log = log_file(bench.folder, "docker").read_text("utf-8")
    assert f"start {NAME}, process 1 of this daemon: a test" in log


def test_without_an_engine_it_is_said_where_one_was_looked_for(tmp_path: Path) -> None:
    place = f"unix://{tmp_path}/docker.sock"
    with pytest.raises(EngineError, match=rf"no Docker Engine answers at {place}: .*No such file"):
        Docker.require_platform({"DOCKER_HOST": place})


def test_docker_is_loaded_by_nobody_who_does_not_use_it() -> None:
    asked = (
        "import sys, swarmdsl.cli.run, swarmdsl.deploy.engines.docker_site;"
        "print('docker' in sys.modules or 'requests' in sys.modules)"
    )
    told = subprocess.run(
        [sys.executable, "-c", asked], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    assert told.stdout == "False\n"


def test_one_module_imports_docker() -> None:
    importing: list[Any] = [
        file.name
        for file in (REPOSITORY / "swarmdsl").rglob("*.py")
        if "import docker\n" in file.read_text("utf-8")
    ]
    assert importing == ["docker_client.py"]
