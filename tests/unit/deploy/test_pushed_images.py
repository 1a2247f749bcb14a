"""An image reaches its registry, also one that is slow to answer; a refusal is told at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

import pytest

from swarmdsl.deploy.engines.docker_client import DockerClient
from swarmdsl.deploy.engines.docker_images import PUSHES_MAX, DockerImages
from swarmdsl.errors import EngineError

LATE = "net/http: request canceled (Client.Timeout exceeded while awaiting headers)"


class Engine:
    """As a Docker Engine answers, whose registry says these things one after another."""

    def __init__(self, *answers: str) -> None:
        self.api = self
        self._answers = list(answers)
        self._digests: list[str] = []
        self.pushes = 0

    @contextmanager
    def told(self, _what: str) -> Iterator[None]:
        yield

    def inspect_image(self, _tag: str) -> dict[str, Any]:
        return {"RepoDigests": self._digests}

    def tag(self, *_names: str) -> None:
        pass

    def push(self, there: str, _version: str, **_how: bool) -> Iterator[dict[str, str]]:
        self.pushes += 1
        answer = self._answers.pop(0)
        yield {"status": "preparing"}
        if answer:
            yield {"error": answer}
        else:
            self._digests.append(f"{there}@sha256:0")


def pushed(engine: Engine, said: list[str]) -> str:
    images = DockerImages(cast("DockerClient", engine))
    return images.push("words:1", "registry:5000/swarms", said.append)


def test_a_registry_that_does_not_answer_in_time_is_asked_again() -> None:
    engine, said = Engine(LATE, LATE, ""), list[str]()
    assert pushed(engine, said) == "registry:5000/swarms/words@sha256:0"
    assert (
        said[1:]
        == ["registry:5000/swarms did not answer in time: pushing the image words:1 again"] * 2
    )


@pytest.mark.parametrize(("answers", "pushes"), [([LATE] * 9, PUSHES_MAX), (["denied"], 1)])
def test_after_a_few_times_or_a_refusal_the_run_does_not_begin(
    answers: list[str], pushes: int
) -> None:
    engine = Engine(*answers)
    with pytest.raises(EngineError, match=f"cannot push the image words:1.*{answers[0][:6]}"):
        pushed(engine, [])
    assert engine.pushes == pushes
