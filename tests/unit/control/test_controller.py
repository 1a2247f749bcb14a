"""The controller's loop, in one thread: whenever it waits, the daemons have their turn."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from itertools import count
from pathlib import Path

import pytest

from swarmdsl.control.clocks import Clocks
from swarmdsl.control.controller import URGENT_GRACE_S, Controller
from swarmdsl.control.core import ControlCore
from swarmdsl.control.happenings import Happening, ResultAdded, RoundFinished, RoundStarted
from swarmdsl.control.interrupts import Interrupts
from swarmdsl.control.records import RunRecord
from swarmdsl.control.state import Reason, ReasonKind, RunState
from swarmdsl.control.store import Store
from swarmdsl.daemon.arguments import DaemonArguments, log_file
from swarmdsl.daemon.reports import CONTROLLER
from swarmdsl.daemon.work import Handle, Run, Work
from swarmdsl.deploy.engine import (
    DaemonExited,
    DaemonStarted,
    DaemonStartFailed,
    EngineEvent,
    EngineLost,
    StartDaemon,
    StopDaemon,
)
from swarmdsl.topology.expand import expand_daemons
from swarmdsl.topology.model import Limits, Topology
from swarmdsl.transport.base import Arrival, Connection
from swarmdsl.transport.memory import MemoryEndpoint, MemoryNetwork
from swarmdsl.wire.codec import decode_blob, encode_blob
from tests.handmade import chain
from tests.sim.hand_driven import Daemon, address_of, identity_of

SOURCE, DOUBLE, TOTAL = "worker@n1#0", "double@n2#0", "worker@n2#0"
DESCRIPTOR = 99


def results_of(work: Work) -> list[object]:
    """What the three tasks of the chain push."""
    if isinstance(work, Handle):
        return [2 * value for value in work.values]
    if isinstance(work, Run):
        return [sum(work.arguments["values"])] if "values" in work.arguments else [1, 2, 3]
    return []


class HandEngine:
    """Its daemons are cores on the same network; each turn they do what there is to do."""

    def __init__(self, topology: Topology, network: MemoryNetwork) -> None:
        self._topology, self._network = topology, network
        self.daemons: dict[str, Daemon] = {}
        self.told: list[EngineEvent] = []
        self.closed_with_s: float | None = None
        self.work: Callable[[Daemon, Work], None] = self.perform
        self.stillborn: set[str] = set()

    def render(self, topology: Topology) -> list[StartDaemon]:
        names = [one.name for one in expand_daemons(topology)]
        return [StartDaemon(name=name, arguments=arguments(name), cause="") for name in names]

    def start(self, command: StartDaemon) -> None:
        if command.name not in self.stillborn:
            daemon = Daemon(self._topology, command.name, self._network)
            self.daemons[command.name] = daemon
            self.told.append(DaemonStarted(name=command.name, pid=1))

    def stop(self, command: StopDaemon) -> None:
        raise NotImplementedError

    def events(self) -> list[EngineEvent]:
        told, self.told = self.told, []
        return told

    def fileno(self) -> int:
        return DESCRIPTOR

    def close(self, grace_s: float) -> None:
        self.closed_with_s = grace_s

    def turn(self) -> None:
        for name, daemon in list(self.daemons.items()):
            daemon.take_in()
            while (work := daemon.core.next_work()) is not None:
                self.work(daemon, work)
            if daemon.left:
                self.exit(name, 0)

    def exit(self, name: str, code: int) -> None:
        del self.daemons[name]
        self.told.append(DaemonExited(name=name, pid=1, exit_code=code, signal=None))

    @staticmethod
    def perform(daemon: Daemon, work: Work) -> None:
        values = results_of(work)
        assert not values or daemon.push(work, *values)
        daemon.finish(work)


def arguments(name: str) -> DaemonArguments:
    return DaemonArguments(
        run="r", name=name, incarnation=0, address="", controller="", run_folder=""
    )


class TurnGiving(MemoryEndpoint):
    """Whenever its owner waits, all others have a turn."""

    def __init__(self, inner: MemoryEndpoint, turn: Callable[[], None]) -> None:
        super().__init__(inner._wires, inner._place)
        self._turn = turn
        self.unwatched: list[int] = []

    def receive(self, timeout_s: float, blocked: Sequence[Connection] = ()) -> list[Arrival]:
        self._turn()
        return super().receive(timeout_s, blocked)

    def unwatch(self, descriptor: int) -> None:
        self.unwatched.append(descriptor)


LIMITS = Limits(start_timeout_s=61.0, stop_timeout_s=6.0)


class Bench:
    """A controller of the chain, with all that it is given."""

    def __init__(self, folder: Path, max_iteration: int | None = None) -> None:
        topology = chain(LIMITS, max_iteration)
        network = MemoryNetwork()
        self.folder = folder
        self.engine = HandEngine(topology, network)
        self.endpoint = TurnGiving(network.listen(address_of(CONTROLLER)), self.engine.turn)
        run = RunRecord(id="r", swarm="s", topology_hash="h", state="STARTING", created_at=0.0)
        self.store = Store.create(folder / "run.sqlite", run)
        self.interrupts = Interrupts()
        self.told: list[Happening] = []
        seconds = count()
        self.controller = Controller(
            topology=topology,
            core=ControlCore(topology, "r"),
            identity=identity_of(topology, CONTROLLER),
            engine=self.engine,
            endpoint=self.endpoint,
            store=self.store,
            observers=[self.told.append, lambda happening: self.observe(happening)],
            clocks=Clocks(monotonic_s=lambda: float(next(seconds)), wall_s=lambda: 7.0),
            interrupts=self.interrupts,
            run_folder=folder,
        )
        self.observe: Callable[[Happening], None] = lambda _: None

    def run(self) -> tuple[RunState, Reason]:
        return self.controller.run()

    @property
    def values(self) -> list[object]:
        return [decode_blob(row.value) for row in self.store.values("total")]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path)
    yield bench
    bench.store.close()
    bench.interrupts.close()


def test_a_run_goes_from_its_first_daemon_to_its_value(bench: Bench) -> None:
    state, reason = bench.run()
    assert (state, reason.text, bench.values) == (RunState.COMPLETED, "1 round finished", [12])
    assert bench.engine.daemons == {}, "all have left by themselves"


def test_the_record_says_how_the_run_ended(bench: Bench) -> None:
    bench.run()
    record = bench.store.run()
    assert (record.state, record.reason_kind, record.ended_at) == ("COMPLETED", "finished", 7.0)
    kinds = [row.kind for row in bench.store.events()]
    assert (kinds[0], kinds[-1], kinds.count("InstanceFinished")) == (
        "StateChanged",
        "StateChanged",
        3,
    )


def test_observers_hear_of_a_round_only_when_it_is_in_the_store(bench: Bench) -> None:
    kept: list[list[object]] = []

    def observe(happening: Happening) -> None:
        if isinstance(happening, RoundFinished):
            kept.append(bench.values)

    bench.observe = observe
    bench.run()
    assert kept == [[12]]


def test_values_are_kept_by_round(tmp_path: Path) -> None:
    bench = Bench(tmp_path, max_iteration=3)
    bench.run()
    rounds = [row.iteration for number in range(3) for row in bench.store.values("total", number)]
    bench.store.close()
    bench.interrupts.close()
    assert rounds == [0, 1, 2]


def test_a_call_is_answered_and_its_result_told(bench: Bench) -> None:
    def work(daemon: Daemon, work: Work) -> None:
        if isinstance(work, Run) and "values" in work.arguments:
            blob = encode_blob({"tag": "loss", "value": 0.5})
            daemon.core.calling.ask(work.hosted.spec.name, work.round, "results.add", blob)
            daemon.carry_out()
        bench.engine.perform(daemon, work)

    bench.engine.work = work
    bench.run()
    assert ResultAdded(tag="loss", node="n2", alias="total", round=0, value=0.5) in bench.told


def test_a_failed_task_ends_the_run_with_little_grace(bench: Bench) -> None:
    def work(daemon: Daemon, work: Work) -> None:
        daemon.core.fail(work, ValueError("no luck"), "Traceback ...")
        daemon.carry_out()

    bench.engine.work = work
    state, reason = bench.run()
    assert (state, reason.kind) == (RunState.FAILED, ReasonKind.TASK_FAILED)
    assert bench.engine.closed_with_s == URGENT_GRACE_S


def test_a_daemon_that_dies_at_its_start_says_why_with_the_end_of_its_log(bench: Bench) -> None:
    bench.engine.stillborn = {DOUBLE}
    log = log_file(bench.folder, DOUBLE)
    log.parent.mkdir()
    log.write_text("ImportError: no module named numpy\n")
    bench.engine.told.append(DaemonExited(name=DOUBLE, pid=1, exit_code=70, signal=None))
    state, reason = bench.run()
    assert (state, reason.kind) == (RunState.FAILED, ReasonKind.START_FAILED)
    assert reason.details == "ImportError: no module named numpy"


def test_a_daemon_that_was_not_started_fails_the_run(bench: Bench) -> None:
    bench.engine.told.append(DaemonStartFailed(name=DOUBLE, problem="cannot fork"))
    assert bench.run()[1].text == f"{DOUBLE} could not be started: cannot fork"


def test_a_daemon_that_never_connects_is_not_waited_for_for_ever(bench: Bench) -> None:
    """The clock here moves by a second whenever it is read."""
    bench.engine.stillborn = {DOUBLE}
    text = bench.run()[1].text
    assert text.startswith("needs 3 daemons, 2 here after 61 s ")
    assert text.endswith(f"; no word of {DOUBLE}")


def test_a_lost_engine_is_not_watched_any_more(bench: Bench) -> None:
    bench.engine.told.append(EngineLost(problem="it closed its socket"))
    assert bench.run()[1].kind is ReasonKind.ENGINE_LOST
    assert bench.endpoint.unwatched == [DESCRIPTOR]


def test_a_first_interrupt_stops_the_run_in_good_order(bench: Bench) -> None:
    bench.engine.work = lambda _daemon, _work: bench.interrupts.add()
    state, reason = bench.run()
    assert (state, reason.text) == (RunState.STOPPED, "interrupted in round 0")
    assert bench.store.run().state == "STOPPED"


def test_a_second_interrupt_leaves_no_grace(bench: Bench) -> None:
    def work(_daemon: Daemon, _work: Work) -> None:
        bench.interrupts.add()
        bench.interrupts.add()

    bench.engine.work = work
    bench.run()
    assert bench.engine.closed_with_s == 0.0


def test_daemons_that_do_not_leave_are_left_to_the_engine(bench: Bench) -> None:
    bench.engine.exit = lambda name, code: None  # type: ignore[method-assign]
    state, _ = bench.run()
    assert state is RunState.COMPLETED
    assert bench.engine.closed_with_s == LIMITS.stop_timeout_s


def test_an_observer_that_raises_ends_the_run_and_the_record_says_so(bench: Bench) -> None:
    def observe(happening: Happening) -> None:
        raise RuntimeError("a broken display")

    bench.observe = observe
    with pytest.raises(RuntimeError, match="a broken display"):
        bench.run()
    record = bench.store.run()
    assert (record.state, record.reason_kind) == ("FAILED", "controller_failed")
    assert bench.engine.closed_with_s == URGENT_GRACE_S


def test_a_store_that_takes_no_more_leaves_the_run_to_be_resumed(bench: Bench) -> None:
    def observe(happening: Happening) -> None:
        if isinstance(happening, RoundStarted):
            raise sqlite3.OperationalError("database or disk is full")

    bench.observe = observe
    with pytest.raises(sqlite3.OperationalError, match="disk is full"):
        bench.run()
    assert bench.store.run().state == "RUNNING"
