"""What the user's code is told of its process: that work begins in it, and that the run is over."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from typing import Any

from swarmdsl.daemon.program import Living, Program
from swarmdsl.daemon.work import Respond, Restore, Work
from swarmdsl.errors import CallFailed
from swarmdsl.light.context import TaskContext, entered


def begin(program: Program, work: Work | Respond) -> bool:
    """Tell a program, before its first work, that work begins: once what it remembers is back.

    Returns whether it has been told; to tell it again changes nothing.
    """
    if isinstance(work, Restore):
        return False
    start = _start_of(type(program))
    if start is not None:
        start(program)
    return True


@cache
def _start_of(kind: type) -> Callable[[Any], None] | None:
    """What tells programs of a class, if any does: to ask each of them takes as long as a push."""
    return kind.start if issubclass(kind, Living) else None


def end(programs: Iterable[tuple[Program, TaskContext]]) -> Iterator[BaseException]:
    """Tell programs that the run is over; yields what they raise, which changes nothing."""
    for program, context in programs:
        if isinstance(program, Living):
            try:
                with entered(context):
                    program.stop()
            except BaseException as error:  # The supervised boundary of a user's task.
                yield error


def nobody(method: str, _arguments: Mapping[str, object], /) -> object:
    """Asks a controller that has ended the run."""
    raise CallFailed(method, "the run is over")
