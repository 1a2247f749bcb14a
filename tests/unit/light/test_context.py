"""The context of a task holds in its block, and in no other thread."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from swarmdsl.errors import OutsideTask
from swarmdsl.light import Globals, entered
from swarmdsl.light.context import current
from tests.unit.light.asked import Asked


def test_blocks_nest_and_give_back_what_was_before() -> None:
    outer = Asked().context()
    inner = replace(outer, node="n2")
    with entered(outer):
        with entered(inner):
            assert current("test").node == "n2"
        assert current("test") is outer
    with pytest.raises(OutsideTask):
        current("test")


def test_a_block_that_raises_gives_back_too() -> None:
    with pytest.raises(ValueError, match="inside"), entered(Asked().context()):
        raise ValueError("inside")
    with pytest.raises(OutsideTask):
        current("test")


def test_a_thread_that_a_task_starts_is_outside_of_it() -> None:
    """Only the task's own thread may wait for the controller."""
    with entered(Asked().context()), ThreadPoolExecutor(1) as pool, pytest.raises(OutsideTask):
        pool.submit(lambda: Globals()["w"]).result()
