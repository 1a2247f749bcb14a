"""Does memory stay flat, and the source slow down, when the sink cannot keep up?"""

from __future__ import annotations

import os
import statistics
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks import drawing
from benchmarks.backpressure_swarm import STAGES, Backpressure, Counters
from benchmarks.benchmark import Benchmark, Outcome, Progress, Row
from benchmarks.peers import Pythons
from swarmdsl.control.happenings import Observer
from swarmdsl.topology.model import Limits

SAMPLE_S = 0.25
WARM_UP_S = 5.0
"""By then every channel is full, and every process has all the memory it needs for that."""

HOPS = STAGES + 1
PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What was seen at one time: counters, and by process its memory (bytes) and open files."""

    at_s: float
    pushed: int
    handled: int
    memory: dict[str, int]
    files: dict[str, int]

    @property
    def on_the_way(self) -> int:
        """Pushed, and not yet handled."""
        return self.pushed - self.handled


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A whole run: its samples while the source pushed, and what its sink said at the end."""

    samples: Sequence[Sample]
    tally: dict[str, int]

    @property
    def warm(self) -> list[Sample]:
        """The samples after the warm-up."""
        return [one for one in self.samples if one.at_s >= WARM_UP_S]

    def growth(self) -> dict[str, int]:
        """By process: by how much the last fifth's median exceeds that of the first, in bytes."""
        warm = self.warm
        fifth = max(1, len(warm) // 5)
        return {
            name: int(
                statistics.median(one.memory[name] for one in warm[-fifth:])
                - statistics.median(one.memory[name] for one in warm[:fifth])
            )
            for name in warm[0].memory
        }

    @property
    def lost(self) -> int:
        """Numbers that never arrived, or came out of order."""
        return self.tally["pushed"] - self.tally["handled"] + self.tally["astray"]


def bound(limits: Limits) -> int:
    """The most that may be on the way: per hop the credit, a batch in hand and a batch staged."""
    return HOPS * (limits.inbox_messages + 2 * limits.batch_messages)


def measure(
    seconds: float,
    folder: Path,
    observers: Sequence[Observer] = (),
    transport: str = "unix",
) -> Measured:
    """Run the swarm with a source that pushes for so long; watch all its processes."""
    counters = Counters(folder)
    swarm = Backpressure()
    swarm.seconds = seconds
    samples: list[Sample] = []
    with _sampling(folder, counters, samples):
        environment = {**os.environ, "COUNTERS": str(folder)}
        run = swarm.run(
            home=folder / "home",
            environment=environment,
            observers=observers,
            transport=transport,
        )
    assert run.state.name == "COMPLETED", run.reason
    tally: Any = run.results("tally")[0]["value"]
    pushing = [one for one in samples if one.pushed < tally["pushed"]]
    start_s = pushing[0].at_s
    return Measured(
        samples=[replace(one, at_s=one.at_s - start_s) for one in pushing],
        tally=tally,
    )


@contextmanager
def _sampling(folder: Path, counters: Counters, samples: list[Sample]) -> Iterator[None]:
    done = threading.Event()

    def sample() -> None:
        while not done.wait(SAMPLE_S):
            pushed, handled = counters.read()
            if pushed:
                samples.append(_sample(pushed, handled, _processes(folder)))

    thread = threading.Thread(target=sample)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def _sample(pushed: int, handled: int, processes: Sequence[tuple[str, int]]) -> Sample:
    return Sample(
        at_s=time.monotonic(),
        pushed=pushed,
        handled=handled,
        memory={name: _resident(pid) for name, pid in processes},
        files={name: _open_files(pid) for name, pid in processes},
    )


def _processes(folder: Path) -> list[tuple[str, int]]:
    found = [("controller", os.getpid())]
    for file in sorted(folder.glob("*.pid"), key=lambda path: int(path.stem)):
        found.append((f"{file.read_text('utf-8')} {file.stem}", int(file.stem)))
    return found


def _resident(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1]) * PAGE
    except FileNotFoundError:  # it has just left
        return 0


def _open_files(pid: int) -> int:
    try:
        return sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())
    except FileNotFoundError:
        return 0


def _run(seconds: float, progress: Progress, _peers: Pythons) -> Outcome:
    progress(f"pushing for {seconds:g} s; then what is on the way is waited for")
    with TemporaryDirectory(prefix="backpressure-") as folder:
        measured = measure(seconds, Path(folder))
    warm, most = measured.warm, bound(Limits())
    handled = _rates([(one.at_s, one.handled) for one in warm])
    pushed = _rates([(one.at_s, one.pushed) for one in warm])
    rows = [
        _row("handled", "pushes/s", handled),
        _row("pushed", "pushes/s", pushed),
        _row("on the way", "pushes", [one.on_the_way for one in warm]),
        _row("lost or out of order", "pushes", [measured.lost]),
        *(
            _row(f"memory of {label}", "MiB", [one.memory[name] / 2**20 for one in warm])
            for name, label in _labels(warm[0].memory).items()
        ),
    ]
    worst = max(measured.growth().values()) / 2**20
    verdict = (
        f"{measured.tally['pushed']:,} pushes in {seconds:g} s, {measured.lost} lost. At most "
        f"{max(one.on_the_way for one in warm):,} were on the way; the bounds allow {most:,}. "
        f"From the first to the last fifth no process grew by more than {worst:.2f} MiB."
    )
    return Outcome(rows=rows, verdict=verdict, drawings=_drawings(measured))


def _rates(points: Sequence[tuple[float, int]]) -> list[float]:
    """What was counted per second, over about a second each."""
    pairs = zip(points, points[4:], strict=False)
    return [(after - before) / (end_s - start_s) for (start_s, before), (end_s, after) in pairs]


def _labels(names: Iterable[str]) -> dict[str, str]:
    """By process: how it is called; stages get numbers."""
    labels: dict[str, str] = {}
    for name in names:
        kind = name.partition(" ")[0]
        number = sum(one.startswith(kind) for one in labels) + 1
        labels[name] = f"{kind} {number}" if kind == "stage" else kind
    return labels


def _row(metric: str, unit: str, values: Sequence[float]) -> Row:
    return Row(
        benchmark="backpressure",
        case=f"{STAGES} stages",
        system="swarmdsl",
        metric=metric,
        unit=unit,
        min=min(values),
        median=statistics.median(values),
        max=max(values),
        runs=len(values),
    )


def _drawings(measured: Measured) -> dict[str, str]:
    samples = [one for one in measured.samples if len(one.memory) == HOPS + 2]
    every = max(1, len(samples) // 200)
    shown = samples[::every]
    times_s = [one.at_s for one in shown]
    memory = {
        label: [one.memory[name] / 2**20 for one in shown]
        for name, label in _labels(shown[0].memory).items()
    }
    flight: dict[str, list[float]] = {
        "on the way": [float(one.on_the_way) for one in shown],
        "bound": [float(bound(Limits()))] * len(shown),
    }
    return {
        "backpressure-memory.svg": drawing.lines("Resident memory", "MiB", times_s, memory),
        "backpressure-on-the-way.svg": drawing.lines(
            "Pushed and not yet handled", "pushes", times_s, flight
        ),
    }


BACKPRESSURE = Benchmark(
    name="backpressure",
    summary="a fast source, three stages, a slow sink: memory is flat, nothing is lost",
    question=(
        "A source pushes numbers as fast as they are taken, through three daemons, to a daemon "
        "that waits half a millisecond for each. Four times a second the memory of every process "
        "and the numbers on the way are sampled. Memory should be flat after five seconds, what "
        "is on the way below the sum of the bounds, and every number handled once, in order."
    ),
    seconds=300.0,
    run=_run,
)
