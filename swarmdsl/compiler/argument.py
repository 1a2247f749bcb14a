"""Which argument of a call a finding is about: steps that lead from the call to it."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from swarmdsl.dsl import Module, Rate, Swarm, Task


class Argument(NamedTuple):
    """An argument of a call: the one of this name, or else the one at this position."""

    name: str
    position: int | None = None


class Setting(NamedTuple):
    """A value of the swarm itself: an attribute of its class, or what its `__init__` sets."""

    name: str


Step = Argument | Setting | str | int
"""A text leads to the item of a dict, or to a text in a list; a number to an item of a list."""

Steps = tuple[Step, ...]


def of_task(name: str, *within: Step) -> Steps:
    """An argument of `Task(...)`, and what lies within it.

    >>> of_task("method"), of_task("resources", "cpu")
    ((Argument(name='method', position=1),), (Argument(name='resources', position=None), 'cpu'))
    """
    return (_argument(Task.__init__, name), *within)


def of_edge(name: str) -> Steps:
    """An argument of the call of a task, as in `b(a, policy="pair")`."""
    return (_argument(Task.__call__, name),)


def of_module(name: str, *within: Step) -> Steps:
    """An argument of `Module(...)` or `@module(...)`, and what lies within it."""
    return (_argument(Module.__init__, name), *within)


def of_network(name: str) -> Steps:
    """An argument of `add_network(...)`."""
    return (_argument(Swarm.add_network, name),)


def of_global(name: str) -> Steps:
    """An argument of `set_global(...)`."""
    return (_argument(Swarm.set_global, name),)


def of_loop(name: str) -> Steps:
    """An argument of `self.loop(...)`."""
    return (_argument(Swarm.loop, name),)


def of_rate(name: str) -> Steps:
    """An argument of the `Rate(...)` that a task is given."""
    return of_task("rate", _argument(Rate.__init__, name))


def of_swarm(name: str, *within: Step) -> Steps:
    """A value of the swarm, and what lies within it."""
    return (Setting(name), *within)


def _argument(function: Callable[..., Any], name: str) -> Argument:
    return Argument(name, _positions(function).get(name))


@lru_cache
def _positions(function: Callable[..., Any]) -> Mapping[str, int]:
    """The position of each parameter of a method that can be given by position."""
    parameters = list(inspect.signature(function).parameters.values())[1:]
    placed = [one.name for one in parameters if one.kind is one.POSITIONAL_OR_KEYWORD]
    return {name: position for position, name in enumerate(placed)}
