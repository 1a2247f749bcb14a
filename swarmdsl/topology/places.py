"""Places in a document: the path of keys that leads to a value, and the line it is written on."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

Path = tuple[str | int, ...]
"""The keys and positions that lead to a value: `("nodes", 0, "slots")`."""

Lines = Mapping[Path, int]
"""On which line, from 1, the key (or the item of a list) at each path stands."""

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_OTHER = re.compile(r"(?<= at )\w+\[\d+\](?:\.\w+)*")
_STEP = re.compile(r"\.?([A-Za-z0-9_-]+)|\[(\d+)\]")


class Misfit(NamedTuple):
    """Something in a document that the model does not allow."""

    path: Path
    problem: str


class BrokenText(Exception):
    """A text is no document of its form at all.

    Attributes:
        problem: why, as the end of a sentence that begins with the file's name.
        line: where, if that is known.
    """

    def __init__(self, problem: str, line: int | None = None) -> None:
        super().__init__(problem)
        self.problem, self.line = problem, line


def written(path: Path) -> str:
    """A path as people write it.

    >>> written(("tasks", 0, "inputs", "a b", "value"))
    'tasks[0].inputs."a b".value'
    """
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        else:
            text += f".{step}" if _BARE.fullmatch(step) else f'."{step}"'
    return text.removeprefix(".")


def path_in(text: str) -> Path:
    """The path that a text begins with, as far as its keys are plain.

    >>> path_in("nodes[0].slots: is 0")
    ('nodes', 0, 'slots')
    """
    path: list[str | int] = []
    end = 0
    while step := _STEP.match(text, end):
        path.append(step[1] if step[1] is not None else int(step[2]))
        end = step.end()
    return tuple(path)


def with_lines(text: str, lines: Lines) -> str:
    """A sentence that names another place, `at groups[0].name`, with the line of that place.

    >>> with_lines("groups[1].name: is the one at groups[0].name", {("groups", 0, "name"): 3})
    'groups[1].name: is the one at groups[0].name (line 3)'
    """

    def with_line(place: re.Match[str]) -> str:
        line = line_of(path_in(place[0]), lines)
        return place[0] if line is None else f"{place[0]} (line {line})"

    return _OTHER.sub(with_line, text)


def line_of(path: Path, lines: Lines) -> int | None:
    """The line of a path, or of the nearest thing around it that has one.

    >>> line_of(("nodes", 0, "slots"), {("nodes",): 3, ("nodes", 0): 4})
    4
    """
    for length in range(len(path), 0, -1):
        if path[:length] in lines:
            return lines[path[:length]]
    return None
