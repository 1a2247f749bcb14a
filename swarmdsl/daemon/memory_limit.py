"""How much memory the user's code may take: more is refused to it, and never to the daemon's own.

The kernel counts the private writable memory of a process (`RLIMIT_DATA`, on Linux since 4.7):
what was asked for, touched or not, and no address space that is only reserved. The limit is set
while the user's code is at work, and lifted wherever the daemon's own code has its turn.
"""

from __future__ import annotations

import errno
import os
import resource
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol, TypeVar

from swarmdsl.daemon.unguarded import UNGUARDED
from swarmdsl.daemon.wiring import Hosted
from swarmdsl.errors import MemoryLimitExceeded
from swarmdsl.topology.memory import MEMORY_MAX, memory_text
from swarmdsl.topology.model import TaskSpec

ResultT = TypeVar("ResultT")
Work = Callable[[], ResultT]
Pair = tuple[int, int]
"""A soft limit and a hard one, in bytes."""

STATM_BYTES = 256  # seven numbers: /proc/self/statm is shorter
DATA = 5  # the position among them of data and stack, in pages


class MemoryLimit(Protocol):
    """Refuses memory to the user's code, which then raises `MemoryLimitExceeded`."""

    def of_run(self, instance: str, size: int, work: Work[ResultT]) -> ResultT:
        """Do work that may take `size` bytes beyond what the process has now."""

    def of_process(self, instance: str, size: int, work: Work[ResultT]) -> ResultT:
        """Do work that may take what is left of `size` bytes beyond what the process began with."""

    def lifted(self) -> AbstractContextManager[None]:
        """A block, within such work, that is refused nothing."""


def limited(limit: MemoryLimit, hosted: Hosted, work: Work[ResultT]) -> ResultT:
    """Do the work of an instance within its limit, if it has one and works in this process.

    A function is measured run by run, as others share its process; a daemon module as a whole.
    """
    size, name = hosted.task.resources.memory, hosted.spec.name
    match hosted.module.kind:
        case "function" if size:
            return limit.of_run(name, size, work)
        case "daemon" if size:
            return limit.of_process(name, size, work)
        case _:
            return work()


class DataLimit:
    """Limits by `RLIMIT_DATA` of this process; what it has when this is made is its beginning.

    >>> limit = DataLimit()
    >>> try:
    ...     size = limit.of_run("train@node1#0", 2**20, lambda: len(bytearray(2**26)))
    ... except MemoryLimitExceeded as error:
    ...     print(error.limit)
    1MiB
    >>> len(bytearray(2**26))
    67108864
    """

    def __init__(self) -> None:
        self._usual: Pair = resource.getrlimit(resource.RLIMIT_DATA)
        self._at_first = private_bytes()
        self._ceiling: int | None = None  # while one is set
        self._is_of_run = False

    def of_run(self, instance: str, size: int, work: Work[ResultT]) -> ResultT:
        """Do work that may take `size` bytes beyond what the process has now.

        Raises:
            MemoryLimitExceeded: it asked for more.
        """
        self._is_of_run = True
        return self._within(private_bytes() + size, instance, size, work)

    def of_process(self, instance: str, size: int, work: Work[ResultT]) -> ResultT:
        """Do work that may take what is left of `size` bytes beyond what the process began with.

        Raises:
            MemoryLimitExceeded: it asked for more.
        """
        self._is_of_run = False
        return self._within(self._at_first + size, instance, size, work)

    def _within(self, ceiling: int, instance: str, size: int, work: Work[ResultT]) -> ResultT:
        try:
            self._set(ceiling)
            try:
                return work()
            finally:
                # Not in a function of its own: there may be no memory left to call one.
                resource.setrlimit(resource.RLIMIT_DATA, self._usual)
                self._ceiling = None
        except (MemoryError, OSError) as error:
            if not _is_refusal(error):
                raise
            exceeded = MemoryLimitExceeded(instance, memory_text(size), str(error))
            raise exceeded.with_traceback(error.__traceback__) from None

    def _set(self, ceiling: int) -> None:
        resource.setrlimit(resource.RLIMIT_DATA, _narrowed(self._usual, ceiling))
        self._ceiling = ceiling

    def lifted(self) -> AbstractContextManager[None]:
        """A block, within such work, that is refused nothing.

        What it takes is not counted against a run. A process holds it, so there it is.
        """
        return UNGUARDED if self._ceiling is None else self._lift(self._ceiling)

    @contextmanager
    def _lift(self, ceiling: int) -> Iterator[None]:
        resource.setrlimit(resource.RLIMIT_DATA, self._usual)
        self._ceiling = None
        before = private_bytes()
        try:
            yield
        finally:
            grown = private_bytes() - before if self._is_of_run else 0
            self._set(max(0, ceiling + grown))


class NoMemoryLimit:
    """Limits nothing: where daemons share one process."""

    def of_run(self, _instance: str, _size: int, work: Work[ResultT]) -> ResultT:
        """Do the work."""
        return work()

    def of_process(self, _instance: str, _size: int, work: Work[ResultT]) -> ResultT:
        """Do the work."""
        return work()

    def lifted(self) -> AbstractContextManager[None]:
        """A block."""
        return UNGUARDED


def private_bytes() -> int:
    """What the kernel counts of this process now.

    >>> before, held = private_bytes(), bytearray(2**26)
    >>> private_bytes() - before >= len(held)
    True
    """
    descriptor = os.open("/proc/self/statm", os.O_RDONLY | os.O_CLOEXEC)
    try:
        return int(os.read(descriptor, STATM_BYTES).split()[DATA]) * resource.getpagesize()
    finally:
        os.close(descriptor)


def limit_of_new_process(size: int) -> Pair:
    """What a process that has taken nothing yet is given, so that it takes no more than `size`.

    `size` is in bytes; 0 leaves it what it inherits.
    """
    usual = resource.getrlimit(resource.RLIMIT_DATA)
    return _narrowed(usual, size) if size else usual


def limit_text(task: TaskSpec) -> str:
    """The limit of a task as people write it; empty for none."""
    size = task.resources.memory
    return memory_text(size) if size else ""


def _narrowed(usual: Pair, ceiling: int) -> Pair:
    """A lower soft limit; one that is lower already stays, and the hard one is left alone."""
    soft, hard = usual
    most = MEMORY_MAX if soft == resource.RLIM_INFINITY else soft
    return min(ceiling, most), hard


def _is_refusal(error: Exception) -> bool:
    """Whether memory was refused; `mmap` and `fork` say so by another class than all else."""
    return isinstance(error, MemoryError) or getattr(error, "errno", None) == errno.ENOMEM
