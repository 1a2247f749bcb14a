"""Docker's API as this project uses it: the one place that imports docker-py.

Everything that is made for a run has its labels, so whoever looks for it finds it, also when the
process that made it is dead.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from swarmdsl.deploy.engines.container_runtime import ContainerEnd, RuntimeGone
from swarmdsl.deploy.engines.docker_remedies import gone, unreachable, with_remedy
from swarmdsl.errors import EngineError, ExtraMissing

NAME = "docker"
RUN_LABEL = "swarmdsl.run"
FOLDER_LABEL = "swarmdsl.folder"
DAEMON_LABEL = "swarmdsl.daemon"
UNIX = "unix://"
DEFAULT_PLACE = "unix:///var/run/docker.sock"
API_TIMEOUT_S = 60.0  # of one request: the removal of a container under load takes some seconds
FIRST_TIMEOUT_S = 10.0  # of the first: whether there is an engine at all
END_WAIT_S = 10.0  # for a container whose outputs have ended to end itself
KILLED_EXIT_CODES = {128 + number: number for number in (9, 15)}


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerSpec:
    """A container that is to be.

    Attributes:
        name: of the container; nobody else's.
        hostname: in its network.
        image: its id.
        command: what its first process executes.
        user: `uid:gid` of all its processes.
        network: by name.
        joined: further networks, by name.
        labels: of the container.
        environment: of its first process; anybody who may use Docker can read it.
        read_only: host paths by the path in the container where they are seen.
        scratch: the folder that can be written to.
        memory: bytes; 0 for no limit.
        cpu: processors, or a share of one; 0 for no limit.
        gpu: graphics processors that it is given.
        pids: processes and threads at most.
    """

    name: str
    hostname: str
    image: str
    command: Sequence[str]
    user: str
    network: str
    labels: Mapping[str, str]
    scratch: str
    pids: int
    joined: Sequence[str] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    read_only: Mapping[str, str] = field(default_factory=dict)
    memory: int = 0
    cpu: float = 0.0
    gpu: int = 0


class DockerGone(RuntimeGone):
    """The Docker Engine does not answer."""


class DockerClient:
    """One connection to the Docker Engine that `DOCKER_HOST` names, else the one of this machine.

    Args:
        environment: where `DOCKER_HOST` and the other variables of Docker are.

    Raises:
        ExtraMissing: docker-py is not installed.
        DockerGone: no engine answers.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        try:
            import docker
        except ImportError as error:
            raise ExtraMissing("docker", "docker") from error
        self.errors = docker.errors
        self.types = docker.types
        place = environment.get("DOCKER_HOST") or DEFAULT_PLACE
        with self._answers(place):
            _knock(place)
            client = docker.DockerClient.from_env(
                environment=dict(environment), timeout=FIRST_TIMEOUT_S
            )
            self.api: Any = client.api
            self.api.ping()
        self.api.timeout = API_TIMEOUT_S

    @contextmanager
    def _answers(self, place: str) -> Iterator[None]:
        """Errors before an engine has answered as ours."""
        import requests

        try:
            yield
        except (self.errors.DockerException, requests.RequestException, OSError) as error:
            raise DockerGone(NAME, unreachable(place, error)) from error

    @contextmanager
    def told(self, what: str) -> Iterator[None]:
        """Errors of docker-py as ours, each with what was being done and what helps."""
        import requests

        try:
            yield
        except self.errors.APIError as error:
            said = with_remedy(str(error.explanation or error))
            raise EngineError(NAME, f"{what}: {said}") from error
        except (self.errors.DockerException, requests.RequestException, OSError) as error:
            raise DockerGone(NAME, gone(what, error)) from error

    # ------------------------------------------------------------------------------ networks

    def make_network(self, name: str, labels: Mapping[str, str]) -> str:
        """Make a bridge network; returns this machine's address in it."""
        with self.told(f"cannot make the network {name}"):
            made = self.api.create_network(
                name, driver="bridge", check_duplicate=True, labels=dict(labels)
            )
            shown = self.api.inspect_network(made["Id"])
        gateways = [one["Gateway"] for one in shown["IPAM"]["Config"] if "Gateway" in one]
        if not gateways:
            raise EngineError(NAME, f"the network {name} has no gateway")
        return str(gateways[0])

    def make_joined_network(self, name: str, driver: str, labels: Mapping[str, str]) -> None:
        """Make a network that containers join beside that of their run."""
        # What spans several machines is for services, unless it says that it is for all.
        is_wide = driver == "overlay"
        wide = {"attachable": True, "scope": "swarm"} if is_wide else {}
        with self.told(f"cannot make the network {name}"):
            self.api.create_network(
                name, driver=driver, check_duplicate=True, labels=dict(labels), **wide
            )

    # ---------------------------------------------------------------------------- containers

    def create(self, spec: ContainerSpec) -> str:
        """Make a container, which does nothing yet; returns its id."""
        mounts = [
            self.types.Mount(target, source, type="bind", read_only=True)
            for target, source in spec.read_only.items()
        ]
        # Of no name, so it ends with its container; a volume takes over the mode of the folder.
        mounts.append(self.types.Mount(spec.scratch, None, type="volume"))
        gpus = self.types.DeviceRequest(count=spec.gpu, capabilities=[["gpu"]])
        host = self.api.create_host_config(
            mounts=mounts,
            network_mode=spec.network,
            read_only=True,
            cap_drop=["ALL"],
            security_opt=["no-new-privileges"],
            pids_limit=spec.pids,
            mem_limit=spec.memory or None,
            memswap_limit=spec.memory or None,
            device_requests=[gpus] if spec.gpu else None,
            nano_cpus=round(spec.cpu * 1e9) or None,
            log_config=self.types.LogConfig(type="none"),
        )
        with self.told(f"cannot make the container {spec.name}"):
            made = self.api.create_container(
                spec.image,
                list(spec.command),
                name=spec.name,
                hostname=spec.hostname,
                user=spec.user,
                environment=dict(spec.environment),
                labels=dict(spec.labels),
                stdin_open=True,
                entrypoint="",
                host_config=host,
            )
        container = str(made["Id"])
        try:
            for name in spec.joined:
                with self.told(f"cannot join the container {spec.name} to the network {name}"):
                    self.api.connect_container_to_network(container, name)
        except EngineError:
            self.remove(container)
            raise
        return container

    def attach(self, container: str) -> socket.socket:
        """The line to its standard input and its outputs. When it is closed the input ends."""
        asked = {"stdin": 1, "stdout": 1, "stderr": 1, "stream": 1}
        with self.told("cannot attach to a container"):
            line = self.api.attach_socket(container, asked)
            # Nothing was said yet, so nothing is left in the buffers of the response.
            copy = socket.socket(fileno=os.dup(line.fileno()))
            under = line._sock  # noqa: SLF001 - docker-py closes the file, and not its socket
            line.close()
            under.close()
        copy.settimeout(0.0)
        return copy

    def start(self, container: str) -> int:
        """Start it; returns its first process, as this machine counts."""
        with self.told("cannot start a container"):
            self.api.start(container)
            return int(self.api.inspect_container(container)["State"]["Pid"])

    def kill(self, container: str) -> None:
        """End its processes at once; nothing happens if it has ended."""
        with self.told("cannot end a container"), suppress(self.errors.APIError):
            self.api.kill(container)

    def end_of(self, container: str) -> ContainerEnd:
        """How it ended, once its outputs have."""
        with self.told("cannot look at a container"):
            try:
                self.api.wait(container, timeout=END_WAIT_S)
                state = self.api.inspect_container(container)["State"]
            except self.errors.NotFound:  # Whoever removed it has killed it.
                return ContainerEnd(exit_code=None, signal=9, is_out_of_memory=False)
        code = int(state["ExitCode"])
        signum = KILLED_EXIT_CODES.get(code)
        return ContainerEnd(
            exit_code=code if signum is None else None,
            signal=signum,
            is_out_of_memory=bool(state["OOMKilled"]),
        )

    def remove(self, container: str) -> None:
        """Remove a container with its scratch folder; nothing happens if it is gone."""
        with self.told("cannot remove a container"):
            try:
                self.api.remove_container(container, v=True, force=True)
            except self.errors.APIError as error:
                # It is gone, or somebody else removes it right now.
                if error.status_code not in {404, 409}:
                    raise

    def remove_run(self, run: str) -> int:
        """Remove all containers and networks of a run; returns how many there were."""
        chosen = {"label": f"{RUN_LABEL}={run}"}
        with self.told(f"cannot list what run {run} has left"):
            containers = self.api.containers(all=True, filters=chosen)
            # Those of a Docker Swarm are removed with its services, and later.
            networks = self.api.networks(filters={**chosen, "scope": "local"})
        for one in containers:
            self.remove(one["Id"])
        for one in networks:
            with self.told(f"cannot remove the network {one['Name']}"):
                try:
                    self.api.remove_network(one["Id"])
                except self.errors.NotFound:
                    continue
        return len(containers) + len(networks)

    def folders(self) -> dict[str, str]:
        """The folder of each run that has containers or networks, by the id of the run."""
        with self.told("cannot list containers"):
            found = self.api.containers(all=True, filters={"label": RUN_LABEL})
            found += self.api.networks(filters={"label": RUN_LABEL})
        return {one["Labels"][RUN_LABEL]: one["Labels"].get(FOLDER_LABEL, "") for one in found}

    def close(self) -> None:
        """Hang up."""
        self.api.close()


def _knock(place: str) -> None:
    """Nothing, if somebody listens there; docker-py would leave a socket open if nobody does.

    Raises:
        OSError: nobody does, or not to us.
    """
    if place.startswith(UNIX):
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
            line.settimeout(FIRST_TIMEOUT_S)
            line.connect(place.removeprefix(UNIX))
