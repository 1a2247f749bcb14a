from __future__ import annotations

from itertools import count

from swarmdsl.transport.accepted import AcceptedConnections


def accepted(remembered_max: int) -> AcceptedConnections:
    return AcceptedConnections(count(1), remembered_max)


def test_a_connection_keeps_its_number() -> None:
    known = accepted(9)
    assert [known.number_of(one) for one in (b"a", b"b", b"a")] == [1, 2, 1]
    assert known.routing_id_of(2) == b"b"


def test_a_failed_connection_keeps_its_number_but_takes_no_answer() -> None:
    known = accepted(9)
    known.number_of(b"a")
    known.failed(1)
    known.failed(1)
    assert known.routing_id_of(1) is None
    assert known.number_of(b"a") == 1


def test_the_first_that_failed_is_forgotten_first() -> None:
    known = accepted(3)
    for one in (b"a", b"b", b"c"):
        known.number_of(one)
    known.failed(3)
    known.failed(2)
    known.number_of(b"d")
    assert len(known) == 3
    assert known.number_of(b"b") == 2
    assert known.routing_id_of(1) == b"a"


def test_if_none_failed_the_longest_silent_is_forgotten() -> None:
    known = accepted(2)
    for one in (b"a", b"b", b"a", b"c"):
        known.number_of(one)
    assert len(known) == 2
    assert [known.routing_id_of(number) for number in (1, 2, 3)] == [b"a", None, b"c"]


def test_a_forgotten_connection_that_speaks_again_is_a_new_one() -> None:
    known = accepted(1)
    assert [known.number_of(one) for one in (b"a", b"b", b"a")] == [1, 2, 3]


def test_an_unknown_number_cannot_fail() -> None:
    known = accepted(1)
    known.failed(7)
    assert len(known) == 0
