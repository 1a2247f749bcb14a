"""Which work is expected to be over at once."""

from __future__ import annotations

from swarmdsl.daemon.pace import RUNS_MIN, SHORT_S, Pace
from swarmdsl.daemon.wiring import Wiring
from swarmdsl.daemon.work import Finish, Handle, Produce, Run
from tests.handmade import link, task, topology

WIRING = Wiring(topology([task("first"), task("second")], [link("first")]), "worker@n1#0")
RUN = Run(WIRING.hosted[0, 0], 0, {}, {})


def ran(*seconds: float) -> Pace:
    pace = Pace()
    for one in seconds:
        pace.ran(RUN, one)
    return pace


def test_nobody_knows_how_long_a_function_takes_that_has_hardly_run() -> None:
    assert not ran(*[0.0] * (RUNS_MIN - 1)).is_short(RUN)
    assert ran(*[0.0] * RUNS_MIN).is_short(RUN)


def test_one_long_run_and_a_function_must_prove_itself_again() -> None:
    pace = ran(*[0.0] * 100, 2 * SHORT_S)
    assert not pace.is_short(RUN)
    for _ in range(RUNS_MIN):
        pace.ran(RUN, SHORT_S)
    assert pace.is_short(RUN)


def test_what_a_short_handler_does_leaves_before_anything_else_is_said() -> None:
    handle = Handle(RUN.hosted, 0, "take", [1], {}, ())
    pace = Pace()
    assert not pace.may_wait_for(handle)
    for _ in range(RUNS_MIN):
        pace.ran(handle, SHORT_S)
    assert pace.may_wait_for(handle)
    assert not pace.is_short(handle)  # nothing it pushes is held back
    pace.ran(handle, 2 * SHORT_S)
    assert not pace.may_wait_for(handle)


def test_that_a_short_function_begins_is_told_when_it_has_ended() -> None:
    assert not ran(*[0.0] * (RUNS_MIN - 1)).may_wait_for(RUN)
    assert ran(*[0.0] * RUNS_MIN).may_wait_for(RUN)


def test_what_runs_for_as_long_as_it_likes_is_never_short() -> None:
    assert not ran(*[0.0] * 100).is_short(Produce(RUN.hosted, 0, None, {}))


def test_to_pass_on_the_end_is_short() -> None:
    assert Pace().is_short(Finish(RUN.hosted, 0, {}))
