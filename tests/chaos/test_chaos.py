"""Two hundred rounds, a process killed or stopped in almost each: every round is right."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.chaos.battered_run import BatteredRun
from tests.chaos.battered_swarms import (
    NODES,
    PUSHES,
    expected_total,
    values_of,
    yielded_in,
)
from tests.chaos.nemesis import plan
from tests.chaos.processes import myself

SEED = int(os.environ.get("CHAOS_SEED", "1"))
BLOWS = 50  # of each test
FILES_MAX = 3  # a connection that is just closing
GROWTH_BYTES_MAX = 8 * 1024 * 1024
SAMPLES_MIN = 5  # before one can say that something grew
KEPT = {"bundles", "controller.lock", "logs", "run.sqlite", "topology.toml"}

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.chaos, pytest.mark.timeout(400)]


@pytest.fixture
def battered() -> Iterator[BatteredRun]:
    with tempfile.TemporaryDirectory(prefix="chaos-") as folder, BatteredRun(Path(folder)) as run:
        yield run


def how_many(yielded: Path) -> int:
    """How many numbers the source has yielded; none if it died before the first."""
    return yielded.stat().st_size if yielded.exists() else 0


def endure(run: BatteredRun, swarm: str, seed: int) -> None:
    """See it through, and find nothing of it that was not there before but its folder."""
    descriptors = myself().descriptors
    run.start(swarm, NODES)
    code = run.endure(plan(seed, BLOWS))
    assert code == 0, run.described()
    assert run.processes() == [], run.described()
    assert (run.left_in_temporary, run.left_in_folder) == ([], KEPT)
    assert myself().descriptors == descriptors
    assert sum(run.struck.values()) > 0.9 * BLOWS, run.struck
    assert what_grew(run) == {}


def what_grew(run: BatteredRun) -> dict[str, tuple[int, int]]:
    """Each process that held more later than it did before, and how much more."""
    found = {}
    for process, samples in run.samples.items():
        half = len(samples) // 2
        early, late = samples[:half], samples[half:]
        if half >= SAMPLES_MIN:
            files = max(one.descriptors for one in late) - max(one.descriptors for one in early)
            memory = max(one.memory for one in late) - max(one.memory for one in early)
            if files > FILES_MAX or memory > GROWTH_BYTES_MAX:
                found[f"{process.pid} {process.name}"] = files, memory
    return found


def results(run: BatteredRun, tag: str) -> dict[int, list[Any]]:
    """What was added under a tag, by round."""
    found: dict[int, list[Any]] = {}
    for row in run.stored.results(tag):
        found.setdefault(row["iteration"], []).append(row["value"])
    return found


def test_functions_give_what_they_would_give_undisturbed_exactly_once(
    battered: BatteredRun,
) -> None:
    endure(battered, "Gathering", SEED)
    totals = results(battered, "total")
    rounds = range(len(totals))
    assert totals == {number: [expected_total(number)] for number in rounds}
    assert results(battered, "part") == {number: [number] * NODES for number in rounds}
    assert results(battered, "share") == {number: [NODES * PUSHES] * NODES for number in rounds}
    assert battered.stored.globals() == {"base": len(rounds)}
    assert battered.stored.value() == [expected_total(rounds[-1])]


def test_daemon_modules_lose_nothing_of_what_a_function_pushed(battered: BatteredRun) -> None:
    endure(battered, "Streaming", SEED + 1)
    handled = results(battered, "handled")
    assert handled == {number: [[*values_of(number)]] for number in range(len(handled))}
    repeated = [number for number, [count] in results(battered, "repeats").items() if count]
    assert len(repeated) < BLOWS, "only a round in which somebody was lost repeats anything"


def test_a_source_that_goes_on_and_a_reader_that_remembers_count_every_value_once(
    battered: BatteredRun,
) -> None:
    endure(battered, "Remembering", SEED + 2)
    handled = results(battered, "handled")
    assert handled == {number: [[*values_of(number)]] for number in range(len(handled))}


def test_a_source_that_cannot_be_asked_again_loses_what_is_told(battered: BatteredRun) -> None:
    endure(battered, "Forgetting", SEED + 3)
    told = battered.losses_told
    for iteration, [values] in results(battered, "handled").items():
        yielded = how_many(yielded_in(iteration, battered.sources))
        least, most = told.get(iteration, (0, 0))
        assert set(values) <= set(values_of(iteration))
        assert least <= yielded - len(values) <= most, f"round {iteration}: {least} to {most}"
        assert iteration in told or yielded == PUSHES
    assert told, "a source was killed"
