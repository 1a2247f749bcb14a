"""The rules of placement, edges, loss, globals and pushes, each by its number."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from swarmdsl import Daemon, Task, on
from swarmdsl.control.roster import request_for, roster
from swarmdsl.control.state import RunState
from swarmdsl.daemon.reports import WorkConfirmed
from swarmdsl.daemon.work import Finish, Handle, Run
from swarmdsl.errors import CallFailed
from swarmdsl.light import Globals
from swarmdsl.topology.model import Limits, Overflow, Topology
from swarmdsl.wire.types import matcher
from tests.contracts.rules_case import (
    DOUBLE,
    SOURCE,
    TOTAL,
    run_in,
    run_with_processes,
    settled,
    swarm,
)
from tests.handmade import chain, link, task, topology
from tests.sim.hand_driven import World


def first() -> int:
    return 1


def one_round_to_its_end(world: World) -> None:
    """Everybody has worked; what came of it is on its way."""
    world.daemons[SOURCE].perform(1)
    world.settle()
    world.daemons[DOUBLE].perform(2)
    world.daemons[DOUBLE].perform()
    world.settle()
    world.daemons[TOTAL].perform(2)


# ---------------------------------------------------------------------------- placement, edges


def test_rule_16_a_fixed_task_is_chosen_once_and_never_moves() -> None:
    nodes = ["n1", "n2", "n3"]
    pinned = topology([task("a", nodes=nodes, count=1, fixed=True)])
    free = topology([task("a", nodes=nodes, count=1)])
    chosen = roster(pinned, [], {})
    assert roster(pinned, [request_for(pinned, "a", None)], chosen) == {0: [0]}
    with pytest.raises(CallFailed, match="fixed=True"):
        request_for(pinned, "a", ["n3"])
    assert roster(free, [request_for(free, "a", ["n3"])], chosen) == {0: [2]}


def test_rule_16_a_daemon_lost_once_too_often_fails_the_run() -> None:
    world = settled(chain(Limits(restarts=1)))
    world.restart(DOUBLE)
    states = [world.controller.core.state]
    world.kill(DOUBLE)
    states.append(world.controller.core.state)
    assert states == [RunState.RUNNING, RunState.FAILED]


def changed(values: list[Any]) -> bool:
    return bool(values[0].flags.writeable)


def array() -> Iterator[Any]:
    import numpy as np

    yield np.zeros(3)


def test_rule_19_arrays_are_read_only_for_who_receives_them(tmp_path: Path) -> None:
    done = run_in(tmp_path, lambda: Task(changed, method="any")(Task(array, method="any")))
    assert (done.state.value, done.value) == ("COMPLETED", False)


def test_rule_20_sequence_and_credit_are_of_each_channel_alone() -> None:
    """One receiver takes nothing in; the credit of the other returns all the same."""
    wide = topology(
        [task("a"), task("slow", "daemon"), task("fast", "daemon")],
        [link("a", "slow", "x"), link("a", "fast", "y", str)],
        limits=Limits(inbox_messages=1, batch_messages=1),
    )
    world = settled(wide)
    source, fast = world.daemons["worker@n1#0"], world.daemons["fast@n1#0"]
    source.core._outputs._accepts = {0: matcher(int), 1: matcher(str)}
    work = source.begin()
    assert source.push(work, 1)
    for text in "abc":
        assert source.push(work, text)
        world.settle()
        fast.perform()
        world.settle()
    assert not source.push(work, 2)


def test_rule_20_order_holds_within_a_channel() -> None:
    world = settled(chain())
    source = world.daemons[SOURCE]
    work = source.begin()
    for value in range(5):
        source.push(work, value)
    world.settle()
    handled = world.daemons[DOUBLE].perform()
    assert isinstance(handled, Handle)
    assert handled.values == list(range(5))


def lossy(overflow: Overflow) -> Topology:
    """A source, and a daemon that takes one push at a time."""
    there = link("source", "sink", "x")
    return topology(
        [task("source"), task("sink", "daemon", ["n2"])],
        [replace(there, delivery="at_most_once", overflow=overflow), link("sink")],
        limits=Limits(inbox_messages=2, batch_messages=1),
    )


@pytest.mark.parametrize(
    ("overflow", "handled"), [("drop_oldest", [0, 1, 6]), ("drop_newest", [0, 1])]
)
def test_rule_22_a_push_without_credit_may_drop_one_and_it_is_counted(
    overflow: Overflow, handled: list[int]
) -> None:
    world = settled(lossy(overflow))
    source, sink = world.daemons[SOURCE], world.daemons["sink@n2#0"]
    work = source.begin()
    for value in range(7):
        assert source.push(work, value)
        world.settle()
    source.finish(work)
    world.settle()
    seen: list[object] = []
    while isinstance(work := sink.begin(), Handle):
        seen += work.values
        sink.finish(work)
        world.settle()
    assert seen == handled
    assert source.core.switchboard.terms.counts(0).dropped == 7 - len(handled)


def test_rule_22_only_at_most_once_may_drop() -> None:
    def handed_on(value: int) -> int:
        return value

    made = swarm(lambda: Task(handed_on)(Task(first), overflow="drop_oldest"))
    assert "SW602" in [one.code for one in made.check()]


def test_rule_22_a_late_confirmation_is_counted_once_and_the_push_is_kept() -> None:
    late = replace(link("source", "sink", "x"), response_timeout_s=5.0)
    world = settled(
        topology([task("source"), task("sink", "daemon", ["n2"])], [late, link("sink")])
    )
    source = world.daemons[SOURCE]
    source.push(source.begin(), 1, 2)
    world.settle()
    for now_s in (4.0, 6.0, 8.0):
        source.core.time_is(now_s)
    assert source.core.switchboard.terms.counts(0).timed_out == 2
    assert source.core.switchboard.to("sink@n2#0").unconfirmed == 2


# ------------------------------------------------------------------------- loss, globals, pushes


def test_rule_23_confirm_waits_for_what_came_of_the_push() -> None:
    world = settled(chain())
    world.daemons[SOURCE].perform(1)
    world.settle()
    world.daemons[DOUBLE].perform(2)
    world.daemons[DOUBLE].perform()
    world.settle()
    assert world.daemons[SOURCE].core.switchboard.to(DOUBLE).unconfirmed == 2
    world.daemons[TOTAL].perform(2)
    world.settle()
    assert world.daemons[SOURCE].core.switchboard.to(DOUBLE).unconfirmed == 0


def test_rule_23_work_that_pushed_nothing_confirms_at_once() -> None:
    world = settled(chain())
    source = world.daemons[SOURCE]
    source.push(source.begin(), 1)
    world.settle()
    world.daemons[DOUBLE].perform()
    world.settle()
    assert source.core.switchboard.to(DOUBLE).unconfirmed == 0


def test_rule_23_at_most_once_counts_as_confirmed_when_sent_but_for_its_end() -> None:
    world = settled(lossy("block"))
    source, sink = world.daemons[SOURCE], world.daemons["sink@n2#0"]
    work = source.begin()
    source.push(work, 1)
    source.core._outputs.stage(work, 2)
    assert source.flush(work)
    _, marks = source.core._outputs.finish(work, 0.0)
    assert marks == {}
    source.finish(work)
    world.settle()
    assert source.core.switchboard.to(sink.core.switchboard.identity.peer).unconfirmed == 3
    done = WorkConfirmed("source@n1#0", 0)
    assert done not in world.controller.reports
    for value in (1, 2):
        sink.perform(value)
    sink.perform()
    world.settle()
    assert world.controller.core.state is RunState.COMPLETED


def test_rule_23_at_most_once_is_never_sent_again_and_its_end_is() -> None:
    world = settled(lossy("block"))
    source, sink = world.daemons[SOURCE], world.daemons["sink@n2#0"]
    work = source.begin()
    source.push(work, 1)
    source.finish(work)
    for message in ("DATA", "END"):
        world.lose(message, to="sink@n2")
    source.connect_anew("sink@n2#0")
    world.settle()
    assert isinstance(sink.begin(), Finish)
    assert sink.core.switchboard.terms.counts(0).lost == 1


def test_rule_23_the_end_of_a_round_is_confirmed_once_the_controller_has_it_on_disk() -> None:
    world = settled(chain())
    one_round_to_its_end(world)
    world.arrive()  # the controller has the value
    world.arrive()  # the sum was confirmed, and its daemon reports it
    world.arrive()  # the controller has the report
    world.lose("CONFIRM", to="worker@n2")
    world.settle()
    assert world.daemons[DOUBLE].core.switchboard.to(TOTAL).unconfirmed == 2


@pytest.mark.parametrize("daemon", [SOURCE, TOTAL])
def test_rule_23_what_is_not_confirmed_is_sent_to_a_daemon_that_was_started_anew(
    daemon: str,
) -> None:
    world = settled(chain())
    world.daemons[SOURCE].perform(1)
    world.settle()
    world.daemons[DOUBLE].perform(2)
    world.settle()
    world.restart(daemon)
    if daemon == SOURCE:
        world.daemons[SOURCE].perform(1)
        world.settle()
        world.daemons[DOUBLE].perform(2)
    world.daemons[DOUBLE].perform()
    world.settle()
    total = world.daemons[TOTAL].perform(2)
    assert isinstance(total, Run)
    assert {*total.arguments["values"]} == {2}
    world.settle()
    assert world.controller.core.state is RunState.COMPLETED


def test_rule_24_credit_returns_when_a_push_is_taken_and_not_when_it_is_done() -> None:
    world = settled(chain(Limits(inbox_messages=1, batch_messages=1)))
    source, double = world.daemons[SOURCE], world.daemons[DOUBLE]
    work = source.begin()
    source.push(work, 1)
    world.settle()
    assert not source.push(work, 2)
    double.begin()
    world.settle()
    assert source.flush(work)


def test_rule_24_the_unconfirmed_have_a_bound_at_which_a_stream_waits() -> None:
    stream = topology(
        [task("source"), task("sink", "daemon", ["n2"])],
        [link("source", "sink", "x"), link("sink")],
        limits=Limits(inbox_messages=9, batch_messages=1, unconfirmed_messages=2),
    )
    world = settled(stream)
    source, sink = world.daemons[SOURCE], world.daemons["sink@n2#0"]
    work = source.begin()
    for value in (1, 2):
        source.push(work, value)
        world.settle()
        sink.begin()
        world.settle()
    assert not source.push(work, 3)


def test_rule_24_a_gather_beyond_the_bound_spills_and_is_complete() -> None:
    world = settled(chain(Limits(inbox_messages=4, batch_messages=1, unconfirmed_messages=2)))
    source, double, total = (world.daemons[name] for name in (SOURCE, DOUBLE, TOTAL))
    work = source.begin()
    for value in range(8):
        assert source.push(work, value)
        world.settle()
        double.perform(2 * value)
        world.settle()
    assert (len(source.shelf), len(double.shelf)) == (6, 6)
    source.finish(work)
    world.settle()
    double.perform()
    world.settle()
    summed = total.begin()
    assert isinstance(summed, Run)
    assert summed.arguments["values"] == [2 * value for value in range(8)]
    assert total.push(summed, 56)
    total.finish(summed)
    world.settle()
    assert (len(source.shelf), len(double.shelf)) == (0, 0)


def die_once() -> None:
    """The first process to come here is killed."""
    with suppress(FileExistsError):
        Path(os.environ["DIED"]).touch(exist_ok=False)
        os.kill(os.getpid(), signal.SIGKILL)


class Counter(Daemon):
    """Dies when it is given its second number for the first time."""

    seen = 0

    @on
    def count(self, number: int) -> int:
        if self.seen == 1:
            die_once()
        self.seen += 1
        return self.seen


def test_rule_25_the_state_of_a_daemon_module_is_lost_with_its_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIED", str(tmp_path / "died"))
    done = run_with_processes(
        tmp_path, lambda: Task(Counter, method="any")(Task(first, method="any")), 3
    )
    assert (done.state.value, done.value) == ("COMPLETED", [2]), "1, then 1 again, then 2"


def mortal(number: int) -> int:
    die_once()
    return number + 1


def test_rule_27_a_function_whose_process_died_runs_again_on_the_same_inputs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIED", str(tmp_path / "died"))
    done = run_with_processes(
        tmp_path, lambda: Task(mortal, method="any")(Task(first, method="any"))
    )
    assert (done.state.value, done.value) == ("COMPLETED", 2)
    assert (tmp_path / "died").exists()


def test_rule_27_what_an_instance_is_done_with_is_not_done_again() -> None:
    """The round is held open by a task that has nothing to do with it."""
    apart = topology(
        [task("a"), task("b", nodes=["n2"])], [link("a"), link("b")], limits=Limits(restarts=1)
    )
    world = settled(apart)
    world.daemons["worker@n1#0"].perform(1)
    world.settle()
    world.restart("worker@n1#0")
    assert world.daemons["worker@n1#0"].core.next_work() is None
    world.daemons["worker@n2#0"].perform(2)
    world.settle()
    assert (world.controller.core.state, world.controller.values) == (RunState.COMPLETED, [1, 2])


def shared_by_all(shared: Globals) -> list[int]:
    return [shared.set("w", 1), shared.set("w", 2), cast("int", shared["w"])]


def test_rule_29_a_global_is_read_as_it_was_last_committed(tmp_path: Path) -> None:
    done = run_in(tmp_path, lambda: Task(shared_by_all, method="any"))
    assert (done.value, done.globals) == ([1, 2, 2], {"w": 2})


def test_rule_31_a_push_without_credit_reads_the_credit_it_waits_for() -> None:
    """While it waits, messages reach the core, and no other work starts."""
    world = settled(chain(Limits(inbox_messages=1, batch_messages=1)))
    source = world.daemons[SOURCE]
    work = source.begin()
    source.push(work, 1)
    assert not source.push(work, 2)
    world.settle()
    world.daemons[DOUBLE].begin()
    world.settle()
    assert source.core.next_work() is None
    assert source.flush(work)


def test_rule_32_run_returns_value_results_state_and_reason(tmp_path: Path) -> None:
    done = run_in(tmp_path, lambda: Task(first, method="all"))
    assert (done.value, done.results("none"), done.state.value, done.reason.text) == (
        [1, 1],
        [],
        "COMPLETED",
        "1 round finished",
    )
