"""Can eight cameras be kept up with? `examples/telescopes.py`, at the sky's own speed."""

from __future__ import annotations

import importlib
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from benchmarks import drawing
from benchmarks.benchmark import Benchmark, Outcome, Progress, Row, row_of
from benchmarks.peers import Pythons
from benchmarks.processor_time import seconds_by_role

CAMERAS = 8
RATE = 500.0  # images a second, of each camera
IMAGE_MB = 0.04
SAMPLE_EVERY_S = 0.5


def load_example() -> Any:
    """The example as a module: it is a file, and in no package."""
    folder = str(Path(__file__).resolve().parents[1] / "examples")
    if folder not in sys.path:
        sys.path.append(folder)
    return importlib.import_module("telescopes")


def measure(rate: float, seconds: float) -> Outcome:
    """So many seconds of sky, once."""
    example = load_example()
    with TemporaryDirectory(prefix="telescopes-") as home:
        spent = _Spent(Path(home))
        spent.start()
        began_s = time.monotonic()
        run = example.Telescopes(rate, seconds, speed=1.0).run(home=home)
        took_s = time.monotonic() - began_s
        spent.end()
        assert run.state.name == "COMPLETED", run.reason
        archived = example.archived_by(run)
    truth = example.truth_of(rate, seconds)
    lines, good = example.verdict(archived, truth)
    images = sum(len(times) for times in truth.times)
    said = "nothing is lost" if good else "THE EVENTS ARE NOT THOSE OF THE GENERATOR"
    return Outcome(
        rows=_rows(archived, images, seconds, took_s, spent.by_role),
        verdict="\n".join([*(line.strip() for line in lines), f"So {said}."]),
        drawings={"telescopes.svg": _drawn(archived, seconds)},
    )


class _Spent(threading.Thread):
    """Looks now and then how much processor time each kind of daemon has spent."""

    def __init__(self, home: Path) -> None:
        super().__init__(daemon=True)
        self.by_role: dict[str, float] = {}
        self._home = home
        self._over = threading.Event()

    def run(self) -> None:
        while not self._over.wait(SAMPLE_EVERY_S):
            for role, spent_s in seconds_by_role(self._home).items():
                self.by_role[role] = max(spent_s, self.by_role.get(role, 0.0))

    def end(self) -> None:
        self._over.set()
        self.join()


def _rows(
    archived: Any, images: int, seconds: float, took_s: float, spent: Mapping[str, float]
) -> list[Row]:
    case = f"{CAMERAS} cameras at {RATE:g}/s"

    def row(name: str, metric: str, unit: str, *values: float) -> Row:
        return row_of("telescopes", case, name, metric, unit, values)

    waits_ms = archived.waits_ns / 1e6
    return [
        row("cameras", "images", "1/s", images / seconds),
        row("cameras", "payload", "MB/s", images / seconds * IMAGE_MB),
        row("archive", "events", "1/s", len(archived.times) / seconds),
        row("archive", "closed by the time-out", "events", archived.incomplete),
        row("archive", "camera to archive, p50", "ms", float(np.percentile(waits_ms, 50))),
        row("archive", "camera to archive, p99", "ms", float(np.percentile(waits_ms, 99))),
        row("archive", "camera to archive, longest", "ms", float(waits_ms.max())),
        row("run", "beyond the sky, start and end included", "s", took_s - seconds),
        *(row(role, "processors at work", "cores", of / seconds) for role, of in spent.items()),
    ]


def _drawn(archived: Any, seconds: float) -> str:
    """The waits of each second, in the middle and of the slowest: do they grow?"""
    at = (archived.times // 1_000_000_000).astype(int)
    waits = [archived.waits_ns[at == second] / 1e6 for second in range(int(seconds))]
    series: dict[str, Sequence[float]] = {
        "p50": [float(np.percentile(one, 50)) if len(one) else 0.0 for one in waits],
        "p99": [float(np.percentile(one, 99)) if len(one) else 0.0 for one in waits],
    }
    times_s = [float(second) for second in range(len(waits))]
    return drawing.lines("Camera to archive", "ms", times_s, series)


def _run(seconds: float, progress: Progress, _peers: Pythons) -> Outcome:
    progress(f"{CAMERAS} cameras, {RATE:g} images of {IMAGE_MB * 1000:g} kB a second each")
    return measure(RATE, seconds)


TELESCOPES = Benchmark(
    name="telescopes",
    summary="eight cameras at 500 images a second, events built of what they see at once",
    question=(
        "examples/telescopes.py at the speed of its sky: eight cameras push 500 images of 40 kB a "
        "second each, at Poisson times. Is anything lost, how long is an event on its way from the "
        "last of its cameras to the archive, and does that grow? And who spends the processors?"
    ),
    seconds=60.0,
    run=_run,
)
