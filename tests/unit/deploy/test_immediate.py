"""The engine for a debugger, commanded by hand: its daemons begin, give way, end."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from select import POLLIN, poll

import pytest

from swarmdsl.daemon.arguments import LOG_FOLDER
from swarmdsl.deploy.cooperative.endpoints import ControllerEndpoint
from swarmdsl.deploy.cooperative.real_time import SLICE_S, RealTime, RunClock
from swarmdsl.deploy.engine import DaemonExited, DaemonStarted, EngineOptions, StopDaemon
from swarmdsl.deploy.engines.immediate import ImmediateEngine, address_of
from swarmdsl.errors import EngineError
from swarmdsl.topology.codec import to_json
from swarmdsl.transport.memory import MemoryNetwork
from tests.handmade import link, task, topology

ALONE = topology([task("work")], [link("work")])
WORKER = "worker@n1#0"


def double(number: int) -> int:
    return 2 * number


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[ImmediateEngine]:
    """An engine whose one daemon hosts a function; nobody answers it."""
    (tmp_path / LOG_FOLDER).mkdir()
    options = EngineOptions(
        run="r",
        run_folder=tmp_path,
        socket_folder=tmp_path,
        controller=f"memory://{tmp_path}/controller",
        topology_json=to_json(ALONE).encode(),
        environment={},
    )
    programs = {module.name: double for module in ALONE.modules}
    engine = ImmediateEngine(options, ALONE, lambda: None, programs)
    yield engine
    engine.close(0.0)


def begun(engine: ImmediateEngine) -> ImmediateEngine:
    """Its daemon has introduced itself."""
    for command in engine.render(ALONE):
        engine.start(command)
    while not engine.endpoint.receive(1.0):
        pass
    return engine


def test_it_renders_a_place_for_each_daemon(engine: ImmediateEngine, tmp_path: Path) -> None:
    [command] = engine.render(ALONE)
    assert (command.name, command.arguments.address) == (WORKER, f"memory://{tmp_path}/0")


def test_a_daemon_begins_when_the_controller_waits(engine: ImmediateEngine) -> None:
    begun(engine)
    assert [type(event) for event in engine.events()] == [DaemonStarted]
    assert not engine.is_users_code_at_work


def test_its_descriptor_rings_until_the_events_are_taken(engine: ImmediateEngine) -> None:
    ringing = poll()
    ringing.register(engine.fileno(), POLLIN)
    begun(engine)
    assert ringing.poll(0)
    engine.events()
    assert not ringing.poll(0)


@pytest.mark.parametrize(
    ("number", "code", "signum"), [(signal.SIGTERM, 143, None), (signal.SIGKILL, None, 9)]
)
def test_a_daemon_that_is_stopped_has_ended(
    engine: ImmediateEngine, number: int, code: int | None, signum: int | None
) -> None:
    begun(engine).events()
    engine.stop(StopDaemon(name=WORKER, signal=number, cause="a test"))
    events = engine.events()
    while not events:  # it may say something else first
        engine.endpoint.receive(1.0)
        events = engine.events()
    [event] = events
    assert isinstance(event, DaemonExited)
    assert (event.exit_code, event.signal) == (code, signum)
    begun(engine)  # in the same place


def test_a_closed_engine_has_ended_its_daemons_and_takes_no_commands(
    engine: ImmediateEngine,
) -> None:
    begun(engine).events()
    engine.close(1.0)
    assert [type(event) for event in engine.events()] == [DaemonExited]
    with pytest.raises(EngineError, match="it was closed"):
        engine.start(engine.render(ALONE)[0])


def test_a_daemon_whose_code_cannot_be_loaded_says_so_in_its_log(
    engine: ImmediateEngine, tmp_path: Path
) -> None:
    engine._programs = {}  # so it is imported by its name, in vain
    [command] = engine.render(ALONE)
    engine.start(command)
    engine.endpoint.receive(0.0)
    assert isinstance(engine.events()[-1], DaemonExited)
    assert "BundleError: module work" in Path(command.arguments.log_file).read_text("utf-8")


# ------------------------------------------------------------------------------------- time


class Moments:
    """A clock that a test moves, and a timeline by it."""

    def __init__(self) -> None:
        self.real_s = 100.0
        self.clock = RunClock(lambda: self.real_s)
        self.timeline = RealTime(self.clock, self.pass_by)
        self.seen: list[str] = []

    def pass_by(self, seconds: float) -> None:
        self.real_s += seconds

    def think(self) -> None:
        """One process has the thread for an hour."""
        self.seen.append("thought")
        self.pass_by(3_600.0)


def test_what_is_due_at_one_moment_keeps_its_order() -> None:
    moments = Moments()
    for name in "abc":
        moments.timeline.after(1.0, partial(moments.seen.append, name))
    moments.timeline.run(until_s=102.0, over=lambda: len(moments.seen) == 2)
    assert (moments.seen, moments.real_s) == (["a", "b"], 101.0)


def test_an_hour_in_the_debugger_makes_nobody_late() -> None:
    moments = Moments()
    moments.timeline.after(0.0, moments.think)
    late = moments.timeline.after(1.0, lambda: moments.seen.append("late"))
    moments.timeline.run(until_s=100.5, over=lambda: False)
    late.cancel()
    moments.timeline.run(until_s=103.0, over=lambda: False)
    assert moments.seen == ["thought"]
    assert 3_603.0 - SLICE_S <= moments.real_s - 100.0 <= 3_603.0 + SLICE_S


def test_a_message_for_the_controller_ends_its_wait() -> None:
    network = MemoryNetwork()
    moments = Moments()
    controller = ControllerEndpoint(network, "memory://controller", moments.clock)
    leaf = network.listen("memory://leaf")

    def send() -> None:
        leaf.send(leaf.dial("memory://controller"), [b"hello"])

    controller.timeline.after(0.0, send)
    assert [bytes(one.frames[0]) for one in controller.receive(3_600.0)] == [b"hello"]


def test_places_are_paths_beside_which_programs_may_call(tmp_path: Path) -> None:
    options = EngineOptions(
        run="r",
        run_folder=tmp_path,
        socket_folder=tmp_path,
        controller="",
        topology_json=b"",
        environment={},
    )
    assert address_of(options, "4") == f"memory://{tmp_path}/4"
