"""What is said to who wants a run to end: that it has, that it will, or that nobody listens."""

from __future__ import annotations

from pathlib import Path

import pytest

from swarmdsl.control.claim import claimed
from swarmdsl.control.home import RunFolder
from swarmdsl.control.interrupts import COMMANDS, Interrupts
from swarmdsl.control.store import Store
from swarmdsl.control.waiting import Patience
from tests.handmade import link, task, topology
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


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Time passes only while somebody waits, and then at once."""
    now = [0.0]

    def pause(seconds: float) -> None:
        now[0] += seconds

    patience = Patience(monotonic_s=lambda: now[0], pause=pause)
    monkeypatch.setattr("swarmdsl.cli.stop.Patience", lambda: patience)


@pytest.mark.usefixtures("hurried")
def test_who_waits_for_longer_is_told_for_what_and_how_long_at_most(
    swarm: CommandLine, folder: Path
) -> None:
    run = kept(folder / "home", "r1", events=WORKING)
    interrupts = listening(run, folder)
    with claimed(run.path):
        ended = swarm("stop", "r1", "--timeout", "42s", "--home", "home")
    interrupts.close()
    first, last = ended.err.splitlines()
    assert first == (
        "run r1 was told, and ends when its round has finished (source@n1#0: working); "
        "this waits for it for at most 42 s"
    )
    assert last.startswith("run r1 has not ended within 42 s")


@pytest.mark.usefixtures("hurried")
def test_a_run_with_sources_is_told_with_their_time(swarm: CommandLine, folder: Path) -> None:
    source, reader = task("source", "daemon"), task("reader", "daemon")
    stream = topology([source, reader], [link("source", "reader", port="value"), link("reader")])
    run = kept(folder / "home", "r1", swarm=stream)
    interrupts = listening(run, folder)
    with claimed(run.path):
        ended = swarm("stop", "r1", "--timeout", "42s", "--home", "home")
    interrupts.close()
    assert "; its sources may go on for 5.0 s (limits.stop_timeout_s); this" in ended.err
