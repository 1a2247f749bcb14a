"""What a task sees of its swarm: globals, results, the next round.

Each call has a twin whose name begins with `async_`, to be awaited in an event loop that the task
runs. The twin asks and waits just as the call does, and nothing else of that loop runs meanwhile:
a daemon serves its sockets in the thread of the task, so the question cannot go to another one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from typing import Any, cast

from swarmdsl.errors import CallFailed, GlobalMissing, SwarmError
from swarmdsl.light.calls import CALL_TIMEOUT_S, call_daemon
from swarmdsl.light.context import ask, current


def _checked(tag: object, otherwise: type[CallFailed]) -> object:
    """A tag, if it is one: no global is named by anything but a text."""
    if not isinstance(tag, str):
        raise otherwise("globals.get", f"a global is named by a text, and not by {tag!r}")
    return tag


class Globals(Mapping[str, object]):
    """The values that all tasks of a run share, linearizable: a mapping, of which none is deleted.

    `globals[tag] = value` returns after the controller has committed it; `globals[tag]` asks the
    controller, so it never reads a stale value. With concurrent writers the last commit wins: where
    several instances do `globals[tag] += 1`, what one has added in between is lost. A
    function that is executed again, because its process died, is told what it was told before, and
    sets nothing twice.

    `tag in globals`, `len` and iteration ask once, for all tags; `items` and `values` ask once more
    for each.

    >>> from swarmdsl.light.context import TaskContext, entered
    >>> store = {}
    >>> def controller(method, arguments):
    ...     if method == "globals.set":
    ...         store[arguments["tag"]] = arguments["value"]
    ...         return 1
    ...     return sorted(store) if method == "globals.tags" else store[arguments["tag"]]
    >>> task = TaskContext(run="r", instance="a@n#0", alias="a", node="n", iteration=0,
    ...                    call=controller)
    >>> with entered(task):
    ...     shared = Globals()
    ...     shared["weights"] = [1.0, 2.0]
    ...     shared["weights"], "rate" in shared, list(shared)
    ([1.0, 2.0], False, ['weights'])
    """

    def __getitem__(self, tag: str) -> object:
        """The value of `tag` now.

        Raises:
            GlobalMissing: nobody has set it; it is a `CallFailed` and a `KeyError`.
        """
        return ask("Globals[...]", "globals.get", {"tag": _checked(tag, GlobalMissing)})

    def __setitem__(self, tag: str, value: object) -> None:
        """Set `tag` and wait until that is committed."""
        self.set(tag, value)

    def __contains__(self, tag: object) -> bool:
        return tag in self._tags()

    def __iter__(self) -> Iterator[str]:
        return iter(self._tags())

    def __len__(self) -> int:
        return len(self._tags())

    def __repr__(self) -> str:
        """The tags, where they may be asked for: values can be large."""
        try:
            return f"<Globals: {', '.join(self._tags()) or 'none is set'}>"
        except SwarmError:
            return "<Globals>"

    def _tags(self) -> list[str]:
        return cast("list[str]", ask("Globals", "globals.tags", {}))

    def set(self, tag: str, value: object) -> int:
        """Set `tag`, wait until that is committed, and return its new version, from 1."""
        asked = {"tag": _checked(tag, CallFailed), "value": value}
        return cast("int", ask("Globals.set", "globals.set", asked))

    async def async_get(self, tag: str, *default: object) -> object:
        """`globals[tag]`, to be awaited; with a default, `globals.get(tag, default)`."""
        return self.get(tag, default[0]) if default else self[tag]

    async def async_keys(self) -> list[str]:
        """`list(globals)`, to be awaited."""
        return self._tags()

    async def async_set(self, tag: str, value: object) -> int:
        """`set`, to be awaited."""
        return self.set(tag, value)


class ResultMethod(Enum):
    """Of which nodes `Results.select` gives the newest result.

    `ALL` is of every node, and `UNSPECIFIED` means the same; `LAST` is of the one node that added
    a result last.

    >>> ResultMethod("last")
    <ResultMethod.LAST: 'last'>
    """

    UNSPECIFIED = "unspecified"
    LAST = "last"
    ALL = "all"


class Results:
    """The append-only results of a run: who found what, in which round.

    >>> from swarmdsl.light.context import TaskContext, entered
    >>> rows = []
    >>> def controller(method, arguments):
    ...     if method == "results.add":
    ...         rows.append(arguments["value"])
    ...         return None
    ...     return {"n": rows[-1]}
    >>> task = TaskContext(run="r", instance="a@n#0", alias="a", node="n", iteration=0,
    ...                    call=controller)
    >>> with entered(task):
    ...     Results().add("accuracy", 0.93)
    ...     Results().select("accuracy")
    {'n': 0.93}
    """

    def add(self, tag: str, result: object) -> None:
        """Append a result under `tag`; returns once the controller has committed it."""
        ask("Results.add", "results.add", {"tag": tag, "value": result})

    def select(
        self,
        tag: str,
        size: int = -1,
        method: ResultMethod = ResultMethod.ALL,
        *,
        iteration: int | None = None,
    ) -> dict[str, object]:
        """The newest result under `tag` of every node, by node name, in node order.

        Args:
            tag: what was given to `add`.
            size: of how many nodes at most: those that added a result last; -1 for all.
            method: `ResultMethod.LAST` for the one that was added last, of all nodes.
            iteration: of which round; None for the round that runs now.

        Raises:
            CallFailed: `size` or `method` is no such value.
        """
        if type(size) is not int or (size < 1 and size != -1):
            problem = f"size={size!r}; give -1 for all nodes, or how many at most, from 1"
            raise CallFailed("Results.select", problem)
        given: object = method
        if not isinstance(given, ResultMethod):
            known = ", ".join(f"ResultMethod.{one.name}" for one in ResultMethod)
            raise CallFailed("Results.select", f"method={method!r}; give one of {known}")
        wanted = current("Results.select").iteration if iteration is None else iteration
        most = 1 if method is ResultMethod.LAST else size
        asked = {"tag": tag, "iteration": wanted, "size": most}
        return cast("dict[str, object]", ask("Results.select", "results.select", asked))

    async def async_add(self, tag: str, result: object) -> None:
        """`add`, to be awaited."""
        self.add(tag, result)

    async def async_select(
        self,
        tag: str,
        size: int = -1,
        method: ResultMethod = ResultMethod.ALL,
        *,
        iteration: int | None = None,
    ) -> dict[str, object]:
        """`select`, to be awaited."""
        return self.select(tag, size, method, iteration=iteration)


class World:
    """The swarm as a running task sees it.

    A function module gets one by annotating a parameter with it; a script makes one, or reads
    `Task.world`.

    >>> from swarmdsl.light.context import TaskContext, entered
    >>> asked = []
    >>> task = TaskContext(run="r", instance="a@n#0", alias="a", node="n", iteration=0,
    ...                    call=lambda method, arguments: asked.append((method, arguments)))
    >>> with entered(task):
    ...     World().schedule_next_iter(task_to_schedule_alias="trainers")
    >>> asked
    [('round.request', {'alias': 'trainers', 'node_ids': None})]
    """

    def __init__(self) -> None:
        self.globals = Globals()
        self.results = Results()

    @property
    def inputs(self) -> Mapping[str, object]:
        """What upstream tasks pushed to this script, by alias; gathered inputs are lists."""
        return current("World.inputs").inputs

    @property
    def iteration(self) -> int:
        """The round that runs now, counted from 0."""
        return current("World.iteration").iteration

    @property
    def alias(self) -> str:
        """The alias of this task."""
        return current("World.alias").alias

    @property
    def node(self) -> str:
        """The node that it runs on."""
        return current("World.node").node

    def schedule_next_iter(
        self,
        node_ids: Sequence[str] | str | None = None,
        task_to_schedule_alias: str | None = None,
    ) -> None:
        """Ask for another round, to start when this one is finished.

        Requests of one round unite. `stop_swarm` beats them, and so does `max_iteration`.

        Args:
            node_ids: the nodes (or the one) on which the task runs next round; None for all
                eligible.
            task_to_schedule_alias: an alias, or the name of a module (all its tasks). It runs
                with all that descends from it; None for the whole graph.

        Raises:
            CallFailed: no task or module has this name, or a node is not among its candidates.
        """
        nodes = [node_ids] if isinstance(node_ids, str) else node_ids
        asked = None if nodes is None else list(nodes)
        ask(
            "World.schedule_next_iter",
            "round.request",
            {"alias": task_to_schedule_alias, "node_ids": asked},
        )

    def stop_swarm(self) -> None:
        """Ask that no further round starts; this one still finishes."""
        ask("World.stop_swarm", "round.stop", {})

    def call(
        self,
        alias: str,
        method: str,
        /,
        *arguments: object,
        timeout: float = CALL_TIMEOUT_S,
        node: str | None = None,
        **keywords: object,
    ) -> Any:
        """Call a daemon module, and wait: `swarmdsl.light.call_daemon`."""
        return call_daemon(alias, method, *arguments, timeout=timeout, node=node, **keywords)

    async def async_schedule_next_iter(
        self,
        node_ids: Sequence[str] | str | None = None,
        task_to_schedule_alias: str | None = None,
    ) -> None:
        """`schedule_next_iter`, to be awaited."""
        self.schedule_next_iter(node_ids, task_to_schedule_alias)

    async def async_stop_swarm(self) -> None:
        """`stop_swarm`, to be awaited."""
        self.stop_swarm()


def schedule_next_iter(
    node_ids: Sequence[str] | str | None = None, task_to_schedule_alias: str | None = None
) -> None:
    """Ask for another round: `World.schedule_next_iter` without a `World` at hand.

    >>> schedule_next_iter(task_to_schedule_alias="trainers")
    Traceback (most recent call last):
    ...
    swarmdsl.errors.OutsideTask: World.schedule_next_iter works only while a swarm runs this \
code as a task: let the task do it, in its function or in a method; a test of it wraps the call in \
`swarmdsl.light.entered(context)`
    """
    World().schedule_next_iter(node_ids, task_to_schedule_alias)


def stop_swarm() -> None:
    """Ask that no further round starts: `World.stop_swarm` without a `World` at hand.

    >>> from swarmdsl.light.context import TaskContext, entered
    >>> asked = []
    >>> task = TaskContext(run="r", instance="a@n#0", alias="a", node="n", iteration=0,
    ...                    call=lambda method, arguments: asked.append(method))
    >>> with entered(task):
    ...     stop_swarm()
    >>> asked
    ['round.stop']
    """
    World().stop_swarm()
