"""The event loop of a daemon: it runs while a call is at work, and stands still in between."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import AsyncIterator, Iterator

import pytest

from swarmdsl.daemon.event_loop import EventLoop


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
