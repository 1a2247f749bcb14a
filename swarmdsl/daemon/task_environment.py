"""What a process that does a task's work finds in its environment."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from swarmdsl.daemon.thread_counts import with_thread_counts
from swarmdsl.light.context import TaskContext
from swarmdsl.topology.model import TaskSpec

_NO_LETTER = re.compile(r"[^A-Z0-9]")


def environment_of(task: TaskSpec, inherited: Mapping[str, str]) -> dict[str, str]:
    """The environment of a process that works for one task alone.

    It is what the process inherits, with as many threads for its libraries as the task asks
    processors for, and what the task says.
    """
    return with_thread_counts(inherited, task.env, task.resources.cpu)


def task_environment(context: TaskContext) -> dict[str, str]:
    """The variables of a script, or of another process of its own, that tell what it runs as.

    Those of Manta are among them. A dataset's name is in capitals, with `_` for all that is neither
    letter nor digit; if two would share a variable, the first by name has it. `SWARM_DATASETS` has
    all of them, as JSON.

    >>> context = TaskContext(run="r1", instance="count@node1#0", alias="count", node="node1",
    ...                       iteration=2, call=lambda method, arguments: None,
    ...                       datasets={"big-words": "/data/words"})
    >>> for name, value in task_environment(context).items():
    ...     print(f"{name}={value}")
    SWARM_RUN=r1
    SWARM_TASK=count@node1#0
    SWARM_ALIAS=count
    SWARM_NODE=node1
    SWARM_ITERATION=2
    TASK_ID=count@node1#0
    SWARM_ID=r1
    NODE_ID=node1
    ITERATION=2
    SWARM_DATASETS={"big-words": "/data/words"}
    SWARM_DATASET_BIG_WORDS=/data/words
    """
    iteration = str(context.iteration)
    return {
        "SWARM_RUN": context.run,
        "SWARM_TASK": context.instance,
        "SWARM_ALIAS": context.alias,
        "SWARM_NODE": context.node,
        "SWARM_ITERATION": iteration,
        "TASK_ID": context.instance,
        "SWARM_ID": context.run,
        "NODE_ID": context.node,
        "ITERATION": iteration,
        "SWARM_DATASETS": json.dumps(dict(context.datasets)),
        **_datasets(context.datasets),
    }


def _datasets(datasets: Mapping[str, str]) -> dict[str, str]:
    return {
        f"SWARM_DATASET_{_NO_LETTER.sub('_', name.upper())}": datasets[name]
        for name in sorted(datasets, reverse=True)  # so the first by name comes last, and stays
    }
