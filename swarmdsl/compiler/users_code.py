"""Runs the user's code at compile time, where it may raise anything at all."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

Result = TypeVar("Result")


class UsersCodeRaised(Exception):
    """The user's code raised; `problem` is what."""

    def __init__(self, problem: Exception) -> None:
        super().__init__(str(problem))
        self.problem = problem


def attempt(code: Callable[[], Result]) -> Result:
    """What the user's code returns.

    Raises:
        UsersCodeRaised: it raised something.
    """
    try:
        return code()
    except Exception as problem:  # The boundary: what the user's code raises has no common class.
        raise UsersCodeRaised(problem) from problem
