"""A port that is written down: told when a swarm is validated, refused when it is to run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit.cli.command_line import CommandLine

Put = Callable[[str, str], Path]

KEEPING = """
    from swarmdsl import Daemon, Swarm, Task, on

    class Keeper(Daemon):
        @on
        def keep(self, number: int) -> int:
            return number

    def start() -> int:
        return 1

    class Keeping(Swarm):
        def execute(self):
            return Task(Keeper, "any", maximum=1, alias="keeper", port=3391)(Task(start, "any"))
"""
REFUSED = "it opens no ports (SW416), and these daemons have one:\n  keeper@node1#0 at port 3391"


@pytest.fixture(autouse=True)
def keeping(put: Put) -> None:
    put("keeping.py", KEEPING)


def test_validate_warns_that_nothing_opens_it(swarm: CommandLine) -> None:
    ended = swarm("validate", "keeping.py")
    assert ended.code == 0
    assert "SW416 warning: keeper has port=3391, which no engine of this version" in ended.out
    assert swarm("validate", "keeping.py", "--strict").code == 1


def test_run_refuses_it_and_keeps_no_run(swarm: CommandLine, folder: Path) -> None:
    ended = swarm("run", "keeping.py", "--home", "home")
    assert ended.code != 0
    assert REFUSED in ended.err
    assert not list((folder / "home").rglob("run.sqlite"))


def test_run_refuses_what_was_compiled_before(swarm: CommandLine) -> None:
    assert swarm("compile", "keeping.py", "-o", "built").code == 0
    ended = swarm("run", "built", "--home", "home", "--quiet")
    assert ended.code != 0
    assert REFUSED in ended.err


def test_plan_says_where_it_listens(swarm: CommandLine) -> None:
    ended = swarm("compile", "keeping.py", "--plan")
    assert "  listens at port 3391 of localhost\n" in ended.out
