"""Containers of a Docker Swarm: its services make them, and each of them dials the engine.

Docker decides when a container is started, and starts another in the place of one that failed. So
the engine is given one when it has dialled for its daemon: at once if it is there already, as after
a crash, else later.
"""

from __future__ import annotations

import os
from collections import Counter, deque
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from swarmdsl.daemon.arguments import DaemonArguments
from swarmdsl.daemon.contained_protocol import INVITATION_FILE, SCRATCH
from swarmdsl.daemon.dialled import NODE, SERVICE, TASK
from swarmdsl.daemon.thread_counts import with_thread_counts
from swarmdsl.deploy.engines.container import Container
from swarmdsl.deploy.engines.container_runtime import Begun, ContainerEnd, NodeNews
from swarmdsl.deploy.engines.docker_client import DAEMON_LABEL
from swarmdsl.deploy.engines.docker_cluster import Cluster
from swarmdsl.deploy.engines.docker_ground import NOBODY
from swarmdsl.deploy.engines.docker_networks import network_name
from swarmdsl.deploy.engines.docker_services import ServicePlan, alone, without
from swarmdsl.deploy.engines.docker_swarm_client import NAME, ServiceSpec, TaskState
from swarmdsl.deploy.engines.docker_swarm_ground import SwarmGround
from swarmdsl.deploy.engines.reception import Caller, Reception
from swarmdsl.deploy.images.entered import first_process
from swarmdsl.deploy.replaced_images import replaced_images
from swarmdsl.errors import EngineError, SwarmError
from swarmdsl.topology.expand import daemon_name, node_of

SILENT_MAX_S = 30.0  # a network between nodes may be gone for a while, and come back
ATTEMPTS = 3  # containers of a daemon that end without a word before it is given up
ENDED_BY_ENGINE = 1  # the exit code of a container in whose place another is wanted
TEMPLATES = {
    NODE: "{{.Node.Hostname}}",
    TASK: "{{.Task.ID}}",
    SERVICE: "{{.Service.Name}}",
}


class ServiceRuntime:
    """See `ContainerRuntime` for what it promises.

    Args:
        ground: what the services stand on; `DockerSwarm.site` makes one.
        environment: of the first processes; anybody who may use the cluster can read it.
        told: a descriptor that is written to whenever there is news.
    """

    name = NAME
    silent_max_s = SILENT_MAX_S

    def __init__(self, ground: SwarmGround, environment: Mapping[str, str], told: int) -> None:
        self._ground, self._told = ground, told
        self._environment = {"HOME": SCRATCH, **with_thread_counts(environment), **TEMPLATES}
        self._reception = Reception(ground.endpoint, told)
        nodes = frozenset(node for plan in ground.plans for node in plan.nodes)
        self._cluster = Cluster(ground.client, ground.run, nodes, ground.absent, told)
        self._absent = ground.absent
        self._nodes: deque[NodeNews] = deque()
        self._services = {_service_name(ground.run, i): one for i, one in enumerate(ground.plans)}
        self._service_of = {
            _daemon_for(plan.daemons, node): name
            for name, plan in self._services.items()
            for node in plan.nodes
        }
        self._made: set[str] = set()
        self._replaced = dict(ground.replaced)  # the images that services have by now
        self._wanted: dict[str, Container] = {}
        self._failures: Counter[str] = Counter()  # of containers that never dialled
        self._spare: dict[str, Caller] = {}
        self._lives: dict[str, Caller] = {}  # by the name of the daemon
        self._ends: dict[str, ContainerEnd] = {}  # by the id of the container
        self._ready: deque[Begun] = deque()
        self._remarks: list[str] = []
        self._has_told_of_strangers = False

    def told(self, arguments: DaemonArguments) -> DaemonArguments:
        """With its keys: all containers of a service have the same secret, and a daemon its own."""
        return arguments

    def begin(self, container: Container, arguments: DaemonArguments) -> None:
        """Give it the container that has dialled for its daemon, or will."""
        service = self._service_of.get(arguments.name)
        if service is None:
            problem = EngineError(NAME, f"no service has a container for {arguments.name}")
            self._fail(container, problem)
            return
        if (node := node_of(arguments.name)) in self._absent:
            self._nodes.append(NodeNews(node, is_there=False, problem=_lost(node)))
            self._make(service)
            self._ring()
            return
        self._wanted[arguments.name] = container
        self._failures[arguments.name] = 0
        self._make(service)
        image = replaced_images(self._ground.folder).get(arguments.name)
        if image is not None and image != self._replaced.get(arguments.name):
            self._renew(arguments.name, image)
        if (caller := self._spare.pop(arguments.name, None)) is not None:
            self._give(arguments.name, caller)
            self._ring()

    def take_begun(self) -> list[Begun]:
        """What was begun since the last call; also tells the lines of those that have ended."""
        self._look_at_nodes()
        for caller in self._reception.take_callers():
            self._welcome(_daemon_for(caller.hello.daemons, caller.hello.node), caller)
        for task in self._cluster.take_news():
            self._heed(task)
        for service, problem in self._cluster.take_failed():
            self._made.discard(service)
            for daemon in [one for one in self._wanted if self._service_of[one] == service]:
                self._fail(self._wanted.pop(daemon), problem)
        return [self._ready.popleft() for _ in range(len(self._ready))]

    def take_nodes(self) -> list[NodeNews]:
        """Which nodes have come or gone since the last call."""
        return [self._nodes.popleft() for _ in range(len(self._nodes))]

    def remarks(self) -> list[str]:
        """Who was refused, and what Docker says of containers that it cannot start yet."""
        strangers = self._reception.strangers
        if strangers.refused and not self._has_told_of_strangers:
            self._has_told_of_strangers = True
            self._remarks.append(strangers.sentence)
        remarks, self._remarks = self._remarks, []
        return remarks

    def kill(self, container: Container) -> None:
        """Hang up: the container fails, so that Docker starts another."""
        if (caller := self._lives.get(container.name)) is not None:
            self._reception.drop(caller.life, ENDED_BY_ENGINE)

    def end_of(self, container: Container) -> ContainerEnd:
        """As it has told itself, or Docker; one of which nothing is known was killed."""
        caller = self._lives.pop(container.name, None)
        code = None if caller is None else self._reception.exit_code_of(caller.life)
        return self._ends.pop(container.id, ContainerEnd.told(code))

    def remove(self, container: Container) -> None:
        """Nothing: Docker removes what has ended."""

    def close(self) -> None:
        """Begin nothing any more."""
        self._cluster.close()

    def clear(self) -> None:
        """Remove the services, and all else that the run has in the cluster."""
        for caller in self._spare.values():
            caller.line.close()
        self._spare.clear()
        self._reception.close()
        self._ground.client.remove_run(self._ground.run)

    # ------------------------------------------------------------------------------ what happens

    def _make(self, service: str) -> None:
        if service not in self._made:
            self._made.add(service)
            self._cluster.make(self._spec(service, self._services[service]))

    def _renew(self, daemon: str, image: str) -> None:
        """Move a daemon to a service of its own, whose containers have another image."""
        former, node = self._service_of[daemon], node_of(daemon)
        name = _service_name(self._ground.run, len(self._services))
        moved = alone(self._services[former], node, image)
        rest = without(self._services[former], node)
        self._services[name], self._service_of[daemon] = moved, name
        self._replaced[daemon] = image
        self._made.add(name)
        if rest is not None:
            self._services[former] = rest
        if (spare := self._spare.pop(daemon, None)) is not None:  # It has the former image.
            spare.line.close()
        self._cluster.renew(
            lambda: self._spec(name, replace(moved, image=self._ground.push(image))),
            name,
            former if rest is None else self._spec(former, rest),
        )

    def _look_at_nodes(self) -> None:
        """Take note of the nodes that have come or gone."""
        before, self._absent = self._absent, self._cluster.absent
        for node in sorted(self._absent - before):
            self._nodes.append(NodeNews(node, is_there=False, problem=_lost(node)))
            for daemon in [one for one in self._service_of if node_of(one) == node]:
                self._wanted.pop(daemon, None)
                if (caller := self._lives.pop(daemon, None)) is not None:
                    self._reception.drop(caller.life)
                if (spare := self._spare.pop(daemon, None)) is not None:
                    spare.line.close()
        for node in sorted(before - self._absent):
            self._nodes.append(NodeNews(node, is_there=True, problem=""))

    def _welcome(self, daemon: str, caller: Caller) -> None:
        """A container has dialled for a daemon."""
        if caller.hello.service not in {"", self._service_of.get(daemon)}:
            caller.line.close()  # It is of a service that this daemon is not in any more.
            return
        if daemon in self._wanted:
            self._give(daemon, caller)
            return
        if (before := self._spare.pop(daemon, None)) is not None:
            before.line.close()
        self._spare[daemon] = caller
        if (predecessor := self._lives.get(daemon)) is not None:
            self._reception.drop(predecessor.life)  # Docker starts none beside one that lives.

    def _give(self, daemon: str, caller: Caller) -> None:
        container = self._wanted.pop(daemon)
        self._lives[daemon] = caller
        identity = caller.hello.task or caller.life.hex()
        self._ready.append(Begun(container, identity, caller.line, 0, None))

    def _heed(self, task: TaskState) -> None:
        """A task is not as it was."""
        if task.problem:
            where = f" on {task.node}" if task.node else ""
            self._remarks.append(f"service {task.service}{where} is {task.state}: {task.problem}")
        if not task.has_ended or task.service not in self._services or task.node in self._absent:
            return
        daemon = _daemon_for(self._services[task.service].daemons, task.node)
        caller = self._lives.get(daemon)
        if caller is not None and caller.hello.task == task.id:
            self._ends[task.id] = ContainerEnd.told(task.exit_code)
            self._reception.drop(caller.life)
        elif daemon in self._wanted and task.state != "complete":
            self._failures[daemon] += 1
            if self._failures[daemon] >= ATTEMPTS or task.state == "rejected":
                self._fail(self._wanted.pop(daemon), EngineError(NAME, _why(task)))

    def _fail(self, container: Container, problem: SwarmError) -> None:
        self._ready.append(Begun(container, "", None, 0, problem))
        self._ring()

    def _ring(self) -> None:
        with suppress(BlockingIOError):  # So full that it is readable already.
            os.write(self._told, b".")

    def _spec(self, name: str, plan: ServicePlan) -> ServiceSpec:
        ground = self._ground
        return ServiceSpec(
            name=name,
            image=plan.image,
            command=(*first_process(is_entered=plan.is_entered), "dialled", plan.daemons),
            user=f"{NOBODY}:{NOBODY}",
            networks=(ground.network, *(network_name(ground.run, one) for one in plan.networks)),
            labels={**ground.labels, DAEMON_LABEL: plan.daemons},
            secret=(*ground.secret, Path(INVITATION_FILE).name),
            constraints=plan.constraints,
            scratch=SCRATCH,
            replicas=None if plan.is_global else len(plan.nodes),
            environment=self._environment,
            read_only={**ground.mounts, **plan.datasets},
            memory=plan.limits.memory,
            cpu=plan.limits.cpu,
            looks=plan.looks,
        )


def _service_name(run: str, number: int) -> str:
    return f"swarm-{run}-{number}"


def _daemon_for(daemons: str, node: str) -> str:
    """The daemon of a node that a container is for which says this.

    >>> _daemon_for("worker#2", "n1")
    'worker@n1#2'
    """
    group, _, number = daemons.rpartition("#")
    return daemon_name(group, node, int(number)) if number.isdecimal() else ""


def _why(task: TaskState) -> str:
    """Why a container has not dialled."""
    if task.state == "rejected":
        return f"its container cannot be started on {task.node}: {task.problem}"
    return (
        f"its container on {task.node} ends before it says anything ({task.problem}); "
        f"`docker service logs {task.service}` tells more as long as the run lasts"
    )


def _lost(node: str) -> str:
    return f"the node {node} does not answer"
