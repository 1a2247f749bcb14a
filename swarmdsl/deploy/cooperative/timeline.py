"""What is due at which moment: the Protocol of virtual and of real time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

Action = Callable[[], None]


class Timer:
    """Something that is due at a moment, unless it is cancelled before."""

    __slots__ = ("_action",)

    def __init__(self, action: Action) -> None:
        self._action: Action | None = action

    def cancel(self) -> None:
        """Let it not happen."""
        self._action = None

    def fire(self) -> bool:
        """Let it happen; False if it was cancelled."""
        action, self._action = self._action, None
        if action is None:
            return False
        action()
        return True


class Timeline(Protocol):
    """A clock, and what it sets off."""

    @property
    def now_s(self) -> float:
        """Seconds since some moment."""

    def after(self, delay_s: float, action: Action) -> Timer:
        """Do this once so much time has passed; what is due at one moment keeps its order."""
