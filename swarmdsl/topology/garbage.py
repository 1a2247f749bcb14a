"""Pauses of the garbage collector, for what makes very many objects and no cycles of them."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collection_paused() -> Iterator[None]:
    """Look for no garbage meanwhile; what is no longer referred to is freed all the same.

    The collector looks at all objects again each time that so many more have been made. A graph of
    ten thousand tasks is a million objects, all of them in use: it took a third of the time.

    >>> with collection_paused():
    ...     gc.isenabled()
    False
    """
    before = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if before:
            gc.enable()


YOUNG_OBJECTS = 50_000  # that are made before the collector looks; Python's own number is 700


@contextmanager
def collection_seldom() -> Iterator[None]:
    """Look for garbage now and then, even inside a pause: for code that is not ours.

    It may make cycles, and the memory that they hold must stay bounded.

    >>> with collection_paused(), collection_seldom():
    ...     gc.isenabled(), gc.get_threshold()[0]
    (True, 50000)
    """
    before, thresholds = gc.isenabled(), gc.get_threshold()
    gc.set_threshold(max(YOUNG_OBJECTS, thresholds[0]), *thresholds[1:])
    gc.enable()
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)
        if not before:
            gc.disable()
