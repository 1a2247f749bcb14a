"""What a failing task had been given is told with its error, in real runs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from swarmdsl import Daemon, Run, Swarm, Task, module, on
from swarmdsl.light import secret

pytestmark = pytest.mark.e2e

SECRET = "s3cr3t " * 3  # which the bundle of this file does not hold as it is


@dataclass
class Event:
    """An event of a camera."""

    id: int
    token: str


class Camera(Daemon):
    """Sends a secret with each event, as nobody should."""

    def produce(self) -> Iterator[Event]:
        token = secret("token")
        yield from (Event(number, token) for number in range(1, 40))


class Stereo(Daemon):
    """Cannot do with one of the events."""

    @on
    def take(self, event: Event) -> None:
        if event.id == 17:
            raise ValueError("no coincidence")


class Sky(Swarm):
    def execute(self) -> Task:
        camera = module(secrets=["token"])(Camera)
        return Task(Stereo, "any")(Task(camera, "any", alias="camera"))


def reason_of(run: Run) -> str:
    assert run.state.value == "FAILED"
    return run.reason.text


def test_a_handler_is_told_with_its_push_and_without_secrets(tmp_path: Path) -> None:
    run = Sky().run(home=tmp_path, secrets={"token": SECRET})
    assert reason_of(run).endswith(
        "raised ValueError: no coincidence; at push 17 of camera@node1#0: Event(id=17, token='***')"
    )
    written = [file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()]
    assert not any(SECRET.encode() in one for one in written)


def parse(line: str) -> int:
    return int(line)


class Parsing(Swarm):
    def execute(self) -> list[Task]:
        return [Task(parse, inputs={"line": line}) for line in ("1", "two")]


def test_a_function_is_told_with_its_arguments(tmp_path: Path) -> None:
    assert reason_of(Parsing().run(home=tmp_path)).endswith("; called with line='two'")


def tokens() -> dict[str, int]:
    found: dict[str, Any] = {"first": 1, "second": secret("token")}
    return found


class Telling(Swarm):
    def execute(self) -> Task:
        return Task(module(secrets=["token"])(tokens), "any")


def test_a_value_that_is_refused_is_told_with_its_place_and_without_secrets(tmp_path: Path) -> None:
    run = Telling().run(home=tmp_path, secrets={"token": SECRET})
    assert "no dict[str, int]: at ['second'] the type is str, not int: '***'" in reason_of(run)
