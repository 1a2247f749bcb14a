"""The hands of `swarm up` and `swarm down`: look at what there is, and carry out one operation."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace

import msgspec

from swarmdsl.control import asking, commanding
from swarmdsl.control.claim import is_claimed
from swarmdsl.control.deployed_images import DeployedImages
from swarmdsl.control.deployments import Deployment, Deployments
from swarmdsl.control.detach import begin_prepared, controller_log, resume_detached
from swarmdsl.control.home import RunFolder, list_runs
from swarmdsl.control.launch import LaunchOptions, prepare
from swarmdsl.control.replaced import is_back, times_replaced
from swarmdsl.control.state import RunState
from swarmdsl.control.stored_run import StoredRun, is_lost, record_of
from swarmdsl.control.waiting import Patience
from swarmdsl.deploy.images.wheel import own_wheel
from swarmdsl.deploy.observed import Observed, PlannedImage, StandingRun, Wanted
from swarmdsl.deploy.placed import weights_of
from swarmdsl.deploy.plan import (
    BeginRun,
    MakeImage,
    Operation,
    PlaceTasks,
    PullImage,
    RemoveContainer,
    RemoveImage,
    RemoveNetwork,
    ReplaceDaemon,
    ResumeRun,
    StopRun,
)
from swarmdsl.errors import DeploymentFailed, RunUnreachable
from swarmdsl.topology.codec import from_json, to_json
from swarmdsl.topology.model import Topology

CONTAINERS = frozenset({"docker", "docker-swarm"})
"""Engines whose daemons need images."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A swarm as it is to stand.

    Attributes:
        topology: that a run executes.
        bundles: its code and its large constants, by their SHA-256.
        as_begun: the topology that it would have with the weights of nodes that the run which
            stands began with; None if they are the same.
    """

    topology: Topology
    bundles: Mapping[str, bytes]
    as_begun: Topology | None = None

    @property
    def topologies(self) -> tuple[Topology, ...]:
        """What may be deployed: that of the run which stands, and that of one that would begin."""
        return (self.topology,) if self.as_begun is None else (self.as_begun, self.topology)


class Deployer:
    """One deployed swarm, and who changes it.

    Args:
        deployments: where it is kept; held by the caller.
        deployment: what is known of it.
        program: as it is to stand; None if it is to be taken down.
        options: of a run that is begun.
        patience: how it waits.
        timeout_s: for a run to stop, and for a daemon that was replaced to be back.
    """

    def __init__(
        self,
        deployments: Deployments,
        deployment: Deployment,
        program: Program | None,
        options: LaunchOptions,
        patience: Patience,
        timeout_s: float,
    ) -> None:
        self.deployment = deployment
        self.options = options
        self._deployments = deployments
        self._program = program
        self._patience = patience
        self._timeout_s = timeout_s
        self._opened = ExitStack()
        self._images: DeployedImages | None = None

    def close(self) -> None:
        """Hang up, where there was somebody to ask."""
        self._opened.close()

    # ------------------------------------------------------------------------------ what there is

    def wanted(self) -> Wanted | None:
        """The swarm as it is to stand.

        Raises:
            EngineError: no engine answers that knows its images.
        """
        if self._program is None:
            return None
        as_begun = self._program.as_begun
        wanted = self._wanted(self._program.topology)
        return wanted if as_begun is None else replace(wanted, as_begun=self._wanted(as_begun))

    def _wanted(self, topology: Topology) -> Wanted:
        return Wanted(
            topology=topology,
            engine=self.options.engine,
            package=hashlib.sha256(own_wheel()[1]).hexdigest(),
            images=self._planned(topology),
        )

    def observed(self) -> Observed:
        """What there is of it now.

        Raises:
            EngineError: no engine answers that knows its images.
        """
        run = self._standing()
        kept = self.deployment
        if not self._needs_images():
            return Observed(run=run)
        images, planned = self._shelf(), self._all_planned().values()
        names = {name for one in planned for name in (*one.sources, one.environment, one.name)}
        found = images.found(kept.run)
        of_others = {
            name for one in self._deployments.all() if one.name != kept.name for name in one.needs
        }
        if run is not None and run.engine == "docker":  # others call images by other names
            run = replace(run, images={**run.images, **found.images})
        return Observed(
            run=run,
            here=images.here({*names, *kept.made}),
            containers=found.containers,
            networks=found.networks,
            made=tuple(name for name in kept.made if images.here([name])),
            shared=frozenset(of_others),
        )

    def _standing(self) -> StandingRun | None:
        kept = self.deployment
        folder = self.folder()
        if folder is None:
            return None
        record = record_of(folder)
        if RunState(record.state).final and not is_lost(record):
            return None
        return StandingRun(
            run=kept.run,
            engine=kept.engine,
            topology=from_json(kept.topology, kept.name),
            package=kept.package,
            images=kept.images,
            is_lost=is_lost(record),
            orders=kept.orders,
            weights=kept.weights,
        )

    def folder(self) -> RunFolder | None:
        """Of the run that was begun last; None if there is none any more."""
        runs = {one.id: one for one in list_runs(self.options.home)}
        return runs.get(self.deployment.run)

    def _needs_images(self) -> bool:
        engines = {self.deployment.engine, self.options.engine if self._program else ""}
        return bool(self.deployment.made) or bool(engines & CONTAINERS)

    def _shelf(self) -> DeployedImages:
        if self._images is None:
            self._images = DeployedImages(self.options)
            self._opened.callback(self._images.close)
        return self._images

    def _planned(self, topology: Topology) -> dict[str, PlannedImage]:
        if self.options.engine not in CONTAINERS:
            return {}
        return self._shelf().planned(topology, self._asked().bundles)

    def _all_planned(self) -> dict[str, PlannedImage]:
        """Of the daemons of the run that stands, and of one that would begin now."""
        topologies = () if self._program is None else self._program.topologies
        return {name: one for graph in topologies for name, one in self._planned(graph).items()}

    # ---------------------------------------------------------------------------- what is done

    def apply(self, operation: Operation) -> None:
        """Carry out one operation; what is known of the swarm is kept before and after.

        Raises:
            SwarmError: it failed.
        """
        match operation:
            case PullImage(image=image):
                self._about_to_make([image])
                self._shelf().pull(image)
            case MakeImage():
                self._make(operation)
            case StopRun():
                self._stop()
            case BeginRun():
                self._begin()
            case ResumeRun():
                resume_detached(self._there(), self.options)
            case ReplaceDaemon():
                self._replace(operation)
            case PlaceTasks(orders=orders):
                self._place(orders)
            case RemoveContainer(container=container):
                self._shelf().remove_container(container)
            case RemoveNetwork(network=network):
                self._shelf().remove_network(network, self.deployment.run)
            case RemoveImage(image=image):
                self._remove_image(image)

    def settle(self) -> None:
        """All of a plan was carried out: note what stands now, or that nothing does."""
        if self._program is not None:
            now = self._program.topology
            self._keep(topology=to_json(self._program.as_begun or now), weights=weights_of(now))
            return
        left = [one for one in self.deployment.made if self._shelf().here([one])]
        self._hand_over(left)
        self._deployments.forget(self.deployment)

    def keep_images(self) -> None:
        """It was taken down, and its images stay: note that there is no run."""
        self._keep(run="", engine="", images={})

    def _make(self, operation: MakeImage) -> None:
        program = self._asked()
        for topology in program.topologies:
            daemons = {
                daemon: one
                for daemon, one in self._planned(topology).items()
                if operation.image in ("", one.name) and one.made_from == operation.base
            }
            for one in {*daemons.values()}:
                self._about_to_make([one.name, one.environment])
            self._shelf().make(topology, program.bundles, daemons)

    def _about_to_make(self, names: Iterable[str]) -> None:
        """Note images before they are made: those above others stand before them."""
        new = [one for one in names if not self._shelf().here([one])]
        self._keep(made=[*dict.fromkeys([*new, *self.deployment.made])])

    def _begin(self) -> None:
        program = self._asked()
        folder = prepare(program.topology, program.bundles, self.options)
        planned = self._planned(program.topology)
        self._program = replace(program, as_begun=None)  # its weights are those of this run
        self._keep(
            run=folder.id,
            engine=self.options.engine,
            package=hashlib.sha256(own_wheel()[1]).hexdigest(),
            topology=to_json(program.topology),
            images={daemon: one.name for daemon, one in planned.items()},
            needs=_needs(planned.values()),
            orders={},
            weights={},
        )
        begin_prepared(folder, program.topology, self.options)
        record = record_of(folder)
        if record.state in (RunState.FAILED.value, RunState.STOPPED.value):
            raise DeploymentFailed(f"run {folder.id}", record.reason or str(controller_log(folder)))

    def _stop(self) -> None:
        folder = self._there()
        if is_claimed(folder.path):
            with suppress(RunUnreachable):  # then it is killed
                commanding.ask_to_stop(folder, self._patience)
            commanding.await_end(folder, self._timeout_s, self._patience)
        commanding.kill(folder, self.options, self._patience)

    def _replace(self, operation: ReplaceDaemon) -> None:
        daemon, planned = operation.daemon, self._all_planned()
        stored = StoredRun.open(self._there())
        before = times_replaced(stored, daemon)
        asking.replace_daemons(stored, {daemon: planned[daemon].name}, self._patience)

        def settled() -> bool:
            return is_back(stored, daemon, before) or not is_claimed(stored.folder.path)

        self._patience.until(settled, self._timeout_s)
        if not is_back(stored, daemon, before):
            problem = f"it has not connected within {self._timeout_s:g} s"
            if not is_claimed(stored.folder.path):
                problem = f"the run has ended: {stored.record().reason}"
            raise DeploymentFailed(f"daemon {daemon} was replaced", problem)
        self._keep(
            images={**self.deployment.images, daemon: planned[daemon].name},
            needs=_needs(planned.values()),
        )

    def _place(self, orders: Mapping[str, tuple[str, ...]]) -> None:
        if orders:
            asking.place_tasks(StoredRun.open(self._there()), orders, self._patience)
        told = {alias: [*nodes] for alias, nodes in orders.items()}
        self._keep(orders={**self.deployment.orders, **told})

    def _remove_image(self, image: str) -> None:
        if not self._shelf().remove(image):
            raise DeploymentFailed(f"image {image}", "a container uses it, and it is kept")
        self._keep(made=[one for one in self.deployment.made if one != image])

    def _hand_over(self, left: list[str]) -> None:
        """What was made here and others need is theirs to remove from now on."""
        for other in self._deployments.all() if left else ():
            theirs = [one for one in left if one in other.needs and one not in other.made]
            if theirs and other.name != self.deployment.name:
                self._deployments.keep(msgspec.structs.replace(other, made=[*other.made, *theirs]))

    def _keep(self, **changed: object) -> None:
        self.deployment = msgspec.structs.replace(self.deployment, **changed)
        self._deployments.keep(self.deployment)

    def _there(self) -> RunFolder:
        folder = self.folder()
        if folder is None:
            raise DeploymentFailed(f"run {self.deployment.run}", "its folder is gone")
        return folder

    def _asked(self) -> Program:
        assert self._program is not None, "what is taken down neither makes nor begins anything"
        return self._program


def _needs(planned: Iterable[PlannedImage]) -> list[str]:
    """All names of some images, each before what it is made from."""
    return [*dict.fromkeys(_names(planned))]


def _names(planned: Iterable[PlannedImage]) -> Iterator[str]:
    found = [*planned]
    yield from (one.name for one in found)
    yield from (one.environment for one in found)
    yield from (source for one in found for source in one.sources)
