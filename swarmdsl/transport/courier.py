"""Who writes what waits while the thread of an endpoint is busy.

The kernel holds some hundred kilobytes of a connection. What is beyond waits, and usually goes on
with the endpoint's own next call. But user's code may take minutes, and a receiver should not wait
for that. So there is a thread as soon as something has had to wait, and it does nothing else.
"""

from __future__ import annotations

import select
import signal
import threading
from collections.abc import Callable, Iterable

from swarmdsl.transport.line import Line

PATIENCE_S = 0.005
"""For the endpoint's own thread, which knows best, to do it."""

LOOK_S = 1.0  # no single wait is longer
END_S = 5.0  # for the thread to end, which never waits for long


class Courier:
    """Writes what waits on lines, once it is told of some.

    Args:
        lagging: the lines of which something waits; of any thread.
    """

    def __init__(self, lagging: Callable[[], list[Line]]) -> None:
        self._lagging = lagging
        self._wanted = threading.Event()
        self._thread: threading.Thread | None = None
        self._over = threading.Event()

    def call(self) -> None:
        """There is something to write."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="courier", daemon=True)
            self._thread.start()
        self._wanted.set()

    def close(self) -> None:
        """End, and leave what waits."""
        self._over.set()
        self._wanted.set()
        if self._thread is not None:
            self._thread.join(END_S)
            self._thread = None

    def _work(self) -> None:
        signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        while self._is_wanted():
            self._over.wait(PATIENCE_S)
            while not self._over.is_set() and (lines := self._lagging()):
                write_some(lines, LOOK_S)

    def _is_wanted(self) -> bool:
        """Wait until there is something to write; False if that is over."""
        self._wanted.wait()
        self._wanted.clear()
        return not self._over.is_set()


def write_some(lines: Iterable[Line], timeout_s: float) -> None:
    """Write what there is room for on some lines, waiting for the first of them."""
    bell = select.poll()
    by_descriptor = {descriptor: line for line in lines if (descriptor := line.descriptor) >= 0}
    for descriptor in by_descriptor:
        bell.register(descriptor, select.POLLOUT)
    for descriptor, _ in bell.poll(timeout_s * 1_000 if by_descriptor else 0):
        by_descriptor[descriptor].write_waiting()
