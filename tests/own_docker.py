"""A Docker Engine that one test has for itself: it can be filled, killed and started again.

It lives in namespaces of its own (network, processes, mounts), with all that it stores in memory.
Its first process ends with the test's, however that ends, and everything else with its first
process; so nothing of it can be left behind.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from swarmdsl.deploy.engines.docker_client import DockerClient
from swarmdsl.errors import EngineError
from tests.docker_case import BASE_IMAGE, NEEDED, docker_client, plain_image

REPOSITORY = Path(__file__).resolve().parent.parent
CGROUPS = Path("/sys/fs/cgroup")
SIZE = "900m"
PATIENCE_S = 60.0
LOOK_S = 0.05
COMMANDS = ("dockerd", "unshare", "nsenter", "ip", "iptables")
# Each line that it reads starts an engine; when there are no more it ends, and all with it.
FIRST_PROCESS = """
mount -t tmpfs -o "size=$SIZE" own-docker "$DATA" && ip link set lo up || exit
while read -r _; do dockerd "$@" >>"$LOG" 2>&1 </dev/null & done
"""


class OwnDocker:
    """The engine. `swarm` and `docker` carry out commands that use it.

    Args:
        folder: for its socket and its log; a short path, since a socket has a short name.
    """

    def __init__(self, folder: Path) -> None:
        self.host = f"unix://{folder}/docker.sock"
        self.environment = {
            **{name: value for name, value in os.environ.items() if name != "DOCKER_HOST"},
            "DOCKER_HOST": self.host,
            "SWARM_BASE_IMAGE": BASE_IMAGE,
        }
        self._folder, self._data = folder, folder / "data"
        self._data.mkdir()
        self._groups = f"swarmdsl-{folder.name}"
        options = {
            "host": self.host,
            "data-root": str(self._data),
            "exec-root": str(folder / "exec"),
            "pidfile": str(folder / "docker.pid"),
            "cgroup-parent": f"/{self._groups}",
            "userland-proxy": "false",
        }
        self._namespaces = subprocess.Popen(
            [
                *("unshare", "--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc"),
                *("sh", "-c", FIRST_PROCESS, "own-docker"),
                *(f"--{name}={value}" for name, value in options.items()),
            ],
            stdin=subprocess.PIPE,
            env={
                **os.environ,
                "SIZE": SIZE,
                "DATA": str(self._data),
                "LOG": str(folder / "log"),
            },
        )

    @property
    def _first(self) -> int:
        """The first process of its namespaces, as this machine counts."""
        [first] = children_of(self._namespaces.pid)
        return first

    def start(self) -> None:
        """Start the engine, which has what an earlier one has stored; returns when it answers."""
        for stale in ("docker.pid", "exec/containerd/containerd.pid"):
            (self._folder / stale).unlink(missing_ok=True)
        assert self._namespaces.stdin is not None
        self._namespaces.stdin.write(b"start\n")
        self._namespaces.stdin.flush()
        deadline_s = time.monotonic() + PATIENCE_S
        while True:
            try:
                DockerClient(self.environment).close()
            except EngineError:
                assert time.monotonic() < deadline_s, (self._folder / "log").read_text("utf-8")
                signal.sigtimedwait([], LOOK_S)
            else:
                return

    def kill(self) -> None:
        """End the engine at once; the containers stay as they are."""
        engines = [one for one in children_of(self._first) if name_of(one) == "dockerd"]
        for engine in engines:
            os.kill(engine, signal.SIGKILL)
        wait_until(lambda: not [one for one in engines if lives(one)])

    @contextmanager
    def filled(self, left: int) -> Iterator[None]:
        """Leave it so many bytes to store something in, as long as the block lasts."""
        data = Path(f"/proc/{self._first}/root{self._data}")
        space, filling = os.statvfs(data), data / "filling"
        try:
            with filling.open("wb") as file:
                os.posix_fallocate(file.fileno(), 0, space.f_bavail * space.f_frsize - left)
            yield
        finally:
            filling.unlink()

    def client(self) -> DockerClient:
        """Docker's API there."""
        return DockerClient(self.environment)

    def docker(self, *words: str) -> str:
        """What the command `docker` says there."""
        ended = subprocess.run(
            ["docker", *words], env=self.environment, capture_output=True, text=True, check=True
        )
        return ended.stdout

    def take_images(self, *names: str) -> None:
        """Copy images from the engine that all tests share."""
        with subprocess.Popen(["docker", "save", *names], stdout=subprocess.PIPE) as saving:
            words = ["docker", "load", "--quiet"]
            subprocess.run(words, env=self.environment, stdin=saving.stdout, check=True)

    def begin(self, *words: str, **variables: str) -> subprocess.Popen[str]:
        """Begin a command `swarm` in the network of the engine."""
        return subprocess.Popen(
            self._inside([sys.executable, "-m", "swarmdsl", *words]),
            cwd=REPOSITORY,
            env={**self.environment, **variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def swarm(self, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Carry out a command `swarm` in the network of the engine."""
        with self.begin(*words, **variables) as process:
            try:
                said = process.communicate(timeout=PATIENCE_S)
            except BaseException:
                process.kill()
                raise
        return subprocess.CompletedProcess(words, process.returncode, *said)

    def _inside(self, command: Sequence[str]) -> list[str]:
        return ["nsenter", f"--net=/proc/{self._first}/ns/net", *command]

    def close(self) -> None:
        """End all of it."""
        assert self._namespaces.stdin is not None
        self._namespaces.stdin.close()
        self._namespaces.wait(PATIENCE_S)
        for group in sorted(CGROUPS.glob(f"*/{self._groups}"), reverse=True):
            for folder in [*(one for one in group.iterdir() if one.is_dir()), group]:
                with suppress(OSError):  # A group whose last process is about to be reaped.
                    folder.rmdir()


def children_of(process: int) -> list[int]:
    text = Path(f"/proc/{process}/task/{process}/children").read_text("ascii")
    return [int(one) for one in text.split()]


def name_of(process: int) -> str:
    return Path(f"/proc/{process}/comm").read_text("utf-8").strip()


def lives(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text("utf-8").rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in {"Z", "X"}


def wait_until(asked: Callable[[], bool]) -> None:
    deadline_s = time.monotonic() + PATIENCE_S
    while not asked():
        assert time.monotonic() < deadline_s, "it did not come to be"
        signal.sigtimedwait([], LOOK_S)


@contextmanager
def own_docker() -> Iterator[OwnDocker]:
    """An engine with the base image and the image of swarmdsl without a swarm."""
    require_own()
    shared = docker_client()
    try:
        images = (BASE_IMAGE, plain_image(shared))
    finally:
        shared.close()
    folder = Path(tempfile.mkdtemp(prefix="own-docker-"))
    made = OwnDocker(folder)
    try:
        made.start()
        made.take_images(*images)
        yield made
    finally:
        made.close()
        shutil.rmtree(folder, ignore_errors=True)


def require_own() -> None:
    """Skip a test that cannot have an engine of its own here; fail it if it must have one."""
    missing = [one for one in COMMANDS if shutil.which(one) is None]
    why = f"{', '.join(missing)} is not installed" if missing else ""
    why = "only root may start one" if os.geteuid() else why
    if why and NEEDED:
        pytest.fail(f"SWARM_ENGINES asks for docker: a Docker Engine of the test's own: {why}")
    if why:
        pytest.skip(f"needs a Docker Engine of its own: {why}")
