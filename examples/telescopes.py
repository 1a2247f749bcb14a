"""Eight telescopes look at one sky: images, their parameters, and events of what was seen at once.

A seeded generator plays the cameras: showers light up about half of them at nearly the same time,
and noise triggers each by itself, all at Poisson times. Per camera a daemon finds the parameters of
its images (R0 -> DL1); one daemon puts together what was seen within a window, with a time-out for
cameras that stay silent; a last one keeps the events. In the end they are compared with what the
generator knows: every shower with its cameras, its time, its light.

    python examples/telescopes.py                      # two seconds of eight cameras at 500 Hz
    python examples/telescopes.py --seconds 60
    swarm run examples/telescopes.py --set speed=0     # as fast as it goes
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from swarmdsl import Daemon, Limits, Module, Run, Swarm, Task, every, on
from swarmdsl.errors import CallFailed
from swarmdsl.light import Globals, World
from swarmdsl_modules.coincidence import Builder, Event, Saved, expected

CAMERAS = 8
SIDE = 100  # pixels: an image of float32 has 40 kB
WINDOW_NS = 1_000
JITTER_NS = 200  # by which cameras see the same shower at different times, at most
TIMEOUT_S = 20.0  # for a camera that stays silent
DAWN_S = 2.0  # until the first camera that is ready begins: for the others to get ready, too
SEED = 20_261_128
CLEAN = 6.0  # a pixel below so many photo-electrons is noise
STAMP = 25  # pixels on a side that a shower lights up
MEAN_LIGHT = 3_000.0  # photo-electrons of a shower
LIGHT_ERROR_MAX = 0.1  # median of the relative error, else the example has failed, and
COMPLETE = 0.99  # of the showers: another's light may open a window that ends amid theirs

Ints = NDArray[np.int64]
Pixels = NDArray[np.float32]


# --------------------------------------------------------------------------------- the generator


@dataclass(frozen=True, slots=True)
class Truth:
    """What the generator knows.

    Attributes:
        showers: when each of them reached the ground, in ns.
        lights: how bright each is, in photo-electrons.
        seen: whether a camera saw a shower, by shower and camera.
        times: per camera, when it triggered, in ns, each later than the one before.
        causes: per camera and trigger, the shower; -1 for noise.
    """

    showers: Ints
    lights: NDArray[np.float64]
    seen: NDArray[np.bool_]
    times: list[Ints]
    causes: list[Ints]


def truth_of(rate: float, seconds: float) -> Truth:
    """Each camera triggers `rate` times a second on average: by showers 60 %, and by noise."""
    random = np.random.default_rng(SEED)
    count = random.poisson(1.2 * rate * seconds)
    showers = np.sort(random.integers(0, int(seconds * 1e9), count))
    lights = MEAN_LIGHT * random.lognormal(0.0, 0.3, count)
    seen = random.random((count, CAMERAS)) < 0.5
    times, causes = [], []
    for camera in range(CAMERAS):
        mine = np.flatnonzero(seen[:, camera])
        jitter = random.integers(0, JITTER_NS + 1, len(mine))
        noise = random.integers(0, int(seconds * 1e9), random.poisson(0.4 * rate * seconds))
        at = np.concatenate([showers[mine] + jitter, noise])
        at, first = np.unique(at, return_index=True)
        times.append(at)
        causes.append(np.concatenate([mine, np.full(len(noise), -1)])[first])
    return Truth(showers, lights, seen, times, causes)


@dataclass(frozen=True, slots=True)
class Image:
    """R0: what a camera read out, in photo-electrons."""

    camera: int
    number: int
    time_ns: int
    pushed_ns: int  # by the clock of this machine
    pixels: Pixels


def stamp_of(light: float, random: np.random.Generator) -> Pixels:
    """A shower's ellipse, in a square of pixels; all its light is in it."""
    angle, length, width = random.uniform(0, math.pi), random.uniform(3, 5), random.uniform(1, 2)
    y, x = np.mgrid[0:STAMP, 0:STAMP] - STAMP // 2
    along, across = (
        x * math.cos(angle) + y * math.sin(angle),
        y * math.cos(angle) - x * math.sin(angle),
    )
    shape = np.exp(-0.5 * ((along / length) ** 2 + (across / width) ** 2))
    stamp: Pixels = (light / shape.sum() * shape).astype(np.float32)
    return stamp


def dawn_of(shared: Globals) -> float:
    """When the sky begins, by the clock of this machine: whoever comes first says so to all."""
    with suppress(CallFailed):
        return float(str(shared["dawn"]))
    shared["dawn"] = time.monotonic() + DAWN_S
    return float(str(shared["dawn"]))


class Camera(Daemon):
    """A source that can be asked again: the same seed, from another place."""

    def on_start(self, world: World) -> None:
        shared = world.globals
        self.speed = float(str(shared["speed"]))
        self.camera = int(world.alias.rpartition("_")[2])
        truth = truth_of(float(str(shared["rate"])), float(str(shared["seconds"])))
        self.times, causes = truth.times[self.camera], truth.causes[self.camera]
        self.lights = np.append(truth.lights, 0.0)[causes]  # the last, -1, is that of noise
        random = np.random.default_rng([SEED, self.camera])
        self.noise = random.normal(0.0, 1.0, (16, SIDE, SIDE)).astype(np.float32)
        self.stamps = [stamp_of(1.0, random) for _ in range(64)]
        self.dawn_s = dawn_of(shared)

    def __init__(self) -> None:
        self.next = 0

    def produce(self) -> Iterator[Image | None]:
        while self.next < len(self.times):
            early_s = self._due_s(self.next) - time.monotonic()
            if early_s > 0:
                time.sleep(min(early_s, 0.005))
                yield None
                continue
            number, self.next = self.next, self.next + 1
            yield self._image(number)

    def _due_s(self, number: int) -> float:
        """When a trigger is due, by the clock of this machine; at once, if nobody is to wait."""
        return self.dawn_s + float(self.times[number]) / 1e9 / self.speed if self.speed else 0.0

    def _image(self, number: int) -> Image:
        pixels = self.noise[number % len(self.noise)].copy()
        if self.lights[number]:
            top, left = number * 37 % (SIDE - STAMP), number * 53 % (SIDE - STAMP)
            stamp = self.stamps[number % len(self.stamps)] * np.float32(self.lights[number])
            pixels[top : top + STAMP, left : left + STAMP] += stamp
        at = int(self.times[number])
        return Image(self.camera, number, at, time.monotonic_ns(), pixels)

    def position(self) -> int:
        return self.next

    def seek(self, position: int) -> None:
        self.next = position


# --------------------------------------------------------------------------- what is made of it


@dataclass(frozen=True, slots=True)
class Parameters:
    """DL1: an image in a few numbers: its light, where it is, and how long and wide."""

    camera: int
    number: int
    time_ns: int
    pushed_ns: int
    light: float
    x: float
    y: float
    length: float
    width: float


def parameters_of(image: Image) -> Parameters:
    """The moments of the pixels that are brighter than noise (Hillas 1985)."""
    flat = image.pixels.ravel()
    bright = np.flatnonzero(flat > CLEAN)
    weights = flat[bright].astype(np.float64)
    light = float(weights.sum())
    if not light:
        none = 0.0
        numbers = (none, none, none, none, none)
    else:
        y, x = np.divmod(bright, SIDE)
        x0, y0 = float(weights @ x) / light, float(weights @ y) / light
        xx, yy = float(weights @ (x - x0) ** 2) / light, float(weights @ (y - y0) ** 2) / light
        xy = float(weights @ ((x - x0) * (y - y0))) / light
        middle, spread = (xx + yy) / 2, math.hypot((xx - yy) / 2, xy)
        numbers = (light, x0, y0, math.sqrt(middle + spread), math.sqrt(max(0.0, middle - spread)))
    return Parameters(image.camera, image.number, image.time_ns, image.pushed_ns, *numbers)


class Calibrate(Daemon):
    """R0 -> DL1, image by image."""

    @on
    def parametrise(self, image: Image) -> Parameters:
        return parameters_of(image)


@dataclass(frozen=True, slots=True)
class Shower:
    """DL2: what several cameras saw at once."""

    time_ns: int
    cameras: list[int]
    light: float  # photo-electrons, the median of the cameras
    pushed_ns: int  # when the last of its images was
    whole: bool


class Stereo(Daemon):
    """Builds events of what came within a window; remembers what waits for other cameras."""

    def __init__(self) -> None:
        self.builder = Builder[Parameters](CAMERAS, WINDOW_NS, TIMEOUT_S)

    @on
    def add(self, one: Parameters) -> Iterator[Shower]:
        events = self.builder.add(one.time_ns, one.camera, one, time.monotonic())
        yield from map(shower_of, events)

    @every(seconds=0.5)
    def expire(self) -> Iterator[Shower]:
        yield from map(shower_of, self.builder.expire(time.monotonic()))

    def on_round_end(self) -> Iterator[Shower]:
        yield from map(shower_of, self.builder.close())

    def snapshot(self) -> Saved[Parameters]:
        return self.builder.saved()

    def restore(self, state: Saved[Parameters]) -> None:
        self.builder.restore(state, time.monotonic())


def shower_of(event: Event[Parameters]) -> Shower:
    """What the cameras of an event have in common."""
    lights = [one.light for one in event.values.values() if one.light]
    return Shower(
        event.time,
        sorted(event.values),
        float(np.median(lights)) if lights else 0.0,
        max(one.pushed_ns for one in event.values.values()),
        event.whole,
    )


@dataclass(frozen=True, slots=True)
class Archived:
    """Events, column by column."""

    times: Ints
    masks: Ints  # a bit per camera
    lights: NDArray[np.float64]
    waits_ns: Ints  # from the push of the last image to the archive
    incomplete: int


Row = tuple[int, int, float, int]


class Archive(Daemon):
    """Keeps every event once, as of a repeat it knows the time, and hands on what has come."""

    def __init__(self) -> None:
        self.last_ns = -1
        self.incomplete = 0
        self.rows: list[Row] = []

    @on
    def keep(self, one: Shower) -> None:
        if one.time_ns <= self.last_ns:
            return
        self.last_ns = one.time_ns
        self.incomplete += not one.whole
        mask = sum(1 << camera for camera in one.cameras)
        self.rows.append((one.time_ns, mask, one.light, time.monotonic_ns() - one.pushed_ns))

    @every(seconds=0.5)
    def hand_on(self) -> Archived | None:
        if not self.rows:
            return None
        times, masks, lights, waits_ns = (
            np.array(column) for column in zip(*self.rows, strict=True)
        )
        archived = Archived(times, masks, lights, waits_ns, self.incomplete)
        self.rows, self.incomplete = [], 0
        return archived

    def on_round_end(self) -> Archived | None:
        return self.hand_on()

    def snapshot(self) -> tuple[int, int, list[Row]]:
        return self.last_ns, self.incomplete, self.rows

    def restore(self, state: tuple[int, int, list[Row]]) -> None:
        self.last_ns, self.incomplete, self.rows = state


class Telescopes(Swarm):
    """Cameras, each with its calibration; what they see together; and the archive."""

    # What is saved is confirmed, and a camera keeps what is not: 20 MB a second.
    limits = Limits(snapshot_every_s=0.25)

    def __init__(self, rate: float = 500.0, seconds: float = 2.0, speed: float = 1.0) -> None:
        super().__init__()
        self.set_global("rate", rate)  # triggers a second, of each camera
        self.set_global("seconds", seconds)
        self.set_global("speed", speed)  # 1: as in the sky; 0: as fast as it goes

    def execute(self) -> Task:
        camera, calibrate, stereo, archive = (
            Module(one, requirements=["numpy"]) for one in (Camera, Calibrate, Stereo, Archive)
        )
        images = [
            Task(calibrate, "any", alias=f"calibrate_{n}")(Task(camera, "any", alias=f"camera_{n}"))
            for n in range(CAMERAS)
        ]
        return Task(archive, "any")(Task(stereo, "any")(images))


# ----------------------------------------------------------------------------------- the verdict


def verdict(archived: Archived, truth: Truth) -> tuple[list[str], bool]:
    """What was built, beside what the generator knows; whether it is what it should be."""
    triggers = [(int(at), n) for n, times in enumerate(truth.times) for at in times]
    events = expected(triggers, WINDOW_NS)
    masks = [sum(1 << camera for camera in cameras) for _, cameras in events]
    same = [time for time, _ in events] == archived.times.tolist()
    same = same and masks == archived.masks.tolist()
    if not len(archived.times):
        return ["nothing was seen at once" if same else "no event was built"], same
    wanted = np.flatnonzero(truth.seen.sum(axis=1) >= 2)
    # The event of a shower is the last that began before its light was gone.
    at = np.searchsorted(archived.times, truth.showers[wanted] + JITTER_NS, side="right") - 1
    late_ns = archived.times[at] - truth.showers[wanted]
    bits = (truth.seen[wanted] * (1 << np.arange(CAMERAS))).sum(axis=1)
    found = (np.abs(late_ns) <= WINDOW_NS) & ((archived.masks[at] & bits) == bits)
    errors = np.abs(archived.lights[at] / truth.lights[wanted] - 1)[found]
    error = float(np.median(errors)) if len(errors) else 0.0
    complete = float(found.mean()) if len(found) else 1.0
    half_ms, most_ms = np.percentile(archived.waits_ns / 1e6, [50, 99])
    lines = [
        f"{len(triggers):9,} images of {SIDE * SIDE * 4 // 1000} kB from {CAMERAS} cameras",
        f"{len(archived.times):9,} events, {len(events):,} by a plain loop over all triggers",
        f"{complete:9.2%} of the showers that two cameras saw, with all that saw them",
        f"{error:9.1%} median error of their light",
        f"{archived.incomplete:9,} events closed by the time-out",
        f"{half_ms:9.1f} ms from camera to archive, 99 % in {most_ms:.1f} ms",
    ]
    return lines, bool(same and complete >= COMPLETE and error <= LIGHT_ERROR_MAX)


def archived_by(run: Run) -> Archived:
    """All that the archive of a run has handed on."""
    return together(run.value)


def together(parts: list[Archived]) -> Archived:
    """All events of these parts, each once: after a death, some come twice."""
    if not parts:
        none = np.zeros(0, np.int64)
        return Archived(none, none, np.zeros(0), none, 0)
    times, first = np.unique(np.concatenate([one.times for one in parts]), return_index=True)
    return Archived(
        times,
        np.concatenate([one.masks for one in parts])[first],
        np.concatenate([one.lights for one in parts])[first],
        np.concatenate([one.waits_ns for one in parts])[first],
        sum(one.incomplete for one in parts),
    )


def main() -> int:
    parser = argparse.ArgumentParser(description="Eight telescopes look at one sky.")
    parser.add_argument("--rate", type=float, default=500.0, help="images per second and camera")
    parser.add_argument("--seconds", type=float, default=2.0, help="of sky")
    parser.add_argument("--speed", type=float, default=1.0, help="of the sky; 0: all at once")
    asked = parser.parse_args()
    began_s = time.perf_counter()
    run = Telescopes(asked.rate, asked.seconds, asked.speed).run()
    took_s = time.perf_counter() - began_s
    if run.state.value != "COMPLETED":
        print(f"{run.state.value}: {run.reason.text}\n{run.reason.details}", file=sys.stderr)
        return 1
    lines, good = verdict(archived_by(run), truth_of(asked.rate, asked.seconds))
    print("\n".join([*lines, f"{took_s:9.1f} s for {asked.seconds:g} s of sky"]))
    if not good:
        print("that is not what the generator knows", file=sys.stderr)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
