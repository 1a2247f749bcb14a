"""Which runs outlive the process that looked after them."""

from __future__ import annotations

IMMEDIATE = "immediate"
"""The engine whose daemons live in the process of the controller, for a debugger."""


def why_not_resumable(engine: str | None) -> str:
    """Why nobody can go on with a run of this engine; empty if somebody can.

    >>> why_not_resumable(IMMEDIATE), why_not_resumable("process")
    ('it was immediate, and its daemons died with its process', '')
    """
    return "it was immediate, and its daemons died with its process" if engine == IMMEDIATE else ""
