"""Daemon modules: a class whose handlers take typed pushes one by one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, TypeVar

from swarmdsl.light.context import push_now

Handler = TypeVar("Handler", bound=Callable[..., Any])
ON = "__swarmdsl_on__"
"""What marks a handler."""


def on(handler: Handler) -> Handler:
    """Mark a method of a `Daemon` as the handler of pushes of its parameter's type.

    What the handler returns is pushed to every outgoing link whose type accepts it; None pushes
    nothing; a generator pushes each value it yields.

    >>> class Sum(Daemon):
    ...     total = 0
    ...     @on
    ...     def add(self, number: int) -> int:
    ...         self.total += number
    ...         return self.total
    >>> [handler.__name__ for handler in handlers_of(Sum)]
    ['add']
    """
    setattr(handler, ON, True)
    return handler


class Daemon:
    """A module with state that lives for the whole run and handles each push as it arrives.

    One instance is made per placed copy, without arguments, when its daemon starts. Handlers run
    one at a time.

    Its state dies with its process, unless it defines `snapshot(self)`, which returns the state as
    a value that can travel, and `restore(self, state)`, which takes it back. Then the object in a
    process that was started anew is restored, and given all that came after the snapshot.

    One that defines `produce(self)` is a *source*: it comes after no task, and pushes what that
    generator yields, once in each round. With `position(self)`, which says how far it has come, and
    `seek(self, position)` it goes on there in a process that was started anew.

    `on_start(self)` is called in its process before it does anything else there, but for `restore`;
    `on_stop(self)` when the run has ended, unless the process is ended from outside, or in the
    midst of its work. What they return goes nowhere.

    A handler may also `push` while it is at work. What it pushes so is declared in `pushes`, a type
    or a union of types, beside what handlers are annotated to return.

    >>> class Echo(Daemon):
    ...     @on
    ...     def repeat(self, text: str) -> str:
    ...         return text
    >>> Echo().repeat("once")
    'once'
    >>> class Count(Daemon):
    ...     seen = 0
    ...     @on
    ...     def add(self, number: int) -> None:
    ...         self.seen += 1
    ...     def snapshot(self) -> int:
    ...         return self.seen
    ...     def restore(self, state: int) -> None:
    ...         self.seen = state
    >>> remembers(Count), remembers(Echo)
    (True, False)
    """

    pushes: ClassVar[Any] = None

    def push(self, value: object, to: str | None = None) -> None:
        """Push a value at once, from inside a handler; None pushes nothing.

        Args:
            value: goes to every outgoing link whose type accepts it.
            to: the alias of a task that comes after this one: the value goes to that alone.

        Raises:
            OutsideTask: no swarm runs this code.
            CallFailed: no handler is at work, or this is another thread than the handler's.
            PushRefused: no link accepts the value; or none to that task.
            DestinationUnknown: no such task comes after this one.

        >>> from swarmdsl.light import TaskContext, entered
        >>> class Sort(Daemon):
        ...     pushes = int
        ...     @on
        ...     def sort(self, number: int) -> None:
        ...         self.push(number, to="odd" if number % 2 else "even")
        >>> context = TaskContext(run="r", instance="a@n#0", alias="a", node="n", iteration=0,
        ...                       call=lambda method, arguments: None, push=print)
        >>> with entered(context):
        ...     Sort().sort(5)
        5 odd
        """
        push_now("push", value, to)


def handlers_of(daemon: type[Daemon]) -> list[Callable[..., Any]]:
    """The handlers of a daemon class, base classes first, each in definition order."""
    names: dict[str, None] = {}
    for base in reversed(daemon.__mro__):
        names.update(
            (name, None) for name, member in vars(base).items() if getattr(member, ON, False)
        )
    return [getattr(daemon, name) for name in names]


def remembers(daemon: type[Daemon]) -> bool:
    """Whether its state outlives its process: it has both `snapshot` and `restore`."""
    return hasattr(daemon, "snapshot") and hasattr(daemon, "restore")


def is_source(daemon: type[Daemon]) -> bool:
    """Whether it makes what it pushes by itself: it has `produce`."""
    return hasattr(daemon, "produce")


def is_replayable(daemon: type[Daemon]) -> bool:
    """Whether it is a source that can go on where it was: it has `position` and `seek`."""
    return is_source(daemon) and hasattr(daemon, "position") and hasattr(daemon, "seek")


def hooks_of(daemon: type[Daemon]) -> list[Callable[..., Any]]:
    """The methods of a daemon class that are called when its process starts and stops.

    >>> class Opens(Daemon):
    ...     def on_start(self) -> None: ...
    >>> [hook.__name__ for hook in hooks_of(Opens)]
    ['on_start']
    """
    found = (getattr(daemon, name, None) for name in ("on_start", "on_stop"))
    return [hook for hook in found if hook is not None]


def pushing_of(daemon: type[Daemon]) -> list[Callable[..., Any]]:
    """The methods of a daemon class whose results are pushed: its handlers, and `produce`."""
    produce = getattr(daemon, "produce", None)
    return handlers_of(daemon) if produce is None else [*handlers_of(daemon), produce]
