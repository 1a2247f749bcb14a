"""Runs in containers: the same results, and nobody sees or leaves what they should not."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from swarmdsl import Run, Swarm
from swarmdsl.compiler import load_target
from swarmdsl.control.claim import holder_of
from swarmdsl.control.happenings import (
    DaemonConnected,
    DaemonLost,
    Happening,
    StateChanged,
    StrangerRefused,
)
from swarmdsl.control.state import RunState
from swarmdsl.daemon.arguments import log_file
from swarmdsl.deploy.engines.docker_client import RUN_LABEL, DockerClient
from swarmdsl.deploy.engines.docker_ground import key_folder_of, labels_of
from swarmdsl.transport.tcp_addresses import ENCRYPTED, TcpAddress
from tests.docker_case import BASE_IMAGE, docker_client, plain_image
from tests.e2e.captured import Capture
from tests.e2e.strangers import listeners, note_accesses

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]

REPOSITORY = Path(__file__).resolve().parents[2]
PATIENCE_S = 60.0
SWARMS = "tests/e2e/contained_swarm.py"
Observer = Callable[[Happening], None]


@pytest.fixture
def client() -> Iterator[DockerClient]:
    made = docker_client()
    plain_image(made)  # Once, and not by several processes of the tests at once.
    yield made
    made.close()


def run_of(swarm: Swarm, home: Path, *observers: Observer, nodes: int = 1) -> Run:
    return swarm.run(
        nodes=nodes, engine="docker", base_image=BASE_IMAGE, home=home, observers=observers
    )


def swarm_of(file: str, name: str = "") -> Swarm:
    """A swarm as the command loads it: what its bundle holds is all that a container has."""
    found = load_target(f"{REPOSITORY / file}{':' if name else ''}{name}")
    assert isinstance(found, Swarm)
    return found


def containers_of(client: DockerClient, run: str) -> list[dict[str, Any]]:
    chosen = {"label": f"{RUN_LABEL}={run}"}
    found = client.api.containers(all=True, filters=chosen)
    return [client.api.inspect_container(one["Id"]) for one in found]


def left_of(client: DockerClient, run: str) -> list[str]:
    """What Docker still has of a run, and the folders of its keys."""
    chosen = {"label": f"{RUN_LABEL}={run}"}
    containers = [one["Id"] for one in client.api.containers(all=True, filters=chosen)]
    networks = [one["Name"] for one in client.api.networks(filters=chosen)]
    return [*containers, *networks]


def wait_until(asked: Callable[[], bool]) -> None:
    deadline_s = time.monotonic() + PATIENCE_S
    while not asked():
        assert time.monotonic() < deadline_s, "it did not come to be"
        signal.sigtimedwait([], 0.1)


def when_running(do: Callable[[str], None]) -> Observer:
    def observer(happening: Happening) -> None:
        if isinstance(happening, StateChanged) and happening.state is RunState.RUNNING:
            do(happening.run)

    return observer


# ---------------------------------------------------------------------------------- the same


def test_words_are_counted_as_by_processes(client: DockerClient, tmp_path: Path) -> None:
    contained = run_of(swarm_of("examples/wordcount.py"), tmp_path, nodes=2)
    here = swarm_of("examples/wordcount.py").run(nodes=2, home=tmp_path)

    assert contained.state is RunState.COMPLETED
    assert contained.value == here.value
    assert left_of(client, contained.id) == []


def test_a_daemon_that_is_killed_is_started_anew(client: DockerClient, tmp_path: Path) -> None:
    told: list[Happening] = []
    run = run_of(swarm_of(SWARMS, "Falls"), tmp_path, told.append)

    assert run.value == 42
    assert len([one for one in told if isinstance(one, DaemonLost)]) == 1
    log = log_file(run.folder, "worker@node1#0").read_text("utf-8")
    assert "==== process 2 of this daemon starts ====" in log


def test_a_container_that_is_removed_is_made_anew(client: DockerClient, tmp_path: Path) -> None:
    removed: list[str] = []

    def remove(run: str) -> None:
        for one in containers_of(client, run)[:1]:
            client.remove(one["Id"])
            removed.append(one["Name"])

    run = run_of(swarm_of("examples/wordcount.py"), tmp_path, when_running(remove), nodes=2)
    assert run.state is RunState.COMPLETED
    assert len(removed) == 1
    assert left_of(client, run.id) == []


def test_memory_beyond_that_of_the_container_is_told_by_name(
    client: DockerClient, tmp_path: Path
) -> None:
    run = run_of(swarm_of(SWARMS, "Takes"), tmp_path)
    assert run.state is RunState.FAILED
    assert run.reason is not None
    assert "worker@node1#0" in run.reason.text
    assert "SIGKILL, out of memory: its container may take 320MiB" in run.reason.text


# ------------------------------------------------------------------------------ who sees what


def test_a_task_is_nobody_and_writes_nowhere_but_to_its_scratch_folder(
    client: DockerClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PASSWORD_OF_THE_HOST", "hunter2")
    seen = run_of(swarm_of(SWARMS, "LooksAround"), tmp_path, nodes=2).value[0]

    assert seen["user"] != "0"
    assert seen["root"] == "OSError 30"  # a read-only file system
    assert seen["scratch"] == "written"
    assert seen["keys"] == "0o400"
    assert "PASSWORD_OF_THE_HOST" not in seen["environment"]


def test_no_key_is_in_what_docker_shows_of_a_container(
    client: DockerClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    accesses = note_accesses(monkeypatch)
    shown: list[str] = []

    def look(run: str) -> None:
        shown.extend(str(one) for one in containers_of(client, run))

    run = run_of(swarm_of(SWARMS, "LooksAround"), tmp_path, when_running(look), nodes=2)
    secrets = [pair.secret for pair in accesses[0].keys.values()]
    assert len(shown) == 2
    assert not [key for key in secrets for text in shown if key.hex() in text or str(key) in text]
    kept = [file for file in run.folder.rglob("*") if file.is_file()]
    assert not [file for file in kept for key in secrets if key in file.read_bytes()]
    assert not key_folder_of(run.id).exists()


def test_a_container_of_another_network_gets_nowhere_and_is_counted(
    client: DockerClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    accesses = note_accesses(monkeypatch)
    said: list[str] = []
    told: list[Happening] = []

    def knock(_run: str) -> None:
        host = accesses[0].host
        [port] = [port for at, port in listeners(os.getpid()) if at == host]
        public = accesses[0].keys["controller"].public
        said.append(said_in_container(client, str(TcpAddress(ENCRYPTED, host, port, public))))

    run = run_of(
        swarm_of(SWARMS, "LooksAround"), tmp_path, told.append, when_running(knock), nodes=2
    )
    assert run.state is RunState.COMPLETED
    assert said == ["refused"]
    assert [one for one in told if isinstance(one, StrangerRefused)]


def said_in_container(client: DockerClient, address: str) -> str:
    """What a container that is none of the run's says after it has knocked there."""
    api = client.api
    here = str(REPOSITORY)
    made = api.create_container(
        plain_image(client),
        ["python3", "-m", "tests.e2e.knocking", address],
        environment={"PYTHONPATH": here},
        host_config=api.create_host_config(binds={here: {"bind": here, "mode": "ro"}}),
    )["Id"]
    try:
        api.start(made)
        api.wait(made)
        return str(api.logs(made), "utf-8").strip()
    finally:
        client.remove(made)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may look at all that passes a bridge")
@pytest.mark.parametrize(("transport", "is_seen"), [("unix", False), ("tcp-plaintext", True)])
def test_on_the_bridge_a_value_is_seen_only_if_the_user_wants_plaintext(
    client: DockerClient, tmp_path: Path, transport: str, *, is_seen: bool
) -> None:
    captures: list[Capture] = []

    def capture(happening: Happening) -> None:
        if isinstance(happening, DaemonConnected) and not captures:
            [network] = client.api.networks(names=[f"swarm-{folder_of(tmp_path)}"])
            captures.append(Capture(f"br-{network['Id'][:12]}"))

    run = swarm_of(SWARMS, "Plants").run(
        nodes=2,
        engine="docker",
        base_image=BASE_IMAGE,
        transport=transport,
        home=tmp_path,
        observers=[capture],
    )
    seen = captures[0].stop()
    assert run.value == 1_000
    assert len(seen) > 10_000
    assert (b"a marker that nobody else writes" in seen) is is_seen


def folder_of(home: Path) -> str:
    """The id of the only run there."""
    [folder] = (home / "runs").iterdir()
    return folder.name


# -------------------------------------------------------------------------------- the end of it


def test_containers_end_with_their_controller_and_a_resumed_run_starts_them_anew(
    client: DockerClient, tmp_path: Path
) -> None:
    begun = swarm_of(SWARMS, "Waits").run(
        engine="docker", base_image=BASE_IMAGE, home=tmp_path, background=True
    )
    holder = holder_of(begun.folder)
    assert holder is not None
    assert [one["State"]["Running"] for one in containers_of(client, begun.id)] == [True]
    os.kill(holder.pid, signal.SIGKILL)
    wait_until(
        lambda: not [one for one in containers_of(client, begun.id) if one["State"]["Running"]]
    )

    resumed = swarm("resume", "--detach", begun.id, "--home", str(tmp_path))
    assert resumed.returncode == 0, resumed.stderr
    assert [one["State"]["Running"] for one in containers_of(client, begun.id)] == [True]
    assert key_folder_of(begun.id).exists()
    begun.kill()
    assert left_of(client, begun.id) == []
    assert not key_folder_of(begun.id).exists()


def test_prune_removes_what_a_dead_controller_has_left(
    client: DockerClient, tmp_path: Path
) -> None:
    left = f"left-by-{os.getpid()}"
    client.make_network(f"swarm-{left}", labels_of(left, tmp_path))
    keys = key_folder_of(left)
    keys.mkdir()
    pruned = swarm("prune", "--yes", "--home", str(tmp_path))
    assert pruned.returncode == 0
    assert f"removed 1 containers, services and networks of run {left}" in pruned.stderr
    assert left_of(client, left) == []
    assert not keys.exists()


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("swarmdsl-no-such:image", "the base image 'swarmdsl-no-such:image' is not here"),
        ("Not A Name", "invalid reference format"),
    ],
)
def test_a_base_image_that_there_is_not_ends_the_run_with_3_and_leaves_nothing(
    client: DockerClient, tmp_path: Path, name: str, told: str
) -> None:
    ended = swarm(
        *("run", "examples/wordcount.py", "--engine", "docker", "--base-image", name),
        *("--home", str(tmp_path)),
    )
    assert ended.returncode == 3
    assert told in ended.stderr
    assert not [one for one in client.folders().values() if one.startswith(str(tmp_path))]


def test_build_names_the_image_and_makes_it_once(client: DockerClient, tmp_path: Path) -> None:
    first = swarm("build", "examples/wordcount.py", "--base-image", BASE_IMAGE)
    again = swarm("build", "examples/wordcount.py", "--base-image", BASE_IMAGE)
    assert first.returncode == again.returncode == 0, first.stderr
    assert first.stdout == again.stdout
    assert first.stdout.startswith("swarm-standardlibrary:")
    assert again.stderr == ""


def swarm(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "swarmdsl", *words],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
