"""SW225: timers, and the method of a round's end, that cannot be called."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from swarmdsl.compiler.diagnostics import Diagnostic, finding
from swarmdsl.compiler.draft import Draft
from swarmdsl.compiler.interface import needs_values
from swarmdsl.dsl import Module
from swarmdsl.dsl.span import Span, span_of_code
from swarmdsl.light.daemon import ROUND_END, pushing_by_themselves, timers_of

SHORTEST_S = 0.001
"""The shortest period: below it the clock would be all that a daemon looks at."""


def check_timers(draft: Draft) -> Iterator[Diagnostic]:
    """Every method of a daemon module that no push leads to."""
    modules = {id(module): module for module in draft.graph.daemons.values()}
    for module in modules.values():
        yield from _periods(module)
        for method in pushing_by_themselves(_daemon(module)):
            if method.__name__ != "produce" and needs_values(method):
                yield _takes_values(module, method.__name__)


def _periods(module: Module) -> Iterator[Diagnostic]:
    for name, period in timers_of(_daemon(module)).items():
        if not is_period(period):
            yield finding(
                "SW225",
                f"timer {module.name}.{name} has the period {period!r}",
                at=_where(module, name),
                hint="write it in seconds, at least 0.001, as in `@every(seconds=0.5)`",
            )


def is_period(value: object) -> bool:
    """Whether it is a number of seconds that a timer can have.

    >>> [is_period(one) for one in (1, 0.5, 0, True, "1", math.inf)]
    [True, True, False, False, False, False]
    """
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and SHORTEST_S <= value < math.inf  # type: ignore[operator]


def _takes_values(module: Module, name: str) -> Diagnostic:
    when = "when a round ends" if name == ROUND_END else "by the clock"
    return finding(
        "SW225",
        f"{module.name}.{name} takes a value, and is called {when}, when there is none to give",
        at=_where(module, name),
        hint=f"write `def {name}(self)`; a method that takes a push is marked with @on",
    )


def _daemon(module: Module) -> Any:
    return module.python_program


def _where(module: Module, name: str) -> Span:
    return span_of_code(getattr(module.python_program, name).__code__)
