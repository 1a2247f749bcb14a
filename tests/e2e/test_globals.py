"""Globals as a mapping, wherever code of a task runs."""

from __future__ import annotations

from typing import Any

import pytest

from swarmdsl import Module, Swarm, Task
from swarmdsl.errors import CallFailed
from swarmdsl.light import World

pytestmark = pytest.mark.e2e

SCRIPT = """
from swarmdsl.errors import CallFailed
from swarmdsl.light import World

def main():
    found = World().globals
    told: list[Any] = []
    try:
        found["epoch"]
    except KeyError as error:
        told = [isinstance(error, CallFailed), str(error)]
    found["rate"] = 0.5
    kept = [dict(found), len(found), found.get("x", 7), repr(found)]
    return {"told": told, "in": "rate" in found, "kept": kept}
"""


def look(world: World) -> dict[str, Any]:
    """Do all that is done to a mapping."""
    found = world.globals
    told: list[Any] = []
    try:
        found["epoch"]
    except KeyError as error:
        told = [isinstance(error, CallFailed), str(error)]
    found["rate"] = 0.5
    kept = [dict(found), len(found), found.get("x", 7), repr(found)]
    return {"told": told, "in": "rate" in found, "kept": kept}


class Looking(Swarm):
    """Looks at its globals."""

    def __init__(self, code: Any) -> None:
        super().__init__()
        self.code = code
        self.set_global("epochs", 10)

    def execute(self) -> Task:
        """The graph."""
        return Task(self.code, "any")


@pytest.mark.parametrize("immediate", [False, True])
@pytest.mark.parametrize("code", [look, Module(SCRIPT, name="look")], ids=["function", "script"])
def test_globals_are_a_mapping(code: Any, immediate: bool) -> None:
    seen = Looking(code).run(immediate=immediate).value
    assert seen == {
        "told": [True, "World.globals: no global is named 'epoch'; set so far: epochs"],
        "in": True,
        "kept": [{"epochs": 10, "rate": 0.5}, 2, 7, "<Globals: epochs, rate>"],
    }
