import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit.cli.command_line import CommandLine

Put = Callable[[str, str], Path]

FORGETFUL = """
    from collections.abc import Iterator

    from swarmdsl import Daemon, Limits, Swarm, Task, on

    def watch() -> Iterator[str]:
        yield from "abcd"

    class Number(Daemon):
        seen = 0

        @on
        def number(self, name: str) -> str:
            self.seen += 1
            return f"{self.seen}: {name}"

    class Numbered(Swarm):
        limits = Limits(batch_messages=1)

        def execute(self):
            return Task(Number, method="any")(Task(watch, method="any"))
"""


def test_seeds_are_tried_and_counted(swarm: CommandLine) -> None:
    ended = swarm("simulate", "words.py", "--nodes", "2", "--slots", "1", "--seeds", "4", "-q")
    assert (ended.code, ended.err) == (0, "")
    rows = dict(line.split() for line in ended.out.splitlines())
    assert (rows["seeds"], rows["broken"]) == ("4", "0")


def test_progress_is_talk(swarm: CommandLine) -> None:
    ended = swarm("simulate", "words.py", "--seeds", "2", "--jobs", "1")
    assert ended.err == "1 of 2 seeds, 0 broken\n2 of 2 seeds, 0 broken\n"


def test_without_faults_nothing_is_injected(swarm: CommandLine) -> None:
    ended = swarm("simulate", "words.py", "--seeds", "2", "--faults", "none", "--format", "json")
    document = json.loads(ended.out)
    assert (document["seeds"], document["faults"], document["broken"]) == (2, {}, [])


def test_a_broken_seed_is_repeated_by_the_command_that_is_shown(
    swarm: CommandLine, put: Put
) -> None:
    put("forgetful.py", FORGETFUL)
    flags = ("--nodes", "2", "--slots", "1", "--faults", "kill", "--seeds", "200", "-q")
    ended = swarm("simulate", "forgetful.py", *flags, "--jobs", "2", "--format", "json")
    assert ended.code == 1
    broken = json.loads(ended.out)["broken"][0]
    words = broken["again"].split()
    assert words[:3] == ["swarm", "simulate", "forgetful.py"]
    again = swarm(*words[1:], "--format", "json")
    assert again.code == 1
    assert json.loads(again.out)["broken"] == [broken]


TIMED = """
    import time
    from swarmdsl import Daemon, Swarm, Task, on

    def numbers():
        yield from range(50)

    class Count(Daemon):
        def __init__(self):
            self.count = 0

        @on
        def take(self, number: int) -> None:
            if number == self.count:  # else it came before
                self.count += 1

        def snapshot(self) -> int:
            return {saved}

        def restore(self, saved: int) -> None:
            self.count = saved

        def on_round_end(self) -> dict[str, float]:
            return {{"count": self.count, "ended_at_s": time.time()}}

    class Timed(Swarm):
        def execute(self):
            return Task(Count, method="any")(Task(numbers, method="any"))
"""


@pytest.mark.parametrize(("saved", "code"), [("self.count", 0), ("0", 1)], ids=["right", "wrong"])
def test_what_is_no_time_is_compared_though_times_differ(
    swarm: CommandLine, put: Put, saved: str, code: int
) -> None:
    put("timed.py", TIMED.format(saved=saved))
    flags = ("--nodes", "2", "--slots", "1", "--faults", "kill", "--seeds", "30", "--jobs", "2")
    ended = swarm("simulate", "timed.py", *flags, "--format", "json")
    document = json.loads(ended.out)
    assert document["not_compared"] == ["Count: .ended_at_s"]
    assert (ended.code, bool(document["broken"])) == (code, bool(code))
    assert "runs without faults do not yield the same" in ended.err


def test_what_is_not_compared_stands_in_the_table(swarm: CommandLine, put: Put) -> None:
    put("timed.py", TIMED.format(saved="self.count"))
    ended = swarm("simulate", "timed.py", "--seeds", "2", "-q")
    assert "not compared     Count: .ended_at_s\n" in ended.out
    assert not ended.err
    ended = swarm("simulate", "timed.py", "--seeds", "2", "-q", "--any-outcome")
    assert "not compared     whatever it yields\n" in ended.out


def test_the_trace_of_a_seed_is_written(swarm: CommandLine, folder: Path) -> None:
    ended = swarm("simulate", "words.py", "--seed", "3", "--trace", "trace.txt")
    assert ended.code == 0
    lines = (folder / "trace.txt").read_text("utf-8").splitlines()
    assert any(" deliver " in line for line in lines)
    assert "COMPLETED" in " ".join(lines)


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        (("--seed", "1", "--seeds", "2"), "leave one of them out"),
        (("--trace", "t"), "--trace is about one seed"),
        (("--only", "1"), "--only is about one seed"),
        (("--seed", "1", "--only", "x"), "write positions"),
        (("--seed", "1", "--only", "99"), "faults, from 0"),
        (("--seeds", "0"), "must be at least 1"),
        (("--jobs", "0"), "must be at least 1"),
        (("--faults", "kil"), "there is no fault 'kil'"),
    ],
)
def test_a_contradiction_is_a_usage_error(
    swarm: CommandLine, flags: tuple[str, ...], told: str
) -> None:
    ended = swarm("simulate", "words.py", *flags)
    assert (ended.code, ended.out) == (2, "")
    assert told in ended.err


BEATS = """
    import asyncio
    from collections.abc import AsyncIterator

    from swarmdsl import Daemon, Swarm, Task, every, on

    class Beats(Daemon):
        async def produce(self) -> AsyncIterator[int]:
            for number in range(10):
                yield number
                await asyncio.sleep(0.1)

    class Pile(Daemon):
        count = 0

        @on
        def add(self, number: int) -> None:
            self.count += 1

        @every(seconds=0.1)
        def hand_on(self) -> int | None:
            count, self.count = self.count, 0
            return count or None

        def on_round_end(self) -> int | None:
            return self.hand_on()

    class Beat(Swarm):
        def execute(self):
            return Task(Pile, method="any")(Task(Beats, method="any"))
"""
BEATING = ("simulate", "beat.py", "--nodes", "2", "--slots", "1", "--faults", "pause,delay", "-q")


def test_a_result_that_delays_change_is_not_called_broken(swarm: CommandLine, put: Put) -> None:
    put("beat.py", BEATS)
    ended = swarm(*BEATING, "--seeds", "40")
    assert ended.code == 1
    assert "What the swarm yields depends on timing" in ended.out
    rows = dict(line.rsplit(maxsplit=1) for line in ended.out.splitlines()[-5:])
    assert rows["broken"] == "0"
    assert int(rows["by timing"]) > 0


def test_that_the_result_depends_on_timing_can_be_declared(swarm: CommandLine, put: Put) -> None:
    put("beat.py", BEATS)
    ended = swarm(*BEATING, "--seeds", "40", "--any-outcome")
    assert ended.code == 0
    assert "by timing" not in ended.out


CHANCE = """
    from swarmdsl import Swarm, Task

    seen = []

    def throw() -> int:
        seen.append(1)
        return len(seen) if len(seen) > 3 else 0  # as chance might have it

    class Throw(Swarm):
        def execute(self):
            return Task(throw, method="any")
"""


def test_what_differs_without_any_fault_is_told_as_such(swarm: CommandLine, put: Put) -> None:
    put("throw.py", CHANCE)
    ended = swarm("simulate", "throw.py", "--seed", "1", "--only", "none", "-q")
    assert ended.code == 1
    assert "  without any fault\n" in ended.out
    assert "by timing        1" in ended.out
    assert "--seed 1 --only none" in ended.out
