"""Who goes on with what a daemon module had saved, if its daemon is lost for good. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet

from swarmdsl.control.roster import Place
from swarmdsl.topology.model import TaskSpec


def heirs(
    tasks: Sequence[TaskSpec],
    before: Mapping[int, Sequence[int]],
    after: Mapping[int, Sequence[int]],
    gone: AbstractSet[str],
) -> dict[Place, int]:
    """The instances that are there in the place of others, each with the candidate it follows.

    Args:
        tasks: of the run.
        before: per task, the candidates that took part last.
        after: likewise, those that take part now.
        gone: the daemons that are lost for good.
    """
    return {
        (task, heir): former
        for task, chosen in after.items()
        for former, heir in _successions(tasks[task], before.get(task, ()), chosen, gone)
    }


def _successions(
    task: TaskSpec, before: Sequence[int], after: Sequence[int], gone: AbstractSet[str]
) -> list[tuple[int, int]]:
    """In order: within a round, that of the places; between rounds, that of the choice."""
    left = [one for one in before if one not in after and task.candidates[one] in gone]
    came = [one for one in after if one not in before]
    return list(zip(left, came, strict=False))
