"""Ctrl-C as a value."""

from __future__ import annotations

import os
import select
import signal
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from swarmdsl.control.interrupts import Interrupts, interrupts_on_signals


@pytest.fixture
def interrupts() -> Iterator[Interrupts]:
    made = Interrupts()
    yield made
    made.close()


def rings(interrupts: Interrupts) -> bool:
    ready, _, _ = select.select([interrupts.fileno()], [], [], 0)
    return bool(ready)


def test_an_interrupt_is_counted_and_rings(interrupts: Interrupts) -> None:
    assert not rings(interrupts)
    interrupts.add()
    assert (interrupts.count, rings(interrupts)) == (1, True)
    assert not interrupts.killed


def test_what_was_heard_rings_no_more_until_the_next(interrupts: Interrupts) -> None:
    interrupts.add()
    interrupts.heard()
    assert (interrupts.count, rings(interrupts)) == (1, False)
    interrupts.heard()
    interrupts.add()
    assert (interrupts.count, rings(interrupts)) == (2, True)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signals_are_interrupts_for_the_time_of_the_block(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    with interrupts_on_signals() as interrupts:
        os.kill(os.getpid(), number)
        assert (interrupts.count, rings(interrupts)) == (1, True)
    assert signal.getsignal(number) is before


@pytest.mark.parametrize(("number", "is_ctrl_c"), [(signal.SIGINT, True), (signal.SIGTERM, False)])
def test_ctrl_c_is_told_from_other_signals(number: signal.Signals, is_ctrl_c: bool) -> None:
    with interrupts_on_signals() as interrupts:
        assert not interrupts.by_ctrl_c
        os.kill(os.getpid(), number)
        assert interrupts.by_ctrl_c is is_ctrl_c


def test_ctrl_c_that_a_debugger_has_kept_asked_for_nothing() -> None:
    with interrupts_on_signals(meaning=lambda _interrupts, _number: None) as interrupts:
        os.kill(os.getpid(), signal.SIGINT)
        assert (interrupts.count, interrupts.by_ctrl_c) == (0, False)


def test_signals_have_their_handlers_back_after_an_error() -> None:
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(ValueError, match="inside"), interrupts_on_signals():
        raise ValueError("inside")
    assert signal.getsignal(signal.SIGINT) is before


def test_a_signal_that_is_ignored_stays_ignored() -> None:
    """So a run under nohup outlives its terminal."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with interrupts_on_signals() as interrupts:
            os.kill(os.getpid(), signal.SIGHUP)
            assert interrupts.count == 0
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


@pytest.fixture
def pipe(tmp_path: Path) -> Iterator[tuple[Interrupts, Path]]:
    made = Interrupts(tmp_path / "commands")
    yield made, tmp_path / "commands"
    made.close()


@pytest.mark.parametrize(
    ("asked", "count", "stop_wanted"), [(b"s", 0, True), (b"k", 1, False), (b"skk", 2, True)]
)
def test_other_processes_ask_by_a_named_pipe(
    pipe: tuple[Interrupts, Path], asked: bytes, count: int, stop_wanted: bool
) -> None:
    interrupts, path = pipe
    with path.open("wb", buffering=0) as writer:
        writer.write(asked)
    assert rings(interrupts)
    interrupts.heard()
    assert (interrupts.count, interrupts.stop_wanted) == (count, stop_wanted)
    assert interrupts.killed is (count > 0)
    assert not rings(interrupts)


def test_a_bell_says_once_that_there_are_questions(pipe: tuple[Interrupts, Path]) -> None:
    interrupts, path = pipe
    assert interrupts.take_call(), "one may have come before"
    assert not interrupts.take_call()
    with path.open("wb", buffering=0) as writer:
        writer.write(b"cc")
    interrupts.heard()
    assert [interrupts.take_call(), interrupts.take_call()] == [True, False]
    assert (interrupts.count, interrupts.stop_wanted) == (0, False)


def test_a_named_pipe_is_for_this_user_alone(pipe: tuple[Interrupts, Path]) -> None:
    assert stat.S_IMODE(pipe[1].stat().st_mode) == 0o600


def test_a_successor_takes_the_pipe_of_a_dead_controller_over(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "commands")
    interrupts = Interrupts(tmp_path / "commands")
    interrupts.add()
    assert rings(interrupts)
    interrupts.close()


def test_without_a_place_for_the_pipe_signals_still_ask(tmp_path: Path) -> None:
    interrupts = Interrupts(tmp_path / "nowhere" / "commands")
    interrupts.add()
    assert (interrupts.count, rings(interrupts)) == (1, True)
    interrupts.close()
