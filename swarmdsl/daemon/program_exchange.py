"""What goes to a program and comes from it while it runs: pipes and socket in one loop."""

from __future__ import annotations

import array
import fcntl
import os
import subprocess
import termios
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from selectors import EVENT_READ, EVENT_WRITE, BaseSelector

from swarmdsl.daemon.program import Push
from swarmdsl.daemon.program_values import Output

TURN_S = 0.05  # how often the daemon looks after its own sockets, at least
CHUNK_BYTES = 65_536  # what a pipe holds


class Exchange:
    """Feeds a process and takes what it writes, until both have come to their end.

    Args:
        process: with pipes for its standard input and output.
        selector: where its pipes, and whatever else is to be looked after, are registered.
        inputs: the bytes that it reads, in pieces; asked for one as there is room.
        output: makes values of what it writes.
        push: takes them.
        look_around: looks after the daemon's sockets, and sends what has been pushed.
    """

    def __init__(
        self,
        process: subprocess.Popen[bytes],
        selector: BaseSelector,
        inputs: Iterable[bytes],
        output: Output,
        push: Push,
        look_around: Callable[[], None],
    ) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._process = process
        self._stdin, self._stdout = process.stdin, process.stdout
        self._selector = selector
        self._inputs = iter(inputs)
        self._unwritten = memoryview(b"")
        self._output = output
        self._push = push
        self._look_around = look_around
        self._reading = self._writing = True
        self._all_written: int | None = None  # the other end of its input, once all is written
        for pipe in (self._stdin, self._stdout):
            os.set_blocking(pipe.fileno(), False)
        selector.register(self._stdin, EVENT_WRITE, self._write)
        selector.register(self._stdout, EVENT_READ, self._read)

    def carry_out(self) -> None:
        """Return when the process has ended, and all that it wrote has been pushed.

        But for what broke off, if it ended badly: then its end is what is wrong.
        """
        while self._reading:
            if self._process.poll() is not None:
                self._drain()
                break
            self._turn(TURN_S)
        while self._process.poll() is None:
            self._turn(TURN_S if self._writing else 0.0)
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(0.0 if self._writing else TURN_S)
        if self._process.returncode == 0:
            self._take(self._output.end())

    def left_unread(self) -> bool:
        """Whether the process, which has ended, has left some of its input unread."""
        if self._all_written is None:
            return bool(self._unwritten) or next(self._inputs, None) is not None
        return _waiting(self._all_written) > 0

    def close(self) -> None:
        """Forget its input."""
        if self._all_written is not None:
            os.close(self._all_written)
            self._all_written = None

    def _turn(self, wait_s: float) -> None:
        for key, _ in self._selector.select(wait_s):
            key.data()
        self._look_around()

    def _take(self, values: Iterator[object]) -> None:
        for value in values:
            if value is not None:
                self._push(value)

    def _read(self) -> None:
        with suppress(BlockingIOError):
            self._received(os.read(self._stdout.fileno(), CHUNK_BYTES))

    def _received(self, data: bytes) -> None:
        if data:
            self._take(self._output.feed(data))
        else:
            self._selector.unregister(self._stdout)
            self._reading = False

    def _drain(self) -> None:
        """Read what it left in the pipe, which something that it started may hold open."""
        left = _waiting(self._stdout.fileno())
        while left > 0 and self._reading:
            data = os.read(self._stdout.fileno(), min(left, CHUNK_BYTES))
            left -= len(data)
            self._received(data)
            self._look_around()

    def _write(self) -> None:
        try:
            if not self._unwritten:
                self._unwritten = self._next_chunk()
            if self._unwritten:
                written = os.write(self._stdin.fileno(), self._unwritten[:CHUNK_BYTES])
                self._unwritten = self._unwritten[written:]
                return
            self._all_written = _other_end(self._stdin.fileno())
        except BlockingIOError:
            return
        except BrokenPipeError:
            pass  # It has read as much as it wants, or has ended: its exit code will tell.
        self._writing = False
        self._selector.unregister(self._stdin)
        self._stdin.close()

    def _next_chunk(self) -> memoryview:
        pieces, size = [], 0
        for piece in self._inputs:
            pieces.append(piece)
            size += len(piece)
            if size >= CHUNK_BYTES:
                break
        return memoryview(b"".join(pieces))


def _waiting(pipe: int) -> int:
    """How many bytes wait in a pipe to be read."""
    found = array.array("i", [0])
    fcntl.ioctl(pipe, termios.FIONREAD, found)
    return found[0]


def _other_end(pipe: int) -> int | None:
    """The end of a pipe to read from, by the one to write to; None where no system gives it."""
    with suppress(OSError):
        return os.open(f"/proc/self/fd/{pipe}", os.O_RDONLY | os.O_NONBLOCK)
    return None
