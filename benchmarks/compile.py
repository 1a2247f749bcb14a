"""What does it cost to judge and to compile a large swarm, beside networkx alone?"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from typing import Any

from benchmarks.benchmark import FLOOR, Benchmark, Outcome, Progress, row_of
from benchmarks.peers import Pythons

TASKS, NODES = 10_000, 100
MANY = 100_000
ROUNDS_MIN = 3
BASE = f"{FLOOR}:networkx"


def _run(seconds: float, progress: Progress, _peers: Pythons) -> Outcome:
    progress(f"{TASKS:,} tasks on {NODES} nodes, again and again for {seconds:g} s")
    end_s = time.monotonic() + seconds
    usual: list[dict[str, Any]] = []
    while len(usual) < ROUNDS_MIN or time.monotonic() < end_s:
        usual.append(_measured(TASKS, NODES))
    progress(f"{MANY:,} tasks, once")
    many = _measured(MANY, NODES)
    progress("10 tasks on 1,000 nodes, once")
    wide = _measured(10, 1_000)
    names = list(usual[0]["seconds"])
    times = {name: [one["seconds"][name][0] for one in usual] for name in names}
    ratios = {
        name: [mine / base for mine, base in zip(times[name], times[BASE], strict=True)]
        for name in names
        if name != BASE
    }
    growth = {name: many["seconds"][name][0] / statistics.median(times[name]) for name in ratios}
    case = f"{TASKS:,} tasks, {NODES} nodes"
    rows = [
        *(row_of("compile", case, name, "processor time", "s", times[name]) for name in names),
        *(
            row_of("compile", case, name, "beside networkx", "times", ratios[name])
            for name in ratios
        ),
        row_of(
            "compile", case, "all of them", "peak memory", "MiB", [one["peak_mib"] for one in usual]
        ),
        *(
            row_of(
                "compile",
                f"{MANY:,} tasks, {NODES} nodes",
                name,
                f"beside {TASKS:,} tasks",
                "times",
                [one],
            )
            for name, one in growth.items()
        ),
        *(
            row_of(
                "compile", "10 tasks, 1,000 nodes", form.upper(), "topology", "kB", [size / 1_000]
            )
            for form, size in wide["bytes"].items()
        ),
    ]
    said = ", ".join(f"{name} {statistics.median(one):.1f}" for name, one in ratios.items())
    verdict = (
        f"Times networkx alone, in the middle: {said}. Ten times the tasks take "
        f"{max(growth.values()):.1f} times as long at most."
    )
    return Outcome(rows=rows, verdict=verdict)


ROUND_S_MAX = 1_800.0  # of one round; what takes longer has failed


def _measured(tasks: int, nodes: int) -> dict[str, Any]:
    """One round in a process of its own, so that none finds what another left behind."""
    words = [sys.executable, "-m", "benchmarks.compile_swarm", str(tasks), str(nodes), "1"]
    done = subprocess.run(words, check=True, capture_output=True, text=True, timeout=ROUND_S_MAX)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


COMPILE = Benchmark(
    name="compile",
    summary="judge and compile 10,000 tasks, beside networkx that builds and sorts the same graph",
    question=(
        "A swarm of 10,000 tasks with 20,000 edges is judged, and compiled to TOML and to JSON, "
        "for 100 nodes each of which could run any task. In the same process, by turns, networkx "
        "alone builds the graph and sorts it. Then 100,000 tasks show how the cost grows, and ten "
        "tasks on 1,000 nodes how long the document gets. Processor time is measured."
    ),
    seconds=60.0,
    run=_run,
    chart="processor time",
)
