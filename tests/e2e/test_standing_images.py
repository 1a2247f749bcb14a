"""A swarm that stands, of which one module is an image: it is given another while it works."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from swarmdsl.deploy.engines.docker_client import DockerClient
from tests.docker_case import docker_client, plain_image
from tests.e2e.test_up import TARGET, Home, containers_of, left_in
from tests.shell_image import shell_image

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(480)]

PATIENCE_S = 60.0
LABEL = "swarmdsl.tests"
SHOUT, TICKS, KEEPS = "worker@node1#0", "ticks@node1#0", "keeps@node1#0"
SCRIPT = """
while read line; do :; done
echo "\\"$WORD\\""
"""
PARTS = """
from swarmdsl import Daemon, call, every, on

class Ticks(Daemon):
    def __init__(self) -> None:
        self.count = 0

    @every(seconds=0.2)
    def tick(self) -> int:
        self.count += 1
        return self.count

    def position(self) -> int:
        return self.count

    def seek(self, position: int) -> None:
        self.count = position

class Keeps(Daemon):
    def __init__(self) -> None:
        self.word = ""

    @on
    def keep(self, word: str) -> None:
        self.word = word

    @call
    def newest(self) -> str:
        return self.word
"""
LINE = """
from parts import Keeps, Ticks
from swarmdsl import Condition, Module, Swarm, Task

class Line(Swarm):
    def execute(self):
        module = Module(None, "{image}", name="shout", takes=int, yields=str)
        ticks, keeps = Task(Ticks, "any", alias="ticks"), Task(Keeps, "any", alias="keeps")
        return keeps(Task(module, "any", alias="shout")(ticks, condition=Condition.RESULT))
"""


@pytest.fixture
def client() -> Iterator[DockerClient]:
    made = docker_client()
    plain_image(made)
    yield made
    made.close()


@pytest.fixture
def image(client: DockerClient) -> Iterator[str]:
    """The image of a module that says `one`, of this test alone."""
    name = f"swarmdsl-tests-word:{secrets.token_hex(6)}"
    says(client, name, "one")
    yield name
    forget(client, name)


def says(client: DockerClient, name: str, word: str) -> None:
    """Make an image of this name that says the word, also in the place of another.

    Its layer is of this name alone: by that it is told from what other tests have meanwhile.
    """
    shell_image(
        client, name, f"# {name}\n{SCRIPT}", [], f"ENV WORD={word}", f"LABEL {LABEL}={name}"
    )


def forget(client: DockerClient, name: str) -> None:
    """Remove all images that have had this name."""
    client.api.remove_image(name, force=True)
    client.api.prune_images(filters={"dangling": True, "label": f"{LABEL}={name}"})


def standing_on(folder: Path, engine: str, image: str) -> Home:
    """The project of the swarm of which one module is that image."""
    made = Home(folder, engine)
    (made.project / "parts.py").write_text(f"# of {folder}\n{PARTS}", "utf-8")
    (made.project / TARGET).write_text(LINE.replace("{image}", image), "utf-8")
    return made


@pytest.fixture
def home(tmp_path: Path, image: str) -> Iterator[Home]:
    made = standing_on(tmp_path, "docker", image)
    yield made
    made.down()


def comes_to_say(home: Home, run: str, word: str) -> bool:
    """Whether the image of this word comes to be the one at work."""
    deadline_s = time.monotonic() + PATIENCE_S
    while word not in (told := home.call("call", run, "keeps.newest")).stdout:
        assert time.monotonic() < deadline_s, f"{told}\n{home.why()}"
    return True


def test_the_image_of_a_module_is_replaced_in_the_run_that_goes_on_and_nothing_of_ours_is_left(
    client: DockerClient, home: Home, image: str
) -> None:
    run = home.stands()
    assert comes_to_say(home, run, "one")
    before, first = containers_of(client, run), client.api.inspect_image(image)["Id"]
    assert {*before} == {SHOUT, TICKS, KEEPS}
    assert "nothing to do" in home.up().stderr

    says(client, image, "two")
    changed = home.up()
    assert (changed.returncode, changed.stdout.strip()) == (0, run), changed.stderr
    assert comes_to_say(home, run, "two")
    after = containers_of(client, run)
    assert {daemon for daemon in before if before[daemon] != after[daemon]} == {SHOUT}

    assert len(left_in(client, [run], image)) > len(after)
    ended = home.down("--timeout", "10s")
    assert ended.returncode == 0, ended.stderr
    assert {*left_in(client, [run], image)} <= {first}
    assert client.api.inspect_image(image)


def test_an_image_that_cannot_be_had_is_told_and_nothing_begins(home: Home) -> None:
    (home.project / TARGET).write_text(LINE.replace("{image}", "swarmdsl-no-such:image"), "utf-8")
    shown = home.up("--dry-run")
    assert "pull image       swarmdsl-no-such:image: it is not here" in shown.stdout
    failed = home.up()
    assert failed.returncode == 3
    assert "'swarmdsl-no-such:image' is not here" in failed.stderr
    assert home.runs == []
