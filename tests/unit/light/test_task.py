"""The base class of scripts."""

from __future__ import annotations

import pytest

from swarmdsl.errors import OutsideTask
from swarmdsl.light import Task, entered, logger
from tests.unit.light.asked import Asked


def test_a_task_knows_its_instance_its_run_and_its_logger() -> None:
    with entered(Asked().context()):
        task = Task()
    assert (task.task_id, task.swarm_id, task.logger) == ("trainer@n1#0", "r", logger)


def test_a_task_without_run_says_what_is_missing() -> None:
    class Trainer(Task):
        pass

    missing = pytest.raises(NotImplementedError, match=r"Trainer must define run\(\)")
    with entered(Asked().context()), missing:
        Trainer().run()


def test_a_task_cannot_be_made_outside_of_a_run() -> None:
    with pytest.raises(OutsideTask, match=r"Task\(\) works only"):
        Task()
