"""Event loops that tasks run for themselves, kept apart between processes that share a thread."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def set_aside() -> Iterator[None]:
    """Inside the block no event loop runs; behind it, the one that ran before.

    Python knows one running loop per thread, and these processes share one: a process that
    waits inside its loop would keep all others from running theirs. What tells asyncio which loop
    runs is for writers of event loops, whence the underscores.

    >>> async def work():
    ...     with set_aside():
    ...         return asyncio.run(asyncio.sleep(0, "in between"))
    >>> asyncio.run(work())
    'in between'
    """
    loop = asyncio._get_running_loop()  # noqa: SLF001 - see above
    if loop is None:
        yield
        return
    hooks, task = sys.get_asyncgen_hooks(), _swapped(loop, None)
    asyncio._set_running_loop(None)  # noqa: SLF001 - see above
    sys.set_asyncgen_hooks(None, None)
    try:
        yield
    finally:
        sys.set_asyncgen_hooks(*hooks)
        asyncio._set_running_loop(loop)  # noqa: SLF001 - see above
        _swapped(loop, task)


def _swapped(
    loop: asyncio.AbstractEventLoop, task: asyncio.Task[object] | None
) -> asyncio.Task[object] | None:
    """Make this the task that is at work, and return the one that was; 3.11 asks for neither."""
    if sys.version_info >= (3, 12):
        return asyncio.tasks._swap_current_task(loop, task)  # noqa: SLF001 - see above
    return None
