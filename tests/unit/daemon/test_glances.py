"""How seldom a core may look at the time."""

from __future__ import annotations

import pytest

from swarmdsl.daemon.glances import LATER_S, SOON_S, Glances

NOW_S = 100.0


def looked(*, keeps_time: bool, due_s: float) -> Glances:
    """Of a core that has looked at the time, and wants to do so again."""
    glances = Glances(keeps_time=keeps_time, now_s=NOW_S)
    glances.looked(NOW_S, due_s)
    return glances


def test_a_core_looks_before_anything_has_happened() -> None:
    assert Glances(keeps_time=True, now_s=NOW_S).is_due(NOW_S)


def test_nobody_wakes_up_before_the_core_wants_to() -> None:
    assert looked(keeps_time=True, due_s=NOW_S + 2).wait_s(NOW_S + 0.5) == 1.5


def test_a_time_that_has_passed_is_not_waited_for() -> None:
    assert looked(keeps_time=True, due_s=NOW_S + 2).wait_s(NOW_S + 3) == 0


@pytest.mark.parametrize(("keeps_time", "pause_s"), [(True, SOON_S), (False, LATER_S)])
def test_what_happens_is_looked_at_soon_and_sooner_where_time_is_kept(
    keeps_time: bool, pause_s: float
) -> None:
    glances = looked(keeps_time=keeps_time, due_s=NOW_S + 10)
    assert not glances.is_due(NOW_S + pause_s / 2)
    assert glances.wait_s(NOW_S + pause_s / 2) == pytest.approx(pause_s / 2)
    assert glances.is_due(NOW_S + pause_s)


def test_what_happens_puts_off_nothing_that_is_due() -> None:
    assert looked(keeps_time=False, due_s=NOW_S + 0.01).is_due(NOW_S + 0.01)
