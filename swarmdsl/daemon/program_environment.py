"""What a program finds in its environment; pure."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from swarmdsl.daemon.task_environment import task_environment
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
        **task_environment(context),
        "SWARM_NAME": swarm,
        **({} if calls is None else {"SWARM_SOCKET": str(calls)}),
    }
