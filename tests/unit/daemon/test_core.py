"""What a daemon decides, seen through the messages that it sends."""

from __future__ import annotations

import math

import pytest

from swarmdsl.control.state import RunState
from swarmdsl.daemon.core import DaemonCore
from swarmdsl.daemon.lease import is_over
from swarmdsl.daemon.reports import (
    CONTROLLER,
    LinkRefused,
    WorkFailed,
    WorkFinished,
    WorkStarted,
)
from swarmdsl.daemon.work import Finish, Handle, Run
from swarmdsl.errors import ScriptRaised
from swarmdsl.topology.model import Limits, Topology
from swarmdsl.wire.codec import Decoder, encode_values
from swarmdsl.wire.messages import (
    Beat,
    Call,
    ChannelKey,
    Confirm,
    Data,
    Reply,
    Reset,
    RoundStart,
    Stop,
    decode,
    encode,
)
from swarmdsl.wire.session.events import Inlet, Outgoing
from swarmdsl.wire.structure import declared
from tests.handmade import chain, link, task, topology
from tests.sim.hand_driven import Daemon, World

SOURCE, DOUBLE, TOTAL = "worker@n1#0", "double@n2#0", "worker@n2#0"
FROM_SOURCE = Inlet(SOURCE, 0, ChannelKey(0, 0, 0))


@pytest.fixture
def world() -> World:
    world = World(chain())
    world.settle()
    return world


def failures(world: World) -> list[WorkFailed]:
    return [one for one in world.controller.reports if isinstance(one, WorkFailed)]


def reason_of(world: World) -> str:
    assert world.controller.core.reason is not None
    return world.controller.core.reason.text


def test_before_the_first_round_there_is_no_work() -> None:
    world = World(chain())
    assert [daemon.core.next_work() for daemon in world.daemons.values()] == [None] * 3


def test_a_round_that_was_started_already_is_not_started_again(world: World) -> None:
    source = world.daemons[SOURCE]
    source.perform(1)
    again = RoundStart(1, 0, 0, {0: [0], 1: [0], 2: [0]}, [], {})
    source.core._start_round(again)
    assert source.core.next_work() is None


def test_an_instance_that_is_missing_from_a_round_begins_with_the_next_one(world: World) -> None:
    source = world.daemons[SOURCE]
    source.perform(1)
    members = {0: [0], 1: [0], 2: [0]}
    source.core._start_round(RoundStart(1, 1, 0, members, [], {}, absent=[(0, 0)]))
    assert source.core.next_work() is None
    source.core._start_round(RoundStart(1, 2, 0, members, [], {}))
    assert isinstance(source.core.next_work(), Run)


def test_who_has_patience_confirms_in_a_while_and_who_has_none_at_once(world: World) -> None:
    for moment_s, patience_s, told in ((1.0, 0.0, 1), (1.01, 0.05, 0), (1.05, 0.05, 1)):
        core = confirming(World(chain()))
        core.time_is(1.0)
        core.switchboard.say(SOURCE, Beat(core.switchboard.number_of(SOURCE)))
        core.drain()
        assert core.owed_in_s(patience_s) == math.inf
        core.switchboard.confirm(FROM_SOURCE, 1)
        core.time_is(moment_s)
        assert core.owed_in_s(patience_s) == pytest.approx(max(0.0, 1.0 + patience_s - moment_s))
        sent = [one for one in core.drain(patience_s) if isinstance(one, Outgoing)]
        assert [type(decode(one.frames).message) for one in sent] == [Confirm] * told, moment_s


def confirming(world: World) -> DaemonCore:
    """A daemon to which something was pushed."""
    world.settle()
    world.daemons[SOURCE].perform(1)
    world.settle()
    return world.daemons[DOUBLE].core


def test_an_instance_outside_the_roster_does_nothing() -> None:
    world = World(topology([task("picky", nodes=["n1", "n2"], count=1)], [link("picky")]))
    world.settle()
    assert isinstance(world.daemons["worker@n1#0"].core.next_work(), Run)
    assert world.daemons["worker@n2#0"].core.next_work() is None


def shared() -> Topology:
    """A task that feeds another one of the same worker."""
    return topology(
        [task("first"), task("then")],
        [link("first", "then", "values", gather=True), link("then")],
    )


def test_what_came_for_a_round_before_the_first_of_one_that_comes_back_leaves_its_inbox() -> None:
    world = World(chain(max_iteration=2))
    world.arrive()
    world.lose("ROUNDSTART", to="double@n2")
    world.settle()
    world.daemons[SOURCE].perform(1, 2)
    world.settle()
    core = world.daemons[DOUBLE].core
    assert core.switchboard.queued()[0] == 2
    core._start_round(RoundStart(1, 1, 0, {0: [0], 1: [0], 2: [0]}, [], {}))
    assert core.switchboard.queued()[0] == 0


def test_what_a_daemon_pushes_to_itself_does_not_leave_it() -> None:
    world = World(shared())
    world.settle()
    core = world.daemons["worker@n1#0"].core
    first = core.next_work()
    assert isinstance(first, Run)
    core.stage(first, 7)
    assert core.flush(first)
    core.finish(first, 0.0)
    then = core.next_work()
    assert isinstance(then, Run)
    assert then.arguments == {"values": [7]}
    told = [one for one in core.drain() if isinstance(one, Outgoing)]
    assert [type(decode(one.frames).message) for one in told] == [Data]  # reports


def test_a_task_and_the_one_it_feeds_may_share_a_daemon() -> None:
    world = World(shared())
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
        world.settle()
        assert isinstance(double.perform(2 * value), Handle)
    source.finish(run)
    world.settle()
    assert isinstance(double.perform(), Finish)
    world.settle()
    reports = (WorkStarted, WorkFinished)
    told = [one for one in world.controller.reports if isinstance(one, reports)]
    told = [one for one in told if one.instance == "double@n2#0"]
    assert told == [WorkStarted("double@n2#0", 0), WorkFinished("double@n2#0", 0, 0.0, 2)]


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


def test_values_of_another_type_than_declared_are_garbage_and_their_sender_is_refused(
    world: World,
) -> None:
    source, double = world.daemons[SOURCE], world.daemons[DOUBLE]
    double.core._intake._decoders = {0: Decoder(int)}
    source.perform("text")
    world.settle()
    assert double.core.switchboard.counts.garbage == 1
    assert "is no int, which double@n2#0 takes" in reason_of(world)


def test_pushes_on_a_channel_that_leads_nowhere_are_counted_and_dropped(world: World) -> None:
    source, double = world.daemons[SOURCE], world.daemons[DOUBLE]
    for nowhere in (ChannelKey(7, 0, 0), ChannelKey(0, 0, 5), ChannelKey(2, 0, 0)):
        source.core.switchboard.to(DOUBLE).end(nowhere, 0)
    source.carry_out()
    world.settle()
    assert double.core.switchboard.counts.unexpected == 3


def test_a_call_carries_its_number_instance_and_round(world: World) -> None:
    source = world.daemons[SOURCE]
    numbers = [source.core.calling.ask("source@n1#0", 3, "globals.get", b"x") for _ in range(2)]
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
    world = World(chain(max_iteration=21))
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
    assert (len(core._started), len(core.reporting._acknowledged), len(core._outputs._marks)) == (
        0,
        0,
        1,
    )
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
    world.daemons[DOUBLE].core._dialling._pushes = {1: declared(int)}
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


def test_a_batch_that_holds_another_number_of_values_is_garbage(world: World) -> None:
    source = world.daemons[SOURCE]
    route = ChannelKey(0, 0, 0)
    source.core.switchboard.push(DOUBLE, route, encode_values([1, 2]), 3, 0)
    source.core.switchboard.push(DOUBLE, route, encode_values([3]), 1, 0)
    source.carry_out()
    world.settle()
    assert "says that it holds 3 values, and holds 2" in reason_of(world)
    assert world.daemons[DOUBLE].core.switchboard.counts.garbage == 1


# ------------------------------------------------------------------ processes that come back


def unconfirmed(world: World, source: str, destination: str) -> int:
    return world.daemons[source].core.switchboard.to(destination).unconfirmed


def summed() -> World:
    """A source and a sum in daemons of their own, which has run; nothing of it was confirmed."""
    world = World(
        topology(
            [task("source"), task("sum", nodes=["n2"])],
            [link("source", "sum", "values", gather=True), link("sum")],
            limits=Limits(statistics_every_s=0.0),  # what goes to the controller are values
        )
    )
    world.settle()
    world.daemons[SOURCE].perform(1, 2)
    world.settle()
    run = world.daemons[TOTAL].perform(3)
    assert isinstance(run, Run)
    return world


def test_what_a_function_has_run_on_does_not_make_it_run_again() -> None:
    world = summed()
    world.restart(SOURCE)
    world.daemons[SOURCE].perform(1, 2)
    world.settle()
    assert world.daemons[TOTAL].core.next_work() is None
    assert (world.controller.core.state, world.controller.values) == (RunState.COMPLETED, [3])


def test_a_repeat_is_confirmed_no_earlier_than_what_came_of_the_first_time() -> None:
    """Else it would be lost if the receiver died next."""
    world = summed()
    world.lose("DATA", to=CONTROLLER)
    world.lose("END", to=CONTROLLER)
    world.restart(SOURCE)
    world.daemons[SOURCE].perform(1, 2)
    world.settle()
    assert unconfirmed(world, SOURCE, TOTAL) == 3


def test_a_restarted_function_gets_all_its_inputs_again_and_runs_once_more() -> None:
    world = summed()
    world.kill(TOTAL, silently=True)
    while TOTAL not in world.daemons:
        world.tick()
    for _ in range(4):
        world.settle()
        world.tick()
    world.settle()
    run = world.daemons[TOTAL].perform(3)
    assert isinstance(run, Run)
    assert run.arguments == {"values": [1, 2]}
    world.settle()
    assert world.controller.values == [3]


def test_a_restarted_daemon_module_gets_what_was_not_confirmed() -> None:
    world = World(chain())
    world.settle()
    source = world.daemons[SOURCE]
    run = source.begin()
    source.push(run, 1)
    world.settle()
    world.daemons[DOUBLE].perform()
    world.settle()
    assert unconfirmed(world, SOURCE, DOUBLE) == 0, "nothing came of it"
    source.push(run, 2)
    world.settle()
    world.restart(DOUBLE)
    handled = world.daemons[DOUBLE].begin()
    assert isinstance(handled, Handle)
    assert handled.values == [2]


def test_a_question_is_asked_again_on_a_new_connection_until_it_is_answered(world: World) -> None:
    source = world.daemons[SOURCE]
    number = source.core.calling.ask("source@n1#0", 0, "globals.set", b"x", "0")
    source.carry_out()
    asked = calls(world)
    assert [(one.number, one.effect) for one in asked] == [(number, "0")]
    world.settle()  # nobody answers
    source.connect_anew(CONTROLLER)
    world.settle()
    again = [one for one in world.controller.calls if one.number == number]
    assert [one.effect for one in again] == ["0", "0"]


def test_a_question_that_was_given_up_is_not_asked_again(world: World) -> None:
    source = world.daemons[SOURCE]
    source.core.calling.ask("source@n1#0", 0, "globals.get", b"x")
    source.core.calling.give_up()
    source.carry_out()
    world.settle()
    source.connect_anew(CONTROLLER)
    world.settle()
    assert len(world.controller.calls) == 1


def test_a_late_answer_to_a_question_that_was_given_up_answers_no_other(world: World) -> None:
    source = world.daemons[SOURCE]
    late = source.core.calling.ask("source@n1#0", 0, "globals.get", b"x")
    source.core.calling.give_up()
    number = source.core.calling.ask("source@n1#0", 0, "globals.get", b"y")
    source.core._hear(CONTROLLER, Reply(1, late, ok=True, payload=b""))
    source.connect_anew(CONTROLLER)
    world.settle()
    assert [one.number for one in world.controller.calls if one.number == number] == [number] * 2


def calls(world: World) -> list[Call]:
    messages = [decode(one.frames).message for one in world.network.pending()]
    return [one for one in messages if isinstance(one, Call)]


def test_a_daemon_beats_the_controller_while_it_waits_for_nothing(world: World) -> None:
    for _ in range(8):
        world.tick(0.5)
        world.settle()
    assert not any(daemon.left for daemon in world.daemons.values())
    assert world.daemons[SOURCE].core.switchboard.to(CONTROLLER).unanswered == 0


def test_a_daemon_whose_controller_is_silent_leaves(world: World) -> None:
    source = world.daemons[SOURCE]
    lease_s = int(world.topology.limits.lease_s)
    left: list[bool] = []
    for second in range(lease_s + 5):
        source.tick(float(second))
        left.append(source.left)
    assert (any(left[:lease_s]), left[-1]) == (False, True)
    assert (source.core.leaving or "").startswith("the controller has not answered")
    assert is_over(source.core.switchboard)
