"""The graphs of tasks that are measured, as plain data: whoever runs one builds it his own way.

A task does nothing but hand on a number, so that a wrong or missing input shows in the last value;
some rest before they do.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple


def start() -> int:
    """The first number."""
    return 1


def succ(value: int) -> int:
    """The next number."""
    return value + 1


RESTS_S = 0.01


def rested(value: int) -> int:
    """The next number, after a while."""
    time.sleep(RESTS_S)
    return value + 1


def later(values: list[int]) -> int:
    """The number after the largest."""
    return max(values) + 1


def total(values: list[int]) -> int:
    """All of them added up."""
    return sum(values)


def computed(function: Callable[..., int], values: Sequence[Any]) -> int:
    """The number of a task, from those of its inputs."""
    return function(list(values)) if function in (later, total) else function(*values)


def spread(function: Callable[..., int], *values: Any) -> int:
    """The same, with each number as an argument by itself: what may be a future."""
    return computed(function, values)


class Vertex(NamedTuple):
    """A task: what it computes, from what others have computed, and on which of two workers.

    The worker is None where any may do it.
    """

    function: Callable[..., int]
    inputs: Sequence[int] = ()
    worker: int | None = None

    def call(self, values: Sequence[Any]) -> int:
        """The number of this task, from those of its inputs."""
        return computed(self.function, values)


class Graph(NamedTuple):
    """Tasks in an order in which they could be done; the value of the last is the whole's."""

    vertices: Sequence[Vertex]
    value: int


def fan_out(count: int) -> Graph:
    """So many tasks after one, and one that gathers them all.

    >>> run(fan_out(10)) == fan_out(10).value
    True
    """
    middle = [Vertex(succ, [0]) for _ in range(count)]
    last = Vertex(total, range(1, count + 1))
    return Graph([Vertex(start), *middle, last], 2 * count)


def uneven(count: int) -> Graph:
    """A fan-out of which every second task rests: dealt out by turns, one worker has all of those.

    >>> run(uneven(4)) == uneven(4).value
    True
    """
    plain = fan_out(count)
    vertices = [
        one._replace(function=rested) if one.function is succ and number % 2 else one
        for number, one in enumerate(plain.vertices)
    ]
    return Graph(vertices, plain.value)


def layered(layers: int, width: int) -> Graph:
    """Layers of tasks, each after two of the layer above, and one that gathers the last layer.

    >>> run(layered(4, 5)) == layered(4, 5).value
    True
    """
    vertices = [Vertex(start) for _ in range(width)]
    for layer in range(1, layers):
        above = (layer - 1) * width
        vertices += [
            Vertex(later, [above + one, above + (one + 1) % width]) for one in range(width)
        ]
    last = Vertex(total, range((layers - 1) * width, layers * width))
    return Graph([*vertices, last], layers * width)


def chain(length: int) -> Graph:
    """One task after another, wherever.

    >>> run(chain(10)) == chain(10).value
    True
    """
    return Graph([Vertex(start), *[Vertex(succ, [one]) for one in range(length - 1)]], length)


def across(length: int) -> Graph:
    """One task after another, by turns on two nodes.

    >>> run(across(10)) == across(10).value
    True
    """
    vertices = [one._replace(worker=number % 2) for number, one in enumerate(chain(length)[0])]
    return Graph(vertices, length)


def run(graph: Graph) -> int:
    """The value of a graph, computed here, one task after another."""
    values: list[int] = []
    for one in graph.vertices:
        values.append(one.call([values[number] for number in one.inputs]))
    return values[-1]
