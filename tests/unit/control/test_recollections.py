"""What the controller keeps for the next process of an instance."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from swarmdsl.control.recollections import Recollections
from swarmdsl.control.records import RunRecord
from swarmdsl.control.store import Store
from swarmdsl.daemon.reports import PositionReached, Recollection, SnapshotTaken, WorkStarted
from swarmdsl.wire.messages import ChannelKey
from swarmdsl.wire.session.events import Inlet

NAME = "count@n1#0"
INLET = Inlet("worker@n1#0", 2, ChannelKey(0, 0, 0))


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Recollections]:
    run = RunRecord(id="r", swarm="S", topology_hash="9f", state="RUNNING", created_at=0.0)
    store = Store.create(tmp_path / "run.sqlite", run)
    yield Recollections(store)
    store.close()


def snapshot(number: int, value: bytes = b"state") -> SnapshotTaken:
    return SnapshotTaken(NAME, number, value, ((INLET, 7),))


def position(number: int, at: bytes, *, starts: bool = False) -> PositionReached:
    return PositionReached(NAME, number, starts, at)


def test_who_has_kept_nothing_has_nothing(kept: Recollections) -> None:
    kept.reported(0, WorkStarted(NAME, 0))
    assert kept.of(NAME, begun=-1) == Recollection()


def test_the_last_snapshot_is_kept_with_what_it_covers(kept: Recollections) -> None:
    kept.reported(0, snapshot(1, b"old"))
    kept.reported(0, snapshot(2, b"new"))
    assert kept.of(NAME, begun=-1) == Recollection(b"new", ((INLET, 7),))


def test_a_snapshot_that_is_told_once_more_does_not_replace_a_newer_one(
    kept: Recollections,
) -> None:
    kept.reported(1, snapshot(1, b"of the successor"))
    kept.reported(0, snapshot(9, b"of the former"))
    kept.reported(1, snapshot(2, b"newest"))
    kept.reported(1, snapshot(1, b"of the successor"))
    assert kept.of(NAME, begun=-1).snapshot == b"newest"


def test_positions_come_in_the_order_of_the_way(kept: Recollections) -> None:
    within, start = position(0, b"within"), position(1, b"start", starts=True)
    kept.reported(0, start)
    kept.reported(0, within)
    assert kept.of(NAME, begun=-1).positions == (within, start)
    later = position(1, b"later")
    kept.reported(0, later)
    assert kept.of(NAME, begun=-1).positions == (start, later)


def test_the_last_round_that_was_begun_is_told_as_well(kept: Recollections) -> None:
    assert kept.of(NAME, begun=3) == Recollection(begun=3)


HEIR = "count@n2#0"


def test_an_heir_has_the_snapshot_of_the_former_one_which_covers_nothing_that_it_is_pushed(
    kept: Recollections,
) -> None:
    kept.reported(3, snapshot(5, b"left"))
    kept.bequeath(NAME, HEIR)
    assert kept.of(HEIR, begun=-1) == Recollection(b"left", ())
    kept.reported(0, SnapshotTaken(HEIR, 1, b"its own", ()))
    assert kept.of(HEIR, begun=-1).snapshot == b"its own", "however often the former was started"


def test_an_heir_goes_on_where_the_former_one_stood(kept: Recollections) -> None:
    kept.reported(1, position(2, b"start", starts=True))
    kept.reported(1, position(2, b"within"))
    kept.bequeath(NAME, HEIR)
    left = kept.of(HEIR, begun=-1).positions
    assert [(one.instance, one.position) for one in left] == [(HEIR, b"start"), (HEIR, b"within")]


def test_an_heir_forgets_what_it_had_saved_when_it_was_there_before(kept: Recollections) -> None:
    kept.reported(0, PositionReached(HEIR, 0, False, b"long ago"))
    kept.reported(0, SnapshotTaken(HEIR, 9, b"long ago", ()))
    kept.bequeath(NAME, HEIR)
    assert kept.of(HEIR, begun=-1) == Recollection()
