"""A global that `--set` gives is of the kind that the swarm itself sets."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from swarmdsl.cli.exits import UsageError
from swarmdsl.cli.globals_given import globals_given
from swarmdsl.cli.globals_typed import refuse_other_kinds
from tests.unit.cli.command_line import CommandLine

OWN = {
    "rounds": 10,
    "rate": 0.5,
    "verbose": False,
    "name": "ada",
    "sizes": (1, 2),
    "table": {"a": 1},
    "seed": None,
    "model": object(),
}
ROUNDS = """
    from swarmdsl import Swarm, Task
    from swarmdsl.light import World

    def count(world: World) -> int:
        return world.globals["rounds"]

    class Rounds(Swarm):
        def __init__(self):
            super().__init__()
            self.set_global("rounds", 10)

        def execute(self):
            return Task(count, method="any")
"""


@pytest.mark.parametrize(
    "pair",
    [
        "rounds=8",
        "rounds=0.5",
        "rate=1",
        "verbose=true",
        "name=grace",
        "sizes=[3]",
        'table={"b": 2}',
        "seed=x",
        "seed=7",
        "model=x",
        "rounds=null",
        "other=x",
    ],
)
def test_a_value_of_the_same_kind_is_taken(pair: str) -> None:
    refuse_other_kinds(globals_given([pair]), OWN)


@pytest.mark.parametrize(
    ("pair", "told"),
    [
        ("rounds=eight", "--set rounds: the swarm sets a number (10), and 'eight' is none; write"),
        ("rounds=true", "the swarm sets a number (10), and True is none"),
        ("verbose=yes", "a truth value (False), and 'yes' is none; write --set verbose=true"),
        ("name=7", """a text ('ada'), and 7 is none; write --set name='"7"'"""),
        ("sizes=3", "a list ((1, 2)), and 3 is none; write --set sizes='[1, 2]'"),
        ("table=[1]", "a dict ({'a': 1}), and [1] is none"),
        (f"rate={'x' * 99}", f"a number (0.5), and '{'x' * 36}... is none"),
    ],
)
def test_one_of_another_kind_is_refused_with_what_is_expected(pair: str, told: str) -> None:
    with pytest.raises(UsageError) as raised:
        refuse_other_kinds(globals_given([pair]), OWN)
    assert told in str(raised.value)


def test_all_of_them_are_told_at_once_and_nothing_is_started(
    swarm: CommandLine, put: Callable[[str, str], Path], folder: Path
) -> None:
    put("rounds.py", ROUNDS)
    ended = swarm("run", "--home", "home", "rounds.py", "--set", "rounds=eight")
    assert (ended.code, ended.out) == (2, "")
    assert "and 'eight' is none; write --set rounds=10" in ended.err
    assert not (folder / "home").exists()
