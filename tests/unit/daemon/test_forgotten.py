"""What a receiver tells of a source's former process."""

from __future__ import annotations

import pytest

from swarmdsl.daemon.reports import PushesForgotten, forgotten
from swarmdsl.wire.messages import ChannelKey
from swarmdsl.wire.session.events import Former, Inlet

INLET = Inlet("source@n1#0", 2, ChannelKey(3, 0, 1))


def told(credit: int, kept_max: int | None, *, ended: bool = False) -> PushesForgotten:
    return forgotten("s", Former(INLET, 10, credit), (4, 5), kept_max, ended=ended)


def test_pushes_that_wait_are_lost_and_those_that_were_used_are_at_risk() -> None:
    report = told(credit=6, kept_max=100)
    assert report == PushesForgotten("s", 2, 3, 1, lost=4, unknown=6, at_risk=5)


@pytest.mark.parametrize(("kept_max", "unknown"), [(100, 6), (12, 2), (10, 0), (None, 6)])
def test_no_more_is_under_way_than_credit_and_the_bound_of_the_unconfirmed_allow(
    kept_max: int | None, unknown: int
) -> None:
    assert told(credit=6, kept_max=kept_max).unknown == unknown


def test_nothing_is_under_way_behind_the_end() -> None:
    assert told(credit=6, kept_max=100, ended=True).unknown == 0
