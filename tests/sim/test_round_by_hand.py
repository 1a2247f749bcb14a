"""A whole round of three daemons, driven by hand, message by message.

The cores are those of production; the transport is memory; there is no clock, socket or thread.
"""

from __future__ import annotations

import ast
import importlib.util
from pathlib import Path

import pytest

from swarmdsl.control.state import RunState
from swarmdsl.daemon.reports import CONTROLLER
from swarmdsl.daemon.work import Finish, Handle, Run
from swarmdsl.topology.model import Limits
from tests.handmade import chain
from tests.sim.hand_driven import World

SOURCE, DOUBLE, TOTAL = "worker@n1#0", "double@n2#0", "worker@n2#0"
IMPURE = {"time", "socket", "threading", "asyncio", "subprocess", "select", "random", "zmq"}


STOPPED = (("double", 2), ("worker", 1), ("worker", 2))
TOLD_EACH_TIME = Limits(batch_messages=Limits().inbox_messages)
"""Credit is told for each push, since a step must leave room for a batch."""


@pytest.fixture
def world() -> World:
    """Every daemon knows its round and its peers, and none has worked yet."""
    world = World(chain(TOLD_EACH_TIME))
    world.settle()
    return world


def everything_pushed(world: World) -> None:
    """The source has pushed 1, 2, 3 and ended; the daemon doubled them; the sum has not begun."""
    world.daemons[SOURCE].perform(1, 2, 3)
    world.settle()
    world.daemons[DOUBLE].perform(2, 4, 6)
    world.daemons[DOUBLE].perform()
    world.settle()


def test_daemons_introduce_themselves_to_the_controller_and_then_to_those_they_push_to() -> None:
    world = World(chain())
    assert world.in_flight() == [
        "worker@n1 > controller: HELLO",
        "worker@n2 > controller: HELLO",
        "double@n2 > controller: HELLO",
    ]
    assert sorted(world.arrive()) == [
        f"controller > {daemon}: {message}"
        for daemon in ("double@n2", "worker@n1", "worker@n2")
        for message in ("ROUNDSTART", "WELCOME")
    ]
    assert world.arrive() == ["worker@n1 > double@n2: HELLO", "double@n2 > worker@n2: HELLO"]
    assert sorted(world.arrive()) == [
        "double@n2 > worker@n1: WELCOME",
        "worker@n2 > double@n2: WELCOME",
    ]
    assert world.arrive() == []


def test_no_round_begins_while_a_daemon_is_missing() -> None:
    world = World(chain())
    world.network.deliver(2)
    world.controller.take_in()
    assert world.controller.core.state is RunState.STARTING
    assert not [one for one in world.in_flight() if "ROUNDSTART" in one]


def test_what_is_pushed_before_the_receiver_welcomed_us_waits_for_the_welcome() -> None:
    world = World(chain())
    world.arrive()
    world.arrive()
    source = world.daemons[SOURCE]
    assert source.push(source.begin(), 1)
    assert "worker@n1 > double@n2: DATA" not in world.in_flight()
    world.arrive()
    assert "worker@n1 > double@n2: DATA" in world.arrive()


def test_a_push_goes_out_at_once_and_end_when_the_run_is_over(world: World) -> None:
    source = world.daemons[SOURCE]
    run = source.begin()
    source.push(run, 1, 2, 3)
    assert world.in_flight() == ["worker@n1 > double@n2: DATA"]
    assert world.arrive() == []
    source.finish(run)
    assert world.in_flight() == ["worker@n1 > double@n2: END"]


def test_credit_returns_when_the_daemon_takes_the_pushes_not_when_they_arrive(world: World) -> None:
    source, double = world.daemons[SOURCE], world.daemons[DOUBLE]
    source.push(source.begin(), 1, 2, 3)
    assert world.arrive() == []
    assert isinstance(double.begin(), Handle)
    assert world.in_flight() == ["double@n2 > worker@n1: CREDIT"]


def test_a_source_without_credit_goes_on_once_its_pushes_were_taken() -> None:
    world = World(chain(Limits(inbox_messages=2, batch_messages=2, unconfirmed_messages=100)))
    world.settle()
    source, double = world.daemons[SOURCE], world.daemons[DOUBLE]
    run = source.begin()
    assert source.push(run, 1, 2)
    assert not source.push(run, 3)
    world.settle()
    assert not source.flush(run), "they arrived, but nobody took them"
    double.begin()
    world.settle()
    assert source.flush(run)


def test_a_function_takes_pushes_in_as_they_arrive(world: World) -> None:
    source, double = world.daemons[SOURCE], world.daemons[DOUBLE]
    source.perform(1)
    world.settle()
    double.perform(2)
    assert "double@n2 > worker@n2: DATA" in world.in_flight()
    assert "worker@n2 > double@n2: CREDIT" in world.arrive()
    assert world.daemons[TOTAL].core.next_work() is None, "the round has not ended for it"


def test_the_daemon_ends_its_round_after_its_inputs_did(world: World) -> None:
    source, double = world.daemons[SOURCE], world.daemons[DOUBLE]
    run = source.begin()
    source.push(run, 1)
    world.settle()
    assert isinstance(double.perform(2), Handle)
    assert double.core.next_work() is None
    source.finish(run)
    world.settle()
    assert isinstance(double.perform(), Finish)
    assert world.in_flight() == ["double@n2 > worker@n2: END"]


def test_nothing_is_confirmed_before_the_end_of_the_chain_is(world: World) -> None:
    everything_pushed(world)
    total = world.daemons[TOTAL]
    run = total.begin()
    assert isinstance(run, Run)
    assert run.arguments == {"values": [2, 4, 6]}
    total.push(run, sum(run.arguments["values"]))
    total.finish(run)
    assert world.in_flight() == ["worker@n2 > controller: DATA", "worker@n2 > controller: END"]
    assert world.arrive() == ["controller > worker@n2: CONFIRM"]
    assert world.arrive() == [], "the controller is told that the sum is done with its round"
    assert world.arrive() == [], "and has that on disk"
    assert world.arrive() == ["worker@n2 > double@n2: CONFIRM"]
    assert world.arrive() == ["double@n2 > worker@n1: CONFIRM"], "of the pushes that it handled"
    told = world.arrive()
    assert sorted(told) == [f"controller > {one}@n{n}: STOP" for one, n in STOPPED], (
        "the controller is told of the daemon's round, and so knows that the source is done"
    )


def test_the_run_completes_with_its_value_and_all_daemons_leave(world: World) -> None:
    everything_pushed(world)
    world.daemons[TOTAL].perform(12)
    world.settle()
    assert world.controller.values == [12]
    assert world.controller.core.state is RunState.COMPLETED
    assert all(daemon.left for daemon in world.daemons.values())


def test_a_daemon_that_lost_its_roster_with_its_connection_gets_it_again() -> None:
    world = World(chain())
    world.arrive()
    world.lose("ROUNDSTART", to="worker@n1")
    world.settle()
    source = world.daemons[SOURCE]
    assert source.core.next_work() is None
    source.connect_anew(CONTROLLER)
    world.settle()
    assert isinstance(source.core.next_work(), Run)
    assert world.daemons[DOUBLE].core.next_work() is None


def test_a_second_round_is_driven_like_the_first() -> None:
    world = World(chain(max_iteration=2))
    world.settle()
    for number in (0, 1):
        everything_pushed(world)
        assert world.daemons[TOTAL].perform(12 + number).round == number
        world.settle()
    assert world.controller.values == [12, 13]
    assert world.controller.core.state is RunState.COMPLETED


def test_the_controller_hears_of_every_step_on_a_channel_of_its_own(world: World) -> None:
    everything_pushed(world)
    world.daemons[TOTAL].perform(12)
    world.settle()
    told = [
        type(report).__name__
        for report in world.controller.reports
        if getattr(report, "instance", "") == "double@n2#0"
    ]
    assert told == ["WorkStarted", "MemoryMade", "WorkFinished", "WorkConfirmed"]


@pytest.mark.interpreted
@pytest.mark.parametrize(
    "core",
    ["swarmdsl.daemon.core", "swarmdsl.control.core", "swarmdsl.wire.session.switchboard"],
)
def test_no_core_reaches_a_clock_a_socket_or_a_thread(core: str) -> None:
    reached = imports_from(core)
    assert core in reached
    assert {name.partition(".")[0] for name in reached} & IMPURE == set()


def imports_from(start: str) -> set[str]:
    """Every module that this one imports, directly or through others of swarmdsl."""
    reached: set[str] = set()
    frontier = [start]
    while frontier:
        name = frontier.pop()
        if name in reached:
            continue
        reached.add(name)
        found = importlib.util.find_spec(name) if name.startswith("swarmdsl.") else None
        if found is not None and found.origin is not None:
            frontier += imported_by(ast.parse(Path(found.origin).read_text("utf-8")))
    return reached


def imported_by(tree: ast.Module) -> list[str]:
    names = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names += [one.name for one in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.append(node.module)
    return names
