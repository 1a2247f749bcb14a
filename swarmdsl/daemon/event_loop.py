"""The event loop of a daemon, for the user's code that is written with `async def`.

There is one in a process, made when it is first needed. It runs while a call of the user's code is
at work and stands still in between: so it is one handler after another, as without it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Iterator
from inspect import iscoroutine
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:  # most daemons need none, and it is slow to import
    import asyncio

MakeLoop = Callable[[], "asyncio.AbstractEventLoop"]

_END = object()
MOMENT_S = 0.001  # what an asynchronous source has yielded waits at most so long
WAIT_S = 0.05  # then its daemon sees to other things as often as that
CANCEL_S = 5.0  # for what a source was at work on to end


def new_event_loop() -> asyncio.AbstractEventLoop:
    """A loop as asyncio makes it, that knows how long it has had nothing to do: `rested_s`."""
    from swarmdsl.daemon.resting_loop import RestingLoop

    return RestingLoop()


class EventLoop:
    """Turns what calls of the user's code return into what they would return without `async`.

    Args:
        make: makes the loop.
        is_patient: whether its time passes by itself, so that something can be done after a while.

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

    def __init__(self, make: MakeLoop = new_event_loop, *, is_patient: bool = True) -> None:
        self._make = make
        self._is_patient = is_patient
        self._loop: asyncio.AbstractEventLoop | None = None

    def rested_s(self) -> float:
        """For how long, in all, it has had nothing to do while a call was at work."""
        return 0.0 if self._loop is None else getattr(self._loop, "rested_s", 0.0)

    def settled(self, result: object) -> object:
        """What comes of a coroutine; an iterator over an asynchronous one; all else as it is."""
        if iscoroutine(result):
            result = self._run(result)
        return self._each(result) if isinstance(result, AsyncIterator) else result

    def drawn(self, result: object) -> Iterator[object]:
        """What a source gives; None whenever the next value takes a while.

        So whoever draws from it can see to other things meanwhile. An iterator that is not
        asynchronous is given as it is: nobody else can do anything before it returns.
        """
        if iscoroutine(result):
            result = self._run(result)
        if isinstance(result, AsyncIterator) and self._is_patient:
            return Drawn(result, self._started, self._wait_for, self._close_stream)
        return iter(cast("Iterable[object]", self.settled(result)))

    def _started(self, coroutine: Coroutine[Any, Any, object]) -> asyncio.Task[object]:
        if self._loop is None:
            self._loop = self._make()
        return self._loop.create_task(coroutine)

    def _wait_for(self, task: asyncio.Task[object], most_s: float) -> bool:
        """Let the loop run until a task is done, or for so long; whether it is done."""
        loop = self._loop
        if loop is None or task.done():
            return True
        timer = loop.call_later(most_s, loop.stop)
        task.add_done_callback(self._stop)
        try:
            loop.run_forever()
        except BaseException:  # A signal came while the loop was waiting.
            self._end([task])
            raise
        finally:
            timer.cancel()
            task.remove_done_callback(self._stop)
        return task.done()

    def _stop(self, _task: asyncio.Task[object]) -> None:
        if self._loop is not None:
            self._loop.stop()

    def _close_stream(self, stream: AsyncIterator[object]) -> None:
        if self._loop is not None:  # else it is closed, and the stream with it
            self._run(_close(stream))

    def _each(self, stream: AsyncIterator[object]) -> Iterator[object]:
        try:
            while (value := self._run(_next(stream))) is not _END:
                yield value
        finally:
            self._close_stream(stream)

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


class Drawn:
    """The values of an asynchronous source, and None whenever the next one takes a while.

    At first that is a moment: what was yielded before can leave then. Later it is longer.

    Attributes:
        waits: whether the source is at work on its next value, and does not stand at a `yield`.
    """

    def __init__(
        self,
        stream: AsyncIterator[object],
        started: Callable[[Coroutine[Any, Any, object]], asyncio.Task[object]],
        wait_for: Callable[[asyncio.Task[object], float], bool],
        close: Callable[[AsyncIterator[object]], None],
    ) -> None:
        self.waits = False
        self._stream, self._started = stream, started
        self._wait_for, self._close = wait_for, close
        self._task: asyncio.Task[object] | None = None

    def __iter__(self) -> Iterator[object]:
        return self

    def __next__(self) -> object:
        if self._task is None:
            self._task = self._started(_next(self._stream))
        most_s = WAIT_S if self.waits else MOMENT_S
        self.waits = not self._wait_for(self._task, most_s)
        if self.waits:
            return None
        value, self._task = self._task.result(), None
        if value is _END:
            raise StopIteration
        return value

    def close(self) -> None:
        """Let the source clean up; what it is at work on is cancelled."""
        task, self._task = self._task, None
        if task is not None and not task.done():
            task.cancel()
            self._wait_for(task, CANCEL_S)
        self._close(self._stream)


async def _next(stream: AsyncIterator[object]) -> object:
    return await anext(stream, _END)


async def _close(stream: AsyncIterator[object]) -> None:
    """Let an asynchronous generator clean up; one that has ended has done so."""
    aclose = getattr(stream, "aclose", None)
    if aclose is not None:
        await aclose()
