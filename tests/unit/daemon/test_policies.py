"""Which instances get a value, for each policy of a link."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import cycle
from typing import Any

import numpy as np
import pytest

from swarmdsl.daemon.policies import (
    BATCH_BYTES,
    Balanced,
    Broadcast,
    ByKey,
    Chunk,
    InTurn,
    Portion,
)
from swarmdsl.daemon.rendezvous import Rendezvous
from swarmdsl.daemon.wiring import Route
from swarmdsl.errors import EncodeError
from swarmdsl.wire.codec import Decoder
from swarmdsl.wire.messages import ChannelKey

ROUTES = [
    Route(key=ChannelKey(0, 0, one), daemon=f"worker@n{one}#0", seat=f"sink@n{one}#0")
    for one in range(3)
]
NAMES = [f"sink@n{one}#0" for one in range(3)]


def shares(portions: Iterable[Portion]) -> dict[int, list[Any]]:
    """The values that each destination gets, in order."""
    found: dict[int, list[Any]] = {}
    for batch, routes in portions:
        for route in routes:
            values = Decoder(Any).decode(batch.payload())
            found.setdefault(route.key.destination, []).extend(values)
    return found


def room(*rooms: int) -> Callable[[Route], int]:
    return lambda route: rooms[route.key.destination]


def test_a_broadcast_is_encoded_once_for_all_routes() -> None:
    staged = Broadcast(ROUTES, Chunk(9, BATCH_BYTES))
    for value in "ab":
        staged.add(value)
    assert len(list(staged.portions())) == 1
    assert shares(staged.portions()) == {one: ["a", "b"] for one in range(3)}


def test_a_broadcast_is_full_with_its_chunk() -> None:
    staged = Broadcast(ROUTES, Chunk(2, BATCH_BYTES))
    fullness = []
    for value in range(2):
        staged.add(value)
        fullness.append(staged.full)
    assert fullness == [False, True]


def test_balance_deals_in_turn_among_equals() -> None:
    staged = Balanced(ROUTES, Chunk(9, BATCH_BYTES), room(5, 5, 5))
    for value in range(6):
        staged.add(value)
    assert shares(staged.portions()) == {0: [0, 3], 1: [1, 4], 2: [2, 5]}


def test_balance_prefers_the_most_credit() -> None:
    staged = Balanced(ROUTES, Chunk(9, BATCH_BYTES), room(1, 4, 2))
    for value in range(5):
        staged.add(value)
    assert {to: len(values) for to, values in shares(staged.portions()).items()} == {
        1: 3,
        0: 1,
        2: 1,
    }


def test_balance_gives_nothing_to_who_has_no_credit() -> None:
    staged = Balanced(ROUTES, Chunk(9, BATCH_BYTES), room(0, 2, 0))
    for value in range(2):
        staged.add(value)
    assert shares(staged.portions()) == {1: [0, 1]}


def test_balance_without_credit_anywhere_is_full_and_goes_to_who_has_it_first() -> None:
    rooms = [0, 0, 0]
    staged = Balanced(ROUTES, Chunk(9, BATCH_BYTES), lambda route: rooms[route.key.destination])
    staged.add("late")
    assert staged.full
    rooms[2] = 1
    assert shares(staged.portions()) == {2: ["late"]}


def test_balance_keeps_the_order_of_a_route_that_gets_the_undecided_too() -> None:
    rooms = [1, 0, 0]
    staged = Balanced(ROUTES, Chunk(9, BATCH_BYTES), lambda route: rooms[route.key.destination])
    for value in ("first", "second"):
        staged.add(value)
    rooms[0] = 2
    assert shares(staged.portions()) == {0: ["first", "second"]}


def by_first(chunk: int = 9) -> ByKey:
    return ByKey(ROUTES, Chunk(chunk, BATCH_BYTES), lambda value: value[0], Rendezvous(NAMES))  # type: ignore[index]


def test_values_of_one_key_go_to_one_route_in_order() -> None:
    staged = by_first()
    words = [f"{letter}{number}" for number in range(3) for letter in "abcdefgh"]
    for word in words:
        staged.add(word)
    found = shares(staged.portions())
    owners = {word[0]: to for to, got in found.items() for word in got}
    assert sorted(word for got in found.values() for word in got) == sorted(words)
    for to, got in found.items():
        assert got == [word for word in words if owners[word[0]] == to]


def test_shares_are_full_with_one_chunk_or_with_the_bytes_of_all() -> None:
    counted, heavy = by_first(2), by_first()
    for word in ("a1", "a2"):
        counted.add(word)
    for letter in "abcd":
        heavy.add(letter * (BATCH_BYTES // 3))
    assert (counted.full, heavy.full) == (True, True)


def test_arrays_of_different_shares_do_not_mix() -> None:
    staged = Balanced(ROUTES[:2], Chunk(9, BATCH_BYTES), room(9, 9))
    for number in range(4):
        staged.add(np.full(2, number))
    found = shares(staged.portions())
    assert {to: [int(array[0]) for array in got] for to, got in found.items()} == {
        0: [0, 2],
        1: [1, 3],
    }


def test_a_value_that_cannot_travel_is_not_staged() -> None:
    staged = Balanced(ROUTES, Chunk(9, BATCH_BYTES), room(9, 9, 9))
    with pytest.raises(EncodeError):
        staged.add(object())
    assert shares(staged.portions()) == {}


def test_in_turn_goes_on_where_the_batch_before_ended_whatever_the_room() -> None:
    turns = cycle([2, 0, 1])
    first, second = (InTurn(ROUTES, Chunk(9, BATCH_BYTES), turns) for _ in range(2))
    for value in range(4):
        first.add(value)
    second.add(4)
    assert shares(first.portions()) == {0: [1], 1: [2], 2: [0, 3]}
    assert shares(second.portions()) == {0: [4]}
