"""The rows of a run's store as values. Times are seconds since the epoch.

An iteration is the number of a round, from 0.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """What a run is and how it stands.

    Attributes:
        id: of the run.
        swarm: the name of its swarm.
        topology_hash: of the topology it executes.
        state: a name that the controller's core defines.
        created_at: when the run was made.
        reason_kind: why the state is as it is, as one word; None while nothing is to be said.
        reason: the same as a sentence.
        ended_at: when the run ended; None while it has not.
    """

    id: str
    swarm: str
    topology_hash: str
    state: str
    created_at: float
    reason_kind: str | None = None
    reason: str | None = None
    ended_at: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GlobalRow:
    """A global as it stands; versions count from 1."""

    tag: str
    version: int
    value: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultRow:
    """One result: who found what, in which round."""

    tag: str
    node: str
    task: str
    instance: str
    iteration: int
    value: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueRow:
    """One push that reached the run itself."""

    alias: str
    instance: str
    iteration: int
    seq: int
    value: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRow:
    """Something that happened to a run; without an iteration, before or between rounds."""

    at: float
    kind: str
    subject: str
    iteration: int | None
    text: str
