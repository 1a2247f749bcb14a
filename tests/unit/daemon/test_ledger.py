"""Inputs are confirmed when all that came of them is: rule 23, entry by entry."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from swarmdsl.daemon.ledger import Ledger
from swarmdsl.daemon.reports import WorkConfirmed
from swarmdsl.wire.messages import ChannelKey
from swarmdsl.wire.session.events import Inlet

IN = Inlet("source", 0, ChannelKey(0, 0, 0))
OTHER_IN = Inlet("source", 0, ChannelKey(1, 0, 0))
OUT, OTHER_OUT = ChannelKey(2, 0, 0), ChannelKey(2, 0, 1)


def test_work_that_pushed_nothing_confirms_at_once() -> None:
    assert Ledger().enter({IN: 3}, {}) == {IN: 3}


def test_work_waits_for_everything_it_pushed() -> None:
    ledger = Ledger()
    assert ledger.enter({IN: 3}, {OUT: 2, OTHER_OUT: 5}) == {}
    assert ledger.confirm(OUT, 2) == {}
    assert ledger.confirm(OTHER_OUT, 4) == {}
    assert ledger.confirm(OTHER_OUT, 5) == {IN: 3}


def test_a_mark_that_was_confirmed_before_is_not_waited_for() -> None:
    ledger = Ledger()
    ledger.confirm(OUT, 7)
    assert ledger.enter({IN: 1}, {OUT: 7}) == {IN: 1}
    assert ledger.enter({IN: 2}, {OUT: 8}) == {}


def test_an_open_entry_at_the_head_holds_back_those_behind_it() -> None:
    ledger = Ledger()
    ledger.enter({IN: 1}, {OUT: 1})
    assert ledger.enter({IN: 2}, {}) == {}
    assert ledger.confirm(OUT, 1) == {IN: 2}


def test_entries_of_another_input_are_not_held_back() -> None:
    ledger = Ledger()
    ledger.enter({IN: 1}, {OUT: 1})
    assert ledger.enter({OTHER_IN: 1}, {OTHER_OUT: 1}) == {}
    assert ledger.confirm(OTHER_OUT, 1) == {OTHER_IN: 1}


def test_one_confirmation_completes_many_entries_and_the_last_counts() -> None:
    ledger = Ledger()
    for position in range(1, 5):
        ledger.enter({IN: position}, {OUT: position})
    assert ledger.confirm(OUT, 3) == {IN: 3}


def test_an_older_confirmation_is_no_news() -> None:
    ledger = Ledger()
    ledger.confirm(OUT, 5)
    assert ledger.confirm(OUT, 2) == {}
    assert ledger.enter({IN: 1}, {OUT: 4}) == {IN: 1}


def test_work_with_several_inputs_confirms_all_of_them() -> None:
    ledger = Ledger()
    ledger.enter({IN: 4, OTHER_IN: 2}, {OUT: 1})
    assert ledger.confirm(OUT, 1) == {IN: 4, OTHER_IN: 2}


def test_labels_are_handed_out_once_in_order_of_completion() -> None:
    ledger = Ledger()
    slow, fast = WorkConfirmed("slow", 0), WorkConfirmed("fast", 0)
    ledger.enter({}, {OUT: 1}, slow)
    ledger.enter({}, {}, fast)
    ledger.confirm(OUT, 1)
    assert ledger.take_completed() == [fast, slow]
    assert ledger.take_completed() == []


@dataclass
class Naive:
    """The same by brute force: every entry is looked at again after each event."""

    entries: list[tuple[dict[Inlet, int], dict[ChannelKey, int]]] = field(default_factory=list)
    confirmed: dict[ChannelKey, int] = field(default_factory=dict)

    def upto(self) -> dict[Inlet, int]:
        reached: dict[Inlet, int] = {}
        held: set[Inlet] = set()
        for consumed, marks in self.entries:
            done = all(self.confirmed.get(key, 0) >= mark for key, mark in marks.items())
            for key, upto in consumed.items():
                if done and key not in held:
                    reached[key] = upto
                elif not done:
                    held.add(key)
        return reached


STEPS = st.lists(
    st.tuples(
        st.booleans(),
        st.sets(st.sampled_from([IN, OTHER_IN])),
        st.sets(st.sampled_from([OUT, OTHER_OUT])),
        st.integers(0, 9),
    ),
    max_size=40,
)


@given(STEPS)
def test_ledger_agrees_with_a_naive_one(
    steps: list[tuple[bool, set[Inlet], set[ChannelKey], int]],
) -> None:
    ledger, naive = Ledger(), Naive()
    told: dict[Inlet, int] = {}
    taken, pushed = dict.fromkeys([IN, OTHER_IN], 0), dict.fromkeys([OUT, OTHER_OUT], 0)
    for works, inputs, outputs, ahead in steps:
        if works:
            taken |= (consumed := {inlet: taken[inlet] + 1 for inlet in inputs})
            pushed |= (marks := {key: pushed[key] + 1 for key in outputs})
            naive.entries.append((consumed, marks))
            told |= ledger.enter(consumed, marks)
        for output in () if works else outputs:
            upto = min(ahead, pushed[output])
            naive.confirmed[output] = max(upto, naive.confirmed.get(output, 0))
            told |= ledger.confirm(output, upto)
        assert told == naive.upto()


# --------------------------------------------------------------------- the end of a round


DONE = WorkConfirmed("total@n2#0", 3)
AGAIN = Inlet("source", 1, ChannelKey(0, 0, 0))


def handed_out() -> Ledger:
    """A ledger in which a round has ended and all that came of it is confirmed."""
    ledger = Ledger()
    ledger.enter({IN: 3}, {OUT: 1}, DONE)
    ledger.confirm(OUT, 1)
    return ledger


def test_what_a_rounds_end_consumed_waits_for_more_than_its_outputs() -> None:
    ledger = Ledger()
    assert ledger.enter({IN: 3}, {OUT: 1}, DONE) == {}
    assert ledger.take_completed() == []
    assert ledger.confirm(OUT, 1) == {}
    assert ledger.take_completed() == [DONE]


def test_it_is_confirmed_when_the_label_is_settled() -> None:
    assert handed_out().settle(DONE) == {IN: 3}


def test_an_end_that_is_not_settled_holds_back_what_was_consumed_after_it() -> None:
    ledger = handed_out()
    assert ledger.enter({IN: 5}, {}) == {}
    assert ledger.settle(DONE) == {IN: 5}


def test_what_comes_once_more_is_confirmed_with_the_round() -> None:
    ledger = handed_out()
    assert ledger.join(DONE, AGAIN, 2) == {}
    assert ledger.join(DONE, AGAIN, 3) == {}
    assert ledger.settle(DONE) == {IN: 3, AGAIN: 3}


def test_what_comes_once_more_after_the_round_was_settled_is_confirmed_at_once() -> None:
    ledger = handed_out()
    ledger.settle(DONE)
    assert ledger.join(DONE, AGAIN, 3) == {AGAIN: 3}


def test_what_an_earlier_process_was_done_with_is_confirmed_at_once() -> None:
    assert Ledger().join(DONE, IN, 3) == {IN: 3}


def test_nobody_confirms_what_a_former_process_pushed() -> None:
    ledger = handed_out()
    ledger.forget("source")
    ledger.join(DONE, AGAIN, 3)
    assert ledger.settle(DONE) == {AGAIN: 3}


def test_a_peer_that_was_forgotten_holds_back_no_other() -> None:
    ledger = Ledger()
    other = Inlet("other", 0, ChannelKey(1, 0, 0))
    ledger.enter({IN: 1, other: 1}, {OUT: 1})
    ledger.forget("source")
    assert ledger.confirm(OUT, 1) == {other: 1}
    assert ledger.enter({AGAIN: 1}, {}) == {AGAIN: 1}


LABEL = WorkConfirmed("own@n1#0", 0)
FROM_SELF = Inlet("self", 0, ChannelKey(3, 0, 0))


def test_what_came_of_the_same_process_is_confirmed_when_the_label_is_handed_out() -> None:
    """Its source is told of later, on the same channel, and dies with it."""
    ledger = Ledger("self")
    assert ledger.enter({IN: 3, FROM_SELF: 2}, {OUT: 1}, LABEL) == {}
    assert ledger.confirm(OUT, 1) == {FROM_SELF: 2}
    assert ledger.take_completed() == [LABEL]
    assert ledger.settle(LABEL) == {IN: 3}


def test_what_came_of_the_same_process_once_more_waits_until_the_label_is_settled() -> None:
    ledger = Ledger("self")
    assert ledger.enter({FROM_SELF: 2}, {}, LABEL) == {FROM_SELF: 2}
    assert ledger.join(LABEL, FROM_SELF, 4) == {}
    assert ledger.settle(LABEL) == {FROM_SELF: 4}


def test_what_is_closed_is_confirmed_whether_or_not_what_came_of_it_is() -> None:
    ledger = Ledger()
    ledger.enter({IN: 3}, {OUT: 1}, DONE)
    assert ledger.close(DONE.round) == {}, "its round lasts"
    assert ledger.close(DONE.round + 1) == {IN: 3}
    assert ledger.join(DONE, AGAIN, 3) == {AGAIN: 3}


def test_what_was_closed_is_handed_out_to_nobody() -> None:
    ledger = Ledger("self")
    ledger.enter({IN: 3, FROM_SELF: 2}, {OUT: 1}, LABEL)
    assert ledger.close(LABEL.round + 1) == {IN: 3, FROM_SELF: 2}
    assert ledger.confirm(OUT, 1) == {}
    assert ledger.take_completed() == []


def test_with_a_round_closed_the_next_goes_on() -> None:
    ledger = Ledger()
    ledger.enter({IN: 3}, {OUT: 1}, DONE)
    ledger.enter({IN: 5}, {OUT: 2}, replace(DONE, round=DONE.round + 1))
    assert ledger.close(DONE.round + 1) == {IN: 3}
    assert ledger.confirm(OUT, 2) == {}
    assert ledger.settle(replace(DONE, round=DONE.round + 1)) == {IN: 5}
