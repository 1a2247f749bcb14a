"""How the user's code is ended in the midst of its work, when there is no more use for it."""

from __future__ import annotations

from types import FrameType


class Stopped(BaseException):
    """The run ended, or a signal came, while the user's code was at work."""


def stop_on_terminate(_signal: int, _frame: FrameType | None) -> None:
    """Handle SIGTERM: whatever the daemon does ends now."""
    raise Stopped
