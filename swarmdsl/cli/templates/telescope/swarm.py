"""Three telescopes look at one sky, and what they see at the same time is put together.

Each camera is a source that plays a seeded sky: some flashes are seen by all, some by one alone.
The builder collects what was seen within a window; the archive keeps it.
"""

import random
import time
from collections.abc import Iterator
from dataclasses import dataclass

from swarmdsl import Daemon, Swarm, Task, every, on
from swarmdsl.light import World
from swarmdsl_modules.coincidence import Builder, Event

CAMERAS = 3
FLASHES = 200
WINDOW_NS = 1_000
JITTER_NS = 200  # by which cameras see the same flash at different times
TIMEOUT_S = 10.0  # for a camera that stays silent
SEED = 1


@dataclass(frozen=True)
class Image:
    """What a camera saw: its number, when, and how bright."""

    camera: int
    time_ns: int
    light: float


@dataclass(frozen=True)
class Seen:
    """What several cameras saw at once: when, by how many, and how bright in the mean."""

    time_ns: int
    cameras: int
    light: float


def sky(camera: int) -> Iterator[Image]:
    """What a camera sees, in order: every flash is at the same time for all, but for a jitter."""
    flashes, own = random.Random(SEED), random.Random(SEED + 1 + camera)
    now_ns = 0
    for number in range(FLASHES):
        now_ns += 10_000 + flashes.randrange(10_000)
        if number % 4 or number % CAMERAS == camera:  # each fourth is seen by one camera alone
            yield Image(camera, now_ns + own.randrange(JITTER_NS), 100 + own.random())


class Camera(Daemon):
    """A source: it has `produce`, and comes after no task."""

    camera = 0

    def on_start(self, world: World) -> None:
        """Which camera it is, is told by the name of its task: camera_0, camera_1, ..."""
        self.camera = int(world.alias.removeprefix("camera_"))

    def produce(self) -> Iterator[Image]:
        """Everything that this camera sees."""
        yield from sky(self.camera)


class Coincidence(Daemon):
    """Builds events of what comes from all cameras."""

    def __init__(self) -> None:
        self.builder = Builder[float](CAMERAS, WINDOW_NS, TIMEOUT_S)

    @on
    def take(self, image: Image) -> Iterator[Seen]:
        """One image; yields the events that are whole by it."""
        for event in self.builder.add(image.time_ns, image.camera, image.light, time.monotonic()):
            yield seen(event)

    @every(seconds=1)
    def expire(self) -> Iterator[Seen]:
        """Events for which a silent camera was waited long enough."""
        for event in self.builder.expire(time.monotonic()):
            yield seen(event)

    def on_round_end(self) -> Iterator[Seen]:
        """What is left when all cameras have ended."""
        for event in self.builder.close():
            yield seen(event)


def seen(event: Event[float]) -> Seen:
    """An event as it is kept."""
    lights = event.values.values()
    return Seen(event.time, len(lights), sum(lights) / len(lights))


class Archive(Daemon):
    """Keeps events, and tells in the end how many there are."""

    def __init__(self) -> None:
        self.events: list[Seen] = []

    @on
    def take(self, event: Seen) -> None:
        """One event."""
        self.events.append(event)

    def on_round_end(self) -> dict[str, int]:
        """How many events were seen, and how many of them by all cameras."""
        whole = sum(one.cameras == CAMERAS for one in self.events)
        return {"events": len(self.events), "by all cameras": whole}


class Telescopes(Swarm):
    """Cameras, a builder, an archive."""

    def execute(self) -> Task:
        """The graph."""
        names = [f"camera_{number}" for number in range(CAMERAS)]
        cameras = [Task(Camera, method="any", alias=name) for name in names]
        builder = Task(Coincidence, method="any", alias="builder")(cameras)
        return Task(Archive, method="any", alias="archive")(builder)
