"""A world of images, runs and containers in memory: what plans do, without Docker or processes."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from swarmdsl.deploy.executor import Executed, execute
from swarmdsl.deploy.images.environments import environments
from swarmdsl.deploy.observed import Observed, PlannedImage, StandingRun, Wanted
from swarmdsl.deploy.plan import (
    BeginRun,
    MakeImage,
    Operation,
    PlaceTasks,
    Plan,
    PullImage,
    RemoveContainer,
    RemoveImage,
    RemoveNetwork,
    ReplaceDaemon,
    ResumeRun,
    StopRun,
)
from swarmdsl.deploy.reconcile import reconcile
from swarmdsl.errors import SwarmError
from swarmdsl.topology.model import Topology
from tests.handmade import link, task, topology

BASE, SIDE, STORE = "python:3.11-slim", "science:3.12", "postgres:17"
TICKS, DOUBLES, SUMS = "ticks@n1#0", "doubles@n1#0", "sums@n1#0"


def line(limits_up: int = 0, **modules: Mapping[str, object]) -> Topology:
    """Three daemons in a line; modules with what is said of them."""
    pairs = [task(alias, "daemon") for alias in ("ticks", "doubles", "sums")]
    pairs = [(spec, replace(code, **modules.get(code.name, {}))) for spec, code in pairs]  # type: ignore[arg-type]
    made = topology(pairs, [link("ticks", "doubles"), link("doubles", "sums")])
    return replace(made, max_iteration=limits_up or None)


@dataclass
class World:
    """What there is. Containers are numbered as they are made, and never get another image."""

    bases: dict[str, str] = field(default_factory=lambda: {BASE: "id-1"})
    registry: dict[str, str] = field(
        default_factory=lambda: {BASE: "id-1", SIDE: "id-2", STORE: "id-3"}
    )
    images: dict[str, str] = field(default_factory=dict)
    made: list[str] = field(default_factory=list)
    run: StandingRun | None = None
    containers: dict[str, int] = field(default_factory=dict)
    left: list[str] = field(default_factory=list)
    networks: list[str] = field(default_factory=list)
    count: int = 0
    runs: int = 0
    breaks_at: int | None = None
    _want: tuple[Topology | None, str, str] = (None, "docker", "p1")

    def wanted(self, swarm: Topology, engine: str = "docker", package: str = "p1") -> Wanted:
        """As the images are called that there are to be."""
        images = {}
        for daemon, one in environments(swarm, BASE).items() if engine == "docker" else ():
            base = self.bases.get(one.base_image)
            own = [self.bases.get(one.entered, "")] if one.entered else []
            below = "" if base is None else f"environment:{_digest(base, *one.requirements)}"
            code = "".join(module.bundle for module in swarm.modules)
            name = f"swarm:{_digest(below, *own, code, package)}" if all([below, *own]) else ""
            images[daemon] = PlannedImage(
                base=one.base_image, environment=below, name=name, entered=one.entered
            )
        return Wanted(topology=swarm, engine=engine, package=package, images=images)

    def observed(self) -> Observed:
        return Observed(
            run=self.run,
            here=frozenset({*self.images, *self.bases}),
            containers=() if self.run else tuple(self.left),
            networks=() if self.run else tuple(self.networks),
            made=tuple(one for one in self.made if one in self.images or one in self.bases),
        )

    def plan(self, swarm: Topology | None, engine: str = "docker", package: str = "p1") -> Plan:
        wanted = None if swarm is None else self.wanted(swarm, engine, package)
        return reconcile(wanted, self.observed())

    def bring(
        self, swarm: Topology | None, engine: str = "docker", package: str = "p1"
    ) -> Executed:
        """Carry out what is to be done for it."""
        plan = self.plan(swarm, engine, package)
        self._want = (swarm, engine, package)
        done = execute(plan, self.apply, lambda _: None)
        if done.problem is None and self.run is not None and swarm is not None:
            self.run = replace(self.run, topology=swarm)
        return done

    def lose(self) -> None:
        """The controller dies, and leaves what it had."""
        assert self.run is not None
        self.run = replace(self.run, is_lost=True)

    def apply(self, operation: Operation) -> None:
        if self.breaks_at is not None:
            self.breaks_at -= 1
            if self.breaks_at < 0:
                raise SwarmError("the world is broken")
        match operation:
            case PullImage(image=image):
                self.bases[image] = self.registry[image]
                self.made.append(image)
            case MakeImage():
                self._make(operation)
            case StopRun():
                self.run, self.left, self.networks = None, [], []
                self.containers.clear()
            case BeginRun():
                self._begin()
            case ResumeRun():
                assert self.run is not None
                self.run = replace(self.run, is_lost=False)
            case ReplaceDaemon(daemon=daemon):
                self._start(daemon)
            case PlaceTasks(orders=orders):
                assert self.run is not None
                self.run = replace(self.run, orders={**self.run.orders, **orders})
            case RemoveContainer(container=name):
                self.left.remove(name)
            case RemoveNetwork(network=name):
                self.networks.remove(name)
            case RemoveImage(image=image):
                self.images.pop(image, None)
                self.bases.pop(image, None)
                self.made.remove(image)

    def _now(self) -> Wanted:
        swarm, engine, package = self._want
        assert swarm is not None
        return self.wanted(swarm, engine, package)

    def _make(self, operation: MakeImage) -> None:
        for one in self._now().images.values():
            if operation.image in ("", one.name) and one.made_from == operation.base:
                assert {*one.sources} <= {*self.bases}, "an image is made from what is here"
                for name in (one.environment, one.name):
                    if name not in self.images:
                        self.images[name] = one.base
                        self.made.insert(0, name)

    def _begin(self) -> None:
        assert self.run is None, "one run stands at a time"
        wanted = self._now()
        self.runs += 1
        self.run = StandingRun(
            run=f"run-{self.runs}",
            engine=wanted.engine,
            topology=wanted.topology,
            package=wanted.package,
        )
        for daemon in wanted.images:
            self._start(daemon)
        self.networks = [f"swarm-run-{self.runs}"]

    def _start(self, daemon: str) -> None:
        image = self._now().images[daemon].name
        assert image in self.images, "a container is of an image that is here"
        assert self.run is not None
        self.count += 1
        self.containers[daemon] = self.count
        self.run = replace(self.run, images={**self.run.images, daemon: image})


def _digest(*parts: str) -> str:
    return hashlib.sha256("|".join(parts).encode()).hexdigest()[:8]
