"""When a lost daemon is started anew, when it is not, and when one is killed."""

from __future__ import annotations

import math

import pytest

from swarmdsl.control.supervision import Kill, StartAgain, Supervision
from swarmdsl.topology.model import Limits

WORKER, OTHER = "worker@n1#0", "other@n2#0"


def supervision(**limits: float) -> Supervision:
    return Supervision([WORKER, OTHER], Limits(**limits))  # type: ignore[arg-type]


def lose(watch: Supervision, now_s: float) -> float | None:
    """Lose the worker, and let it come back at once if it may."""
    pause_s = watch.lost(WORKER, now_s)
    if pause_s is not None:
        watch.tick(now_s + pause_s)
        watch.connected(WORKER)
    return pause_s


def test_the_pause_doubles_with_each_loss_up_to_a_bound() -> None:
    watch = supervision(restarts=9)
    pauses = [lose(watch, float(second)) for second in range(8)]
    assert pauses == [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0]


def test_the_pause_is_short_again_after_a_round_that_was_finished() -> None:
    watch = supervision(restarts=9)
    assert [lose(watch, 0.0), lose(watch, 1.0)] == [0.1, 0.2]
    watch.round_finished()
    assert [lose(watch, 2.0), lose(watch, 3.0)] == [0.1, 0.2]


def test_losses_before_a_round_that_was_finished_count() -> None:
    watch = supervision(restarts=1)
    lose(watch, 0.0)
    watch.round_finished()
    assert lose(watch, 1.0) is None


def test_a_pause_has_a_bound_however_often_a_daemon_was_lost() -> None:
    watch = supervision(restarts=5_000)
    assert [lose(watch, 0.0) for _ in range(3_000)][-1] == 5.0


def test_a_daemon_lost_too_often_is_not_started_anew() -> None:
    watch = supervision(restarts=2)
    assert [lose(watch, 0.0), lose(watch, 1.0), lose(watch, 2.0)] == [0.1, 0.2, None]
    assert (watch.tick(100.0), watch.next_s()) == ([], math.inf)


def test_without_restarts_the_first_loss_is_one_too_many() -> None:
    assert supervision(restarts=0).lost(WORKER, 0.0) is None


def test_a_loss_counts_no_longer_than_its_window() -> None:
    watch = supervision(restarts=1, restart_window_s=60.0)
    assert lose(watch, 0.0) == 0.1
    assert lose(watch, 60.5) == 0.1
    assert lose(watch, 61.0) is None


def test_each_daemon_has_its_own_account() -> None:
    watch = supervision(restarts=1)
    assert [watch.lost(WORKER, 0.0), watch.lost(OTHER, 0.0)] == [0.1, 0.1]


def test_each_process_has_the_next_incarnation_and_is_started_once() -> None:
    watch = supervision()
    watch.lost(WORKER, 0.0)
    assert watch.next_s() == 0.1
    assert watch.tick(0.05) == []
    assert watch.tick(0.1) == [StartAgain(daemon=WORKER, incarnation=1, cause="it was lost once")]
    assert watch.tick(0.2) == []
    watch.lost(WORKER, 1.0)
    assert watch.tick(2.0) == [
        StartAgain(daemon=WORKER, incarnation=2, cause="it was lost 2 times")
    ]


def test_a_stopped_daemon_is_killed_when_its_time_is_over() -> None:
    watch = supervision(stopped_s=3.0)
    watch.suspended(WORKER, 10.0)
    assert (watch.tick(12.9), watch.next_s()) == ([], 13.0)
    assert watch.tick(13.0) == [Kill(daemon=WORKER, cause="it was stopped for 3 s")]
    assert watch.tick(14.0) == []


def test_a_daemon_that_is_stopped_again_gets_no_more_time() -> None:
    watch = supervision(stopped_s=3.0)
    watch.suspended(WORKER, 10.0)
    watch.suspended(WORKER, 12.0)
    assert watch.next_s() == 13.0


@pytest.mark.parametrize("how", ["continued", "lost"])
def test_a_stopped_daemon_that_goes_on_or_dies_is_not_killed(how: str) -> None:
    watch = supervision(restarts=0)
    watch.suspended(WORKER, 10.0)
    if how == "continued":
        watch.continued(WORKER)
    else:
        watch.lost(WORKER, 11.0)
    assert (watch.tick(100.0), watch.next_s()) == ([], math.inf)


def test_a_daemon_that_was_started_anew_and_does_not_connect_is_killed() -> None:
    watch = supervision(start_timeout_s=60.0)
    watch.lost(WORKER, 0.0)
    watch.tick(1.0)
    assert watch.next_s() == 61.0
    assert watch.tick(61.0) == [Kill(daemon=WORKER, cause="it did not connect in 60 s")]


def test_a_daemon_that_connects_in_time_is_left_alone() -> None:
    watch = supervision()
    watch.lost(WORKER, 0.0)
    watch.tick(1.0)
    watch.connected(WORKER)
    assert (watch.tick(100.0), watch.next_s()) == ([], math.inf)
