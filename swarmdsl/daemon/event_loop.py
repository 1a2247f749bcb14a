"""The event loop of a daemon, for the user's code that is written with `async def`.

There is one in a process, made when it is first needed. It runs while a call of the user's code is
at work and stands still in between: so it is one handler after another, as without it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from inspect import iscoroutine
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # most daemons need none, and it is slow to import
    import asyncio

MakeLoop = Callable[[], "asyncio.AbstractEventLoop"]

_END = object()


def new_event_loop() -> asyncio.AbstractEventLoop:
    """A loop as asyncio makes it."""
    import asyncio

    return asyncio.new_event_loop()


class EventLoop:
    """Turns what calls of the user's code return into what they would return without `async`.

    Args:
        make: makes the loop.

    >>> import asyncio
    >>> async def later(value: int) -> int:
    ...     return await asyncio.sleep(0, value)
    >>> async def count() -> AsyncIterator[int]:
    ...     yield 1
    ...     yield await later(2)
    >>> loop = EventLoop()
    >>> loop.settled(later(5)), list(loop.settled(count())), loop.settled("as it is")
    (5, [1, 2], 'as it is')
    >>> loop.close()
    """

    def __init__(self, make: MakeLoop = new_event_loop) -> None:
        self._make = make
        self._loop: asyncio.AbstractEventLoop | None = None

    def settled(self, result: object) -> object:
        """What comes of a coroutine; an iterator over an asynchronous one; all else as it is."""
        if iscoroutine(result):
            result = self._run(result)
        return self._each(result) if isinstance(result, AsyncIterator) else result

    def _each(self, stream: AsyncIterator[object]) -> Iterator[object]:
        try:
            while (value := self._run(_next(stream))) is not _END:
                yield value
        finally:
            if self._loop is not None:  # else it is closed, and the stream with it
                self._run(_close(stream))

    def _run(self, coroutine: Coroutine[Any, Any, object]) -> object:
        if self._loop is None:
            self._loop = self._make()
        task = self._loop.create_task(coroutine)
        try:
            return self._loop.run_until_complete(task)
        except BaseException:  # The time limit, or a signal, came while the loop was waiting.
            self._end([task])
            raise

    def _end(self, tasks: list[asyncio.Task[object]]) -> None:
        """Cancel tasks, and wait until they have ended."""
        assert self._loop is not None, "it has run them"
        left = [task for task in tasks if not task.done()]
        for task in left:
            task.cancel()
        if left:
            import asyncio

            self._loop.run_until_complete(asyncio.wait(left))

    def close(self) -> None:
        """End what was started in the background, and the loop."""
        if self._loop is None:
            return
        import asyncio

        self._end(list(asyncio.all_tasks(self._loop)))
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        self._loop.close()
        self._loop = None


async def _next(stream: AsyncIterator[object]) -> object:
    return await anext(stream, _END)


async def _close(stream: AsyncIterator[object]) -> None:
    """Let an asynchronous generator clean up; one that has ended has done so."""
    aclose = getattr(stream, "aclose", None)
    if aclose is not None:
        await aclose()
