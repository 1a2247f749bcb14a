"""What another process asks reaches the controller that is meant, and nobody else."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from swarmdsl.control import commanding
from swarmdsl.control.claim import CLAIM, claimed
from swarmdsl.control.commanding import ask_to_stop, await_end, kill
from swarmdsl.control.home import RunFolder
from swarmdsl.control.interrupts import COMMANDS, Interrupts
from swarmdsl.control.launch import LaunchOptions
from swarmdsl.control.store import Store
from swarmdsl.control.stored_run import StoredRun
from swarmdsl.control.waiting import Patience
from swarmdsl.errors import RunUnreachable
from tests.kept import kept

HOLDS = """
import pathlib, sys
from swarmdsl.control.claim import claimed
with claimed(pathlib.Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


class Clock:
    """Time that passes by waiting alone."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s

    def pause(self, seconds: float) -> None:
        self.now_s += seconds


@pytest.fixture
def patience() -> Patience:
    clock = Clock()
    return Patience(monotonic_s=clock, pause=clock.pause)


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    """A run that is RUNNING, whose sockets are in `swarm-sockets`."""
    made = kept(tmp_path, "r1")
    (tmp_path / "swarm-sockets").mkdir()
    store = Store.open(made.store, to_write=True)
    store.begin_controller("process", str(tmp_path / "swarm-sockets"), 0.0)
    store.close()
    return made


@pytest.fixture
def interrupts(folder: RunFolder, tmp_path: Path) -> Iterator[Interrupts]:
    made = Interrupts(tmp_path / "swarm-sockets" / COMMANDS)
    yield made
    made.close()


def test_a_controller_is_asked_to_stop(
    folder: RunFolder, interrupts: Interrupts, patience: Patience
) -> None:
    with claimed(folder.path):
        ask_to_stop(folder, patience)
    assert select.select([interrupts], [], [], 0)[0]
    interrupts.heard()
    assert (interrupts.stop_wanted, interrupts.count) == (True, 0)
    assert not select.select([interrupts], [], [], 0)[0]


def test_one_that_does_not_listen_is_told_of_after_a_while(
    folder: RunFolder, patience: Patience
) -> None:
    with claimed(folder.path), pytest.raises(RunUnreachable, match="does not listen"):
        ask_to_stop(folder, patience)


def test_a_run_that_nobody_looks_after_cannot_be_asked(
    folder: RunFolder, interrupts: Interrupts, patience: Patience
) -> None:
    with pytest.raises(RunUnreachable, match="died"):
        ask_to_stop(folder, patience)
    interrupts.heard()
    assert not interrupts.stop_wanted


def test_what_stands_in_the_place_of_the_pipe_is_not_written_to(
    folder: RunFolder, tmp_path: Path, patience: Patience
) -> None:
    file = tmp_path / "swarm-sockets" / COMMANDS
    file.touch()
    with claimed(folder.path), pytest.raises(RunUnreachable):
        ask_to_stop(folder, patience)
    assert file.read_bytes() == b""


def test_an_end_is_waited_for_no_longer_than_said(folder: RunFolder, patience: Patience) -> None:
    with claimed(folder.path):
        assert not await_end(folder, 3.0, patience)
    assert await_end(folder, 3.0, patience)


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is given time to listen or to heed."""
    monkeypatch.setattr(commanding, "LISTENS_S", 0.0)
    monkeypatch.setattr(commanding, "HEEDS_S", 0.0)


@pytest.mark.usefixtures("at_once")
def test_a_controller_that_does_not_heed_is_killed_and_its_run_ended(folder: RunFolder) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLDS, str(folder.path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        assert kill(folder, options(folder), Patience())
    assert holder.returncode == -signal.SIGKILL
    record = StoredRun.open(folder).record()
    assert (record.state, record.reason_kind) == ("STOPPED", "interrupted")
    assert not kill(folder, options(folder), Patience())


@pytest.mark.usefixtures("at_once")
def test_a_process_that_has_only_got_the_number_of_a_controller_is_not_killed(
    folder: RunFolder, patience: Patience
) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as innocent:
        with claimed(folder.path):
            (folder.path / CLAIM).write_text(f"{innocent.pid} 1\n", "ascii")
            with pytest.raises(RunUnreachable, match="cannot be ended"):
                kill(folder, options(folder), patience)
        assert innocent.poll() is None
        innocent.kill()


def options(folder: RunFolder) -> LaunchOptions:
    return LaunchOptions(home=folder.path.parent.parent, environment=os.environ.copy())
