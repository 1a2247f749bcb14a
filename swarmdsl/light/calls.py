"""Calls: what a daemon module answers, and how other tasks ask it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from swarmdsl.errors import CallFailed, CallTimedOut
from swarmdsl.light.context import CALL_DAEMON, ask
from swarmdsl.light.misused import refuse_no_method

Method = TypeVar("Method", bound=Callable[..., Any])
CALL = "__swarmdsl_call__"
"""What marks a method that answers calls."""

CALL_TIMEOUT_S = 30.0  # of a call that says nothing else
CALL_TIMEOUT_MAX_S = 86_400.0  # a day: no call waits for ever


def call(method: Method) -> Method:
    """Mark a method of a `Daemon` as one that other tasks, and people, may call.

    Its parameters and what it returns are typed as pushes are: an argument of another type is
    answered with an error, and never reaches the method. Without an annotation it is anything. It
    runs between two pushes, never inside of a handler, and may be `async def`.

    >>> from swarmdsl.light import Daemon
    >>> from swarmdsl.light.daemon import calls_of
    >>> class Model(Daemon):
    ...     rate = 0.1
    ...     @call
    ...     def tune(self, rate: float) -> float:
    ...         self.rate, before = rate, self.rate
    ...         return before
    >>> [method.__name__ for method in calls_of(Model)]
    ['tune']
    """
    refuse_no_method(method, "call")
    setattr(method, CALL, True)
    return method


def call_daemon(
    alias: str,
    method: str,
    /,
    *arguments: object,
    timeout: float = CALL_TIMEOUT_S,
    node: str | None = None,
    **keywords: object,
) -> Any:
    """Call a method of a daemon module of this run, and wait for what it returns.

    The daemon answers between two pushes of its own. The method is called once, or not at all:
    whoever gets an error may not know which. What it returns comes as plain data, and as arrays.

    Args:
        alias: of the daemon module's task.
        method: marked with `@call`.
        arguments: handed to the method, as `keywords` are; each of a type that can travel.
        timeout: seconds; how long to wait for the answer.
        node: which of several instances.
        keywords: a method that has a parameter named `timeout` or `node` is given that by position.

    Raises:
        CallFailed: there is no such daemon or method, it refused the arguments, it raised, its
            process died, or several instances have the alias and no `node` is named.
        CallTimedOut: a `CallFailed`: there was no answer in time. The method may have been called.
        OutsideTask: no swarm runs this code.
        EncodeError: an argument cannot travel.

    >>> from swarmdsl.light import TaskContext, entered
    >>> def controller(method, arguments):
    ...     return f"{arguments['alias']}.{arguments['method']} was called"
    >>> task = TaskContext(run="r", instance="a@n#0", alias="a", node="n", iteration=0,
    ...                    call=controller)
    >>> with entered(task):
    ...     call_daemon("model", "tune", 0.2)
    'model.tune was called'
    """
    what = f"{alias}.{method}"
    if not method:
        raise CallFailed(what, "a call names a method that is marked with @call")
    try:
        return ask(what, CALL_DAEMON, request(alias, method, arguments, keywords, node, timeout))
    except CallTimedOut as error:
        raise CallTimedOut(what, error.timeout_s, error.problem) from None
    except CallFailed as error:
        raise CallFailed(what, error.problem) from None


def request(
    alias: str,
    method: str,
    arguments: tuple[object, ...],
    keywords: dict[str, object],
    node: str | None,
    timeout_s: float,
) -> dict[str, object]:
    """A call as it is asked for.

    Raises:
        CallFailed: the timeout is no time.
    """
    return {
        "alias": alias,
        "node": node,
        "method": method,
        "timeout_s": checked_timeout_s(f"{alias}.{method}", timeout_s),
        "arguments": list(arguments),
        "keywords": keywords,
    }


def checked_timeout_s(what: str, timeout_s: object) -> float:
    """A timeout that a call may have.

    >>> checked_timeout_s("model.tune", 2)
    2.0
    """
    number = isinstance(timeout_s, int | float) and not isinstance(timeout_s, bool)
    if not number or not 0 < timeout_s <= CALL_TIMEOUT_MAX_S:  # type: ignore[operator]
        raise CallFailed(
            what,
            f"timeout={timeout_s!r}; give seconds, more than 0 and at most {CALL_TIMEOUT_MAX_S:g}",
        )
    return float(timeout_s)  # type: ignore[arg-type]
