"""How long do a hundred daemons take from nothing to nothing, and what does one cost while idle?"""

from __future__ import annotations

import os
import statistics
import time
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks import drawing
from benchmarks.benchmark import FLOOR, Benchmark, Outcome, Progress, row_of
from benchmarks.daemons_floor import bare_round
from benchmarks.daemons_swarm import Answers
from benchmarks.peers import Pythons
from swarmdsl.control.happenings import (
    DaemonConnected,
    Happening,
    InstanceConfirmed,
    Observer,
    RoundFinished,
)
from swarmdsl.control.launch import LaunchOptions, launch

COUNT = 100
ROUNDS_MIN = 5
BASE = f"{FLOOR}:pyzmq processes"
OURS = "a round"
WALL, PROCESSOR = "from nothing to nothing", "processor time"
POINTS = 100  # of a drawing


@dataclass(slots=True)
class Measured:
    """One round of a swarm, in seconds from its launch.

    Attributes:
        seconds: until all its processes had ended.
        processor_s: what they all took of the processors.
        connected_s: when each daemon had introduced itself.
        done_s: when each instance was done with the round.
        pss_mib: of each daemon when the round was over, if that was asked for.
    """

    seconds: float = 0.0
    processor_s: float = 0.0
    connected_s: list[float] = field(default_factory=list)
    done_s: list[float] = field(default_factory=list)
    pss_mib: list[float] = field(default_factory=list)


def swarm_round(count: int, environment: dict[str, str], *, weigh: bool = False) -> Measured:
    """Launch a swarm that is compiled already, on so many nodes, and see it through."""
    compilation = Answers().compile(nodes=count)
    with TemporaryDirectory(prefix="daemons-") as home:
        measured, begin_s = Measured(), time.monotonic()
        before_s = processor_s()
        observers = [_observer(measured, begin_s, weigh=weigh)]
        options = LaunchOptions(home=Path(home), environment=environment, observers=observers)
        outcome = launch(compilation.require(), compilation.bundles, options)
        measured.seconds = time.monotonic() - begin_s
        measured.processor_s = processor_s() - before_s
    assert outcome.state.name == "COMPLETED", outcome.reason
    return measured


def processor_s() -> float:
    """What this process has had of the processors, with all children that have ended."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def _observer(measured: Measured, begin_s: float, *, weigh: bool) -> Observer:
    def observe(happening: Happening) -> None:
        match happening:
            case DaemonConnected():
                measured.connected_s.append(time.monotonic() - begin_s)
            case InstanceConfirmed():
                measured.done_s.append(time.monotonic() - begin_s)
            case RoundFinished() if weigh:
                measured.pss_mib = [pss_mib(one) for one in _grandchildren()]

    return observe


def _grandchildren() -> list[int]:
    """The daemons: children of the fork server, which is a child of ours."""
    return [one for child in _children(os.getpid()) for one in _children(child)]


def _children(pid: int) -> list[int]:
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return [int(one) for task in tasks for one in (task / "children").read_text("ascii").split()]


def pss_mib(pid: int) -> float:
    """What a process has of memory: all that is its own, and its share of what it shares."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text("ascii").splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1_024
    raise LookupError(f"process {pid} says nothing of its share of memory")


def measure(count: int, seconds: float) -> Outcome:
    """Rounds of bare processes and of a swarm, by turns, for at least so long."""
    with TemporaryDirectory(prefix="bytecode-") as bytecode:
        # As where it is installed: Python compiles nothing anew, after the first of each.
        environment = {**os.environ, "PYTHONPYCACHEPREFIX": bytecode}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        bare_round(count, environment)
        swarm_round(count, environment)
        bare, ours = list[Measured](), list[Measured]()
        end_s = time.monotonic() + seconds
        while len(bare) < ROUNDS_MIN or time.monotonic() < end_s:
            before_s = processor_s()
            seconds_bare = bare_round(count, environment)
            bare.append(Measured(seconds_bare, processor_s() - before_s))
            ours.append(swarm_round(count, environment))
        weighed = swarm_round(count, environment, weigh=True)
    return _outcome(f"{count} daemons", bare, ours, weighed.pss_mib)


def _outcome(
    case: str, bare: Sequence[Measured], ours: Sequence[Measured], pss: Sequence[float]
) -> Outcome:
    pairs = list(zip(ours, bare, strict=True))
    ratios = [mine.seconds / base.seconds for mine, base in pairs]
    shares = [mine.processor_s / base.processor_s for mine, base in pairs]
    rates = [len(one.connected_s) / one.connected_s[-1] for one in ours]
    rows = [
        row_of("daemons", case, BASE, WALL, "s", [one.seconds for one in bare]),
        row_of("daemons", case, OURS, WALL, "s", [one.seconds for one in ours]),
        row_of("daemons", case, OURS, "beside the floor", "times", ratios),
        row_of("daemons", case, BASE, PROCESSOR, "s", [one.processor_s for one in bare]),
        row_of("daemons", case, OURS, PROCESSOR, "s", [one.processor_s for one in ours]),
        row_of("daemons", case, OURS, "processor time beside the floor", "times", shares),
        row_of("daemons", case, OURS, "all connected", "s", [one.connected_s[-1] for one in ours]),
        row_of("daemons", case, OURS, "started and connected", "daemons/s", rates),
        row_of("daemons", case, "an idle daemon", "memory (PSS)", "MiB", pss),
    ]
    verdict = (
        f"{case} start, connect, finish a round and end in {statistics.median(ratios):.2f} times "
        f"what bare processes take, and in {statistics.median(shares):.2f} times their processor "
        f"time. An idle one costs {statistics.median(pss):.1f} MiB."
    )
    return Outcome(rows=rows, verdict=verdict, drawings={"daemons.svg": _drawn(ours[-1])})


def _drawn(one: Measured) -> str:
    times_s = [one.seconds * point / POINTS for point in range(POINTS + 1)]
    series = {
        "connected": [float(bisect_right(one.connected_s, time_s)) for time_s in times_s],
        "done": [float(bisect_right(one.done_s, time_s)) for time_s in times_s],
    }
    milliseconds = [time_s * 1_000 for time_s in times_s]
    return drawing.lines("Daemons", "number", milliseconds, series, "milliseconds")


def _run(seconds: float, progress: Progress, _peers: Pythons) -> Outcome:
    progress(f"{COUNT} processes and {COUNT} daemons, by turns, for {seconds:g} s")
    return measure(COUNT, seconds)


DAEMONS = Benchmark(
    name="daemons",
    summary="start 100 daemons, run a round, end them, beside 100 bare processes with pyzmq",
    question=(
        "A swarm of a task without work on 100 nodes is launched, and the time is taken until all "
        "its processes have ended. By turns a bare program does the same with pyzmq alone: it "
        "executes a fork server that imports pyzmq and forks 100 processes; each connects a DEALER "
        "over ipc and says hello; when all are there each is sent a task, answers, is told to end, "
        "and is waited for. Then the memory of idle daemons is read."
    ),
    seconds=30.0,
    run=_run,
)
