"""A task: a module, how it is scheduled, and what it comes after."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from operator import attrgetter
from typing import Any, NamedTuple

from swarmdsl.dsl.condition import Condition
from swarmdsl.dsl.module import default_name
from swarmdsl.dsl.rate import Rate
from swarmdsl.dsl.span import Call, Span, caller

_recording: ContextVar[list[Task] | None] = ContextVar("swarmdsl_recording", default=None)


@contextmanager
def recorded() -> Iterator[list[Task]]:
    """Collect the tasks that are made inside the `with` block."""
    made: list[Task] = []
    token = _recording.set(made)
    try:
        yield made
    finally:
        _recording.reset(token)


class Edge(NamedTuple):
    """One source of a task, how its pushes are spread and travel, and the call that said so.

    The values are what the user gave: the compiler checks them. `key` is None if none was given;
    `says_policy` tells `policy="broadcast"` from nothing.
    """

    source: Any
    call: Call | None
    policy: Any = "broadcast"
    key: Any = None
    condition: Any = Condition.FINISHED
    delivery: Any = None
    overflow: Any = None
    response_timeout: Any = None
    wait: Any = None
    linger: Any = None
    says_policy: bool = False

    @property
    def span(self) -> Span | None:
        """The line that said so."""
        return None if self.call is None else self.call.span()


class Task:
    """A module plus how it is scheduled: a vertex of the graph.

    Calling a task draws edges: `b(a)` runs b after a and hands over what a returns. Calls
    accumulate, and return the task itself, so `c(b(a))` is a chain and `d([b, c])` a join.

    Values are recorded as they are given. A wrong one is reported by the compiler, with its line.

    Args:
        module: a `Module`, a plain function, or a subclass of `Daemon`.
        method: `all`, `any`, `maximum` or `fixed`; without it `any` if `inputs` are given, else
            `all`.
        fixed: keep the nodes of the first round for all rounds.
        excepted_ids: nodes that it must not run on.
        specified_ids: the only nodes that it may run on.
        maximum: most nodes to use: a number of them, or a float as a share; -1 or None is unset.
            With `any` a number says how many nodes may be tried, one after another.
        network: a network of the swarm (`Swarm.add_network`), or the name of a `Driver`; only
            container engines make networks.
        gpu: whether a node needs a GPU; for more than one say `resources={"gpu": 2}`.
        alias: its name in the graph; by default the module's.
        inputs: values for parameters that no other task supplies.
        resources: what each node must have, and what the task may take of its memory, as for
            `Module`; a key given here overrides the module's.
        labels: what each node must be labelled with, as in `{"zone": "a"}`.
        timeout: seconds that one run of it may take, as for `Module`, which it overrides.
        retries: how often a run that failed is done again, likewise; with `method="any"` and an
            integer `maximum` each time on another of so many nodes, and then round again.
        env: environment variables, as for `Module`; a name given here overrides the module's.
        secrets: names of secrets that it may read, beside those of its module.
        on_node_loss: what becomes of the run when an instance is lost for good and no other node
            can do its work: `fail` (the default) ends it; `continue` goes on without that
            instance, and says so. It is for tasks with several instances.
        strategy: which nodes are chosen, where not all are needed: `horizontal` (the default)
            spreads, and takes those with the least to do; `vertical` packs, and takes those with
            the most to do that still have a slot and room.
        port: where the daemon of a daemon module listens on the host of its node; None for wherever
            the engine chooses. The engine `process` opens none, and refuses to run such a swarm.
        rate: pushes per second that one instance of a source yields, or a `Rate`; the compiler
            weighs it, nothing is driven by it, and the same holds for the next two.
        service_time: seconds that one instance works on one push.
        yields_per_input: how many pushes come of one, on average; None for one.

    >>> from swarmdsl import Task
    >>> def double(number: int) -> int:
    ...     return 2 * number
    >>> def add(numbers: list[int]) -> int:
    ...     return sum(numbers)
    >>> total = Task(add, method="any")([Task(double, inputs={"number": n}) for n in (1, 2)])
    >>> [edge.source.method for edge in total.edges]
    ['any', 'any']
    """

    def __init__(
        self,
        module: Any,
        method: str | None = None,
        fixed: bool = False,
        excepted_ids: Sequence[str] | None = None,
        specified_ids: Sequence[str] | None = None,
        maximum: float | None = -1,
        network: str | None = None,
        gpu: bool = False,
        *,
        alias: str | None = None,
        inputs: Mapping[str, Any] | None = None,
        resources: Mapping[str, Any] | None = None,
        labels: Mapping[str, str] | None = None,
        timeout: float | None = None,
        retries: int | None = None,
        env: Mapping[str, str] | None = None,
        secrets: Sequence[str] | None = None,
        on_node_loss: str = "fail",
        strategy: str = "horizontal",
        port: int | None = None,
        rate: float | Rate | None = None,
        service_time: float | None = None,
        yields_per_input: float | None = None,
    ) -> None:
        self.module: Any = module
        self.method: Any = method if method is not None else "all" if inputs is None else "any"
        self.fixed: Any = fixed
        self.excepted_ids: Any = excepted_ids
        self.specified_ids: Any = specified_ids
        self.maximum: Any = maximum
        self.network: Any = network
        self.gpu: Any = gpu
        self.alias: Any = alias
        self.inputs: Any = inputs
        self.resources: Any = resources
        self.labels: Any = labels
        self.timeout: Any = timeout
        self.retries: Any = retries
        self.env: Any = env
        self.secrets: Any = secrets
        self.on_node_loss: Any = on_node_loss
        self.strategy: Any = strategy
        self.port: Any = port
        self.rate: Any = rate
        self.service_time: Any = service_time
        self.yields_per_input: Any = yields_per_input
        self.edges: list[Edge] = []
        self.call = caller()
        made = _recording.get()
        if made is not None:
            made.append(self)

    def __call__(
        self,
        tasks: Task | Iterable[Task] | None = None,
        condition: Condition = Condition.FINISHED,
        *,
        policy: str | None = None,
        key: str | int | Callable[[Any], Any] | None = None,
        delivery: str | None = None,
        overflow: str | None = None,
        response_timeout: float | None = None,
        wait: str | None = None,
        linger: float | None = None,
    ) -> Task:
        """Run after `tasks`: one task, several, or none at all. Returns this task.

        Args:
            tasks: what comes before.
            condition: `Condition.FINISHED` to run once when all of it is there (the default), or
                `Condition.RESULT` to run once for each value that these tasks push.
            policy: which instances of this task get a push: `broadcast` (all; the default),
                `balance` (the one with the most credit), `key` (the one that a hash of `key=`
                chooses), `pair` (the one on the same node).
            key: the name of a field, a key of a mapping, an index, or a function of the value;
                it means `policy="key"`.
            delivery: `at_least_once` (the default) keeps a push until it is confirmed, and sends it
                again if need be; `at_most_once` forgets it when it is sent.
            overflow: what happens to a push when the receiver's inbox is full: `block` (the
                default) makes the sender wait; with `at_most_once` also `drop_oldest` of those that
                wait to be sent, or `drop_newest`. What is dropped is counted.
            response_timeout: seconds; a push that is not confirmed within them is counted.
            wait: what this task does while nothing comes: `block` (the default) sleeps, but between
                pushes that follow closely; `spin` looks again and again for a moment after each,
                which is faster and takes a processor.
            linger: seconds, at most 1; how long a push may be held back where this task is behind
                or many push to it, so that more of them share a frame; 0.01 unless given, 0 holds
                back none.

        >>> from swarmdsl import Task
        >>> def words() -> list[str]:
        ...     return ["a", "b"]
        >>> def count(words: list[list[str]]) -> int:
        ...     return len(words)
        >>> Task(count)(Task(words), key=0).edges[0].policy
        'key'
        """
        call = caller()
        spread = policy if policy is not None else "broadcast" if key is None else "key"
        travel = (delivery, overflow, response_timeout, wait, linger)
        said = (call, spread, key, condition, *travel, policy is not None)
        self.edges += [Edge(source, *said) for source in _each(tasks)]
        # What is meant as a source is one, so that the compiler tells of nothing else.
        self.edges += [Edge(source, call) for source in tasks_in(condition)]
        return self

    @property
    def span(self) -> Span | None:
        """The line that made it."""
        return None if self.call is None else self.call.span()

    @property
    def name(self) -> str:
        """Its alias, or that of its module; the compiler numbers those that clash."""
        return str(self.alias or getattr(self.module, "name", default_name(self.module)))

    def __repr__(self) -> str:
        return f"<Task {self.name}>"


def tasks_in(condition: Any) -> tuple[Task, ...]:
    """The tasks that a condition is, or lists: they are sources that stand where none belongs."""
    several = condition if isinstance(condition, list | tuple) else (condition,)
    return tuple(one for one in several if isinstance(one, Task))


def _each(tasks: Any) -> Iterable[Any]:
    """The sources of a call: what is no task is kept for the compiler to report."""
    if isinstance(tasks, Task):
        return (tasks,)
    if tasks is None:
        return ()
    return tasks if isinstance(tasks, Iterable) and not isinstance(tasks, str) else (tasks,)


options_of: Callable[[Task], tuple[Any, ...]] = attrgetter(
    *(name for name in inspect.signature(Task).parameters if name not in {"module", "alias"})
)
"""All that was said of a task but its module and its alias, in the order of the signature."""
