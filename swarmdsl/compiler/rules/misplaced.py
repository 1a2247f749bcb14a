"""SW319: attributes of the swarm that look like options, and that nothing reads."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from swarmdsl.compiler.argument import of_swarm
from swarmdsl.compiler.codes import did_you_mean
from swarmdsl.compiler.diagnostics import Diagnostic, finding, shown
from swarmdsl.compiler.draft import Draft
from swarmdsl.compiler.settings import users_classes
from swarmdsl.compiler.source_tree import source_tree
from swarmdsl.compiler.unread import is_read
from swarmdsl.dsl import Module, Swarm, Task
from swarmdsl.dsl.span import span_of_class
from swarmdsl.topology.bounds import LIMITS

SETTINGS = tuple(name for name in Swarm.__annotations__ if not name.startswith("_"))
LIKENESS = 0.9  # a letter too many or too few; what is less alike is a name of the user's own

ROUNDS = frozenset(
    f"{prefix}{name}"
    for prefix in ("", "n_", "num_", "number_of_", "max_")
    for name in ("rounds", "iterations")
)
"""What others call `max_iteration`."""


def _options(function: Callable[..., Any]) -> frozenset[str]:
    return frozenset(list(inspect.signature(function).parameters)[1:])


OF_TASK = _options(Task.__init__) - {"module"}
OF_MODULE = _options(Module.__init__)
OF_EDGE = _options(Task.__call__) - {"tasks"}


def check_misplaced(draft: Draft) -> Iterator[Diagnostic]:
    """One finding for each attribute that is an option of something else, unless it is used."""
    swarm = draft.swarm
    unread = {name: value for name, value in _own(swarm).items() if _instead(swarm, name, value)}
    if not unread:
        return
    trees = lru_cache(maxsize=None)(lambda file: source_tree(file, draft.read))
    for name, value in unread.items():
        if not is_read(swarm, name, trees):
            yield finding(
                "SW319",
                f"the swarm has {_given(name, value)}, which nothing reads: a swarm has no such "
                "option",
                at=span_of_class(type(swarm)),
                steps=of_swarm(name),
                hint=_instead(swarm, name, value),
            )


def _own(swarm: Swarm) -> Mapping[str, Any]:
    """What the user has set on the swarm or its class, and is no code, by name."""
    found: dict[str, Any] = {}
    for one in reversed(users_classes(swarm)):
        found |= vars(one)
    found |= vars(swarm)
    return {
        name: value
        for name, value in found.items()
        if not name.startswith("_")
        and name not in SETTINGS
        and not callable(value)
        and not isinstance(value, property | staticmethod | classmethod)
    }


def _instead(swarm: Swarm, name: str, value: object) -> str:
    """Where such an option belongs; empty if there is none of that name."""
    given = _given(name, value)
    if name in LIMITS:
        return f"did you mean limits = Limits({given})?"
    if name in OF_TASK:
        also = ", or of its module" if name in OF_MODULE else ""
        return f"it is an option of each task{also}: Task(..., {given})"
    if name in OF_MODULE:
        return f"it is an option of a module: Module(..., {given})"
    if name in OF_EDGE:
        return f"it is said where two tasks are joined: b(a, {given})"
    near = did_you_mean(name, SETTINGS, likeness=LIKENESS)
    if not near and _is_rounds(swarm, name, value):
        return f"did you mean max_iteration = {value}?"
    return near


def _is_rounds(swarm: Swarm, name: str, value: object) -> bool:
    """Whether it is meant to say how many rounds there are, which nothing else says."""
    number = isinstance(value, int) and not isinstance(value, bool)
    return name in ROUNDS and number and swarm.max_iteration is None


def _given(name: str, value: object) -> str:
    """The option as it is written; what an environment holds may be no one else's business."""
    return f"{name}={{...}}" if name == "env" else f"{name}={shown(value)}"
