"""How long do a command and a first result take, and what memory, beside others?"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.benchmark import FLOOR, Benchmark, Outcome, Progress, Row, row_of
from benchmarks.peers import Pythons
from benchmarks.process_tree import watch
from benchmarks.startup_work import PAUSE

ROUNDS_MIN = 5
CASE = "ten tasks"
BASE = f"{FLOOR}:python -c pass"
FIRST_CASE = "script to first result"
POOL = f"{FLOOR}:multiprocessing pool"
OURS = "swarm"
MODULES = {
    POOL: "startup_floor",
    OURS: "startup_swarm",
    "dask": "startup_dask",
    "ray": "startup_ray",
}
WEIGH_EVERY_S = 0.1
WEIGH_S = 1.0  # that the second task waits while all processes are weighed
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


def _run(seconds: float, progress: Progress, peers: Pythons) -> Outcome:
    progress(f"starting commands and scripts by turns for {seconds:g} s")
    return measure(seconds, peers)


def measure(seconds: float, peers: Pythons) -> Outcome:
    """Start commands, and scripts that compute something, by turns, for at least so long."""
    pythons = {POOL: sys.executable, OURS: sys.executable, **peers}
    first = {name: First() for name in pythons}
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
            for name, one in first.items():
                one.measure(pythons[name], MODULES[name])
    rows, said = _command_rows(times)
    more, also = _first_rows(first)
    verdict = f"Bare interpreter starts, by the medians: {said}. To a first result: {also}."
    return Outcome(rows=[*rows, *more], verdict=verdict)


@dataclass(slots=True)
class First:
    """How long one system takes to a first result, in seconds, and what memory it has then."""

    seconds: list[float] = field(default_factory=list)
    memory_mib: list[float] = field(default_factory=list)

    def measure(self, python: str, module: str) -> None:
        """Once in haste, and once with time to weigh all processes."""
        words = [python, "-m", f"benchmarks.{module}"]
        environment = {**os.environ, "RAY_USAGE_STATS_ENABLED": "0"}
        hasty = watch(words, environment)
        self.seconds.append(json.loads(hasty.said) - hasty.began_s)
        weighed = watch(words, {**environment, PAUSE: f"{WEIGH_S:g}"}, WEIGH_EVERY_S)
        self.memory_mib.append(weighed.memory_mib)


def _command_rows(times: Mapping[str, Sequence[float]]) -> tuple[list[Row], str]:
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
    return rows, ", ".join(f"`{name}` {one:.1f}" for name, one in ratios.items())


def _first_rows(first: Mapping[str, First]) -> tuple[list[Row], str]:
    ours, rows, said = first[OURS], list[Row](), list[str]()
    for name, one in first.items():
        rows += [
            row_of("startup", FIRST_CASE, name, "first result after", "s", one.seconds),
            row_of("startup", FIRST_CASE, name, "memory (PSS)", "MiB", one.memory_mib),
        ]
    for name, one in first.items():
        if name == OURS:
            continue
        beside = name.removeprefix(f"{FLOOR}:")
        times = [mine / other for mine, other in zip(ours.seconds, one.seconds, strict=True)]
        shares = [mine / other for mine, other in zip(ours.memory_mib, one.memory_mib, strict=True)]
        rows += [
            row_of("startup", FIRST_CASE, OURS, f"time beside {beside}", "times", times),
            row_of("startup", FIRST_CASE, OURS, f"memory beside {beside}", "times", shares),
        ]
        middle = statistics.median(times), statistics.median(shares)
        said.append(f"{middle[0]:.2f} of the time and {middle[1]:.2f} of the memory of {beside}")
    return rows, ", ".join(said)


START_S_MAX = 120.0  # of one start; what takes longer has failed


def _seconds(words: Sequence[str], folder: str) -> float:
    begin = time.monotonic()
    subprocess.run(words, check=True, capture_output=True, cwd=folder, timeout=START_S_MAX)
    return time.monotonic() - begin


STARTUP = Benchmark(
    name="startup",
    summary="start `swarm --help`, `swarm validate` and a first script, beside others",
    question=(
        "By turns an interpreter that does nothing, `swarm --help`, and `swarm validate` of ten "
        "tasks are started, and the time until each has ended is measured. Then scripts that "
        "compute two tasks, one after the other, in two processes: with a swarm, with a pool of "
        "the standard library, and with the peers that are installed. What is measured is the "
        "time from the start of the script until it has the result, and, in another run whose "
        "second task waits, the memory of all processes."
    ),
    seconds=30.0,
    run=_run,
    chart="first result after",
    peers=("dask", "ray"),
)
