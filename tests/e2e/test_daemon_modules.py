"""Daemon modules in a real run: what they do beside handling a push and returning a value."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from swarmdsl import Daemon, Limits, Run, Swarm, Task, on
from swarmdsl.control.happenings import DaemonLost, Happening
from swarmdsl.control.state import RunState
from swarmdsl.light import Globals, World

pytestmark = pytest.mark.e2e


def numbers() -> Iterator[int]:
    yield from range(1, 5)


def run_of(folder: Path, daemon: type[Daemon], **options: Any) -> Run:
    """Run a daemon module on four numbers, one after another; it finds the folder as NOTES."""

    class Made(Swarm):
        limits = Limits(batch_messages=1)

        def execute(self) -> Task:
            return Task(daemon, method="any", alias="keeper")(Task(numbers, method="any"))

    environment = {**os.environ, "NOTES": str(folder)}
    ended: Run = Made().run(nodes=2, home=folder / "home", environment=environment, **options)
    return ended


def note(text: str) -> None:
    with Path(os.environ["NOTES"], "notes").open("a") as notes:
        notes.write(f"{text}\n")


def notes_in(folder: Path) -> list[str]:
    return Path(folder, "notes").read_text().splitlines()


class Opens(Daemon):
    """Is started, remembers, dies once, and is stopped."""

    total = 0

    def on_start(self, world: World) -> None:
        note(f"starts at {self.total}")
        self.iteration = world.iteration

    @on
    def add(self, number: int) -> int:
        self.total += number
        note(f"has {self.total} in round {self.iteration}")
        return self.total

    def on_stop(self) -> None:
        note(f"stops at {self.total}")


def test_a_daemon_module_is_told_when_its_work_begins_and_when_the_run_is_over(
    tmp_path: Path,
) -> None:
    assert run_of(tmp_path, Opens).value == [1, 3, 6, 10]
    begun, *handled, over = notes_in(tmp_path)
    assert (begun, over) == ("starts at 0", "stops at 10")
    assert handled == [f"has {total} in round 0" for total in (1, 3, 6, 10)]


class DiesAfterRounds(Opens):
    """Dies in its second round, where a snapshot of the first is kept."""

    @on
    def add(self, number: int, world: World) -> int:  # type: ignore[override]
        mark = Path(os.environ["NOTES"], "died")
        if world.iteration == 1 and not mark.exists():
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        self.total += number
        return self.total

    def snapshot(self) -> int:
        return self.total

    def restore(self, state: int) -> None:
        self.total = state


def test_a_process_that_is_started_anew_is_told_so_once_it_remembers(tmp_path: Path) -> None:
    lost: list[Happening] = []

    class Twice(Swarm):
        def execute(self) -> Task:
            return Task(DiesAfterRounds, method="any", alias="keeper")(Task(numbers, method="any"))

    run = Twice(2).run(
        nodes=2,
        home=tmp_path / "home",
        environment={**os.environ, "NOTES": str(tmp_path)},
        observers=[lambda one: lost.append(one) if isinstance(one, DaemonLost) else None],
    )
    assert run.value == [11, 13, 16, 20]
    assert len(lost) == 1
    assert notes_in(tmp_path) == ["starts at 0", "starts at 10", "stops at 20"]


class CannotStart(Daemon):
    def on_start(self) -> None:
        raise ConnectionError("no database")

    @on
    def add(self, number: int) -> int:
        return number

    def on_stop(self) -> None:
        note("stops")


def test_one_that_cannot_start_fails_the_run_and_is_not_stopped(tmp_path: Path) -> None:
    run = run_of(tmp_path, CannotStart)
    assert run.state is RunState.FAILED
    assert "keeper@node2#0 in round 0 raised ConnectionError: no database" in run.reason.text
    assert not Path(tmp_path, "notes").exists()


class CannotStop(Daemon):
    @on
    def add(self, number: int) -> int:
        return number

    def on_stop(self) -> None:
        raise ConnectionError("the database is gone")


def test_one_that_cannot_stop_says_so_in_its_log_and_changes_nothing(tmp_path: Path) -> None:
    run = run_of(tmp_path, CannotStop)
    assert (run.state, run.value) == (RunState.COMPLETED, [1, 2, 3, 4])
    logs = "".join(log.read_text() for log in tmp_path.rglob("*.log"))
    assert "ConnectionError: the database is gone" in logs


class Awaits(Daemon):
    """Waits in its handlers, and has something going on in the background."""

    async def on_start(self) -> None:
        self.answers: asyncio.Queue[int] = asyncio.Queue()
        self.questions: asyncio.Queue[int] = asyncio.Queue()
        self.oracle = asyncio.create_task(self.answer())
        self.at_work = 0

    async def answer(self) -> None:
        while True:
            await self.answers.put(10 * await self.questions.get())

    @on
    async def ask(self, number: int) -> AsyncIterator[int]:
        self.at_work += 1
        yield self.at_work  # more than 1, if another handler began meanwhile
        await self.questions.put(number)
        yield await self.answers.get()
        self.at_work -= 1

    async def on_stop(self) -> None:
        await asyncio.sleep(0)
        note(f"cancelled: {self.oracle.cancel()}")


def test_asynchronous_handlers_run_one_after_another_in_one_event_loop(tmp_path: Path) -> None:
    run = run_of(tmp_path, Awaits)
    assert run.value == [1, 10, 1, 20, 1, 30, 1, 40]
    assert notes_in(tmp_path) == ["cancelled: True"]


class Polls(Daemon):
    """An asynchronous source."""

    async def produce(self) -> AsyncIterator[int | None]:
        for number in range(3):
            yield None
            yield await asyncio.sleep(0.001, number)


async def double(numbers: list[int]) -> list[int]:
    return [2 * number for number in numbers]


class Asynchronous(Swarm):
    def execute(self) -> Task:
        return Task(double, method="any")(Task(Polls, method="any"))


def test_sources_and_functions_may_be_asynchronous_too(tmp_path: Path) -> None:
    assert Asynchronous().run(nodes=1, home=tmp_path).value == [0, 2, 4]


async def too_long() -> int:
    await asyncio.sleep(3600)
    return 1


def test_asynchronous_code_has_a_time_limit_and_is_tried_again(tmp_path: Path) -> None:
    class Slow(Swarm):
        def execute(self) -> Task:
            return Task(too_long, method="any", alias="slow", timeout=0.05, retries=1)

    run = Slow().run(nodes=1, home=tmp_path)
    assert run.state is RunState.FAILED
    assert "slow@node1#0 in round 0 raised TimeLimitExceeded" in run.reason.text


async def fails() -> int:
    raise ValueError("no luck")


def test_what_asynchronous_code_raises_is_told_from_the_users_first_line_on(tmp_path: Path) -> None:
    class Failing(Swarm):
        def execute(self) -> Task:
            return Task(fails, method="any")

    run = Failing().run(nodes=1, home=tmp_path)
    assert run.reason.details.splitlines()[1].endswith("in fails")


class Sorts(Daemon):
    """Pushes while it handles: to one of two tasks, or to both."""

    pushes = int | str

    @on
    def sort(self, number: int) -> int | None:
        self.push(number, to="odd" if number % 2 else "even")
        self.push(None)
        self.push("seen")
        return 100 if number == 4 else None


def odd(numbers: list[int | str]) -> list[int | str]:
    return numbers


def even(numbers: list[int]) -> list[int]:
    return numbers


def both(odd: list[int | str], even: list[int]) -> list[list[int | str] | list[int]]:
    return [odd, even]


class Sorted(Swarm):
    def execute(self) -> Task:
        sort = Task(Sorts, method="any", alias="sort")(Task(numbers, method="any"))
        ends = [Task(end, method="any", alias=end.__name__)(sort) for end in (odd, even)]
        return Task(both, method="any", alias="both")(ends)


def test_a_handler_pushes_to_all_that_accept_it_or_to_one(tmp_path: Path) -> None:
    run = Sorted().run(nodes=2, home=tmp_path)
    assert run.value == [[1, "seen", "seen", 3, "seen", "seen", 100], [2, 4, 100]]


class PushesBeforeItWaits(Daemon):
    """Returns only when what it has pushed has been handled by the task after it."""

    pushes = int

    def on_start(self, shared: Globals) -> None:
        shared["handled"] = 0

    @on
    async def handle(self, number: int, shared: Globals) -> None:
        self.push(number)
        while await shared.async_get("handled") != number:
            pass  # each question is a wait for the controller


class Confirms(Daemon):
    @on
    def handle(self, number: int, shared: Globals) -> int:
        shared["handled"] = number
        return number


class AtOnce(Swarm):
    def execute(self) -> Task:
        pusher = Task(PushesBeforeItWaits, method="any")(Task(numbers, method="any"))
        return Task(Confirms, method="any")(pusher)


def test_a_push_is_on_its_way_before_its_handler_returns(tmp_path: Path) -> None:
    assert AtOnce().run(nodes=1, home=tmp_path).value == [1, 2, 3, 4]


class PushesWrong(Daemon):
    pushes = int

    @on
    def handle(self, number: int) -> None:
        if number == 1:
            self.push(number, to="nobody")


class PushesUndeclared(Daemon):
    @on
    def handle(self, number: int) -> int:
        self.push("text")
        return number


class PushesTooEarly(Daemon):
    def on_start(self) -> None:
        self.push(0)

    @on
    def handle(self, number: int) -> int:
        return number


@pytest.mark.parametrize(
    ("daemon", "problem"),
    [
        (PushesWrong, "DestinationUnknown: keeper@node2#0 pushed to 'nobody', but what comes"),
        (PushesUndeclared, "PushRefused: keeper@node2#0 pushed a str, but its links accept int"),
        (PushesTooEarly, "CallFailed: push: only a handler may push"),
    ],
)
def test_what_goes_nowhere_fails_the_task_that_pushes_it(
    daemon: type[Daemon], problem: str, tmp_path: Path
) -> None:
    run = run_of(tmp_path, daemon)
    assert run.state is RunState.FAILED
    assert problem in run.reason.text
