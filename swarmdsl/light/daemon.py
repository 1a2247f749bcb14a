"""Daemon modules: a class whose handlers take typed pushes one by one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, TypeVar

from swarmdsl.light.calls import CALL, CALL_TIMEOUT_S, call_daemon
from swarmdsl.light.context import finish_now, push_now
from swarmdsl.light.misused import keywords_only, refuse_no_method

Handler = TypeVar("Handler", bound=Callable[..., Any])
ON = "__swarmdsl_on__"
"""What marks a handler."""
EVERY = "__swarmdsl_every__"
"""What marks a timer: its period in seconds."""
ROUND_END = "on_round_end"


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
    refuse_no_method(handler, "on")
    setattr(handler, ON, True)
    return handler


@keywords_only("write @every(seconds=0.5), with the time from one call to the next")
def every(*, seconds: float) -> Callable[[Handler], Handler]:
    """Mark a method of a `Daemon` as a timer: it is called again and again while a round runs.

    It takes no push. What it returns is pushed as by a handler, and it runs as one: never while
    another is at work. What was due meanwhile is done once, right after; or as often as it was due,
    by one of many sources that are faster than their receivers can be told apart.

    Args:
        seconds: from one call to the next, at least 0.001.

    >>> class Pulse(Daemon):
    ...     beats = 0
    ...     @every(seconds=0.5)
    ...     def beat(self) -> int:
    ...         self.beats += 1
    ...         return self.beats
    >>> timers_of(Pulse)
    {'beat': 0.5}
    """

    def marked(timer: Handler) -> Handler:
        setattr(timer, EVERY, seconds)
        return timer

    return marked


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

    Methods marked with `@every` are called by the clock while a round runs. A daemon module with
    such timers that comes after no task is a source as well, whose rounds end when it calls
    `finish`, or when the run is asked to stop.

    `on_round_end(self)` is called when all that is pushed to it in a round has been handled, and
    what it returns is pushed: the last of the round.

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

    def finish(self) -> None:
        """Push nothing more in this round, from a timer of a daemon module that is a source.

        What the timer still pushes and returns belongs to the round. In the next round, if there
        is one, its timers begin anew.

        Raises:
            OutsideTask: no swarm runs this code.
            CallFailed: other tasks push to it, whose end is its own; or no timer is at work.

        >>> from swarmdsl.light import TaskContext, entered
        >>> class Countdown(Daemon):
        ...     left = 3
        ...     @every(seconds=1)
        ...     def count(self) -> int:
        ...         self.left -= 1
        ...         if not self.left:
        ...             self.finish()
        ...         return self.left
        >>> context = TaskContext(run="r", instance="a@n#0", alias="a", node="n", iteration=0,
        ...                       call=lambda method, arguments: None, finish=lambda: print("over"))
        >>> with entered(context):
        ...     countdown = Countdown()
        ...     print([countdown.count() for _ in range(3)])
        over
        [2, 1, 0]
        """
        finish_now("finish")

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
        """Call another daemon module, and wait: `swarmdsl.light.call_daemon`."""
        return call_daemon(alias, method, *arguments, timeout=timeout, node=node, **keywords)


def handlers_of(daemon: type[Daemon]) -> list[Callable[..., Any]]:
    """The handlers of a daemon class, base classes first, each in definition order."""
    return [getattr(daemon, name) for name in _marked(daemon, ON)]


def timers_of(daemon: type[Daemon]) -> dict[str, Any]:
    """The periods in seconds of the timers of a daemon class, as they were given, by method."""
    return _marked(daemon, EVERY)


def calls_of(daemon: type[Daemon]) -> list[Callable[..., Any]]:
    """The methods of a daemon class that answer calls, base classes first."""
    return [getattr(daemon, name) for name in _marked(daemon, CALL)]


def _marked(daemon: type[Daemon], mark: str) -> dict[str, Any]:
    """What methods are marked with, by name; one that overrides another keeps its mark."""
    marks: dict[str, Any] = {}
    for base in reversed(daemon.__mro__):
        members = vars(base).items()
        marks.update((name, getattr(one, mark)) for name, one in members if hasattr(one, mark))
    return marks


def remembers(daemon: type[Daemon]) -> bool:
    """Whether its state outlives its process: it has both `snapshot` and `restore`."""
    return hasattr(daemon, "snapshot") and hasattr(daemon, "restore")


def is_source(daemon: type[Daemon]) -> bool:
    """Whether it makes what it pushes by itself: it has `produce`."""
    return hasattr(daemon, "produce")


def is_replayable(daemon: type[Daemon]) -> bool:
    """Whether a source can go on where it was: it has `position` and `seek`."""
    return hasattr(daemon, "position") and hasattr(daemon, "seek")


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
    """The methods of a daemon class whose results are pushed."""
    return [*handlers_of(daemon), *pushing_by_themselves(daemon)]


def pushing_by_themselves(daemon: type[Daemon]) -> list[Callable[..., Any]]:
    """Those of them that no push leads to: timers, `on_round_end` and `produce`.

    >>> class Pulse(Daemon):
    ...     @every(seconds=1)
    ...     def beat(self) -> int: ...
    ...     def on_round_end(self) -> int: ...
    >>> [method.__name__ for method in pushing_by_themselves(Pulse)]
    ['beat', 'on_round_end']
    """
    names = (*_marked(daemon, EVERY), ROUND_END, "produce")
    return [getattr(daemon, name) for name in names if hasattr(daemon, name)]
