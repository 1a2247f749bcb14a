"""How long does a command take before it does anything, beside a bare interpreter?"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.benchmark import FLOOR, Benchmark, Outcome, Progress, row_of

ROUNDS_MIN = 5
CASE = "ten tasks"
BASE = f"{FLOOR}:python -c pass"
COMMAND = "from swarmdsl.cli import main; raise SystemExit(main())"
SWARM = """\
from swarmdsl import Swarm, Task


def first() -> int:
    return 1


def then(value: int) -> int:
    return value + 1


class Ten(Swarm):
    def execute(self) -> Task:
        task = Task(first, method="any")
        for _ in range(9):
            task = Task(then, method="any")(task)
        return task
"""


def _run(seconds: float, progress: Progress, _peers: Sequence[str]) -> Outcome:
    progress(f"starting commands by turns for {seconds:g} s")
    with TemporaryDirectory(prefix="startup-") as folder:
        Path(folder, "ten.py").write_text(SWARM, "utf-8")
        commands = {
            BASE: [sys.executable, "-c", "pass"],
            "swarm --help": [sys.executable, "-c", COMMAND, "--help"],
            "swarm validate": [sys.executable, "-c", COMMAND, "validate", "ten.py"],
        }
        times: dict[str, list[float]] = {name: [] for name in commands}
        end_s = time.monotonic() + seconds
        while len(times[BASE]) < ROUNDS_MIN or time.monotonic() < end_s:
            for name, words in commands.items():
                times[name].append(_seconds(words, folder))
    base = statistics.median(times[BASE])
    rows = [
        row_of("startup", CASE, name, "wall time", "ms", [one * 1e3 for one in times[name]])
        for name in times
    ]
    ratios = {name: statistics.median(times[name]) / base for name in times if name != BASE}
    rows += [
        row_of("startup", CASE, name, "beside the floor", "times", [one])
        for name, one in ratios.items()
    ]
    said = ", ".join(f"`{name}` {one:.1f}" for name, one in ratios.items())
    return Outcome(rows=rows, verdict=f"Bare interpreter starts, by the medians: {said}.")


START_S_MAX = 120.0  # of one start; what takes longer has failed


def _seconds(words: Sequence[str], folder: str) -> float:
    begin = time.monotonic()
    subprocess.run(words, check=True, capture_output=True, cwd=folder, timeout=START_S_MAX)
    return time.monotonic() - begin


STARTUP = Benchmark(
    name="startup",
    summary="start `swarm --help` and `swarm validate`, beside an interpreter that does nothing",
    question=(
        "By turns an interpreter that does nothing, `swarm --help`, and `swarm validate` of ten "
        "tasks are started, and the time until each has ended is measured."
    ),
    seconds=30.0,
    run=_run,
)
