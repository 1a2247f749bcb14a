"""The event loop of a simulated process: where it would wait, virtual time passes."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Mapping
from typing import Any

from swarmdsl.deploy.cooperative.process import Process


class VirtualLoop(asyncio.BaseEventLoop):
    """Runs coroutines and timers; it has no sockets, for a simulated process has no network.

    A wait for another thread (`asyncio.to_thread`) takes no virtual time.

    Args:
        process: in which it runs.
        now_s: the virtual time.
    """

    def __init__(self, process: Process, now_s: Callable[[], float]) -> None:
        super().__init__()
        self._process = process
        self._now_s = now_s
        self._woken = threading.Event()
        self._selector = self

    def time(self) -> float:
        """The virtual time."""
        return self._now_s()

    def select(self, timeout: float | None) -> list[object]:
        """Wait, as a selector does, for a timer or for another thread; nothing else can happen."""
        if timeout is None:
            self._woken.wait()
        elif timeout > 0:
            self._process.wait(timeout, wakeable=False)
        self._woken.clear()
        return []

    def _process_events(self, event_list: list[object]) -> None:
        """There are none."""

    def _write_to_self(self) -> None:
        """Another thread has something for the loop."""
        self._woken.set()

    def call_exception_handler(self, context: Mapping[str, Any]) -> None:
        """Say what nobody has caught; nobody misses what was left by a process that has died."""
        if self._process.alive:
            super().call_exception_handler(dict(context))

    def __del__(self, *_: object) -> None:
        """A process that was killed has closed nothing."""
