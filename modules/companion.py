"""A program in any language that a daemon module holds, and asks line by line.

For a stream: `Module(command=...)` runs a program on all that has come, once that has ended. Here
the program lives as long as the daemon, reads a line for each question and writes one for each
answer. It may have a memory; what it must not forget belongs into its answers, so that the daemon
module can save it, and tell it to the program that takes its place.
"""

from __future__ import annotations

import os
import select
import signal
import subprocess
import time
from collections.abc import Callable, Sequence

__all__ = ["Companion", "CompanionEnded", "CompanionSilent"]

STOP_S = 1.0  # for a program to end, once nobody asks it any more
KILLED_S = 10.0  # for one to be gone that was killed
CHUNK_BYTES = 65_536


class CompanionEnded(RuntimeError):
    """The program has ended by itself, or was ended, while it was asked.

    Attributes:
        code: its exit code, or the number of the signal with a minus.
    """

    def __init__(self, command: Sequence[str], code: int) -> None:
        self.code = code
        how = f"by {_name_of(-code)}" if code < 0 else f"with exit code {code}"
        super().__init__(f"{command[0]} ended {how}")


def _name_of(number: int) -> str:
    known = {one.value: one.name for one in signal.Signals}
    return known.get(number, f"signal {number}")


class CompanionSilent(TimeoutError):
    """The program has not answered in time; it was ended."""

    def __init__(self, command: Sequence[str], question: str, timeout_s: float) -> None:
        super().__init__(f"{command[0]} did not answer {question!r} in {timeout_s:g} s")


class Companion:
    """A program that answers a line with a line.

    What it writes to standard error goes to the log of the daemon. It must flush each answer.

    Args:
        command: the program and its arguments.
        timeout_s: how long an answer may take.
        answer_bytes_max: how long an answer may be.
        monotonic_s: a clock, in seconds.

    Raises:
        OSError: it cannot be started.

    >>> shouting = Companion(["sed", "-u", "s/$/!/"])
    >>> shouting.ask("one"), shouting.ask("two")
    ('one!', 'two!')
    >>> shouting.close()
    """

    def __init__(
        self,
        command: Sequence[str],
        timeout_s: float = 10.0,
        answer_bytes_max: int = 1 << 20,
        monotonic_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._command = list(command)
        self._timeout_s = timeout_s
        self._answer_bytes_max = answer_bytes_max
        self._monotonic_s = monotonic_s
        pipe = subprocess.PIPE
        self._program = subprocess.Popen(self._command, stdin=pipe, stdout=pipe, bufsize=0)
        assert self._program.stdin is not None
        assert self._program.stdout is not None
        self._questions, self._answers = self._program.stdin, self._program.stdout
        os.set_blocking(self._questions.fileno(), False)
        self._read = bytearray()

    @property
    def pid(self) -> int:
        """The number of its process."""
        return self._program.pid

    def ask(self, question: str) -> str:
        """Its answer, without the end of the line.

        Whatever is raised but for a question of several lines, the program is ended: what it might
        still answer must not be taken for the answer to another question.

        Raises:
            CompanionEnded: it has ended, and did not answer this question.
            CompanionSilent: it took too long.
            ValueError: the question is more than a line, the answer is longer than it may be, or
                the program has written something that nobody had asked for.
        """
        if "\n" in question:
            raise ValueError(f"a question is one line, and {question!r} is more")
        if self._questions.closed:
            raise CompanionEnded(self._command, self._program.returncode)
        try:
            return self._answer_to(question)
        except BaseException:  # Also a time limit, or a signal, in the midst of it.
            self._end()
            raise

    def _answer_to(self, question: str) -> str:
        self._refuse_unasked()
        until_s = self._monotonic_s() + self._timeout_s
        if self._write(f"{question}\n".encode(), until_s) and self._has_answer(until_s):
            line, _, rest = self._read.partition(b"\n")
            self._read = rest
            return line.decode()
        is_late = self._monotonic_s() >= until_s
        code = self._end()
        if is_late:
            raise CompanionSilent(self._command, question, self._timeout_s)
        raise CompanionEnded(self._command, code)

    def close(self) -> None:
        """End it: no more questions come, and if it does not end on that, it is killed."""
        self._end(STOP_S)

    def _refuse_unasked(self) -> None:
        """What it wrote before it was asked would be taken for the answer, and all would shift."""
        if not self._read and self._is_ready(self._answers.fileno(), select.POLLIN, 0.0):
            self._read += os.read(self._answers.fileno(), CHUNK_BYTES)
        if self._read:
            told = bytes(self._read[:80]).decode(errors="replace")
            raise ValueError(f"{self._command[0]} wrote {told!r}, which nobody had asked for")

    def _write(self, question: bytes, until_s: float) -> bool:
        """False if it reads no more, or not in time."""
        left = memoryview(question)
        while left:
            if not self._is_ready(self._questions.fileno(), select.POLLOUT, until_s):
                return False
            try:
                left = left[os.write(self._questions.fileno(), left) :]
            except BrokenPipeError:
                return False
        return True

    def _has_answer(self, until_s: float) -> bool:
        """False if it writes no more, or not in time; what broke off is no answer."""
        while b"\n" not in self._read:
            if not self._is_ready(self._answers.fileno(), select.POLLIN, until_s):
                return False
            chunk = os.read(self._answers.fileno(), CHUNK_BYTES)
            if not chunk:
                return False
            self._read += chunk
            if len(self._read) > self._answer_bytes_max:
                bound = self._answer_bytes_max
                raise ValueError(f"{self._command[0]} answers with more than {bound} bytes")
        return True

    def _is_ready(self, descriptor: int, event: int, until_s: float) -> bool:
        poll = select.poll()
        poll.register(descriptor, event)
        return bool(poll.poll(max(0.0, until_s - self._monotonic_s()) * 1_000))

    def _end(self, patience_s: float = 0.0) -> int:
        """Its exit code; it is killed if it does not end on the end of its input."""
        self._questions.close()
        try:
            return self._program.wait(patience_s or STOP_S / 10)
        except subprocess.TimeoutExpired:
            self._program.kill()
            return self._program.wait(KILLED_S)
        finally:
            self._answers.close()
