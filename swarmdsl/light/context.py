"""Where a running task stands: set by the process that runs it, read by everything in `light`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from threading import get_ident
from types import TracebackType
from typing import Protocol

from swarmdsl.errors import CallFailed, OutsideTask, RunRefused

CALL_DAEMON = "daemon.call"
"""The call that another daemon answers."""

CHANGES = frozenset({"globals.set", "results.add", "round.request", "round.stop", CALL_DAEMON})
"""The calls that change something; all others only read."""


class Call(Protocol):
    """Asks the controller of the run something and waits for the answer."""

    def __call__(self, method: str, arguments: Mapping[str, object], /) -> object:
        """The answer.

        Raises:
            CallFailed: the controller refused; `CallTimedOut` if it did not answer in time.
        """


Push = Callable[[object, str | None], None]
"""Pushes a value to every destination that accepts it, or to the one of this alias."""

Finish = Callable[[], None]
"""Ends what a source pushes in the present round."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskContext:
    """What a task can know about itself; made by hand in tests of task code.

    Attributes:
        run: id of the run.
        instance: `alias@node#replica`.
        alias: the task's alias.
        node: the node it runs on.
        iteration: the round, counted from 0.
        call: the way to the controller.
        datasets: name to path, for the datasets that the task asked for.
        inputs: for scripts: what upstream tasks pushed, by alias.
        push: in a test of a daemon module's handlers: takes what they push, and for whom.
        finish: in a test of a source's timers: is called when they end its round.
        secrets: in a test: what `secret` gives, by name; None to ask the controller.

    >>> from swarmdsl.light import World
    >>> context = TaskContext(run="r", instance="trainer@node1#0", alias="trainer", node="node1",
    ...                       iteration=2, call=lambda method, arguments: None)
    >>> with entered(context):
    ...     World().iteration
    2
    """

    run: str
    instance: str
    alias: str
    node: str
    iteration: int
    call: Call
    datasets: Mapping[str, str] = field(default_factory=dict)
    inputs: Mapping[str, object] = field(default_factory=dict)
    push: Push | None = None
    finish: Finish | None = None
    secrets: Mapping[str, str | bytes] | None = field(default=None, repr=False)


_Means = tuple[Push | None, Finish | None]
"""What code that runs now may do, beside asking the controller: push, and end its round."""

NO_MEANS: _Means = (None, None)


_current: ContextVar[TaskContext] = ContextVar("swarmdsl_task_context")
_thread: ContextVar[int] = ContextVar("swarmdsl_task_thread")
_means: ContextVar[dict[int, _Means]] = ContextVar("swarmdsl_task_means")

OTHER_THREAD = (
    "only the task's own thread may ask the controller, for the daemon serves its sockets in it; "
    "ask before or after the other thread's work, and hand the value over"
)

NO_HANDLER = "only a handler may push, in its own thread, until it has returned"
NO_TIMER = "only a timer may end a round, in its own thread, until it has returned"

_runs_forbidden: ContextVar[str] = ContextVar("swarmdsl_runs_forbidden", default="")


def forbid_runs(where: str) -> None:
    """From now on this process may start no run: it is itself part of one, or loads a target."""
    _runs_forbidden.set(where)


def refuse_run_if_forbidden() -> None:
    """Called before a run is started.

    Raises:
        RunRefused: this process may start none.
    """
    where = _runs_forbidden.get()
    if where:
        raise RunRefused(where)


@contextmanager
def runs_forbidden(where: str) -> Iterator[None]:
    """No run may be started inside the block."""
    token = _runs_forbidden.set(where)
    try:
        yield
    finally:
        _runs_forbidden.reset(token)


def current(what: str) -> TaskContext:
    """The context of the task that runs now.

    Raises:
        OutsideTask: no task runs; `what` names the caller in the message.
    """
    context = _current.get(None)
    if context is None:
        raise OutsideTask(what)
    return context


def current_or_none() -> TaskContext | None:
    """The context of the task that runs now, if one does."""
    return _current.get(None)


def ask(what: str, method: str, arguments: Mapping[str, object]) -> object:
    """Ask the controller something on behalf of the task that runs now.

    A context may be carried into another thread (`asyncio.to_thread` does), and is good for
    reading there; the question itself belongs to the thread that `entered` it.

    Raises:
        OutsideTask: no task runs; `what` names the caller in the message.
        CallFailed: the controller refused, or this is another thread than the task's.
    """
    context = current(what)
    if _thread.get(None) != get_ident():
        raise CallFailed(what, OTHER_THREAD)
    return context.call(method, arguments)


def entered(context: TaskContext) -> AbstractContextManager[TaskContext]:
    """Let code inside the `with` block run as that task; also the way to test task code.

    >>> answers = {"globals.get": 32}
    >>> context = TaskContext(run="r", instance="a@n#0", alias="a", node="n", iteration=0,
    ...                       call=lambda method, arguments: answers[method])
    >>> from swarmdsl.light import World
    >>> with entered(context):
    ...     World().globals["batch_size"]
    32
    """
    return _Entered(context)


class _Entered:
    """It is entered for each push that a handler takes, so it is no generator: those are slow."""

    __slots__ = ("_context", "_means", "_means_token", "_thread_token", "_token")

    def __init__(self, context: TaskContext) -> None:
        self._context = context

    def __enter__(self) -> TaskContext:
        context, thread = self._context, get_ident()
        self._token, self._thread_token = _current.set(context), _thread.set(thread)
        self._means = {thread: (context.push, context.finish)}
        self._means_token = _means.set(self._means)
        return context

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self._means.clear()
        _means.reset(self._means_token)
        _thread.reset(self._thread_token)
        _current.reset(self._token)


class Pushing:
    """Lets code of this thread push inside the `with` block, or not; what outlives it may not.

    Args:
        push: takes what is pushed; None if nothing may be.
        finish: ends the round of a source; None if nothing may.
    """

    __slots__ = ("_means", "_token")

    def __init__(self, push: Push | None, finish: Finish | None = None) -> None:
        self._means = {get_ident(): (push, finish)}

    def __enter__(self) -> None:
        self._token = _means.set(self._means)

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self._means.clear()
        _means.reset(self._token)


def push_now(what: str, value: object, to: str | None) -> None:
    """Push a value on behalf of the handler that runs now.

    Raises:
        OutsideTask: no task runs.
        CallFailed: it is no handler that runs, or another thread than the handler's.
    """
    push, _ = _means_now()
    if push is None:
        current(what)
        raise CallFailed(what, NO_HANDLER)
    push(value, to)


def finish_now(what: str) -> None:
    """End the round of the source whose timer runs now.

    Raises:
        OutsideTask: no task runs.
        CallFailed: it is no timer that runs, or another thread than the timer's.
    """
    _, finish = _means_now()
    if finish is None:
        current(what)
        raise CallFailed(what, NO_TIMER)
    finish()


def _means_now() -> _Means:
    return _means.get({}).get(get_ident(), NO_MEANS)
