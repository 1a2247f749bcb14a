"""Who uses which slots, and when they are free."""

from __future__ import annotations

import pytest

from swarmdsl.wire.arena.allocator import Allocator
from swarmdsl.wire.arena.loans import Loans
from swarmdsl.wire.arena.slot import Slot


@pytest.fixture
def loans() -> Loans:
    """Room for one slot of a hundred bytes."""
    return Loans(Allocator(128))


@pytest.fixture
def slot(loans: Loans) -> Slot:
    """The one that is taken."""
    taken = loans.take(100)
    assert taken is not None
    return taken


def is_free(loans: Loans) -> bool:
    return loans.slots == 0 and loans.take(100) is not None


def test_a_slot_that_was_never_lent_is_free_when_its_owner_lets_go(
    loans: Loans, slot: Slot
) -> None:
    loans.let_go(slot)
    assert is_free(loans)


@pytest.mark.parametrize("owner_first", [True, False])
def test_a_slot_is_free_when_it_is_confirmed_and_returned(
    loans: Loans, slot: Slot, *, owner_first: bool
) -> None:
    loans.lend("reader", slot)
    if owner_first:
        loans.let_go(slot)
        assert not is_free(loans)
        loans.returned("reader", [slot])
    else:
        loans.returned("reader", [slot])
        assert not is_free(loans)
        loans.let_go(slot)
    assert is_free(loans)


def test_a_slot_that_many_read_is_free_when_the_last_of_them_has_returned_it(
    loans: Loans, slot: Slot
) -> None:
    for reader in "abc":
        loans.lend(reader, slot)
    loans.let_go(slot)
    for reader in "bac":
        assert not is_free(loans)
        loans.returned(reader, [slot])
    assert is_free(loans)


def test_a_reader_that_has_it_twice_returns_it_twice(loans: Loans, slot: Slot) -> None:
    loans.lend("reader", slot)
    loans.lend("reader", slot)
    loans.let_go(slot)
    loans.returned("reader", [slot])
    assert not is_free(loans)
    assert loans.returned("reader", [slot]) == 0
    assert is_free(loans)


def test_what_a_reader_does_not_have_it_cannot_return(loans: Loans, slot: Slot) -> None:
    loans.lend("reader", slot)
    stranger, other = Slot(0, 100, 9), slot._replace(size=50)
    assert loans.returned("reader", [stranger, other]) == 2
    assert loans.returned("nobody", [slot]) == 1
    assert loans.has_lent("reader")
    assert loans.slots == 1


def test_who_holds_nothing_any_more_has_returned_all(loans: Loans, slot: Slot) -> None:
    loans.lend("reader", slot)
    loans.lend("reader", slot)
    loans.let_go(slot)
    loans.settle("reader")
    assert not loans.has_lent("reader")
    assert is_free(loans)


def test_who_still_holds_some_has_returned_the_rest(loans: Loans, slot: Slot) -> None:
    loans.lend("reader", slot)
    loans.lend("reader", slot)
    loans.let_go(slot)
    loans.settle("reader", [slot])
    assert loans.has_lent("reader")
    loans.returned("reader", [slot])
    assert is_free(loans)


def test_nobody_holds_more_than_was_lent(loans: Loans, slot: Slot) -> None:
    loans.lend("reader", slot)
    loans.settle("reader", [slot, slot, Slot(0, 1, 9)])
    loans.let_go(slot)
    assert loans.returned("reader", [slot]) == 0
    assert is_free(loans)
