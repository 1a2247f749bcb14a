"""Processes in virtual time: they wait, are woken, stopped, continued, ended and killed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from swarmdsl.daemon.stopping import Stopped
from swarmdsl.deploy.cooperative.process import Process
from swarmdsl.testing.scheduler import Scheduler


class Stage:
    """A clock, and processes whose steps are written down."""

    def __init__(self) -> None:
        self.scheduler = Scheduler()
        self.seen: list[str] = []

    def process(self, life: Callable[[Process], int]) -> Process:
        return Process(
            self.scheduler, name="p", node="n", incarnation=0, life=life, at_end=self._ended
        )

    def _ended(self, process: Process) -> None:
        self.note(f"ended {process.end}")

    def note(self, text: str) -> None:
        self.seen.append(f"{self.scheduler.now_s:g} {text}")

    def run(self) -> None:
        self.scheduler.run(until_s=100.0, over=lambda: False)


def sleeper(stage: Stage, *, wakeable: bool = True) -> Callable[[Process], int]:
    def live(process: Process) -> int:
        try:
            process.wait(10.0, wakeable=wakeable)
            stage.note("woke")
        except Stopped:
            stage.note("stopped")
            return 143
        finally:
            stage.note("finally")
        return 0

    return live


def test_a_wait_ends_with_its_time() -> None:
    stage = Stage()
    stage.process(sleeper(stage))
    stage.run()
    assert stage.seen == ["10 woke", "10 finally", "10 ended End(exit_code=0, signal=None)"]


def test_a_wait_for_news_ends_with_news() -> None:
    stage = Stage()
    process = stage.process(sleeper(stage))
    stage.scheduler.after(3.0, process.wake)
    stage.run()
    assert stage.seen[0] == "3 woke"


def test_work_is_not_ended_by_news() -> None:
    stage = Stage()
    process = stage.process(sleeper(stage, wakeable=False))
    stage.scheduler.after(3.0, process.wake)
    stage.run()
    assert stage.seen[0] == "10 woke"


def test_a_stopped_process_goes_on_when_it_is_continued() -> None:
    stage = Stage()
    process = stage.process(sleeper(stage))
    stage.scheduler.after(3.0, process.freeze)
    stage.scheduler.after(5.0, process.wake)
    stage.scheduler.after(20.0, process.thaw)
    stage.run()
    assert stage.seen[0] == "20 woke"


def test_sigterm_is_seen_where_the_process_waits() -> None:
    stage = Stage()
    process = stage.process(sleeper(stage))
    stage.scheduler.after(3.0, process.terminate)
    stage.run()
    assert stage.seen[:2] == ["3 stopped", "3 finally"]


def test_a_killed_process_never_goes_on_whoever_wakes_it() -> None:
    stage = Stage()
    process = stage.process(sleeper(stage))
    stage.scheduler.after(3.0, process.kill)
    for wake in (process.wake, process.terminate, process.thaw, process.kill):
        stage.scheduler.after(4.0, wake)
    stage.run()
    assert stage.seen == ["3 ended End(exit_code=None, signal=9)"]
    process.unwind()
    assert [line.partition(" ")[2] for line in stage.seen[1:]] == ["finally"]


def test_what_a_process_raises_ends_it_alone() -> None:
    stage = Stage()

    def live(_process: Process) -> int:
        raise RuntimeError("broken")

    process = stage.process(live)
    stage.run()
    assert stage.seen == ["0 ended End(exit_code=70, signal=None)"]
    assert isinstance(process.error, RuntimeError)


def test_a_process_may_die_between_two_messages() -> None:
    stage = Stage()

    def live(process: Process) -> int:
        process.wait(1.0, wakeable=False)
        for number in range(3):
            process.about_to_send()
            stage.note(f"sent {number}")
        return 0

    process = stage.process(live)
    process.kill_at_send(1, at_latest_s=50.0)
    stage.run()
    assert stage.seen == ["1 sent 0", "1 ended End(exit_code=None, signal=9)"]
    process.unwind()


def test_processes_that_wait_in_event_loops_of_their_own_do_not_meet() -> None:
    stage = Stage()

    async def work(process: Process) -> None:
        loop = asyncio.get_running_loop()
        process.wait(1.0, wakeable=False)
        assert asyncio.get_running_loop() is loop
        await asyncio.sleep(0)
        stage.note("went on")

    def live(process: Process) -> int:
        asyncio.run(work(process))
        return 0

    processes = [stage.process(live), stage.process(live)]
    stage.run()
    assert [process.error for process in processes] == [None, None]
    assert stage.seen.count("1 went on") == 2


def test_process_killed_in_its_event_loop_leaves_none_behind() -> None:
    stage = Stage()

    async def work(process: Process) -> None:
        process.wait(5.0, wakeable=False)

    def live(process: Process) -> int:
        asyncio.run(work(process))
        return 0

    process = stage.process(live)
    stage.scheduler.after(1.0, process.kill)
    stage.run()
    process.unwind()
    assert stage.seen == ["1 ended End(exit_code=None, signal=9)"]
    with pytest.raises(RuntimeError, match="no running event loop"):
        asyncio.get_running_loop()
