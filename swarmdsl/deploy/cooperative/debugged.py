"""The user's code when its user looks on: a debugger that is left ends the run, and so does Ctrl-C.

What is raised then must not be taken for a failure of the task. So every call of the user's code
passes here, and whether one is at work is known: only then is Ctrl-C an exception, which a
debugger at its prompt may keep for itself.
"""

from __future__ import annotations

import bdb
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager

from swarmdsl.daemon.program import (
    Living,
    Manifold,
    Program,
    Push,
    Remembered,
    Responsive,
    Source,
    Timed,
)
from swarmdsl.daemon.stopping import Stopped
from swarmdsl.daemon.work import Handle, Invoke, Produce, Respond, Runnable


class Left(BaseException):
    """Ends the user's code where it is, as the user wants the run to end."""


class Onlooker:
    """Knows whether the user's code is at work, and ends the run when its user has left it.

    Args:
        end: asks for the end of the run, in good order; returns when the run knows.

    Attributes:
        is_users_code_at_work: whether an exception may be raised here and now.
    """

    def __init__(self, end: Callable[[], None]) -> None:
        self.is_users_code_at_work = False
        self._end = end

    @contextmanager
    def users_code(self) -> Iterator[None]:
        """A block that calls the user's code.

        Raises:
            Stopped: its user has left the debugger, or pressed Ctrl-C.
        """
        try:
            with self._at_work(now=True):
                yield
        except BaseException as error:  # What says that the user has left; all else goes on.
            if not was_left(error):
                raise
            self._end()
            raise Stopped from None

    def own_code(self) -> AbstractContextManager[None]:
        """A block, within such a one, that calls back into the daemon."""
        return self._at_work(now=False)

    @contextmanager
    def _at_work(self, *, now: bool) -> Iterator[None]:
        before, self.is_users_code_at_work = self.is_users_code_at_work, now
        try:
            yield
        finally:
            self.is_users_code_at_work = before


def was_left(error: BaseException) -> bool:
    """Whether it says that the user wants no more: Ctrl-C and the like, or `quit` in a debugger.

    Since Python 3.14 pdb raises `SystemExit` for that, which else is the task's own doing.
    """
    if isinstance(error, SystemExit):
        frames = traceback.extract_tb(error.__traceback__)
        return bool(frames) and frames[-1].filename.endswith(("/pdb.py", "/bdb.py"))
    return isinstance(error, Left | KeyboardInterrupt | bdb.BdbQuit)


class DebuggedProgram:
    """A program whose calls of the user's code are known to an onlooker."""

    def __init__(self, program: Program, onlooker: Onlooker) -> None:
        self._program = program
        self._onlooker = onlooker

    def run(self, work: Runnable, push: Push) -> Sequence[int] | None:
        """Do a function's work: of a round, or on one result."""
        with self._onlooker.users_code():
            return self._program.run(work, self._pushed(push))

    def handle(self, work: Handle, push: Push) -> None:
        """Do a daemon's work on a batch."""
        with self._onlooker.users_code():
            self._program.handle(work, self._pushed(push))

    def invoke(self, work: Invoke, push: Push) -> int:
        """Call a method of a daemon module that takes no push."""
        assert isinstance(self._program, Timed)
        with self._onlooker.users_code():
            return self._program.invoke(work, self._pushed(push))

    def respond(self, work: Respond) -> bytes:
        """Answer a call."""
        assert isinstance(self._program, Responsive)
        with self._onlooker.users_code():
            return self._program.respond(work)

    def _pushed(self, push: Push) -> Push:
        def pushed(value: object) -> None:
            with self._onlooker.own_code():
                push(value)

        return pushed

    def start(self) -> None:
        """Tell a daemon module that its process begins to work."""
        if isinstance(self._program, Living):
            with self._onlooker.users_code():
                self._program.start()

    def stop(self) -> None:
        """Tell a daemon module that the run is over."""
        if isinstance(self._program, Living):
            with self._onlooker.users_code():
                self._program.stop()

    def snapshot(self) -> object:
        """Its state."""
        assert isinstance(self._program, Remembered)
        with self._onlooker.users_code():
            return self._program.snapshot()

    def restore(self, state: bytes) -> None:
        """Take back a state."""
        assert isinstance(self._program, Remembered)
        with self._onlooker.users_code():
            self._program.restore(state)

    def produce(self, work: Produce) -> Iterator[object]:
        """What a source yields; its daemon does its own work in between."""
        assert isinstance(self._program, Source)
        with self._onlooker.users_code():
            values = self._program.produce(work)
        while True:
            with self._onlooker.users_code():
                try:
                    value = next(values)
                except StopIteration:
                    return
            yield value

    def position(self) -> object:
        """How far a source has come."""
        assert isinstance(self._program, Source)
        with self._onlooker.users_code():
            return self._program.position()


class DebuggedManifold(DebuggedProgram):
    """The same of a program of several functions, which says at which of them it failed."""

    def told(self) -> str:
        """Which of them it was at, and with what."""
        assert isinstance(self._program, Manifold)
        return self._program.told()


def debugged(program: Program, onlooker: Onlooker) -> DebuggedProgram:
    """A program whose calls of the user's code are known to an onlooker."""
    kind = DebuggedManifold if isinstance(program, Manifold) else DebuggedProgram
    return kind(program, onlooker)
