"""A run that waits for long says for what, how long it has, and how long at most."""

from __future__ import annotations

from dataclasses import replace

from swarmdsl.control.core import ControlCore
from swarmdsl.control.happenings import Waiting
from swarmdsl.control.instructions import Tell
from swarmdsl.control.silence import TOLD_AFTER_S
from swarmdsl.daemon.reports import PositionReached, WorkFinished, WorkStarted
from swarmdsl.topology.model import Limits, Topology
from tests.handmade import chain

SOURCE, DOUBLE, TOTAL = "worker@n1#0", "double@n2#0", "worker@n2#0"


def swarm(timeout_s: float | None = None) -> Topology:
    made = chain(Limits(restarts=3, start_timeout_s=60.0))
    return replace(made, tasks=tuple(replace(one, timeout_s=timeout_s) for one in made.tasks))


def waits(core: ControlCore, *times_s: float) -> list[Waiting]:
    """What is told of waiting at these times."""
    core.drain()
    for now_s in times_s:
        core.tick(now_s)
    told = (one.happening for one in core.drain() if isinstance(one, Tell))
    return [one for one in told if isinstance(one, Waiting)]


def running(timeout_s: float | None = None) -> ControlCore:
    core = ControlCore(swarm(timeout_s), "r")
    for daemon in (SOURCE, DOUBLE, TOTAL):
        core.connected(daemon)
    core.tick(0.0)
    return core


def test_a_start_names_who_is_missing_and_counts_from_its_beginning() -> None:
    core = ControlCore(swarm(), "r")
    core.tick(0.0)
    core.connected(DOUBLE)
    [told] = waits(core, 4.0, 14.0)
    assert told == Waiting(what=f"2 of 3 daemons: {SOURCE}, {TOTAL}", seconds=14.0, at_most_s=60.0)


def test_it_is_told_after_ten_seconds_and_then_after_twice_as_long_each_time() -> None:
    core = ControlCore(swarm(), "r")
    assert [one.seconds for one in waits(core, *map(float, range(100)))] == [10, 20, 40, 80]


def test_the_shell_is_called_when_the_next_is_due() -> None:
    core = ControlCore(swarm(), "r")
    assert core.tick(5.0) == 5.0 + TOLD_AFTER_S


def test_whatever_happens_ends_a_silence() -> None:
    core = running()
    assert waits(core, 9.0) == []
    core.reported(SOURCE, WorkStarted("source@n1#0", 0))
    assert waits(core, 9.5, 19.0) == []
    assert len(waits(core, 19.5)) == 1


def test_one_that_is_started_anew_is_waited_for_at_most_as_long_as_a_start() -> None:
    core = running()
    core.exited(DOUBLE, None, 9, 1.0)
    [told] = waits(core, 1.0, 11.0)
    assert told == Waiting(what=f"1 of 3 daemons: {DOUBLE}", seconds=10.0, at_most_s=60.0)


def test_a_long_computation_is_named_with_its_limit_if_it_has_one() -> None:
    for timeout_s in (None, 300.0):
        core = running(timeout_s)
        core.reported(SOURCE, WorkStarted("source@n1#0", 0))
        [told] = waits(core, 1.0, 11.0)
        assert (told.what, told.at_work, told.so_far) == ("source@n1#0", True, "")
        assert told.at_most_s == timeout_s


def test_work_that_moves_is_told_with_what_has_been_seen_of_it() -> None:
    core = running()
    core.reported(SOURCE, WorkStarted("source@n1#0", 0))
    core.tick(1.0)
    core.movement.pushes += 1_234
    core.movement.results += 1
    core.reported(SOURCE, PositionReached("source@n1#0", 0, starts=False, position=b""))
    [told] = waits(core, 9.0, 11.0)
    assert told.so_far == ("1,234 pushes to the run, 1 result and 1 state saved, the last 2 s ago")


def test_work_that_moves_no_more_shows_for_how_long_it_has_not() -> None:
    core = running()
    core.reported(SOURCE, WorkStarted("source@n1#0", 0))
    core.movement.results += 2
    assert [one.so_far for one in waits(core, 1.0, 11.0, 21.0)] == [
        "2 results, the last 10 s ago",
        "2 results, the last 20 s ago",
    ]


def test_where_nobody_works_confirmations_are_waited_for() -> None:
    core = running()
    core.reported(SOURCE, WorkStarted("source@n1#0", 0))
    core.reported(SOURCE, WorkFinished("source@n1#0", 0, 0.1, 1))
    [told] = waits(core, 1.0, 11.0)
    assert told.what == "what source@n1#0 pushed to be used"
