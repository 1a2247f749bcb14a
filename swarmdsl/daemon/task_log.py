"""How what a task logs appears in the log of its daemon."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from swarmdsl.daemon.log_times import time_text
from swarmdsl.light.context import current_or_none
from swarmdsl.light.log import logger


class TaskFormatter(logging.Formatter):
    """The time, the instance, the round and the severity before each message.

    Only time and severity where no task runs: while a daemon module is made, and in a thread that
    the user's code has started.
    """

    def format(self, record: logging.LogRecord) -> str:
        """One line, and more if the message has more or an exception comes with it."""
        time = time_text(record.created)
        context = current_or_none()
        who = "" if context is None else f"{context.instance} round {context.iteration} "
        return f"{time} {who}{record.levelname} {super().format(record)}"


def show_task_log(stream: TextIO) -> None:
    """From now on what tasks log in this process goes to the stream, from INFO on.

    It goes nowhere else, however the user's code sets up other loggers.
    """
    handler = logging.StreamHandler(stream)
    handler.setFormatter(TaskFormatter())
    logger.handlers[:] = [handler]
    logger.setLevel(logging.INFO)
    logger.propagate = False


@contextmanager
def task_log_shown(stream: TextIO) -> Iterator[None]:
    """The same inside the block; then the logger is as it was."""
    before = list(logger.handlers), logger.level, logger.propagate
    show_task_log(stream)
    try:
        yield
    finally:
        logger.handlers[:], logger.level, logger.propagate = before
