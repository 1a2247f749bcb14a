"""When a task runs, as one edge has it."""

from __future__ import annotations

from enum import Enum


class Condition(Enum):
    """What a task waits for on an edge: that its source has finished, or each of its results.

    With `RESULT` the task runs once for each value that the source pushes, as soon as all that it
    comes after with `FINISHED` is complete.

    >>> from swarmdsl import Condition, Task
    >>> def number() -> int:
    ...     return 1
    >>> def double(number: int) -> int:
    ...     return 2 * number
    >>> Task(double)(Task(number), condition=Condition.RESULT).edges[0].condition
    <Condition.RESULT: 'result'>
    """

    FINISHED = "finished"
    RESULT = "result"
