"""What a daemon decides, seen through the messages that it sends."""

from __future__ import annotations

import pytest

from swarmdsl.control.state import RunState
from swarmdsl.daemon.reports import LinkRefused, WorkFailed, WorkFinished, WorkStarted
from swarmdsl.daemon.work import Finish, Handle, Run
from swarmdsl.errors import ScriptRaised
from swarmdsl.topology.model import Limits
from swarmdsl.wire.codec import Decoder, encode_values
from swarmdsl.wire.messages import Call, ChannelKey, Reset, RoundStart, Stop, decode, encode
from swarmdsl.wire.structure import declared
from tests.handmade import chain, link, task, topology
from tests.sim.hand_driven import Daemon, World

SOURCE, DOUBLE, TOTAL = "worker@n1#0", "double@n2#0", "worker@n2#0"


@pytest.fixture
def world() -> World:
    world = World(chain())
    world.settle()
    return world


def failures(world: World) -> list[WorkFailed]:
    return [one for one in world.controller.reports if isinstance(one, WorkFailed)]


def test_before_the_first_round_there_is_no_work() -> None:
    world = World(chain())
    assert [daemon.core.next_work() for daemon in world.daemons.values()] == [None] * 3


def test_a_round_that_was_started_already_is_not_started_again(world: World) -> None:
    source = world.daemons[SOURCE]
    source.perform(1)
    again = RoundStart(1, 0, 0, {0: [0], 1: [0], 2: [0]}, [], {})
    source.core._start_round(again)
    assert source.core.next_work() is None


def test_an_instance_outside_the_roster_does_nothing() -> None:
    world = World(topology([task("picky", nodes=["n1", "n2"], count=1)], [link("picky")]))
    world.settle()
    assert isinstance(world.daemons["worker@n1#0"].core.next_work(), Run)
    assert world.daemons["worker@n2#0"].core.next_work() is None


def test_a_task_and_the_one_it_feeds_may_share_a_daemon() -> None:
    """The daemon dials itself, and answers itself."""
    world = World(
        topology(
            [task("first"), task("then")],
            [link("first", "then", "values", gather=True), link("then")],
        )
    )
    world.settle()
    worker = world.daemons["worker@n1#0"]
    worker.perform(1, 2)
    world.settle()
    run = worker.perform(3)
    world.settle()
    assert isinstance(run, Run)
    assert run.arguments == {"values": [1, 2]}
    assert world.controller.values == [3]


def test_start_and_finish_are_reported_once_however_many_batches_there_are(world: World) -> None:
    source, double = world.daemons[SOURCE], world.daemons[DOUBLE]
    run = source.begin()
    for value in (1, 2):
        source.push(run, value)
    source.finish(run)
    world.settle()
    assert [type(double.perform(2)), type(double.perform(4))] == [Handle, Handle]
    assert isinstance(double.perform(), Finish)
    world.settle()
    told = [one for one in world.controller.reports if getattr(one, "instance", "")[:6] == "double"]
    assert told[:2] == [WorkStarted("double@n2#0", 0), WorkFinished("double@n2#0", 0, 0.0, 2)]


def test_a_failure_is_told_with_its_traceback_and_confirms_nothing(world: World) -> None:
    source = world.daemons[SOURCE]
    source.perform(1)
    world.settle()
    double = world.daemons[DOUBLE]
    double.core.fail(double.begin(), ValueError("no luck"), "Traceback ...")
    double.carry_out()
    world.settle()
    failed = WorkFailed("double@n2#0", 0, "ValueError", "no luck", "Traceback ...")
    assert failures(world) == [failed]
    assert source.core.switchboard.to(DOUBLE).unconfirmed == 2


def test_an_instance_that_failed_does_not_go_on_with_what_is_behind(world: World) -> None:
    source, double = world.daemons[SOURCE], world.daemons[DOUBLE]
    run = source.begin()
    for value in (1, 2):
        source.push(run, value)
    world.settle()
    double.core.fail(double.begin(), ValueError(), "")
    assert double.core.next_work() is None


def test_a_script_is_said_to_have_raised_what_it_raised(world: World) -> None:
    source = world.daemons[SOURCE]
    source.core.fail(source.begin(), ScriptRaised("KeyError", "'x'", "Traceback ..."), "")
    source.carry_out()
    world.settle()
    assert [(one.error, one.problem) for one in failures(world)] == [("KeyError", "'x'")]


def test_values_of_another_type_than_declared_fail_the_receiver(world: World) -> None:
    source, double = world.daemons[SOURCE], world.daemons[DOUBLE]
    double.core._decoders = {0: Decoder(int)}
    source.perform("text")
    world.settle()
    (failed,) = failures(world)
    assert (failed.instance, failed.error) == ("double@n2#0", "DecodeError")
    assert "link of type int" in failed.problem


def test_pushes_on_a_channel_that_leads_nowhere_are_counted_and_dropped(world: World) -> None:
    source, double = world.daemons[SOURCE], world.daemons[DOUBLE]
    for nowhere in (ChannelKey(7, 0, 0), ChannelKey(0, 0, 5), ChannelKey(2, 0, 0)):
        source.core.switchboard.to(DOUBLE).end(nowhere, 0)
    source.carry_out()
    world.settle()
    assert double.core.switchboard.counts.unexpected == 3


def test_a_call_carries_its_number_instance_and_round(world: World) -> None:
    source = world.daemons[SOURCE]
    numbers = [source.core.call("source@n1#0", 3, "globals.get", b"x") for _ in range(2)]
    source.carry_out()
    calls = [decode(one.frames).message for one in world.network.pending()]
    assert numbers == [1, 2]
    assert [one.number for one in calls if isinstance(one, Call)] == numbers


def test_stop_ends_all_work_and_says_goodbye(world: World) -> None:
    world.controller.core.interrupted()
    world.arrive()
    world.settle()
    for daemon in world.daemons.values():
        assert daemon.left
        assert daemon.core.leaving == "interrupted in round 0"
        assert daemon.core.next_work() is None


def test_a_daemon_whose_controller_refuses_it_leaves() -> None:
    world = World(chain())
    stranger = Daemon(chain(Limits(batch_messages=3)), "stranger@n9#0", world.network)
    world.arrive()
    world.arrive()
    stranger.take_in()
    assert stranger.left
    assert stranger.core.leaving is not None
    assert "has topology" in stranger.core.leaving


def test_staging_beyond_a_batch_is_a_mistake_of_the_caller(world: World) -> None:
    source = world.daemons[SOURCE]
    run = source.begin()
    while not source.core.stage(run, 1):
        pass
    with pytest.raises(AssertionError, match="flush first"):
        source.core.stage(run, 1)


def test_what_a_daemon_remembers_does_not_grow_with_rounds() -> None:
    world = World(chain(max_iteration=20))
    world.settle()
    for _ in range(20):
        world.daemons[SOURCE].perform(1)
        world.settle()
        world.daemons[DOUBLE].perform(2)
        world.daemons[DOUBLE].perform()
        world.settle()
        world.daemons[TOTAL].perform(2)
        world.settle()
    core = world.daemons[DOUBLE].core
    assert (len(core._started), len(core._acknowledged), len(core._outputs._marks)) == (0, 0, 1)
    assert not any(core._ledger._by_input.values())
    assert not any(core._ledger._by_output.values())


def test_a_peer_that_refuses_a_daemon_fails_the_run(world: World) -> None:
    """What is pushed to it would never arrive, and nobody would know."""
    source = world.daemons[SOURCE]
    to_double = source.core.switchboard.to(DOUBLE)
    refusal = encode(Reset(to_double.number, "it is full", final=True))
    source.core.receive(to_double.connection, refusal)
    source.carry_out()
    world.settle()
    assert world.controller.core.state is RunState.FAILED
    assert world.controller.core.reason is not None
    assert (
        world.controller.core.reason.text == f"daemon {SOURCE} was refused by {DOUBLE}: it is full"
    )


def test_a_daemon_that_refuses_what_a_peer_pushes_tells_the_controller_too() -> None:
    """The peer may be written in a language in which nobody tells."""
    world = World(chain())
    total = world.daemons[TOTAL]
    object.__setattr__(total.core.switchboard.identity, "reads", {1: declared(str)})
    world.daemons[DOUBLE].core._pushes = {1: declared(int)}
    world.settle()
    text = (
        f"daemon {DOUBLE} was refused by {TOTAL}: "
        f"what is pushed on link 1 is str at {TOTAL} and int at {DOUBLE}"
    )
    assert world.controller.core.reason is not None
    assert world.controller.core.reason.text == text
    told = {one for one in world.controller.reports if isinstance(one, LinkRefused)}
    assert {(one.peer, one.by) for one in told} == {(DOUBLE, TOTAL)}


def test_only_the_controller_stops_a_daemon(world: World) -> None:
    source, double = world.daemons[SOURCE], world.daemons[DOUBLE]
    to_double = source.core.switchboard.to(DOUBLE)
    to_double.say(Stop(to_double.number, "I say so"))
    source.carry_out()
    world.settle()
    assert double.core.leaving is None
    assert double.core.switchboard.counts.unexpected == 1


def test_a_batch_that_holds_another_number_of_values_is_a_failure(world: World) -> None:
    source = world.daemons[SOURCE]
    route = ChannelKey(0, 0, 0)
    source.core.switchboard.push(DOUBLE, route, encode_values([1, 2]), 3, 0)
    source.carry_out()
    world.settle()
    assert "says that it holds 3 values, and holds 2" in failures(world)[0].problem
