"""What is said to who wants a run to end: that it has, that it will, or that nobody listens."""

from __future__ import annotations

from pathlib import Path

import pytest

from swarmdsl.control.claim import claimed
from swarmdsl.control.home import RunFolder
from swarmdsl.control.interrupts import COMMANDS, Interrupts
from swarmdsl.control.store import Store
from tests.kept import kept
from tests.unit.cli.command_line import CommandLine

WORKING = [
    (1_000.0, "RoundStarted", "", 0, ""),
    (1_001.0, "InstanceStarted", "source@n1#0", 0, ""),
]


def listening(run: RunFolder, folder: Path) -> Interrupts:
    """A controller that hears what it is told, and does nothing about it."""
    (folder / "swarm-0123abcd").mkdir()
    store = Store.open(run.store, to_write=True)
    store.begin_controller("process", str(folder / "swarm-0123abcd"), 0.0)
    store.close()
    return Interrupts(folder / "swarm-0123abcd" / COMMANDS)


@pytest.mark.parametrize("verb", ["stop", "kill"])
def test_a_run_that_has_ended_needs_no_more(swarm: CommandLine, folder: Path, verb: str) -> None:
    kept(folder / "home", "r1", state="COMPLETED", ended_at=2_000.0)
    ended = swarm(verb, "last", "--home", "home")
    assert (ended.code, ended.out) == (0, "")
    assert ended.err == "run r1 has ended already: COMPLETED\n"


def test_a_lost_run_cannot_be_stopped_and_is_told_what_can_be_done(
    swarm: CommandLine, folder: Path
) -> None:
    kept(folder / "home", "r1")
    ended = swarm("stop", "r1", "--home", "home")
    assert (ended.code, ended.out) == (2, "")
    assert "swarm resume r1 --home home goes on with it" in ended.err
    assert "swarm kill r1 --home home ends it for good" in ended.err


def test_a_lost_run_can_be_killed(swarm: CommandLine, folder: Path) -> None:
    kept(folder / "home", "r1")
    ended = swarm("kill", "r1", "--home", "home")
    assert (ended.code, ended.out) == (0, "")
    assert ended.err == "run r1 is STOPPED: killed by `swarm kill`, after its controller had died\n"


def test_a_round_that_takes_longer_is_told_with_who_works(swarm: CommandLine, folder: Path) -> None:
    run = kept(folder / "home", "r1", events=WORKING)
    interrupts = listening(run, folder)
    with claimed(run.path):
        ended = swarm("stop", "r1", "--timeout", "0.05s", "--home", "home")
    interrupts.heard()
    interrupts.close()
    assert (ended.code, interrupts.stop_wanted) == (4, True)
    assert "has not ended within 0.1 s (source@n1#0: working). It ends when" in ended.err
    assert "swarm kill r1 --home home ends it now" in ended.err


def test_with_no_time_to_wait_it_is_only_told(swarm: CommandLine, folder: Path) -> None:
    run = kept(folder / "home", "r1")
    interrupts = listening(run, folder)
    with claimed(run.path):
        ended = swarm("stop", "r1", "--timeout", "0", "--home", "home")
    interrupts.close()
    assert (ended.code, ended.err) == (
        0,
        "run r1 was told; it ends when its round has finished\n",
    )


@pytest.mark.parametrize("verb", ["stop", "kill"])
def test_a_run_must_be_named(swarm: CommandLine, verb: str) -> None:
    ended = swarm(verb, "--home", "home")
    assert (ended.code, ended.out) == (2, "")
    assert "RUN" in ended.err
