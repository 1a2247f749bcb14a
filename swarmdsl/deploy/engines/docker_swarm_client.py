"""The API of a Docker Swarm as this project uses it: services, secrets, nodes and tasks.

What is called a task there is one life of a container of a service on one node.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from swarmdsl.deploy.engines.docker_client import FOLDER_LABEL, RUN_LABEL, DockerClient
from swarmdsl.errors import EngineError

NAME = "docker-swarm"
IN_USE_MAX_S = 30.0  # until the containers of a service that was removed are out of its network
IN_USE_LOOK_S = 0.2
RESTART_DELAY_NS = 200_000_000
STOP_GRACE_NS = 10_000_000_000
KEY_MODE = 0o400
ENDED = frozenset({"complete", "failed", "rejected", "shutdown", "orphaned", "remove"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceSpec:
    """A service that is to be.

    Attributes:
        name: nobody else's in the cluster.
        image: which every node can have.
        command: what the first process of each container executes.
        user: `uid:gid` of all their processes.
        networks: by name.
        labels: of the service and its containers.
        environment: of the first processes; Docker fills in what stands in double braces.
        secret: the id and the name of a secret, and the file in the container that has it.
        replicas: how many containers; None for one on each node.
        constraints: which nodes.
        scratch: the folder that can be written to.
        read_only: paths of the node by where the container sees them.
        memory: bytes; 0 for no limit.
        cpu: processors, or a share of one; 0 for no limit.
        looks: how many in a row must find a container unhealthy before it is replaced; what is
            looked at the image says. 0 for as many as that says too.
    """

    name: str
    image: str
    command: Sequence[str]
    user: str
    networks: Sequence[str]
    labels: Mapping[str, str]
    secret: tuple[str, str, str]
    constraints: Sequence[str]
    scratch: str
    replicas: int | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    read_only: Mapping[str, str] = field(default_factory=dict)
    memory: int = 0
    cpu: float = 0.0
    looks: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterNode:
    """A node of a Docker Swarm.

    Attributes:
        id: Docker's.
        name: its host name.
        is_ready: whether it answers and takes work.
        state: in Docker's words.
        address: by which the managers reach it.
    """

    id: str
    name: str
    is_ready: bool
    state: str
    address: str

    @property
    def is_lost(self) -> bool:
        """Whether it does not answer, so that nothing more is to be expected of it for now."""
        return self.state == "down"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskState:
    """What became of one life of a container.

    Attributes:
        id: Docker's.
        service: the name of its service.
        node: the name of its node; "" if it has none yet.
        state: in Docker's words.
        problem: what Docker says is wrong; "" if nothing is.
        exit_code: of its first process; None if that has not ended, or is not known.
        is_lost: whether its node does not answer.
    """

    id: str
    service: str
    node: str
    state: str
    problem: str
    exit_code: int | None
    is_lost: bool

    @property
    def has_ended(self) -> bool:
        """Whether nothing more is to be expected of it."""
        return self.is_lost or self.state in ENDED


class SwarmClient:
    """What a Docker Swarm is asked, at one of its managers.

    Args:
        client: of the Docker Engine that is a manager.

    Raises:
        EngineError: it is none.
    """

    def __init__(self, client: DockerClient) -> None:
        self.client = client
        with client.told("cannot ask the Docker Engine about its swarm"):
            swarm = client.api.info().get("Swarm") or {}
        if not swarm.get("ControlAvailable"):
            state = swarm.get("LocalNodeState", "inactive")
            raise EngineError(
                NAME,
                f"the Docker Engine is no manager of a Docker Swarm (it is {state} there); make "
                "one with `docker swarm init`, or point DOCKER_HOST at a manager",
            )
        self.address = str(swarm.get("NodeAddr") or "")

    def nodes(self) -> list[ClusterNode]:
        """All nodes, in the order of their names."""
        with self.client.told("cannot list the nodes of the Docker Swarm"):
            found = self.client.api.nodes()
        return sorted(nodes_shown(found), key=lambda node: node.name)

    def make_network(self, name: str, labels: Mapping[str, str]) -> None:
        """Make a network that spans the nodes."""
        with self.client.told(f"cannot make the network {name}"):
            self.client.api.create_network(
                name, driver="overlay", check_duplicate=True, labels=dict(labels), scope="swarm"
            )

    def make_secret(self, name: str, data: bytes, labels: Mapping[str, str]) -> str:
        """Give the cluster a secret to keep; returns its id."""
        with self.client.told(f"cannot make the secret {name}"):
            return str(self.client.api.create_secret(name, data, labels=dict(labels))["ID"])

    def make_service(self, spec: ServiceSpec) -> None:
        """Have a service."""
        with self.client.told(f"cannot make the service {spec.name}"):
            self.client.api.create_service(**self._asked(spec))

    def change_service(self, spec: ServiceSpec) -> None:
        """Have a service as it is to be now; containers that may stay as they are do."""
        with self.client.told(f"cannot change the service {spec.name}"):
            there = self.client.api.inspect_service(spec.name)
            version = there["Version"]["Index"]
            self.client.api.update_service(there["ID"], version, **self._asked(spec))

    def remove_service(self, name: str) -> None:
        """Have it no more; nothing happens if it is gone."""
        with (
            self.client.told(f"cannot remove the service {name}"),
            suppress(self.client.errors.NotFound),
        ):
            self.client.api.remove_service(name)

    def _asked(self, spec: ServiceSpec) -> dict[str, Any]:
        """A service as Docker's API takes it."""
        types = self.client.types
        mounts = [
            types.Mount(target, source, type="bind", read_only=True)
            for target, source in spec.read_only.items()
        ]
        mounts.append(types.Mount(spec.scratch, None, type="volume"))
        secret, secret_name, file = spec.secret
        user, group = spec.user.split(":")
        container = types.ContainerSpec(
            spec.image,
            command=list(spec.command),
            user=spec.user,
            env=dict(spec.environment),
            labels=dict(spec.labels),
            mounts=mounts,
            read_only=True,
            cap_drop=["ALL"],
            stop_grace_period=STOP_GRACE_NS,
            healthcheck=types.Healthcheck(retries=spec.looks),
            secrets=[
                types.SecretReference(secret, secret_name, file, uid=user, gid=group, mode=KEY_MODE)
            ],
        )
        template = types.TaskTemplate(
            container,
            resources=types.Resources(
                cpu_limit=round(spec.cpu * 1e9) or None, mem_limit=spec.memory or None
            ),
            # A container that ends by itself without an error is not needed any more.
            restart_policy=types.RestartPolicy(condition="on-failure", delay=RESTART_DELAY_NS),
            placement=types.Placement(
                constraints=list(spec.constraints),
                maxreplicas=None if spec.replicas is None else 1,
            ),
            networks=[types.NetworkAttachmentConfig(name) for name in spec.networks],
        )
        mode = "global" if spec.replicas is None else "replicated"
        return {
            "task_template": template,
            "name": spec.name,
            "labels": dict(spec.labels),
            "mode": types.ServiceMode(mode, spec.replicas),
            # No virtual address: every container is dialled at its own.
            "endpoint_spec": types.EndpointSpec(mode="dnsrr"),
        }

    def tasks(self, run: str, nodes: Sequence[ClusterNode]) -> list[TaskState]:
        """All lives of all containers of a run; of a task on another node than these no node."""
        on = {node.id: node for node in nodes}
        with self.client.told(f"cannot list the tasks of run {run}"):
            chosen = {"label": f"{RUN_LABEL}={run}"}
            services = {one["ID"]: one["Spec"]["Name"] for one in self.client.api.services(chosen)}
            found = self.client.api.tasks(chosen) if services else []
        return [_task_of(one, services, on) for one in found if one["ServiceID"] in services]

    def folders(self) -> dict[str, str]:
        """The folder of each run that has services or secrets, by the id of the run."""
        chosen = {"label": RUN_LABEL}
        with self.client.told("cannot list the services of the Docker Swarm"):
            found = self.client.api.services(filters=chosen)
            found += self.client.api.secrets(filters=chosen)
        labels = [one["Spec"]["Labels"] for one in found]
        return {one[RUN_LABEL]: one.get(FOLDER_LABEL, "") for one in labels}

    def remove_run(self, run: str) -> int:
        """Remove all services, secrets and networks of a run; returns how many there were.

        Its containers are out of its networks when this returns; those of nodes that do not answer
        end when the nodes do.
        """
        chosen = {"label": f"{RUN_LABEL}={run}"}
        api, errors = self.client.api, self.client.errors
        with self.client.told(f"cannot remove what run {run} has in the Docker Swarm"):
            services, secrets = api.services(filters=chosen), api.secrets(filters=chosen)
            networks = api.networks(filters=chosen)
            for one in services:
                with suppress(errors.NotFound):
                    api.remove_service(one["ID"])
            for one in secrets:
                with suppress(errors.NotFound):
                    api.remove_secret(one["ID"])
        for one in networks:
            self._remove_network(str(one["Id"]), str(one["Name"]))
        return len(services) + len(secrets) + len(networks)

    def _remove_network(self, network: str, name: str) -> None:
        """Remove a network as soon as no container is in it any more."""
        deadline = time.monotonic() + IN_USE_MAX_S
        while True:
            with self.client.told(f"cannot remove the network {name}"):
                try:
                    self.client.api.remove_network(network)
                except self.client.errors.NotFound:
                    return
                except self.client.errors.APIError:
                    if time.monotonic() >= deadline:
                        raise
                else:
                    return
            threading.Event().wait(IN_USE_LOOK_S)

    def host(self) -> str:
        """The address of this machine at which the nodes find it.

        That is the manager's own, if it is on this machine; else the one by which this machine
        reaches the manager.

        Raises:
            EngineError: there is none.
        """
        try:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
                probe.connect((self.address, 9))  # Nothing is sent: only the route is asked for.
                return str(probe.getsockname()[0])
        except OSError as error:
            raise EngineError(
                NAME,
                f"the manager's address {self.address!r} cannot be reached from here: {error}; "
                "start the run on a machine that the nodes can reach, on a manager best of all",
            ) from error


def cluster_of(client: DockerClient) -> SwarmClient | None:
    """The Docker Swarm that a Docker Engine manages; None if it manages none."""
    with client.told("cannot ask the Docker Engine about its swarm"):
        swarm = client.api.info().get("Swarm") or {}
    return SwarmClient(client) if swarm.get("ControlAvailable") else None


def nodes_shown(shown: Iterable[Mapping[str, Any]]) -> list[ClusterNode]:
    """The nodes in what the API shows; not one that is joining, and has not said its name yet.

    >>> nodes_shown([{"ID": "a", "Description": {}, "Status": {"State": "unknown"}}])
    []
    """
    nodes = []
    for one in shown:
        name = (one.get("Description") or {}).get("Hostname")
        status, spec = one.get("Status") or {}, one.get("Spec") or {}
        state, use = str(status.get("State", "unknown")), str(spec.get("Availability", ""))
        if name:
            nodes.append(
                ClusterNode(
                    id=str(one["ID"]),
                    name=str(name),
                    is_ready=(state, use) == ("ready", "active"),
                    state=state if state != "ready" else use,
                    address=str(status.get("Addr", "")),
                )
            )
    return nodes


def _task_of(
    shown: Mapping[str, object],
    services: Mapping[str, str],
    nodes: Mapping[str, ClusterNode],
) -> TaskState:
    status = shown.get("Status")
    assert isinstance(status, Mapping)
    container = status.get("ContainerStatus") or {}
    code = container.get("ExitCode")
    node = nodes.get(str(shown.get("NodeID", "")))
    state = str(status.get("State", ""))
    return TaskState(
        id=str(shown["ID"]),
        service=services[str(shown["ServiceID"])],
        node="" if node is None else node.name,
        state=state,
        problem=str(status.get("Err", "")),
        exit_code=int(code) if code is not None and state in ENDED else None,
        is_lost=node is not None and node.is_lost,
    )
