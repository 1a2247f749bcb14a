"""What NumPy gives, returned where plain Python is declared; and arrays that are no plain ones."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from swarmdsl import Run, Task
from swarmdsl.light import Daemon, on
from tests.contracts.rules_case import swarm


def here(home: Path, make: Callable[[], Any]) -> Run:
    """Run a graph in this process."""
    return swarm(make).run(home=home, immediate=True)


def significant() -> bool:
    return np.mean([0.1, 0.2]) < 0.5  # type: ignore[return-value]


def perhaps() -> bool | None:
    return np.mean([0.1, 0.2]) > 0.5  # type: ignore[return-value]


class Turned(Daemon):
    @on
    def turn(self, significant: bool) -> bool:
        return np.logical_not(significant)  # type: ignore[no-any-return]


def came(significant: bool, perhaps: bool | None, turned: list[bool]) -> list[Any]:
    return [significant, perhaps, *turned]


def test_a_comparison_of_numpy_is_a_bool(tmp_path: Path) -> None:
    def graph() -> Task:
        source = Task(significant, "any")
        return Task(came, "any")([source, Task(perhaps, "any"), Task(Turned, "any")(source)])

    value = here(tmp_path, graph).value

    assert [*map(type, value)] == [bool, bool, bool]
    assert value == [True, False, False]
