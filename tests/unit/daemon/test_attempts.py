"""Work that fails is done again as often as its task says."""

from __future__ import annotations

from dataclasses import replace

from swarmdsl.daemon.attempts import attempts_of, may_be_repeated, pause_s
from swarmdsl.daemon.wiring import Wiring
from swarmdsl.daemon.work import Finish, Handle, Run
from swarmdsl.errors import PushTimedOut, SpillFailed
from tests.handmade import link, task, topology


def test_a_run_is_tried_once_more_than_it_is_retried_and_all_else_once() -> None:
    spec, code = task("work")
    made = topology([(replace(spec, retries=2), code)], [link("work")])
    [hosted] = Wiring(made, "worker@n1#0").hosted.values()
    assert attempts_of(Run(hosted, 0, {}, {})) == 3
    assert attempts_of(Handle(hosted, 0, "on", [1], {})) == 1
    assert attempts_of(Finish(hosted, 0, {})) == 1


def test_what_is_no_fault_of_the_task_is_not_tried_again() -> None:
    assert may_be_repeated(ValueError())
    assert not may_be_repeated(PushTimedOut("work@n1#0", 600.0))
    assert not may_be_repeated(SpillFailed("run", 1, "the disk is full"))


def test_waits_double_up_to_a_bound() -> None:
    waits = [pause_s(failures) for failures in range(1, 40)]
    assert waits == sorted(waits)
    assert waits[:3] == [0.1, 0.2, 0.4]
    assert waits[-1] == 5.0
