"""When a snapshot is due, what it covers, and what need not be handled again."""

from __future__ import annotations

import math

from swarmdsl.daemon.memory import Memory, Remembering
from swarmdsl.daemon.reports import Recollection
from swarmdsl.daemon.wiring import Wiring
from swarmdsl.daemon.work import Finish, Handle, Remember, Restore
from swarmdsl.topology.model import Limits
from swarmdsl.wire.messages import ChannelKey
from swarmdsl.wire.session.events import Inlet
from tests.handmade import chain
from tests.quick import quick

IN, OUT, OUT_NEXT = ChannelKey(0, 0, 0), ChannelKey(1, 0, 0), ChannelKey(1, 0, 1)
SOURCE = Inlet("worker@n1#0", 0, IN)
SOURCE_ANEW = Inlet("worker@n1#0", 1, IN)
MEMBERS = {0: [0], 1: [0], 2: [0]}


def memory(unconfirmed_messages: int = 8) -> Memory:
    return Memory(Limits(unconfirmed_messages=unconfirmed_messages, snapshot_every_s=1.0))


def remembering(*, recalls: bool = False) -> Remembering:
    """The daemon of a chain, in its first round."""
    wiring = Wiring(chain(), "double@n2#0")
    (hosted,) = wiring.hosted.values()
    instance = quick(Remembering(hosted, wiring, recalls=recalls))
    instance.start_round(0, 0, MEMBERS)
    return instance


def test_nothing_is_due_before_something_was_handled() -> None:
    one = memory()
    assert one.tick(100.0) == math.inf
    assert not one.due


def test_a_snapshot_is_due_some_time_after_the_first_change() -> None:
    one = memory()
    one.handled({SOURCE: 1}, {}, 1)
    assert one.tick(10.0) == 11.0
    assert not one.due
    assert one.tick(11.0) == math.inf
    assert one.due


def test_a_snapshot_is_due_when_half_of_what_a_source_may_keep_waits_for_it() -> None:
    one = memory(unconfirmed_messages=8)
    one.handled({SOURCE: 3}, {}, 3)
    assert not one.due
    one.handled({SOURCE: 4}, {}, 1)
    assert one.due


def test_a_snapshot_waits_for_the_successor_of_who_was_pushed_to() -> None:
    one = memory()
    one.handled({SOURCE: 3}, {OUT: 7}, 3)
    one.move(OUT, OUT_NEXT, -2)
    assert one.take_marks() == {OUT_NEXT: 5}


def test_a_snapshot_does_not_wait_for_what_is_confirmed() -> None:
    one = memory()
    one.handled({SOURCE: 3}, {OUT: 7}, 3)
    one.confirmed(OUT, 7)
    one.move(OUT, OUT_NEXT, 0)
    assert one.take_marks() == {}


def test_no_other_snapshot_is_due_before_the_last_is_kept() -> None:
    one = memory(unconfirmed_messages=2)
    one.handled({SOURCE: 1}, {}, 1)
    one.take()
    one.handled({SOURCE: 2}, {}, 1)
    assert not one.due
    one.kept()
    assert one.due


def test_a_snapshot_covers_what_was_handled_since_the_last_and_waits_for_what_came_of_it() -> None:
    one = memory()
    one.handled({SOURCE: 2}, {OUT: 4}, 2)
    one.handled({SOURCE: 5}, {OUT: 9}, 3)
    assert (one.take(), one.take_marks()) == ({SOURCE: 5}, {OUT: 9})
    one.handled({SOURCE: 6}, {}, 1)
    assert (one.take(), one.take_marks()) == ({SOURCE: 6}, {})
    assert one.report("count@n#0", b"state").covered == ((SOURCE, 6),)


def test_who_was_started_anew_waits_for_no_confirmation() -> None:
    one = memory()
    one.handled({SOURCE: 2}, {OUT: 4}, 2)
    one.forget("worker@n1#0")
    assert one.changed, "what it has handled it remembers all the same"
    assert one.take() == {}


def test_the_last_snapshot_of_a_round_comes_before_its_end() -> None:
    instance = remembering()
    instance.deliver(SOURCE, 2, 0, lambda: [1, 2])
    instance.end(SOURCE, 3, 0)
    handle = instance.next_work()
    assert isinstance(handle, Handle)
    instance.memory.handled(handle.consumed, {}, len(handle.values))
    remember = instance.next_work()
    assert isinstance(remember, Remember)
    assert remember.consumed == {SOURCE: 2}
    assert isinstance(instance.next_work(), Finish)


def test_a_round_in_which_nothing_was_handled_needs_no_snapshot() -> None:
    instance = remembering()
    instance.end(SOURCE, 1, 0)
    assert isinstance(instance.next_work(), Finish)


def test_a_successor_does_nothing_before_it_knows_what_is_remembered() -> None:
    instance = remembering(recalls=True)
    instance.deliver(SOURCE, 1, 0, lambda: [1])
    assert instance.next_work() is None
    instance.recall(Recollection())
    assert isinstance(instance.next_work(), Handle)


def test_a_successor_is_restored_and_handles_only_what_is_not_remembered() -> None:
    instance = remembering(recalls=True)
    instance.deliver(SOURCE, 2, 0, lambda: [1, 2])
    instance.deliver(SOURCE, 4, 0, lambda: [3, 4])
    assert instance.recall(Recollection(b"state", ((SOURCE, 3),))) == [
        (SOURCE, 2, 2),
        (SOURCE, 3, 1),
    ]
    restore = instance.next_work()
    assert isinstance(restore, Restore)
    assert restore.value == b"state"
    handle = instance.next_work()
    assert isinstance(handle, Handle)
    assert handle.values == [4]
    assert instance.covered(SOURCE) == 3


def test_what_another_process_of_a_source_pushes_is_not_covered() -> None:
    instance = remembering(recalls=True)
    instance.deliver(SOURCE_ANEW, 1, 0, lambda: [1])
    assert instance.recall(Recollection(b"state", ((SOURCE, 3),))) == []
    assert instance.covered(SOURCE_ANEW) == 0


def test_one_that_is_done_with_its_round_is_restored_and_saved_all_the_same() -> None:
    instance = remembering(recalls=True)
    instance.running = False
    instance.recall(Recollection(snapshot=b"saved"))
    before = instance.is_itself
    assert isinstance(instance.next_work(), Restore)
    assert (before, instance.is_itself) == (False, True)
    assert instance.next_work() is None
    instance.memory.changed = True
    instance.memory.tick(0.0)
    instance.memory.tick(1.0)
    assert isinstance(instance.next_work(), Remember)
    assert instance.next_work() is None
