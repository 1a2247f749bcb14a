"""A program that is asked line by line: it answers, ends, is killed, or says nothing."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import closing
from itertools import count

import pytest

from swarmdsl_modules.companion import Companion, CompanionEnded, CompanionSilent

ECHO = ["sh", "-c", 'while read -r line; do echo "$line!"; done']


@pytest.fixture
def echo() -> Iterator[Companion]:
    with closing(Companion(ECHO, timeout_s=20.0)) as made:
        yield made


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_each_question_has_its_answer(echo: Companion) -> None:
    assert [echo.ask(word) for word in ("one", "", "two words", "ü")] == [
        "one!",
        "!",
        "two words!",
        "ü!",
    ]


def test_long_lines_go_through(echo: Companion) -> None:
    assert len(echo.ask("x" * 300_000)) == 300_001


@pytest.mark.parametrize(
    "script", ["read -r line; printf 'a\\nb\\n'; cat", "read -r line; printf 'a\\nb'; cat"]
)
def test_what_nobody_asked_for_is_not_taken_for_the_next_answer(script: str) -> None:
    program = Companion(["sh", "-c", script], timeout_s=20.0)
    assert program.ask("first") == "a"
    with pytest.raises(ValueError, match=r"sh wrote 'b.*', which nobody had asked for"):
        program.ask("second")
    assert not is_alive(program.pid)


def test_one_that_was_interrupted_answers_no_other_question() -> None:
    looks = count()

    def clock() -> float:
        if next(looks) == 2:  # the question has been written, and its answer is on its way
            raise KeyboardInterrupt
        return 0.0

    program = Companion(ECHO, monotonic_s=clock)
    with pytest.raises(KeyboardInterrupt):
        program.ask("one")
    with pytest.raises(CompanionEnded):
        program.ask("two")
    assert not is_alive(program.pid)


def test_one_that_has_ended_says_so_each_time_it_is_asked_and_may_be_closed() -> None:
    program = Companion(["sh", "-c", "read -r line; exit 3"], timeout_s=20.0)
    for _ in range(2):
        with pytest.raises(CompanionEnded, match="sh ended with exit code 3"):
            program.ask("anything")
    program.close()


def test_signals_without_a_name_are_told_by_their_number() -> None:
    assert str(CompanionEnded(["sh"], -40)) == "sh ended by signal 40"


def test_one_that_ended_with_an_exit_code_says_so() -> None:
    program = Companion(["sh", "-c", "read -r line; exit 3"], timeout_s=20.0)
    with pytest.raises(CompanionEnded, match="sh ended with exit code 3") as ended:
        program.ask("anything")
    assert ended.value.code == 3


def test_one_that_was_killed_between_two_questions_says_by_what(echo: Companion) -> None:
    echo.ask("one")
    os.kill(echo.pid, signal.SIGKILL)
    with pytest.raises(CompanionEnded, match="sh ended by SIGKILL"):
        echo.ask("two")


def test_an_answer_that_broke_off_is_none() -> None:
    program = Companion(["sh", "-c", "read -r line; printf half"], timeout_s=20.0)
    with pytest.raises(CompanionEnded, match="exit code 0"):
        program.ask("anything")


def test_one_that_does_not_answer_in_time_is_ended() -> None:
    program = Companion(["sleep", "600"], timeout_s=0.05)
    with pytest.raises(CompanionSilent, match=r"sleep did not answer 'are you there' in 0.05 s"):
        program.ask("are you there")
    assert not is_alive(program.pid)


def test_one_that_reads_nothing_is_ended_as_well() -> None:
    program = Companion(["sleep", "600"], timeout_s=0.05)
    with pytest.raises(CompanionSilent):
        program.ask("x" * 1_000_000)
    assert not is_alive(program.pid)


def test_an_answer_has_a_bound() -> None:
    program = Companion(["sh", "-c", "read -r line; yes | tr -d '\\n'"], answer_bytes_max=1_000)
    with pytest.raises(ValueError, match="answers with more than 1000 bytes"):
        program.ask("anything")
    assert not is_alive(program.pid)


def test_a_question_is_one_line(echo: Companion) -> None:
    with pytest.raises(ValueError, match="a question is one line"):
        echo.ask("one\ntwo")


@pytest.mark.parametrize("command", [ECHO, ["sleep", "600"]], ids=["that ends", "that does not"])
def test_nothing_is_left_of_one_that_is_closed(command: list[str]) -> None:
    program = Companion(command)
    program.close()
    assert not is_alive(program.pid)


def test_what_cannot_be_started_is_told_at_once() -> None:
    with pytest.raises(FileNotFoundError, match="no-such-program"):
        Companion(["./no-such-program"])
