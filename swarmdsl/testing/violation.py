"""A promise that was broken in a simulation."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """What a checker found.

    Attributes:
        checker: which one.
        at_s: when, in virtual time.
        text: what is wrong, with the values.

    >>> str(Violation(checker="credit", at_s=0.5, text="a pushed to 9, and has credit to 8"))
    'credit, at 0.500000 s: a pushed to 9, and has credit to 8'
    """

    checker: str
    at_s: float
    text: str

    def __str__(self) -> str:
        return f"{self.checker}, at {self.at_s:.6f} s: {self.text}"
