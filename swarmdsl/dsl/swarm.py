"""The record of a swarm: what its author set before it is compiled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from swarmdsl.dsl.network import Driver, Network
from swarmdsl.dsl.span import Span, caller_span
from swarmdsl.dsl.task import Task
from swarmdsl.topology.model import Limits


@dataclass(frozen=True, slots=True, kw_only=True)
class Loop:
    """Two tasks, the second of which gets in a round what the first pushed in the one before.

    The values are what the user gave: the compiler checks that they are tasks of the graph.
    """

    source: Any
    destination: Any
    span: Span | None


class Swarm:
    """A distributed program: subclass it and say in `execute` how its tasks hang together.

    Its name is the class attribute `name`, or `self.name`, or else the name of the class. A
    subclass may leave `super().__init__()` out.

    Args:
        max_iteration: run this many rounds; None for one round, plus each one that is requested.
        limits: the bounds of its channels and waits: `Limits`, or a dict of some of them by name;
            None for the defaults, or the class attribute `limits`.

    The class attribute `latency_budget` is how many seconds a push, and what comes of it, may take
    from its source to the last task; the compiler compares its estimate with it.

    >>> class Empty(Swarm):
    ...     def __init__(self):
    ...         super().__init__(max_iteration=3)
    ...         self.set_global("epochs", 10)
    >>> Empty().name, Empty().get_global("epochs"), Empty().get_global("seed", 0)
    ('Empty', 10, 0)
    """

    name: str = "Swarm"
    max_iteration: int | None = None
    limits: Limits | Mapping[str, float] | None = None
    latency_budget: float | None = None

    def __init__(
        self,
        max_iteration: int | None = None,
        limits: Limits | Mapping[str, float] | None = None,
    ) -> None:
        vars(self)["_init_span"] = caller_span()
        if max_iteration is not None:  # else a class attribute of the subclass stands
            self.max_iteration = max_iteration
        if limits is not None:
            self.limits = limits

    def __init_subclass__(cls, **options: Any) -> None:
        """Name the class after itself, unless it or a parent has been given a name."""
        super().__init_subclass__(**options)
        automatic = {base.__name__ for base in cls.__mro__[1:]}
        name: object = cls.name  # a subclass may have made it a property
        if "name" not in vars(cls) and isinstance(name, str) and name in automatic:
            cls.name = cls.__name__

    @property
    def globals(self) -> dict[str, Any]:
        """The values that all tasks share at the start of a run, by tag."""
        values: dict[str, Any] = vars(self).setdefault("_globals", {})
        return values

    @property
    def global_spans(self) -> dict[str, Span | None]:
        """The line that set each global."""
        spans: dict[str, Span | None] = vars(self).setdefault("_global_spans", {})
        return spans

    def set_global(self, tag: str, value: Any) -> None:
        """Set what `globals[tag]` is when the run starts; any value that can travel will do."""
        self.globals[tag] = value
        self.global_spans[tag] = caller_span()

    def get_global(self, tag: str, default: Any = None) -> Any:
        """What `set_global` set for `tag`, or `default`."""
        return self.globals.get(tag, default)

    @property
    def networks(self) -> list[Network]:
        """What `add_network` was called with, in order."""
        networks: list[Network] = vars(self).setdefault("_networks", [])
        return networks

    def add_network(self, name: str, driver: Driver | str = Driver.OVERLAY) -> None:
        """Declare a network that tasks can ask for, as in `Task(..., network="backend")`.

        It is there beside the network of the swarm itself, on which all tasks reach one another.
        Container engines make it; on the process engine it is a name only.

        Args:
            name: under which tasks ask for it.
            driver: what it is made of: a `Driver`, or its name.

        >>> from swarmdsl import Driver, Swarm
        >>> class Networked(Swarm):
        ...     def __init__(self):
        ...         super().__init__()
        ...         self.add_network("backend", Driver.BRIDGE)
        >>> [(one.name, one.driver.value) for one in Networked().networks]
        [('backend', 'bridge')]
        """
        self.networks.append(Network(name=name, driver=driver, span=caller_span()))

    @property
    def loops(self) -> list[Loop]:
        """What `loop` was called with, in order."""
        loops: list[Loop] = vars(self).setdefault("_loops", [])
        return loops

    def loop(self, source: Task, destination: Task) -> None:
        """Bring what `source` pushes in one round to `destination` in the next.

        The parameter that takes it needs a default, for the first round. A loop closes no cycle in
        the graph: it starts nothing and is waited for by nobody.

        >>> def step(position: float = 0.0) -> float:
        ...     return position + 1.0
        >>> class Walk(Swarm):
        ...     max_iteration = 10
        ...     def execute(self):
        ...         walker = Task(step, method="any")
        ...         self.loop(walker, walker)
        ...         return walker
        """
        self.loops.append(Loop(source=source, destination=destination, span=caller_span()))

    def execute(self) -> Task | Sequence[Task]:
        """The last task of the graph, or several; those they come after come along."""
        raise NotImplementedError(
            f"{type(self).__name__} must define execute() and return its last task"
        )


def span_of_init(swarm: Swarm) -> Span | None:
    """The call of `Swarm.__init__`; None if a subclass has left it out."""
    span: Span | None = vars(swarm).get("_init_span")
    return span
