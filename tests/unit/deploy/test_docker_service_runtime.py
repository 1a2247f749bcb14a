"""Containers that dial their engine: here any processes, started as a cluster would start them."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar, cast

import pytest

from swarmdsl.daemon.arguments import DaemonArguments
from swarmdsl.daemon.contained_protocol import Invitation
from swarmdsl.daemon.dialled import NODE, TASK
from swarmdsl.daemon.dialled import SERVICE as SERVICE_NAME
from swarmdsl.daemon.socket_folder import make_socket_folder
from swarmdsl.deploy.access import Access
from swarmdsl.deploy.engine import (
    DaemonExited,
    DaemonStarted,
    DaemonStartFailed,
    EngineEvent,
    EngineOptions,
    NodeJoined,
    NodeLost,
    StartDaemon,
    StopDaemon,
)
from swarmdsl.deploy.engines.containers import ContainerEngine
from swarmdsl.deploy.engines.docker_services import ServicePlan
from swarmdsl.deploy.engines.docker_swarm_client import (
    ClusterNode,
    ServiceSpec,
    SwarmClient,
    TaskState,
)
from swarmdsl.deploy.engines.docker_swarm_ground import swarm_ground
from swarmdsl.deploy.engines.docker_swarm_site import service_engine
from swarmdsl.deploy.replaced_images import keep_replaced_images
from swarmdsl.errors import EngineError
from swarmdsl.transport.curve import new_key_pair
from tests.contracts.engine_case import watch

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(sys.platform != "linux", reason="daemons need Linux"),
]

REPOSITORY = Path(__file__).resolve().parents[3]
PATIENCE_S = 30.0
SERVICE = "swarm-r-0"
LOOPBACK = "127.0.0.1"
PROGRAM = "tests.contracts.daemon_programs:program"
CONTAINER = """
import os, signal, sys
from pathlib import Path
from swarmdsl.daemon.dialled import serve_dialled
signal.pthread_sigmask(signal.SIG_SETMASK, [])  # as for the first process of any container
invitation = Path(sys.argv[2])
health = invitation.with_name(f"{invitation.name}.{os.getpid()}.health")
sys.exit(serve_dialled(sys.argv[1], os.environ, invitation, health=health))
"""
EventT = TypeVar("EventT", bound=EngineEvent)


@dataclass
class ProcessCluster:
    """A cluster whose containers are processes of this machine."""

    folder: Path
    problem: EngineError | None = None
    refuses: str = ""  # why no node takes a container
    lost: set[str] = field(default_factory=set)
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    services: dict[str, ServiceSpec] = field(default_factory=dict)
    plan: ServicePlan | None = None
    removed: list[str] = field(default_factory=list)

    def make_network(self, _name: str, _labels: dict[str, str]) -> None:
        pass

    def make_secret(self, _name: str, data: bytes, _labels: dict[str, str]) -> str:
        (self.folder / "secret").write_bytes(data)
        return "secret"

    def make_service(self, spec: ServiceSpec) -> None:
        if self.problem is not None:
            raise self.problem
        self.services[spec.name] = spec
        if not self.refuses and self.plan is not None:
            for node in self.plan.nodes:
                self.spawn(spec.name, node)

    def change_service(self, spec: ServiceSpec) -> None:
        self.services[spec.name] = spec

    def remove_service(self, name: str) -> None:
        del self.services[name]

    def spawn(self, service: str, node: str, secret: str = "secret") -> subprocess.Popen[bytes]:
        """A container more, as a cluster starts one in the place of another."""
        task = f"{service}-{node}-{len(self.processes)}"
        process = subprocess.Popen(
            [sys.executable, "-c", CONTAINER, *self.services[service].command[-1:], secret],
            env={
                **os.environ,
                "PYTHONPATH": str(REPOSITORY),
                "TOLD": str(self.folder / "told"),
                NODE: node,
                TASK: task,
                SERVICE_NAME: service,
            },
            cwd=self.folder,
            start_new_session=True,
            stdout=subprocess.PIPE,  # as of a container
            stderr=subprocess.STDOUT,
        )
        self.processes[task] = process
        return process

    def nodes(self) -> list[ClusterNode]:
        states = {one: "down" if one in self.lost else "ready" for one in ("n1", "n2", "n3")}
        return [
            ClusterNode(id=name, name=name, is_ready=state == "ready", state=state, address="")
            for name, state in states.items()
        ]

    def tasks(self, _run: str, _nodes: list[ClusterNode]) -> list[TaskState]:
        refused = [self.state(f"{name}-n1-x", "rejected", self.refuses) for name in self.services]
        known = [self.state(task, *self.fate(task)) for task in [*self.processes]]
        return known + (refused if self.refuses else [])

    def fate(self, task: str) -> tuple[str, str, int | None]:
        code = self.processes[task].poll()
        if code is None:
            return "running", "", None
        code = code if code >= 0 else 128 - code
        return ("failed", f"non-zero exit ({code})", code) if code else ("complete", "", 0)

    def state(self, task: str, state: str, problem: str, code: int | None = None) -> TaskState:
        service, node, _ = task.rsplit("-", 2)
        return TaskState(
            id=task,
            service=service,
            node=node,
            state=state,
            problem=problem,
            exit_code=code,
            is_lost=node in self.lost,
        )

    def remove_run(self, run: str) -> int:
        self.removed.append(run)
        return 1


@dataclass
class Bench:
    """The engine on such a cluster."""

    cluster: ProcessCluster
    engine: ContainerEngine
    options: EngineOptions
    seen: list[EngineEvent] = field(default_factory=list)

    def start(self, name: str, incarnation: int = 0) -> None:
        arguments = DaemonArguments(
            run="r",
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


def plan(daemons: str = "waits#0", nodes: tuple[str, ...] = ("n1",)) -> ServicePlan:
    return ServicePlan(
        daemons=daemons, image="image", nodes=nodes, is_global=False, constraints=("here",)
    )


MakeBench = Callable[..., Bench]


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[ProcessCluster]:
    os.mkfifo(tmp_path / "told")
    told = os.open(tmp_path / "told", os.O_RDWR)
    made = ProcessCluster(tmp_path)
    yield made
    for process in made.processes.values():
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate(timeout=PATIENCE_S)
    os.close(told)


@pytest.fixture
def bench_on(cluster: ProcessCluster, tmp_path: Path) -> Iterator[MakeBench]:
    opened: list[Callable[[], None]] = []

    def make(wanted: ServicePlan, absent: frozenset[str] = frozenset()) -> Bench:
        cluster.plan = wanted
        group, _, number = wanted.daemons.partition("#")
        names = [f"{group}@{node}#{number}" for node in wanted.nodes]
        told = EngineOptions(
            run="r",
            run_folder=tmp_path / "run",
            socket_folder=make_socket_folder(f"docker swarm {tmp_path}"),
            controller="tcp://127.0.0.1:4711",
            topology_json=b"{}",
            environment={},
            entry=PROGRAM,
            access=Access(
                transport="tcp", host=LOOPBACK, keys={name: new_key_pair() for name in names}
            ),
        )
        ground = ExitStack()
        client = cast("SwarmClient", cluster)
        made = ground.enter_context(
            swarm_ground(client, "r", tmp_path / "run", LOOPBACK, [wanted], absent=absent)
        )
        engine = service_engine(told, made, {}, str(tmp_path))
        opened.append(lambda: engine.close(0.0))
        opened.append(ground.close)
        return Bench(cluster, engine, told)

    yield make
    for close in opened:
        close()


def test_a_daemon_lives_in_the_container_that_has_dialled_for_it(bench_on: MakeBench) -> None:
    bench = bench_on(plan("exits_3#0"))
    bench.start("exits_3@n1#0")
    (exited,) = bench.told(DaemonExited)
    assert (exited.name, exited.exit_code, exited.signal) == ("exits_3@n1#0", 3, None)
    assert isinstance(bench.seen[0], DaemonStarted)


def test_what_a_daemon_writes_is_in_its_log_before_its_end_is_told(bench_on: MakeBench) -> None:
    bench = bench_on(plan("raises#0"))
    bench.start("raises@n1#0")
    bench.told(DaemonExited)
    assert "RuntimeError: this daemon does not work" in bench.log("raises@n1#0")


def test_every_node_has_a_container_of_its_own(bench_on: MakeBench) -> None:
    bench = bench_on(plan("exits_0#0", nodes=("n1", "n2", "n3")))
    names = [f"exits_0@{node}#0" for node in ("n1", "n2", "n3")]
    for name in names:
        bench.start(name)
    assert sorted(one.name for one in bench.told(DaemonExited, 3)) == names
    assert len(bench.cluster.services) == 1


def test_a_daemon_is_started_anew_in_the_same_container(bench_on: MakeBench) -> None:
    bench = bench_on(plan("exits_0#0"))
    bench.start("exits_0@n1#0")
    bench.told(DaemonExited)
    bench.start("exits_0@n1#0", incarnation=1)
    bench.told(DaemonExited, 2)
    assert len(bench.cluster.processes) == 1


def test_a_container_that_dies_is_told_and_its_successor_is_used(bench_on: MakeBench) -> None:
    bench = bench_on(plan())
    bench.start("waits@n1#0")
    bench.told(DaemonStarted)
    (process,) = bench.cluster.processes.values()
    os.killpg(process.pid, signal.SIGKILL)
    process.wait(PATIENCE_S)
    bench.cluster.spawn(SERVICE, "n1")
    (exited,) = bench.told(DaemonExited)
    assert (exited.exit_code, exited.signal) == (None, signal.SIGKILL)
    bench.start("waits@n1#0", incarnation=1)
    bench.told(DaemonStarted, 2)


def test_a_node_that_does_not_answer_is_told_and_so_is_its_return(bench_on: MakeBench) -> None:
    bench = bench_on(plan())
    bench.start("waits@n1#0")
    bench.told(DaemonStarted)
    (process,) = bench.cluster.processes.values()
    bench.cluster.lost.add("n1")
    assert bench.told(NodeLost) == [NodeLost(node="n1", problem="the node n1 does not answer")]
    bench.start("waits@n1#0", incarnation=1)
    bench.told(NodeLost, 2)
    assert watch(_children_of(process.pid)[0])()  # It hears that nobody listens to it any more.
    bench.cluster.lost.remove("n1")
    assert bench.told(NodeJoined) == [NodeJoined(node="n1")]
    bench.cluster.spawn(SERVICE, "n1")
    bench.start("waits@n1#0", incarnation=2)
    bench.told(DaemonStarted, 2)
    assert not [one for one in bench.seen if isinstance(one, DaemonExited | DaemonStartFailed)]


def test_a_node_that_is_not_there_yet_is_told_when_it_is_asked_for(bench_on: MakeBench) -> None:
    bench = bench_on(plan(), frozenset(["n1"]))
    bench.cluster.lost.add("n1")
    bench.start("waits@n1#0")
    bench.told(NodeLost)
    bench.cluster.lost.remove("n1")
    bench.told(NodeJoined)
    bench.start("waits@n1#0")
    bench.told(DaemonStarted)


def test_a_container_that_no_node_can_start_is_told_with_the_reason(bench_on: MakeBench) -> None:
    bench = bench_on(plan())
    bench.cluster.refuses = "No such image: image"
    bench.start("waits@n1#0")
    (failed,) = bench.told(DaemonStartFailed)
    assert failed.problem == "its container cannot be started on n1: No such image: image"


def test_a_container_that_ends_again_and_again_before_it_has_dialled_is_given_up(
    bench_on: MakeBench,
) -> None:
    bench = bench_on(plan())
    (bench.cluster.folder / "nothing").write_bytes(
        Invitation(address="nowhere", keys=None, silent_max_s=1.0).packed()
    )
    bench.cluster.plan = None  # So the test itself starts the containers.
    bench.start("waits@n1#0")
    bench.until(lambda: SERVICE in bench.cluster.services)
    for _ in range(3):
        assert bench.cluster.spawn(SERVICE, "n1", "nothing").wait(PATIENCE_S) == 1
    (failed,) = bench.told(DaemonStartFailed)
    assert failed.problem.startswith("its container on n1 ends before it says anything")
    assert f"docker service logs {SERVICE}" in failed.problem


def test_a_service_that_cannot_be_made_is_told(bench_on: MakeBench) -> None:
    bench = bench_on(plan())
    bench.cluster.problem = EngineError("docker-swarm", "the name is in use")
    bench.start("waits@n1#0")
    (failed,) = bench.told(DaemonStartFailed)
    assert failed.problem == "the name is in use"


def test_a_daemon_with_a_new_image_moves_to_a_service_of_its_own(bench_on: MakeBench) -> None:
    bench = bench_on(plan(nodes=("n1", "n2")))
    for name in ("waits@n1#0", "waits@n2#0"):
        bench.start(name)
    bench.told(DaemonStarted, 2)
    keep_replaced_images(bench.options.run_folder, {"waits@n1#0": "newer"})
    bench.cluster.plan = plan(nodes=("n1",))
    cause = "its image is another now"
    bench.engine.stop(StopDaemon(name="waits@n1#0", signal=9, cause=cause, renews=True))
    assert [one.name for one in bench.told(DaemonExited)] == ["waits@n1#0"]
    bench.start("waits@n1#0", incarnation=1)
    bench.told(DaemonStarted, 3)
    assert {
        name: (spec.image, spec.replicas, spec.constraints)
        for name, spec in bench.cluster.services.items()
    } == {
        "swarm-r-0": ("image", 1, ("here", "node.hostname!=n1")),
        "swarm-r-1": ("newer", 1, ("node.hostname==n1",)),
    }


def test_a_service_is_removed_with_the_last_daemon_that_has_left_it(bench_on: MakeBench) -> None:
    bench = bench_on(plan())
    bench.start("waits@n1#0")
    bench.told(DaemonStarted)
    keep_replaced_images(bench.options.run_folder, {"waits@n1#0": "newer"})
    bench.engine.stop(StopDaemon(name="waits@n1#0", signal=9, cause="a test", renews=True))
    bench.told(DaemonExited)
    bench.start("waits@n1#0", incarnation=1)
    bench.told(DaemonStarted, 2)
    bench.until(lambda: [*bench.cluster.services] == ["swarm-r-1"])


def test_a_container_in_whose_place_another_is_wanted_fails(bench_on: MakeBench) -> None:
    bench = bench_on(plan())
    bench.start("waits@n1#0")
    bench.told(DaemonStarted)
    (process,) = bench.cluster.processes.values()
    bench.engine.stop(StopDaemon(name="waits@n1#0", signal=9, cause="a test", renews=True))
    assert process.wait(PATIENCE_S) == 1


def test_a_daemon_that_no_service_is_for_is_told(bench_on: MakeBench) -> None:
    bench = bench_on(plan())
    bench.start("waits@n9#0")
    (failed,) = bench.told(DaemonStartFailed)
    assert failed.problem == "no service has a container for waits@n9#0"


def test_after_the_end_no_container_lives_and_none_has_failed(bench_on: MakeBench) -> None:
    bench = bench_on(plan(nodes=("n1", "n2")))
    bench.start("waits@n1#0")
    bench.start("waits@n2#0")
    bench.told(DaemonStarted, 2)
    bench.engine.close(2.0)
    for process in bench.cluster.processes.values():
        process.terminate()  # as a cluster does that removes a service
    codes = {one.wait(PATIENCE_S) for one in bench.cluster.processes.values()}
    assert codes == {0}
    assert bench.cluster.removed


def test_a_container_without_the_keys_is_refused_and_the_log_says_so(bench_on: MakeBench) -> None:
    bench = bench_on(plan())
    bench.start("waits@n1#0")
    bench.told(DaemonStarted)
    folder = bench.cluster.folder
    ours = Invitation.unpacked((folder / "secret").read_bytes())
    stranger = Invitation(address=ours.address, keys=new_key_pair(), silent_max_s=5.0)
    (folder / "stranger").write_bytes(stranger.packed())
    process = bench.cluster.spawn(SERVICE, "n1", "stranger")
    assert process.wait(PATIENCE_S) == 1
    bench.until(lambda: "refused a connection" in bench.log("docker-swarm"))


def test_a_container_whose_engine_is_gone_ends_without_an_error(
    cluster: ProcessCluster, tmp_path: Path
) -> None:
    nobody = f"tcp://127.0.0.1:9/{new_key_pair().public.hex()}"
    gone = Invitation(address=nobody, keys=new_key_pair(), silent_max_s=0.5)
    (tmp_path / "secret").write_bytes(gone.packed())
    cluster.services["s"] = _service("waits#0")
    process = cluster.spawn("s", "n1")
    (child,) = _children_of(process.pid)
    assert watch(child)()
    assert process.poll() is None  # until it is removed, which leaves nothing
    process.terminate()
    assert process.wait(PATIENCE_S) == 0


def test_a_container_without_an_invitation_that_can_be_read_says_so(
    cluster: ProcessCluster, tmp_path: Path
) -> None:
    (tmp_path / "secret").write_bytes(
        Invitation(address="nowhere", keys=None, silent_max_s=1.0).packed()
    )
    cluster.services["s"] = _service("waits#0")
    assert cluster.spawn("s", "n1").wait(PATIENCE_S) == 1


def _children_of(pid: int) -> list[int]:
    """The processes that this one has made, once there is one."""
    children = Path(f"/proc/{pid}/task/{pid}/children")
    deadline_s = time.monotonic() + PATIENCE_S
    while not (found := children.read_text("ascii").split()):
        assert time.monotonic() < deadline_s, "it has made none"
    return [int(one) for one in found]


def _service(daemons: str) -> ServiceSpec:
    return ServiceSpec(
        name="s",
        image="image",
        command=(daemons,),
        user="1:1",
        networks=("n",),
        labels={},
        secret=("", "", ""),
        constraints=(),
        scratch="/tmp",
    )
