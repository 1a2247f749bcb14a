"""The event loop of a daemon: it runs while a call is at work, and stands still in between."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import AsyncIterator, Generator, Iterator

import pytest

from swarmdsl.daemon.event_loop import Drawn, EventLoop


@pytest.fixture
def loop() -> Iterator[EventLoop]:
    made = EventLoop()
    yield made
    made.close()


async def later(value: int) -> int:
    return await asyncio.sleep(0, value)


async def where() -> int:
    return id(asyncio.get_running_loop())


def test_what_a_coroutine_returns_is_what_the_call_returned(loop: EventLoop) -> None:
    assert loop.settled(later(5)) == 5


def test_what_is_not_asynchronous_stays_as_it_is(loop: EventLoop) -> None:
    values = iter([1])
    assert loop.settled(values) is values
    assert loop.settled(None) is None


def test_a_stream_is_read_no_further_than_it_is_asked(loop: EventLoop) -> None:
    async def endless() -> AsyncIterator[int | None]:
        while True:
            yield 1
            yield None

    stream = loop.settled(endless())
    assert isinstance(stream, Iterator)
    assert [next(stream), next(stream), next(stream)] == [1, None, 1]


def test_a_stream_may_be_what_a_coroutine_returns(loop: EventLoop) -> None:
    async def numbers() -> AsyncIterator[int]:
        yield 1

    async def open_stream() -> AsyncIterator[int]:
        return numbers()

    stream = loop.settled(open_stream())
    assert isinstance(stream, Iterator)
    assert list(stream) == [1]


def test_all_calls_share_one_loop(loop: EventLoop) -> None:
    assert loop.settled(where()) == loop.settled(where())


def test_what_it_raises_is_raised(loop: EventLoop) -> None:
    async def fail() -> None:
        raise ValueError("no luck")

    with pytest.raises(ValueError, match="no luck"):
        loop.settled(fail())


class Interrupted(BaseException):
    """As a signal's handler raises it."""


class Interrupting(selectors.SelectSelector):
    """A signal comes in the first wait that has no end."""

    came = False

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None and not self.came:
            self.came = True
            raise Interrupted
        return super().select(timeout)


def test_a_call_that_is_interrupted_while_it_waits_ends_before_the_next_begins() -> None:
    ended: list[str] = []

    async def wait() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("it has ended")

    loop = EventLoop(lambda: asyncio.SelectorEventLoop(Interrupting()))
    with pytest.raises(Interrupted):
        loop.settled(wait())
    assert ended == ["it has ended"]
    assert loop.settled(later(3)) == 3
    loop.close()


def test_what_goes_on_in_the_background_ends_with_the_loop() -> None:
    ended: list[str] = []
    kept: list[asyncio.Task[None]] = []

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("it has ended")

    async def begin() -> None:
        kept.append(asyncio.create_task(work()))
        await asyncio.sleep(0)

    loop = EventLoop()
    loop.settled(begin())
    assert ended == []
    loop.close()
    assert ended == ["it has ended"]


def test_a_stream_that_nobody_reads_on_cleans_up() -> None:
    done: list[str] = []

    async def count() -> AsyncIterator[int]:
        try:
            while True:
                yield await later(1)
        finally:
            await asyncio.sleep(0)
            done.append("cleaned up")

    loop = EventLoop()
    stream = loop.settled(count())
    assert isinstance(stream, Generator)
    assert next(stream) == 1
    stream.close()
    assert done == ["cleaned up"]
    loop.close()


def test_a_stream_that_is_left_behind_makes_no_other_loop() -> None:
    async def count() -> AsyncIterator[int]:
        yield await later(1)

    loop = EventLoop()
    stream = loop.settled(count())
    assert isinstance(stream, Generator)
    assert next(stream) == 1
    loop.close()
    stream.close()
    assert loop._loop is None


def test_what_has_only_next_is_read_to_its_end() -> None:
    class Countdown:
        """Nothing that could be closed."""

        left = 2

        def __aiter__(self) -> Countdown:
            return self

        async def __anext__(self) -> int:
            self.left -= 1
            if self.left < 0:
                raise StopAsyncIteration
            return self.left

    loop = EventLoop()
    stream = loop.settled(Countdown())
    assert isinstance(stream, Generator)
    assert list(stream) == [1, 0]
    loop.close()


def test_a_source_that_takes_a_while_gives_none_until_it_has_something(loop: EventLoop) -> None:
    gate = asyncio.Event()

    async def held() -> AsyncIterator[int]:
        yield 1
        await gate.wait()
        yield 2

    drawn = loop.drawn(held())
    assert isinstance(drawn, Drawn)
    assert (next(drawn), drawn.waits) == (1, False)
    assert (next(drawn), drawn.waits) == (None, True)
    assert (next(drawn), drawn.waits) == (None, True)
    gate.set()
    assert (next(drawn), drawn.waits) == (2, False)
    assert list(drawn) == []


def test_a_source_that_is_closed_while_it_waits_cleans_up(loop: EventLoop) -> None:
    heard = []

    async def endless() -> AsyncIterator[int]:
        try:
            yield 1
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            heard.append("cancelled")
            raise
        finally:
            heard.append("closed")

    drawn = loop.drawn(endless())
    assert isinstance(drawn, Drawn)
    assert [next(drawn), next(drawn)] == [1, None]
    drawn.close()
    assert heard == ["cancelled", "closed"]


def test_others_may_use_the_loop_while_a_source_waits(loop: EventLoop) -> None:
    gate = asyncio.Event()

    async def held() -> AsyncIterator[int]:
        await gate.wait()
        yield 1

    async def opens() -> int:
        gate.set()
        return await asyncio.sleep(0.01, 5)

    drawn = loop.drawn(held())
    assert next(drawn) is None
    assert loop.settled(opens()) == 5
    assert list(drawn) == [1]


def test_what_a_source_raises_is_raised(loop: EventLoop) -> None:
    async def broken() -> AsyncIterator[int]:
        yield 1
        raise RuntimeError("out of order")

    drawn = loop.drawn(broken())
    assert next(drawn) == 1
    with pytest.raises(RuntimeError, match="out of order"):
        next(drawn)


def test_a_source_in_a_world_of_its_own_time_is_waited_for() -> None:
    async def slow() -> AsyncIterator[int]:
        await asyncio.sleep(0.01)
        yield 1

    loop = EventLoop(is_patient=False)
    assert list(loop.drawn(slow())) == [1]
    loop.close()


def test_other_iterators_are_drawn_from_as_they_are(loop: EventLoop) -> None:
    values = iter([1])
    assert loop.drawn(values) is values
    assert list(loop.drawn([2, 3])) == [2, 3]


def test_a_loop_knows_how_long_it_has_had_nothing_to_do(loop: EventLoop) -> None:
    async def rest_and_work() -> None:
        await asyncio.sleep(0.02)
        for _ in range(100):
            await asyncio.sleep(0)

    assert loop.rested_s() == 0.0
    loop.settled(rest_and_work())
    assert loop.rested_s() > 0.015
