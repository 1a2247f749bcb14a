"""What do statistics cost a push?"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from tempfile import TemporaryDirectory

from benchmarks.benchmark import FLOOR, Benchmark, Outcome, Progress, Row, row_of
from benchmarks.measured_swarm import Measured, Unmeasured
from benchmarks.peers import Pythons
from swarmdsl import Swarm

HANDLING_US = (0, 5, 50)
COUNTS = {0: 1_000_000, 5: 100_000, 50: 20_000}
ROUNDS_MIN = 5
ON, OFF = "statistics on", f"{FLOOR}:swarmdsl, statistics off"
SWARMS: Mapping[str, type[Swarm]] = {OFF: Unmeasured, ON: Measured}
METRIC, UNIT = "handled", "1/s"


def rate(swarm: type[Swarm], count: int, handling_us: float) -> float:
    """Readings a second, from the first that was handled to the last."""
    environment = {
        **os.environ,
        "MEASURED_COUNT": str(count),
        "MEASURED_US": str(handling_us),
    }
    with TemporaryDirectory(prefix="statistics-") as home:
        run = swarm().run(home=home, environment=environment)
        assert run.state.name == "COMPLETED", run.reason
        handled = [one.calls for one in run.stats.handlers if one.handler == "take"]
        assert handled == ([count] if swarm is Measured else []), "not as measured as it says"
        found: float = run.results("rate")[0]["value"]
    return found


def measure(counts: Mapping[int, int], seconds: float) -> Outcome:
    """Rounds with statistics and without, by turns, for at least so long."""
    rates: dict[tuple[int, str], list[float]] = {}
    end_s, rounds = time.monotonic() + seconds, 0
    while rounds < ROUNDS_MIN or time.monotonic() < end_s:
        rounds += 1
        order = [*SWARMS] if rounds % 2 else [*SWARMS][::-1]
        for handling_us, count in counts.items():
            for name in order:
                found = rate(SWARMS[name], count, handling_us)
                rates.setdefault((handling_us, name), []).append(found)
    rows = [row for handling_us in counts for row in _rows(handling_us, rates)]
    told = [f"{row.case}: {row.median:.1%}" for row in rows if row.unit == "times"]
    return Outcome(rows=rows, verdict=f"Longer for each push, in the middle: {', '.join(told)}.")


def _rows(handling_us: int, rates: Mapping[tuple[int, str], list[float]]) -> list[Row]:
    case = f"{handling_us} us of work for each push"
    on, off = rates[handling_us, ON], rates[handling_us, OFF]
    longer = [without / with_ - 1 for with_, without in zip(on, off, strict=True)]
    return [
        row_of("statistics", case, OFF, METRIC, UNIT, off),
        row_of("statistics", case, ON, METRIC, UNIT, on),
        row_of("statistics", case, ON, "longer", "times", longer),
    ]


def _run(seconds: float, progress: Progress, _peers: Pythons) -> Outcome:
    progress(f"handlers of {HANDLING_US} us, with statistics and without, for {seconds:g} s")
    return measure(COUNTS, seconds)


STATISTICS = Benchmark(
    name="statistics",
    summary="what it costs that each push is measured",
    question=(
        "One daemon module pushes readings as fast as they are taken, and another one handles each "
        "of them in Python, for 0, 5 and 50 microseconds: by turns with statistics, which is how "
        "swarms run, and without. How much longer does a push take?"
    ),
    seconds=60.0,
    run=_run,
    chart="handled",
)
