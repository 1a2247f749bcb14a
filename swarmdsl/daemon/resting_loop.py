"""A loop of asyncio that knows how long it has had nothing to do."""

from __future__ import annotations

import asyncio
import selectors
import time
from typing import Any


class _Clocked(selectors.DefaultSelector):
    """Adds up how long it has waited."""

    waited_s = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is not None and timeout <= 0:
            return super().select(timeout)
        began_s = time.monotonic()
        try:
            return super().select(timeout)
        finally:
            self.waited_s += time.monotonic() - began_s


class RestingLoop(asyncio.SelectorEventLoop):
    """As `asyncio.new_event_loop()` makes it on Linux.

    >>> loop = RestingLoop()
    >>> loop.run_until_complete(asyncio.sleep(0.01))
    >>> loop.rested_s > 0
    True
    >>> loop.close()
    """

    def __init__(self, **options: Any) -> None:
        self._clocked = _Clocked()
        super().__init__(self._clocked, **options)

    @property
    def rested_s(self) -> float:
        """For how long, in all, it has had nothing to do."""
        return self._clocked.waited_s
