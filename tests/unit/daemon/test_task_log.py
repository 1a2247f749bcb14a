"""What a task logs, as its daemon shows it."""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Iterator

import pytest

from swarmdsl.daemon.task_log import show_task_log
from swarmdsl.light import entered, logger
from tests.unit.light.asked import Asked

TIME = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z ", re.MULTILINE)


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """The log of a daemon; the logger is given back as it was."""
    before = [*logger.handlers], logger.level, logger.propagate
    stream = io.StringIO()
    show_task_log(stream)
    yield stream
    logger.handlers[:], logger.level, logger.propagate = before


def without_times(text: str) -> str:
    return TIME.sub("", text)


def test_line_says_when_who_and_in_which_round(log: io.StringIO) -> None:
    with entered(Asked().context()):
        logger.info("read %d words", 7)
    assert TIME.match(log.getvalue())
    assert without_times(log.getvalue()) == "trainer@n1#0 round 3 INFO read 7 words\n"


def test_line_of_no_task_says_only_when(log: io.StringIO) -> None:
    logger.warning("made")
    assert without_times(log.getvalue()) == "WARNING made\n"


def test_exception_comes_with_its_traceback(log: io.StringIO) -> None:
    try:
        raise ValueError("no luck")
    except ValueError:
        logger.exception("given up")
    assert without_times(log.getvalue()).startswith("ERROR given up\nTraceback (most recent")
    assert log.getvalue().endswith("ValueError: no luck\n")


def test_details_are_shown_once_they_are_asked_for(log: io.StringIO) -> None:
    logger.debug("unseen")
    logger.setLevel(logging.DEBUG)
    logger.debug("seen")
    assert without_times(log.getvalue()) == "DEBUG seen\n"


def test_line_is_written_once_whatever_other_loggers_do(
    log: io.StringIO, caplog: pytest.LogCaptureFixture
) -> None:
    """`caplog` listens at the root, as `logging.basicConfig` in a user's code does."""
    show_task_log(log)
    logger.info("once")
    assert log.getvalue().count("once") == 1
    assert caplog.records == []
