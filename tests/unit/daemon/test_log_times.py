"""The time before each line of a log."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swarmdsl.daemon.log_times import (
    Timed,
    TimedLog,
    parted,
    time_text,
    without_times,
)

AT_S = 1_000.5
TIME = "1970-01-01T00:16:40.500Z"


def timed(*pieces: str) -> str:
    one = Timed(lambda: AT_S)
    return "".join(one.of(piece) for piece in pieces)


@pytest.mark.parametrize(
    ("pieces", "written"),
    [
        (("one\n",), f"{TIME} one\n"),
        (("one", "\n"), f"{TIME} one\n"),
        (("one\ntwo\n",), f"{TIME} one\n{TIME} two\n"),
        (("o", "ne\nt", "wo"), f"{TIME} one\n{TIME} two"),
        (("\n", "one"), f"\n{TIME} one"),
        (("10 %\r20 %\n",), f"{TIME} 10 %\r20 %\n"),
        (("a\u2028b\n",), f"{TIME} a\u2028b\n"),
        ((f"{time_text(7.0)} logged\n",), f"{time_text(7.0)} logged\n"),
        (("",), ""),
    ],
)
def test_each_line_has_one_time_however_it_is_cut(pieces: tuple[str, ...], written: str) -> None:
    assert timed(*pieces) == written


@given(st.lists(st.text()))
def test_the_text_is_the_same_without_the_times(pieces: list[str]) -> None:
    assert without_times(timed(*pieces)) == "".join(pieces)


def test_times_sort_as_their_moments_do() -> None:
    moments = [0.0, 0.999, 1.0, 59.9996, 1e9, 1.8e9 + 0.001]
    assert sorted(map(time_text, moments)) == [*map(time_text, moments)]


def test_a_line_is_parted_from_its_time() -> None:
    assert parted(f"{TIME} done at last") == (TIME, "done at last")
    assert parted("done at last") == ("", "done at last")
    assert parted(f"done at {TIME} ") == ("", f"done at {TIME} ")


@pytest.fixture
def log() -> Callable[..., bytes]:
    def written(*texts: str) -> bytes:
        raw = io.BytesIO()
        stream = TimedLog(io.TextIOWrapper(io.BufferedWriter(raw)), lambda: AT_S)
        for text in texts:
            assert stream.write(text) == len(text)
        return raw.getvalue()

    return written


def test_a_line_is_in_the_log_when_it_is_ended(log: Callable[..., bytes]) -> None:
    assert log("one\n") == f"{TIME} one\n".encode()


def test_what_no_encoding_has_is_written_all_the_same(log: Callable[..., bytes]) -> None:
    assert log("\udc80\n") == f"{TIME} \\udc80\n".encode()


OF_A_PROCESS = f"""
import sys
from swarmdsl.daemon.log_times import are_timed, time_the_standard_streams
print("before", are_timed())
time_the_standard_streams(lambda: {AT_S})
print("after", are_timed())
print("a problem", file=sys.stderr)
"""


def test_both_standard_streams_of_a_process_are_timed_from_then_on() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", OF_A_PROCESS], capture_output=True, text=True, check=True
    )
    assert ended.stdout == f"before False\n{TIME} after True\n"
    assert ended.stderr == f"{TIME} a problem\n"
