"""What a fork server has made lasts, so that those forked from it need not count who refers to it.

CPython counts the references to an object in the object itself. So a process that only looks at
what it shares with its parent writes to it, and has a page copied for each that it looks at. Since
Python 3.12 objects may be immortal, as `None` is: their count stays as it is (PEP 683). Python has
no call that makes one so; its count has to be set to a certain number.
"""

from __future__ import annotations

import ctypes
import gc
import sys
from collections.abc import Collection, Iterable
from types import AsyncGeneratorType, CodeType, CoroutineType, FrameType, GeneratorType

IMMORTAL = 2**32 - 1
"""The count of what is immortal, in the first four bytes of an object: in Python 3.12 and 3.13."""

_ENDS = (str, int, float, bytes, CodeType)  # which refer to nothing, as far as is told
_AT_WORK = (FrameType, GeneratorType, CoroutineType, AsyncGeneratorType)


def make_lasting() -> int:
    """Make immortal what there is, and is not at work; returns how many objects that are.

    None of them is ever freed. Where `None` is not counted as this module expects, nothing is done:
    in Python 3.11, in 3.14, and without a global lock.
    """
    if sys.implementation.name != "cpython" or _counted(id(None)) != IMMORTAL:
        return 0
    was_enabled = gc.isenabled()
    gc.disable()  # it would look through all that is found, again and again
    try:
        found = _reached_from(gc.get_objects())  # held until their counts are set
        _set_counts(found)
    finally:
        if was_enabled:
            gc.enable()
    return len(found)


def _counted(address: int) -> int:
    return ctypes.c_uint32.from_address(address).value


def _reached_from(objects: Iterable[object]) -> dict[int, object]:
    """These, and all that they refer to, by where they are.

    Nothing of them is called: what their class is said to be, a proxy may not want to tell.
    """
    frontier = [one for one in objects if type(one) not in _AT_WORK]
    known = _by_address(frontier)
    while frontier:
        new = _by_address(gc.get_referents(*frontier))
        for code in [one for one in new.values() if type(one) is CodeType]:
            new |= _by_address((code.co_consts, code.co_names))
        for address in new.keys() & known.keys():
            del new[address]
        new = {address: one for address, one in new.items() if type(one) not in _AT_WORK}
        known |= new
        frontier = [one for one in new.values() if type(one) not in _ENDS]
    return known


def _by_address(objects: Collection[object]) -> dict[int, object]:
    return dict(zip(map(id, objects), objects, strict=True))


def _set_counts(addresses: Collection[int]) -> None:
    """Each object's count, as one number in an array of all memory between the first and the last.

    To make a view of each costs five times as much.
    """
    first, last = min(addresses), max(addresses)
    numbers = (ctypes.c_uint32 * ((last - first) // 4 + 1)).from_address(first)
    memory = memoryview(numbers).cast("B").cast("I")
    for address in addresses:
        memory[(address - first) >> 2] = IMMORTAL
