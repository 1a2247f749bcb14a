"""How the process of a run in the background says that the start went well."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from swarmdsl.cli.detached import StartTold
from swarmdsl.control.detach import BEGUN, STARTED
from swarmdsl.control.happenings import Happening, RunTakenOver, StateChanged
from swarmdsl.control.state import RunState

STARTING = StateChanged(run="r", state=RunState.STARTING)
RUNNING = StateChanged(run="r", state=RunState.RUNNING)
FAILED = StateChanged(run="r", state=RunState.FAILED)
TAKEN_OVER = RunTakenOver(absent=())


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    reader, writer = os.pipe()
    os.set_blocking(reader, False)
    yield reader, writer
    os.close(reader)


def said(pipe: tuple[int, int], *happenings: Happening, resumes: bool) -> bytes:
    reader, writer = pipe
    told = StartTold(writer, resumes=resumes)
    for one in happenings:
        told(one)
    try:
        return os.read(reader, 100)
    except BlockingIOError:
        os.close(writer)
        return b""


def test_a_new_run_is_told_when_it_runs(pipe: tuple[int, int]) -> None:
    assert said(pipe, STARTING, RUNNING, resumes=False) == BEGUN + STARTED


def test_of_a_new_run_that_starts_only_that_its_controller_has_begun_is_told(
    pipe: tuple[int, int],
) -> None:
    assert said(pipe, STARTING, STARTING, resumes=False) == BEGUN


def test_a_resumed_run_is_not_told_before_its_daemons_are_there(pipe: tuple[int, int]) -> None:
    assert said(pipe, RUNNING, resumes=True) == BEGUN


def test_a_resumed_run_is_told_once_when_they_are(pipe: tuple[int, int]) -> None:
    assert said(pipe, RUNNING, TAKEN_OVER, FAILED, resumes=True) == BEGUN + STARTED


def test_what_ends_at_once_is_told_too(pipe: tuple[int, int]) -> None:
    assert said(pipe, RUNNING, FAILED, resumes=True) == BEGUN + STARTED
