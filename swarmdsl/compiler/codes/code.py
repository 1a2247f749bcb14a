"""One row of the table of codes."""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import dedent
from typing import Literal

Severity = Literal["error", "warning", "info"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """What a code means; `bad` is a passage that is reported, `good` what to write instead."""

    title: str
    severity: Severity = "error"
    explanation: str
    bad: str
    good: str

    def __post_init__(self) -> None:
        """Take off the indentation that the table needs."""
        for name in ("explanation", "bad", "good"):
            object.__setattr__(self, name, dedent(getattr(self, name)).strip())
