"""How long does a run in containers take until it works, and how much of that is Docker's?"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.benchmark import FLOOR, Benchmark, Outcome, Progress, Row, row_of
from benchmarks.containers_swarm import PUSHED, Heard
from benchmarks.peers import Pythons
from swarmdsl import Limits
from swarmdsl.control.happenings import DaemonConnected, Happening, ResultAdded
from swarmdsl.deploy.engine import DEFAULT_BASE_IMAGE
from swarmdsl.deploy.engines.docker_client import ContainerSpec, DockerClient
from swarmdsl.deploy.engines.docker_images import DockerImages
from swarmdsl.deploy.images.building import environment_image
from swarmdsl.deploy.images.environments import Environment

DAEMONS = 20
START_MAX_S = 300.0
CASE = f"{DAEMONS} daemons"
BARE = f"{FLOOR}:containers alone"
OURS = "a run"


@dataclass(slots=True)
class Marks:
    """When a run came to what, in seconds after it was begun."""

    began_s: float = field(default_factory=time.monotonic)
    connected_s: list[float] = field(default_factory=list)
    pushed_s: float = 0.0

    def observe(self, happening: Happening) -> None:
        """Take note of what is measured."""
        match happening:
            case DaemonConnected():
                self.connected_s.append(time.monotonic() - self.began_s)
            case ResultAdded() if happening.tag == PUSHED:
                self.pushed_s = time.monotonic() - self.began_s


def measure(daemons: int, seconds: float, environment: Mapping[str, str]) -> Outcome:
    """Start runs and bare containers by turns, for at least so long.

    Raises:
        SwarmError: there is no Docker Engine, or no base image.
    """
    runs: list[Marks] = []
    bare: list[Steps] = []
    with closing(DockerClient(environment)) as client, TemporaryDirectory() as home:
        base = environment.get("SWARM_BASE_IMAGE", DEFAULT_BASE_IMAGE)
        chosen = Environment(base_image=base)
        image = environment_image(chosen, environment, DockerImages(client), print)
        swarm_round(1, base, Path(home))  # which makes the images
        end_s = time.monotonic() + seconds
        while not runs or time.monotonic() < end_s:
            runs.append(swarm_round(daemons, base, Path(home)))
            bare.append(bare_round(client, image, daemons))
    return Outcome(rows=_rows(runs, bare), verdict=_verdict(runs, bare))


def swarm_round(daemons: int, base_image: str, home: Path) -> Marks:
    """A run of so many daemons, from the call to its end."""
    marks = Marks()
    run = Heard(limits=replace(Limits(), start_timeout_s=START_MAX_S)).run(
        nodes=daemons, engine="docker", base_image=base_image, home=home, observers=[marks.observe]
    )
    if run.value != daemons:
        raise RuntimeError(f"{run.state.value}: {run.reason}")
    return marks


@dataclass(slots=True)
class Steps:
    """What containers alone take, in seconds: each step of each, and all of them."""

    create_s: list[float] = field(default_factory=list)
    start_s: list[float] = field(default_factory=list)
    all_s: float = 0.0


def bare_round(client: DockerClient, image: str, count: int) -> Steps:
    """Make and start so many containers like those of a run, which do nothing."""
    steps, made = Steps(), list[str]()
    begin_s = time.monotonic()
    try:
        for number in range(count):
            with _timed(steps.create_s):
                made.append(client.create(_spec(image, number)))
            with _timed(steps.start_s):
                client.start(made[-1])
        steps.all_s = time.monotonic() - begin_s
    finally:
        for container in made:
            client.remove(container)
    return steps


def _spec(image: str, number: int) -> ContainerSpec:
    return ContainerSpec(
        name=f"swarmdsl-bench-{os.getpid()}-{number}",
        hostname=f"d{number}",
        image=image,
        command=["python3", "-c", "import time; time.sleep(60)"],
        user="65534:65534",
        network="bridge",
        labels={},
        scratch="/tmp",  # noqa: S108 - of a container
        pids=100,
    )


@contextmanager
def _timed(into: list[float]) -> Iterator[None]:
    begin_s = time.monotonic()
    yield
    into.append(time.monotonic() - begin_s)


def _rows(runs: list[Marks], bare: list[Steps]) -> list[Row]:
    row = partial(row_of, "containers", CASE)
    creating = [one * 1e3 for steps in bare for one in steps.create_s]
    starting = [one * 1e3 for steps in bare for one in steps.start_s]
    return [
        row(OURS, "first push after", "s", [one.pushed_s for one in runs]),
        row(BARE, "first push after", "s", [one.all_s for one in bare]),
        row(OURS, "first daemon after", "s", [min(one.connected_s) for one in runs]),
        row(OURS, "all daemons after", "s", [max(one.connected_s) for one in runs]),
        row(BARE, "create one", "ms", creating),
        row(BARE, "start one", "ms", starting),
    ]


def _verdict(runs: list[Marks], bare: list[Steps]) -> str:
    pushed, alone = min(one.pushed_s for one in runs), min(one.all_s for one in bare)
    return (
        f"To the first push {pushed:.1f} s at best; to make and start as many containers, one "
        f"after another, takes Docker {alone:.1f} s of that."
    )


def _run(seconds: float, progress: Progress, _peers: Pythons) -> Outcome:
    progress(f"starting {DAEMONS} containers, for {seconds:g} s")
    return measure(DAEMONS, seconds, os.environ)


CONTAINERS = Benchmark(
    name="containers",
    summary=f"start {DAEMONS} daemons in containers, to the first push",
    question=(
        f"A run of {DAEMONS} daemons, each in a container of its own, is started, its images being "
        "there; every daemon pushes a number to one of them. What is measured is the time from the "
        "call until that task has all of them. The floor is Docker's own: as many containers of "
        "the same image, made and started one after another, with nothing in them to wait for. It "
        "needs a Docker Engine; SWARM_BASE_IMAGE names the base image."
    ),
    seconds=60.0,
    run=_run,
    chart="first push after",
)
