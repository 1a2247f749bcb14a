"""How long whoever begins a run in the background waits for its word."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from swarmdsl.control.detach import BEGUN, STARTED, await_word
from swarmdsl.control.home import RunFolder
from swarmdsl.errors import RunNotStarted

LONG_S = 20.0


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    reader, writer = os.pipe()
    yield reader, writer
    os.close(reader)


def test_what_a_start_prepares_does_not_count_as_its_time(pipe: tuple[int, int]) -> None:
    reader, writer = pipe

    def tell() -> None:
        os.write(writer, BEGUN + STARTED)
        os.close(writer)

    teller = threading.Thread(target=tell)
    teller.start()
    await_word(RunFolder(Path("r")), reader, LONG_S, 0.0)
    teller.join()


@pytest.mark.parametrize(
    ("said", "prepares_s", "starts_s", "limit"),
    [(b"", 0.125, LONG_S, "0.125"), (BEGUN, LONG_S, 0.25, "0.25")],
)
def test_whoever_says_nothing_in_time_has_not_started(
    pipe: tuple[int, int], said: bytes, prepares_s: float, starts_s: float, limit: str
) -> None:
    reader, writer = pipe
    os.write(writer, said)
    with pytest.raises(RunNotStarted, match=f"it said nothing within {limit} s"):
        await_word(RunFolder(Path("r")), reader, prepares_s, starts_s)
    os.close(writer)


@pytest.mark.parametrize(
    ("said", "problem"),
    [(b"", "ended without a word"), (BEGUN, "ended without a word"), (b"no room", "no room")],
)
def test_a_problem_is_told_as_soon_as_the_process_has_ended(
    pipe: tuple[int, int], said: bytes, problem: str
) -> None:
    reader, writer = pipe
    os.write(writer, said)
    os.close(writer)
    with pytest.raises(RunNotStarted, match=problem):
        await_word(RunFolder(Path("r")), reader, LONG_S, LONG_S)
