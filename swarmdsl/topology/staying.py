"""Which tasks stay where they are while a run goes on, whatever is thought of their nodes. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from swarmdsl.topology.model import Topology


def staying(topology: Topology) -> Mapping[str, str]:
    """The tasks that do not change nodes between two rounds, by alias, each with the reason.

    A daemon module has a memory, and what it pushes between two rounds; a task that is `fixed` says
    so itself; and of a pair both ends would have to change at once.

    >>> staying(Topology(name="one", nodes=(), modules=(), groups=(), tasks=(), links=()))
    {}
    """
    daemons = {module.name for module in topology.modules if module.kind == "daemon"}
    paired = {
        alias
        for link in topology.links
        if link.policy == "pair"
        for alias in (link.source, link.destination)
    }
    reasons: dict[str, str] = {}
    for task in topology.tasks:
        if task.module in daemons:
            reasons[task.alias] = "a daemon module stays where it is while its run goes on"
        elif task.fixed:
            reasons[task.alias] = "it is fixed=True"
        elif task.alias in paired:
            reasons[task.alias] = "it is one of a pair, and pairs stay together"
    return reasons
