"""The attempts of a round that have failed, of tasks that are then tried elsewhere. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet

from swarmdsl.control.journal import AttemptFailed
from swarmdsl.topology.expand import node_of
from swarmdsl.topology.model import TaskSpec, Topology

ATTEMPTS_SHOWN_MAX = 8  # of one task, in the reason of a run


def next_candidate(
    task: TaskSpec, failed: int, gone: AbstractSet[str], order: Sequence[int] | None = None
) -> int:
    """The candidate that is tried next: the one behind that which failed, and the first at the end.

    Daemons that are gone for good are passed over; if all others are, it is the same once more.
    The candidates stand in this order, if it is given, or else in that of the topology.
    """
    standing = order or range(len(task.candidates))
    place = standing.index(failed)
    others = (*standing[place + 1 :], *standing[:place])
    return next((one for one in others if task.candidates[one] not in gone), failed)


class Attempts:
    """What has failed in the present round, task by task. It changes by records of the journal.

    >>> attempts = Attempts()
    >>> attempts.fail(AttemptFailed(task=1, candidate=0, failures=1, problem="OSError: no answer"))
    >>> attempts.failures, attempts.is_news(1, 1), attempts.is_news(1, 2)
    ({1: 1}, False, True)
    """

    def __init__(self) -> None:
        self._failed: dict[int, list[AttemptFailed]] = {}

    def fail(self, record: AttemptFailed) -> None:
        """An attempt has failed."""
        self._failed.setdefault(record.task, []).append(record)

    def clear(self) -> None:
        """Another round begins."""
        self._failed.clear()

    @property
    def failures(self) -> Mapping[int, int]:
        """How often each task has failed in the round, but for those that have not."""
        return {task: records[-1].failures for task, records in self._failed.items()}

    def is_news(self, task: int, failures: int) -> bool:
        """Whether this failure of a task is not known yet."""
        return failures > self.failures.get(task, 0)

    def told(self, topology: Topology, task: int) -> str:
        """What has failed where, before the attempt that was the last; empty if nothing has."""
        records = self._failed.get(task, [])[-ATTEMPTS_SHOWN_MAX:]
        hosts = topology.tasks[task].candidates
        return "; ".join(
            f"attempt {one.failures} on {node_of(hosts[one.candidate])}: {one.problem}"
            for one in records
        )
