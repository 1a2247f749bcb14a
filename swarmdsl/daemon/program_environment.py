"""What a program finds in its environment; pure."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

from swarmdsl.light.context import TaskContext


def program_environment(
    inherited: Mapping[str, str], context: TaskContext, swarm: str, calls: Path | None
) -> dict[str, str]:
    """The environment of one run of a program.

    Args:
        inherited: that of its daemon.
        context: of the run.
        swarm: the name of the swarm.
        calls: the socket where the controller can be called, if there is one.

    >>> context = TaskContext(run="r", instance="count@n1#0", alias="count", node="n1", iteration=2,
    ...                       call=lambda method, arguments: None, datasets={"my-set": "/data"})
    >>> made = program_environment({"PATH": "/bin"}, context, "Words", None)
    >>> made["SWARM_TASK"], made["ITERATION"], made["SWARM_DATASET_MY_SET"]
    ('count@n1#0', '2', '/data')
    """
    return {
        **inherited,
        "SWARM_RUN": context.run,
        "SWARM_NAME": swarm,
        "SWARM_TASK": context.instance,
        "SWARM_ALIAS": context.alias,
        "SWARM_NODE": context.node,
        "SWARM_ITERATION": str(context.iteration),
        "SWARM_DATASETS": json.dumps(dict(context.datasets)),
        **_dataset_variables(context.datasets),
        **({} if calls is None else {"SWARM_SOCKET": str(calls)}),
        **_as_manta_names_them(context),
    }


def _dataset_variables(datasets: Mapping[str, str]) -> dict[str, str]:
    """One variable for each; where two names give the same, the first by name has it."""
    return {
        f"SWARM_DATASET_{re.sub(r'[^A-Z0-9]', '_', name.upper())}": datasets[name]
        for name in sorted(datasets, reverse=True)
    }


def _as_manta_names_them(context: TaskContext) -> dict[str, str]:
    return {
        "TASK_ID": context.instance,
        "SWARM_ID": context.run,
        "NODE_ID": context.node,
        "ITERATION": str(context.iteration),
    }
