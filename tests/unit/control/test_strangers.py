"""What a run tells of those who knock with a key that is none of its own."""

from __future__ import annotations

from swarmdsl.control.happenings import IrregularitiesCounted, StrangerRefused
from swarmdsl.control.strangers import StrangersSeen
from swarmdsl.transport.base import NO_STRANGERS, Strangers


def test_without_strangers_there_is_nothing_to_tell() -> None:
    seen = StrangersSeen()
    assert list(seen.seen(NO_STRANGERS)) == list(seen.counted(NO_STRANGERS)) == []


def test_the_first_is_told_with_where_it_came_from_and_the_next_thousand_are_not() -> None:
    seen = StrangersSeen()
    (first,) = seen.seen(Strangers(3, "10.0.0.9"))
    assert isinstance(first, StrangerRefused)
    assert "from 10.0.0.9" in first.text
    assert list(seen.seen(Strangers(1_000, "10.0.0.9"))) == []


def test_all_are_counted_at_the_end() -> None:
    counted = StrangersSeen().counted(Strangers(1_000, "10.0.0.9"))
    assert list(counted) == [
        IrregularitiesCounted(daemon="controller", counts={"strangers_refused": 1_000})
    ]
