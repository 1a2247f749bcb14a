"""The base class that scripts written for Manta's `manta.light` subclass."""

from __future__ import annotations

from swarmdsl.light.context import current
from swarmdsl.light.local import Local
from swarmdsl.light.log import logger
from swarmdsl.light.world import World


class Task:
    """A script's view of itself: subclass it, write `run`, and call that from `main()`.

    Attributes:
        world: the swarm.
        local: the data of the node.
        logger: writes to the log of the daemon, as `swarmdsl.light.logger` does.
        task_id: the name of the instance, `alias@node#replica`.
        swarm_id: the id of the run.

    >>> from swarmdsl.light.context import TaskContext, entered
    >>> class Trainer(Task):
    ...     def run(self):
    ...         return f"{self.task_id} of {self.swarm_id}"
    >>> task = TaskContext(run="r1", instance="trainer@node1#0", alias="trainer", node="node1",
    ...                    iteration=0, call=lambda method, arguments: None)
    >>> with entered(task):
    ...     Trainer().run()
    'trainer@node1#0 of r1'
    """

    def __init__(self) -> None:
        context = current("Task()")
        self.world = World()
        self.local = Local()
        self.logger = logger
        self.task_id = context.instance
        self.swarm_id = context.run

    def run(self) -> object:
        """What the task does; a value returned from `main()` is its push."""
        raise NotImplementedError(f"{type(self).__name__} must define run()")
