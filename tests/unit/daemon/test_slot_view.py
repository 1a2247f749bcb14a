"""How long a slot is held by what is derived from its bytes."""

from __future__ import annotations

import gc
from collections import deque
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from swarmdsl.daemon.slot_view import Gone, slot_of, view_of
from swarmdsl.wire.arena.slot import Slot
from swarmdsl.wire.codec import Decoder, Payload, encode_values

SLOT = Slot(8, 80, 1)
Array = NDArray[np.float64]

DERIVED: dict[str, Callable[[Array], Any]] = {
    "slice": lambda array: array[2:4],
    "reshaped": lambda array: array.reshape(2, 5),
    "transposed": lambda array: array.reshape(2, 5).T,
    "other dtype": lambda array: array.view(np.int32),
    "memoryview": lambda array: array.data,
    "slice of a memoryview": lambda array: array.data[1:],
    "array of a memoryview": lambda array: np.frombuffer(array.data, dtype=np.uint8),
    "iterator": iter,
}


def received(gone: Gone) -> Array:
    """An array as a handler gets it, of a slot in a memory that nobody else refers to."""
    memory = np.zeros(100, dtype=np.uint8)
    payload = encode_values([np.arange(10, dtype=np.float64)])
    memory[SLOT.offset : SLOT.offset + SLOT.size] = np.frombuffer(payload.buffers[0], np.uint8)
    [array] = Decoder(Any).decode(Payload(payload.body, (view_of(memory, SLOT, gone),)))
    return array  # type: ignore[no-any-return]


@pytest.mark.parametrize("derive", DERIVED.values(), ids=DERIVED)
def test_whatever_is_derived_of_an_array_holds_its_slot(derive: Callable[[Array], Any]) -> None:
    gone: Gone = deque()
    derived = derive(received(gone))
    gc.collect()
    assert not gone
    del derived
    assert [*gone] == [SLOT]


def test_a_copy_holds_nothing() -> None:
    gone: Gone = deque()
    copies = [received(gone).copy(), received(gone) + 1, received(gone)[np.array([1, 2])]]
    assert len(copies) == len(gone) == 3


def test_an_array_is_read_only_and_so_is_whatever_is_derived_of_it() -> None:
    array = received(deque())
    for one in (array, array[2:], array.view(np.int32), np.frombuffer(array.data)):
        assert not one.flags.writeable
        with pytest.raises(ValueError, match="read-only"):
            one[0] = 1
        with pytest.raises(ValueError, match="cannot set WRITEABLE flag"):
            one.flags.writeable = True


def test_a_view_is_known_by_who_is_told_of_its_end() -> None:
    gone: Gone = deque()
    view = view_of(np.zeros(100, dtype=np.uint8), SLOT, gone)
    assert slot_of(view, gone) == SLOT
    assert slot_of(view, deque()) is None
    assert slot_of(b"bytes", gone) is slot_of(np.zeros(3).data, gone) is None
