"""A global that `--set` gives is refused if the swarm can do nothing with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from swarmdsl import Swarm
from swarmdsl.cli.exits import UsageError
from swarmdsl.cli.globals_known import code_of, refuse_unknown
from tests.handmade import chain
from tests.unit.cli.command_line import CommandLine

TRAIN = """
    from swarmdsl import Swarm, Task
    from swarmdsl.errors import SwarmError
    from swarmdsl.light import World

    def train(world: World) -> int:
        try:
            return world.globals["verbose"]
        except SwarmError:
            return 0

    class Train(Swarm):
        def __init__(self):
            super().__init__()
            self.set_global("rounds", 10)

        def execute(self):
            self.set_global("rate", 0.5)
            return Task(train, method="any", maximum=self.get_global("tries", 1))
"""


@pytest.fixture
def run(swarm: CommandLine, put: Callable[[str, str], Path]) -> CommandLine:
    put("train.py", TRAIN)
    return lambda *pairs: swarm(
        "run",
        "--home",
        "home",
        "--immediate",
        "--quiet",
        "train.py",
        *(word for pair in pairs for word in ("--set", pair)),
    )


def test_a_misspelt_name_is_refused_with_the_one_that_was_meant(
    run: CommandLine, folder: Path
) -> None:
    ended = run("rouns=3")
    assert (ended.code, ended.out) == (2, "")
    assert "--set rouns: the swarm sets no global of that name" in ended.err
    assert "did you mean 'rounds'?" in ended.err
    assert not (folder / "home").exists(), "nothing was started"


def test_each_that_is_unknown_is_told_with_what_there_is(run: CommandLine) -> None:
    ended = run("rouns=3", "colour=red")
    assert "--set rouns" in ended.err
    assert "--set colour: the swarm sets no global of that name" in ended.err
    assert "it has rounds, rate." in ended.err
    assert "self.set_global('colour', DEFAULT)" in ended.err


@pytest.mark.parametrize("pair", ["rounds=3", "rate=0.1", "tries=1"])
def test_what_the_swarm_sets_or_asks_for_is_accepted(run: CommandLine, pair: str) -> None:
    assert (run(pair).code, run(pair).err) == (0, "")


def test_what_only_a_task_asks_for_is_accepted(run: CommandLine) -> None:
    ended = run("verbose=7")
    assert (ended.code, ended.out) == (0, "7\n")


def test_code_that_is_not_packaged_cannot_be_looked_through() -> None:
    swarm = chain()
    packaged = [replace(one, bundle="9f") for one in swarm.modules]
    installed = replace(packaged[0], bundle="")
    assert code_of(replace(swarm, modules=tuple(packaged)), {"9f": b"code"}) == [b"code"]
    assert code_of(replace(swarm, modules=(installed, *packaged)), {"9f": b"code"}) is None


def test_a_swarm_that_sets_none_is_given_any() -> None:
    refuse_unknown(Swarm(), ["anything"], [], [])


def test_a_name_is_no_part_of_another_word() -> None:
    with pytest.raises(UsageError, match="--set ate:"):
        refuse_unknown(Swarm(), ["ate"], ["rounds"], [b"rate later"])


def test_pickled_code_is_looked_through_as_it_is() -> None:
    refuse_unknown(Swarm(), ["verbose"], ["rounds"], [b"\x80\x05\x8c\x07verbose\x94."])
