"""Which functions share a run: where a worker has hundreds, to deal with each costs more than it.

Only such share one as no one of them waits for another: those of one level, which is the longest
way to them. And never so many that it matters how much is done again when a worker dies, or how
much waits behind a slow one: a hundredth of what the worker has, and half of its level.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace

from swarmdsl.compiler.draft import Draft
from swarmdsl.topology.fused import unfusable
from swarmdsl.topology.garbage import collection_paused
from swarmdsl.topology.levels import levels
from swarmdsl.topology.model import RUN, TaskSpec, Topology

RUNS_MIN = 100  # of a worker's functions
RUNS_OF_LEVEL_MIN = 2


@collection_paused()
def fuse(draft: Draft) -> Draft:
    """The topology, with the functions that share a run."""
    assert draft.topology is not None, "it was emitted"
    several = {alias for alias, one in draft.interfaces.items() if one.stream}
    return replace(draft, topology=fused(draft.topology, several))


def fused(topology: Topology, several: set[str]) -> Topology:
    """The same, with the functions that share a run.

    `several` are the tasks of which a call may push more than one value: all of that would have to
    lie in memory.
    """
    most = topology.limits.fused_functions
    apart = unfusable(topology) | several
    free = [task for task in topology.tasks if task.alias not in apart]
    on_worker = Counter(task.candidates[0] for task in free)
    if most == 1 or all(count < 2 * RUNS_MIN for count in on_worker.values()):
        return topology
    names = dict(_names(topology, free, on_worker))
    tasks = tuple(
        task if task.alias in apart else replace(task, fused=names.get(task.alias, task.alias))
        for task in topology.tasks
    )
    return replace(topology, tasks=tasks) if names else topology


def _names(
    topology: Topology, free: Sequence[TaskSpec], on_worker: Counter[str]
) -> Iterator[tuple[str, str]]:
    """The name of the run of each function that shares one."""
    inner = ((link.source, link.destination) for link in topology.links if not link.to_run)
    level = levels([task.alias for task in topology.tasks], inner)
    given = {link.source for link in topology.links if link.destination == RUN}
    alike: defaultdict[tuple[object, ...], list[TaskSpec]] = defaultdict(list)
    for task in free:
        if task.alias not in given:  # What the run is given, it knows by its alias.
            key = (task.candidates, task.method, task.fixed, level[task.alias])
            alike[key].append(task)
    for tasks in alike.values():
        count = len(tasks)
        size = min(
            topology.limits.fused_functions,
            on_worker[tasks[0].candidates[0]] // RUNS_MIN,
            count // RUNS_OF_LEVEL_MIN,
        )
        if size < 2:
            continue
        runs = -(-count // size)
        for number in range(runs):
            shared = tasks[number * count // runs : (number + 1) * count // runs]
            name = f"{shared[0].alias}..{shared[-1].alias}"
            yield from ((task.alias, name) for task in shared if len(shared) > 1)
