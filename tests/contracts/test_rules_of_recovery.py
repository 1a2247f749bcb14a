"""The rules of what outlives a process: a daemon is killed after every single step of a run."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from swarmdsl import Daemon, Task, on
from swarmdsl.testing.prepared import Prepared
from swarmdsl.testing.world import World
from tests.contracts.recovery_case import SMALL, kill, moments, run, small, values_of
from tests.contracts.rules_case import run_in

SOURCE = "source@node1#0"
UNREPEATED = [("Unrepeated", "relay"), ("UnrepeatedDirect", "source")]
COUNT = "count@node2#0"
PUSHES = 11  # in each round; the last of them come after the last snapshot that is due
RESTART_S = 0.15  # after which a daemon that was killed works again


def test_rule_23_what_the_run_got_of_a_daemon_module_is_not_lost_with_it() -> None:
    with small("counting.py:Relaying") as swarm:
        expected = set(range(1, PUSHES + 1))
        for at_s in moments(swarm):
            assert set(values_of(swarm, "count", [kill(COUNT, at_s)])) == expected, at_s


def test_rule_25_a_snapshot_keeps_the_count_right_whenever_its_daemon_is_killed() -> None:
    with small("counting.py:Counting", max_iteration=2) as swarm:
        expected = set(range(1, 2 * PUSHES + 1))
        assert values_of(swarm, "count") == sorted(expected)
        for at_s in moments(swarm):
            assert set(values_of(swarm, "count", [kill(COUNT, at_s)])) == expected, at_s


def test_rule_25_a_snapshot_keeps_the_count_right_if_the_successor_is_killed_as_well() -> None:
    with small("counting.py:Counting", max_iteration=2) as swarm:
        expected = set(range(1, 2 * PUSHES + 1))
        first_s = moments(swarm)[40]
        for step in range(40):
            faults = [kill(COUNT, first_s), kill(COUNT, first_s + RESTART_S + step * 0.002)]
            assert set(values_of(swarm, "count", faults)) == expected, step


def test_rule_26_a_source_that_can_be_asked_again_loses_nothing() -> None:
    """Whatever lies behind the position that was reached may come twice."""
    with small("streaming.py:Direct", max_iteration=2) as swarm:
        for at_s in moments(swarm):
            values = values_of(swarm, "source", [kill(SOURCE, at_s)])
            assert list(dict.fromkeys(values)) == [*range(1, 25)], at_s


def test_rule_26_who_remembers_what_it_has_seen_counts_a_repeated_push_once() -> None:
    with small("streaming.py:Replayed", max_iteration=2) as swarm:
        for at_s in moments(swarm)[::2]:
            faults = [kill(SOURCE, at_s), kill(COUNT, at_s + RESTART_S)]
            assert set(values_of(swarm, "count", faults)) == {*range(1, 25)}, at_s


def test_rule_26_a_gather_holds_what_a_source_pushed_once_though_it_died() -> None:
    wide = replace(SMALL, unconfirmed_messages=32)
    with small("streaming.py:Gathered", limits=wide) as swarm:
        for at_s in moments(swarm)[::2]:
            assert values_of(swarm, "all", [kill(SOURCE, at_s)]) == [[*range(1, 13)]], at_s


def test_rule_26_a_source_that_deals_gives_each_receiver_what_it_had() -> None:
    with small("streaming.py:DealtToFunctions", max_iteration=2) as swarm:
        expected = values_of(swarm, "sum")
        for at_s in moments(swarm):
            assert values_of(swarm, "sum", [kill(SOURCE, at_s)]) == expected, at_s


def test_rule_26_a_source_that_deals_to_daemon_modules_loses_nothing() -> None:
    with small("streaming.py:Dealt", max_iteration=2) as swarm:
        for at_s in moments(swarm):
            assert set(values_of(swarm, "sum", [kill(SOURCE, at_s)])) == {*range(1, 25)}, at_s


@pytest.mark.parametrize(("target", "sink"), UNREPEATED)
def test_rule_26_of_a_source_that_cannot_be_asked_again_the_loss_is_bounded(
    target: str, sink: str
) -> None:
    with small(f"streaming.py:{target}") as swarm:
        for at_s in moments(swarm):
            with run(swarm, [kill(SOURCE, at_s)]) as world:
                lost, unknown = losses_of(world)
                used = len(world.store.values(sink, 0))
                assert lost <= pushed_in(world) - used <= lost + unknown, at_s
                assert unknown <= SMALL.unconfirmed_messages


def test_rule_26_a_loss_stays_bounded_if_the_receiver_dies_too() -> None:
    with small("streaming.py:Unrepeated") as swarm:
        for at_s in moments(swarm):
            for later_s in (0.0, RESTART_S - 0.02, RESTART_S, RESTART_S + 0.02):
                faults = [kill(SOURCE, at_s), kill("relay@node2#0", at_s + later_s)]
                with run(swarm, faults) as world:
                    lost, unknown = losses_of(world)
                    used = len({row.value for row in world.store.values("relay", 0)})
                    real = pushed_in(world) - used
                    assert lost <= real <= lost + unknown, (at_s, later_s)


def test_rule_26_it_is_told_how_much_may_be_lost_when_the_source_dies() -> None:
    with small("streaming.py:Unrepeated") as swarm:
        begun_s = next(at_s for at_s in moments(swarm) if losses_at(swarm, at_s))
        with run(swarm, [kill(SOURCE, begun_s)]) as world:
            told = [one.text for one in world.store.events() if one.kind == "DaemonLost"]
            assert "unknown: at most 8 pushes of source@node1#0, which cannot be asked" in told[0]


def losses_at(swarm: Prepared, at_s: float) -> bool:
    """Whether a loss is told of if the source is killed then."""
    with run(swarm, [kill(SOURCE, at_s)]) as world:
        return any(one.kind == "PushesLost" for one in world.store.events())


def losses_of(world: World) -> tuple[int, int]:
    """How much is lost, and how much is unknown, as the run has told."""
    told = [one.text for one in world.store.events() if one.kind == "PushesLost"]
    numbers = [tuple(int(word) for word in re.findall(r"\d+", text)) for text in told]
    return sum(one[0] for one in numbers), sum(one[1] for one in numbers)


def pushed_in(world: World) -> int:
    """How many pushes of the source were sent; one of its processes alone has produced."""
    channels = world.auditor.channels()
    return max(one.last for one in channels if one.source[0] == SOURCE and not one.key.link)


def numbers() -> int:
    return 1


class TooMuch(Daemon):
    @on
    def take(self, number: int) -> None: ...

    def snapshot(self) -> bytes:
        return bytes(40_000_000)

    def restore(self, state: bytes) -> None: ...


class Unwilling(TooMuch):
    def snapshot(self) -> bytes:
        raise ValueError("not now")


TOO_LARGE = (
    "SnapshotTooLarge: the snapshot of keeps@node2#0 has 40000013 bytes, and at most 33554432 are "
    "kept; keep large data in files, and their names in the snapshot"
)


@pytest.mark.parametrize(
    ("module", "problem"), [(TooMuch, TOO_LARGE), (Unwilling, "ValueError: not now")]
)
def test_rule_25_a_snapshot_that_cannot_be_kept_fails_its_task(
    module: type[Daemon], problem: str, tmp_path: Path
) -> None:
    done = run_in(tmp_path, lambda: Task(module, "any", alias="keeps")(Task(numbers, "any")))
    assert (done.state.value, done.reason.text) == (
        "FAILED",
        f"keeps@node2#0 in round 0 raised {problem}",
    )
