"""A swarm that stands: brought up, changed while it works, and taken down with all that is its."""

from __future__ import annotations

import io
import json
import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from swarmdsl.control.claim import holder_of, is_claimed
from swarmdsl.control.detach import controller_log
from swarmdsl.control.home import list_runs
from swarmdsl.control.stored_run import StoredRun
from swarmdsl.deploy.engines.docker_client import DAEMON_LABEL, RUN_LABEL, DockerClient
from swarmdsl.deploy.engines.docker_ground import key_folder_of
from swarmdsl.deploy.engines.docker_observed import found_of
from tests.docker_case import BASE_IMAGE, docker_client, plain_image

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(480)]

PARTS = """
from swarmdsl import Daemon, call, every, on

class Ticks(Daemon):
    def __init__(self) -> None:
        self.count = 0

    @every(seconds=0.05)
    def tick(self) -> int:
        self.count += 1
        return self.count

    def position(self) -> int:
        return self.count

    def seek(self, position: int) -> None:
        self.count = position

class Doubles(Daemon):
    @on
    def double(self, number: int) -> int:
        return 2 * number

class Sums(Daemon):
    def __init__(self) -> None:
        self.total = 0

    @on
    def add(self, number: int) -> None:
        self.total += number

    @call
    def of_now(self) -> int:
        return self.total
"""
LINE = """
import os

from parts import Doubles, Sums, Ticks
from swarmdsl import Module, Swarm, Task

class Line(Swarm):
    def execute(self):
        doubles = Module(Doubles, image=os.environ.get("SIDE_IMAGE"))
        names = {"ticks": Module(Ticks), "doubles": doubles, "sums": Module(Sums)}
        tasks = [Task(module, alias=name, method="any") for name, module in names.items()]
        return tasks[2](tasks[1](tasks[0]()))
"""
TARGET = "line.py"
DOUBLES, SUMS, TICKS = "doubles@node1#0", "sums@node1#0", "ticks@node1#0"


class Home:
    """A project of a test, and where its swarm stands that the test has brought up."""

    def __init__(self, folder: Path, engine: str) -> None:
        self.folder = folder / "home"
        self.engine = engine
        self.project = folder / "project"
        self.project.mkdir()
        # Its images are its own: other tests make and remove theirs at the same time.
        (self.project / "parts.py").write_text(f"# of {folder}\n{PARTS}", "utf-8")
        (self.project / TARGET).write_text(LINE, "utf-8")

    def stands(self, *words: str, **variables: str) -> str:
        """Bring it up, and be sure that it is; its run."""
        ended = self.up(*words, **variables)
        assert ended.returncode == 0, ended.stderr
        return ended.stdout.strip()

    def up(self, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
        by = ("--engine", self.engine, "--base-image", BASE_IMAGE)
        return self.call("up", TARGET, *by, *words, variables=variables)

    def down(self, *words: str) -> subprocess.CompletedProcess[str]:
        return self.call("down", *words)

    def call(
        self, *words: str, variables: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "swarmdsl", *words, "--home", str(self.folder)],
            cwd=self.project,
            env={**os.environ, **(variables or {})},
            capture_output=True,
            text=True,
            check=False,
        )

    @property
    def runs(self) -> list[str]:
        return [run.id for run in list_runs(self.folder)]

    def why(self) -> str:
        """What became of the newest run, with what its controller has said."""
        run = list_runs(self.folder)[0]
        return f"{StoredRun.open(run).record()}\n{controller_log(run).read_text('utf-8')}"

    def kill_the_controller(self) -> None:
        holder = holder_of(list_runs(self.folder)[0].path)
        assert holder is not None
        os.kill(holder.pid, signal.SIGKILL)


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Home]:
    home = Home(tmp_path, "process")
    yield home
    home.down()


def test_brought_up_twice_it_stands_once(here: Home) -> None:
    first, second = here.up(), here.up()
    assert (first.returncode, second.returncode) == (0, 0), first.stderr + second.stderr
    assert first.stdout == second.stdout == f"{here.runs[0]}\n"
    assert len(here.runs) == 1
    assert f"nothing to do: run {here.runs[0]} stands as it is wanted" in second.stderr


def test_a_dry_run_writes_the_plan_and_does_nothing(here: Home) -> None:
    shown = here.up("--dry-run")
    assert shown.returncode == 0
    assert shown.stdout.startswith("begin run        Line by process, 3 daemons: no run of it")
    assert here.runs == []
    assert json.loads(here.up("--dry-run", "--format", "json").stdout)["dry_run"] is True


def test_what_needs_another_run_is_refused_unless_it_is_forced(here: Home) -> None:
    here.stands()
    [before] = here.runs
    refused = here.up("--nodes", "2")
    assert refused.returncode == 2
    assert f"run {before} stands, and what is wanted needs another" in refused.stderr
    assert here.runs == [before]

    forced = here.up("--nodes", "2", "--force", "--timeout", "10s")
    assert forced.returncode == 0, forced.stderr
    assert len(here.runs) == 2
    records = {run.id: StoredRun.open(run).record() for run in list_runs(here.folder)}
    assert records[before].ended_at is not None
    assert forced.stdout == f"{here.runs[0]}\n"


def test_one_that_nobody_looks_after_is_gone_on_with(here: Home) -> None:
    here.stands()
    here.kill_the_controller()
    again = here.up()
    assert again.returncode == 0, again.stderr
    assert f"resume run       {here.runs[0]}: the process that looked after it died" in again.stderr
    assert len(here.runs) == 1
    assert is_claimed(list_runs(here.folder)[0].path), here.why()


@pytest.mark.parametrize("named", ["", TARGET, f"{TARGET}:Line", "run"])
def test_it_is_taken_down_however_it_is_named_and_twice_is_no_mistake(
    here: Home, named: str
) -> None:
    run = here.stands()
    words = [run if named == "run" else named] if named else []
    ended, again = here.down(*words), here.down(*words)
    assert ended.returncode == 0, ended.stderr
    assert f"stop run         {run}: it is to be taken down" in ended.stderr
    assert not is_claimed(list_runs(here.folder)[0].path)
    assert again.returncode == 0
    assert again.stderr.startswith("nothing to do: nothing")


def test_a_dry_run_of_it_takes_nothing_down(here: Home) -> None:
    run = here.stands()
    shown = here.down("--dry-run")
    assert shown.stdout == f"stop run         {run}: it is to be taken down\n"
    assert is_claimed(list_runs(here.folder)[0].path)


# ------------------------------------------------------------------------------------ containers


@pytest.fixture
def client() -> Iterator[DockerClient]:
    made = docker_client()
    plain_image(made)  # Once, and not by several processes of the tests at once.
    yield made
    made.close()


@pytest.fixture
def side(client: DockerClient) -> Iterator[str]:
    """Another base image, of this test alone."""
    name = f"swarmdsl-tests-side:{secrets.token_hex(6)}"
    makes = json.dumps(["python3", "-c", "open('/side', 'w').close()"])
    text = f"FROM {BASE_IMAGE}\nLABEL swarmdsl.tests={name}\nRUN {makes}\n"
    said = client.api.build(fileobj=io.BytesIO(text.encode()), tag=name, rm=True, decode=True)
    assert not [message for message in said if "error" in message]
    yield name
    client.api.remove_image(name, force=True)


@pytest.fixture
def contained(client: DockerClient, tmp_path: Path) -> Iterator[Home]:
    home = Home(tmp_path, "docker")
    yield home
    home.down()


def containers_of(client: DockerClient, run: str) -> dict[str, str]:
    """The container of each daemon."""
    found = client.api.containers(filters={"label": f"{RUN_LABEL}={run}"})
    return {one["Labels"][DAEMON_LABEL]: one["Id"] for one in found}


def left_in(client: DockerClient, runs: list[str], base: str) -> list[str]:
    """All that Docker has for some runs, and what is made from an image."""
    api = client.api
    chosen = [{"label": f"{RUN_LABEL}={run}"} for run in runs]
    found = [one["Id"] for run in chosen for one in api.containers(all=True, filters=run)]
    found += [one["Id"] for run in chosen for one in api.networks(filters=run)]
    layers = api.inspect_image(base)["RootFS"]["Layers"]
    images = [api.inspect_image(one["Id"]) for one in api.images(all=True)]
    return found + [
        one["Id"]
        for one in images
        if one["RootFS"]["Layers"][: len(layers)] == layers and base not in one["RepoTags"]
    ]


def volumes_of(client: DockerClient, run: str) -> list[str]:
    """The volumes that the containers of a run have."""
    containers = client.api.containers(filters={"label": f"{RUN_LABEL}={run}"})
    mounts = [mount for one in containers for mount in one["Mounts"]]
    return [mount["Name"] for mount in mounts if mount["Type"] == "volume"]


def test_another_image_of_one_module_replaces_exactly_its_containers(
    client: DockerClient, contained: Home, side: str
) -> None:
    run = contained.stands()
    before = containers_of(client, run)
    assert contained.stands() == run
    assert containers_of(client, run) == before
    assert len(before) == 3

    shown = contained.up("--dry-run", SIDE_IMAGE=side)
    assert [line.split()[:3] for line in shown.stdout.splitlines()[1:]] == [
        ["replace", "daemon", DOUBLES]
    ]
    changed = contained.up(SIDE_IMAGE=side)
    assert changed.returncode == 0, changed.stderr
    after = containers_of(client, run)
    assert {daemon for daemon in before if before[daemon] != after[daemon]} == {DOUBLES}
    assert changed.stdout.strip() == run
    assert "nothing to do" in contained.up(SIDE_IMAGE=side).stderr

    told = contained.call("call", run, "sums.of_now")
    assert int(told.stdout) > 0, told.stderr
    stored = StoredRun.open(list_runs(contained.folder)[0])
    assert stored.events_of(["DaemonLost"]) == []

    image = found_of(client, run).images[DOUBLES]
    contained.kill_the_controller()
    assert contained.stands(SIDE_IMAGE=side) == run
    assert found_of(client, run).images.get(DOUBLES) == image, contained.why()


def test_taken_down_it_leaves_nothing_that_it_did_not_find(
    client: DockerClient, contained: Home, side: str
) -> None:
    run = contained.stands(SIDE_IMAGE=side)
    volumes = volumes_of(client, run)
    [kept] = (contained.folder / "deployments").glob("*.json")
    made = json.loads(kept.read_text("utf-8"))["made"]
    assert (len(containers_of(client, run)), len(volumes)) == (3, 3)
    assert left_in(client, [run], side)

    ended = contained.down("--timeout", "10s")
    assert ended.returncode == 0, ended.stderr
    assert f"remove image     {made[0]}: " in ended.stderr
    assert left_in(client, [run], side) == []
    there = {tag for one in client.api.images() for tag in one["RepoTags"] or ()}
    assert not {*made} & there
    assert not {*volumes} & {one["Name"] for one in client.api.volumes()["Volumes"] or ()}
    assert not key_folder_of(run).exists()
    assert not kept.exists()


def test_what_a_dead_controller_has_left_is_taken_down_too(
    client: DockerClient, contained: Home
) -> None:
    contained.stands()
    contained.kill_the_controller()
    ended = contained.down()
    assert ended.returncode == 0, ended.stderr
    assert found_of(client, contained.runs[0]).containers == ()
    assert found_of(client, contained.runs[0]).networks == ()


def test_an_image_that_cannot_be_had_ends_it_with_3_and_says_what_was_not_done(
    contained: Home,
) -> None:
    failed = contained.up(SIDE_IMAGE="swarmdsl-no-such:image")
    assert failed.returncode == 3
    assert "the base image 'swarmdsl-no-such:image' is not here" in failed.stderr
    assert "not done: begin run        Line by docker, 3 daemons" in failed.stderr
    assert contained.runs == []
