"""Functions and handlers log as scripts do: by the instance and the round that they work in."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from swarmdsl import Daemon, Swarm, Task, on
from swarmdsl.light import logger

TIME = re.compile(r"^\S+T\S+ ", re.MULTILINE)


def double(number: int) -> int:
    logger.info("doubles %d", number)
    return 2 * number


class Keep(Daemon):
    def __init__(self) -> None:
        logger.info("is made")

    @on
    def take(self, number: int) -> int:
        logger.warning("keeps %d", number)
        return number


class Logging(Swarm):
    def execute(self) -> Task:
        return Task(Keep, method="any")(Task(double, inputs={"number": 4}))


@pytest.mark.e2e
def test_function_and_handler_log_by_instance_and_round(tmp_path: Path) -> None:
    run = Logging(max_iteration=2).run(home=tmp_path)
    text = "".join(log.read_text() for log in sorted((run.folder / "logs").glob("*@*.log")))
    assert sorted(TIME.sub("", text).splitlines()) == [
        "INFO is made",
        "Keep@node1#0 round 0 WARNING keeps 8",
        "Keep@node1#0 round 1 WARNING keeps 8",
        "double@node1#0 round 0 INFO doubles 4",
        "double@node1#0 round 1 INFO doubles 4",
    ]
