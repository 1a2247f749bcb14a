"""The shell's loop, in one thread: whenever it waits, the controller has its turn."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import count
from typing import Any

import pytest

from swarmdsl.control.state import ReasonKind, RunState
from swarmdsl.daemon.core import DaemonCore
from swarmdsl.daemon.function_program import FunctionProgram
from swarmdsl.daemon.memory_limit import DataLimit, NoMemoryLimit
from swarmdsl.daemon.read_function import ReadFunction
from swarmdsl.daemon.reports import CALL_BYTES_MAX, CONTROLLER
from swarmdsl.daemon.shell import Shell
from swarmdsl.daemon.stopping import Stopped
from swarmdsl.daemon.time_limit import NoAlarm
from swarmdsl.daemon.wiring import Wiring
from swarmdsl.daemon.work import Work
from swarmdsl.errors import CallFailed, CallTimedOut, PushTimedOut
from swarmdsl.light import Globals, World
from swarmdsl.topology.model import Limits
from swarmdsl.topology.resources import Resources
from swarmdsl.transport.base import Arrival, Connection
from swarmdsl.transport.memory import MemoryEndpoint, MemoryNetwork
from swarmdsl.wire.frames import Frames
from tests.handmade import link, task, topology
from tests.sim.hand_driven import Controller, address_of, context_of, identity_of

WORKER = "worker@n1#0"
MIB = 2**20


class TurnTaking(MemoryEndpoint):
    """Whenever its owner waits, the controller has a turn; four sends of five may be refused."""

    def __init__(self, inner: MemoryEndpoint, turn: Callable[[], None], *, busy: bool) -> None:
        super().__init__(inner._wires, inner._place)
        self._turn = turn
        self._sends: Iterator[int] = count() if busy else iter(())

    def send(self, connection: Connection, frames: Frames) -> bool:
        if next(self._sends, 4) % 5 != 4:
            return False
        return super().send(connection, frames)

    def receive(self, timeout_s: float, blocked: Sequence[Connection] = ()) -> list[Arrival]:
        self._turn()
        return super().receive(timeout_s, blocked)


class Bench:
    """One task alone in a shell, and a controller that takes turns with it."""

    def __init__(
        self,
        function: Callable[..., Any],
        limits: Limits | None = None,
        *,
        busy: bool = False,
        memory: int = 0,
    ) -> None:
        spec, code = task("work")
        asking = replace(spec, resources=Resources(memory=memory))
        alone = topology([(asking, code)], [link("work")], limits=limits)
        network = MemoryNetwork()
        self.controller = Controller(alone, network)
        self.listens = True
        core = DaemonCore(
            Wiring(alone, WORKER), identity_of(alone, WORKER), address_of(CONTROLLER), {}, {0: Any}
        )
        endpoint = TurnTaking(network.listen(address_of(WORKER)), self._turn, busy=busy)
        program = FunctionProgram(ReadFunction(function), {})
        seconds = count()
        self.shell = Shell(
            core,
            endpoint,
            {(0, 0): program},
            context_of,
            lambda: float(next(seconds)),
            NoAlarm(),
            DataLimit() if memory else NoMemoryLimit(),
        )

    def _turn(self) -> None:
        if self.listens:
            self.controller.take_in()

    def run(self) -> list[object]:
        """What the run got."""
        self.shell.run()
        return self.controller.values

    @property
    def failure(self) -> str:
        reason = self.controller.core.reason
        assert reason is not None
        assert reason.kind is ReasonKind.TASK_FAILED
        return reason.text


def test_a_task_runs_and_the_daemon_leaves_when_told_to() -> None:
    bench = Bench(lambda: 5)
    assert bench.run() == [5]
    assert bench.controller.core.state is RunState.COMPLETED


def test_what_a_busy_connection_refuses_is_sent_later_in_order() -> None:
    bench = Bench(lambda: iter([1, 2, 3]), Limits(batch_messages=1), busy=True)
    assert bench.run() == [1, 2, 3]


def test_a_push_without_credit_lets_the_credit_in() -> None:
    bench = Bench(lambda: iter(range(50)), Limits(inbox_messages=2, batch_messages=2))
    assert bench.run() == list(range(50))


@pytest.mark.parametrize(
    "error", [ValueError("no luck"), SystemExit(3), KeyboardInterrupt(), GeneratorExit()]
)
def test_whatever_a_task_raises_fails_the_task_and_not_the_daemon(
    error: BaseException, capsys: pytest.CaptureFixture[str]
) -> None:
    def work() -> None:
        raise error

    bench = Bench(work)
    bench.run()
    assert bench.failure.startswith(f"work@n1#0 in round 0 raised {type(error).__name__}")
    assert "in work" in capsys.readouterr().err


def test_a_signal_in_the_middle_of_a_task_is_no_failure_of_it() -> None:
    def work() -> None:
        raise Stopped

    bench = Bench(work)
    with pytest.raises(Stopped):
        bench.run()
    assert bench.controller.core.reason is None


def ask(shared: Globals, world: World) -> object:
    return [shared["w"], world.iteration]


def test_a_call_waits_for_its_answer() -> None:
    bench = Bench(ask)
    bench.controller.answers = {"globals.get": {"deep": 1}}
    assert bench.run() == [[{"deep": 1}, 0]]


@pytest.mark.parametrize(
    ("answers", "problem"),
    [
        ({"globals.get": CallFailed("globals.get", "no such global")}, "no such global"),
        ({}, "no answer from the controller within 30 s"),
    ],
)
def test_a_call_that_fails_is_raised_in_the_task(
    answers: Mapping[str, object], problem: str, capsys: pytest.CaptureFixture[str]
) -> None:
    bench = Bench(ask)
    bench.controller.answers = dict(answers)
    bench.run()
    kind = CallFailed if answers else CallTimedOut
    assert bench.failure.endswith(f"raised {kind.__name__}: World.globals: {problem}")


def test_a_call_that_no_message_can_carry_is_refused_before_it_is_sent(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def work(shared: Globals) -> None:
        shared["w"] = bytes(CALL_BYTES_MAX)

    bench = Bench(work)
    bench.run()
    assert "bytes are too many for a call" in bench.failure


def test_a_run_that_ends_while_a_task_waits_stops_the_task() -> None:
    bench = Bench(ask)

    def interrupting() -> object:
        bench.controller.core.interrupted()
        return Globals()["w"]

    bench.shell._programs = {(0, 0): FunctionProgram(ReadFunction(interrupting), {})}
    with pytest.raises(Stopped):
        bench.run()


@pytest.mark.interpreted
def test_a_push_that_never_gets_credit_is_given_up() -> None:
    """The clock here moves by a second whenever it is read."""

    def work() -> Iterator[int]:
        bench.listens = False
        yield from (1, 2)

    patient = Limits(inbox_messages=1, batch_messages=1, push_timeout_s=40.0, lease_s=80.0)
    bench = Bench(work, patient)
    raised: list[BaseException] = []

    def fail(work: Work, error: BaseException, traceback: str, at: str = "") -> None:
        raised.append(error)
        bench.listens = True
        bench.controller.core.interrupted()

    bench.shell._core.fail = fail  # type: ignore[method-assign]
    bench.run()
    assert isinstance(raised[0], PushTimedOut)
    assert raised[0].timeout_s == 40.0


def test_a_task_that_asks_for_more_memory_than_it_may_have_fails_alone(
    capsys: pytest.CaptureFixture[str],
) -> None:
    bench = Bench(lambda: len(bytearray(64 * MIB)), memory=16 * MIB)
    bench.run()
    assert "work@n1#0 in round 0 raised MemoryLimitExceeded: work@n1#0 asked" in bench.failure
    assert len(bytearray(64 * MIB)) == 64 * MIB


def test_what_a_daemon_keeps_of_pushes_is_not_counted_against_the_task() -> None:
    """It keeps them until they are confirmed; of the task are the last one and the next."""

    def work() -> Iterator[bytes]:
        for _ in range(4):
            yield bytes(40 * MIB)

    values = Bench(work, memory=100 * MIB).run()
    assert values == [bytes(40 * MIB)] * 4


def test_what_an_answer_takes_is_not_counted_against_the_task() -> None:
    def work(shared: Globals) -> int:
        weights = shared["weights"]
        assert isinstance(weights, bytes)
        return len(weights)

    bench = Bench(work, memory=16 * MIB)
    bench.controller.answers = {"globals.get": bytes(48 * MIB)}
    assert bench.run() == [48 * MIB]
