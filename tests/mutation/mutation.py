"""A planted bug: a line of the package, and what it is replaced by."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutation:
    """One planted bug.

    Attributes:
        name: of the bug.
        bug: what is wrong then, as a sentence.
        file: in the package.
        find: what stands there; exactly once.
        replacement: what is planted instead.
        swarm: the one of `tests/sim/swarms/all.py` whose simulation shows it soonest.
        seed: the first to try; a table that lags behind the code costs time, not the proof.
    """

    name: str
    bug: str
    file: str
    find: str
    replacement: str
    swarm: str
    seed: int = 0
