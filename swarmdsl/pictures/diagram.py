"""What a picture shows, before anything is known of its form: boxes, arrows and findings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["function", "daemon", "script", "program", "image", "worker", "run"]
Style = Literal["data", "control", "loop"]
Severity = Literal["error", "warning", "info"]

LABELS_MAX = 60  # arrows, beyond which their labels would hide the picture
RUN = "run"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A finding where it is drawn: its code stands there, its text in the list below.

    Attributes:
        code: `SW101`.
        severity: of the finding.
        path: the tasks that it is about, as `trainers -> server`; empty for the whole swarm.
        text: the message.
    """

    code: str
    severity: Severity
    path: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A task, a daemon, the run, or many of them that are alike.

    Attributes:
        id: unique in the diagram.
        title: the first line.
        lines: what stands below it.
        kind: how its code is run; `worker` hosts functions and scripts, `run` is the end.
        detail: what does not fit into the box.
        marks: the findings about it.
    """

    id: str
    title: str
    lines: tuple[str, ...] = ()
    kind: Kind = "function"
    detail: str = ""
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrow:
    """What is pushed from one box to another, or only that one comes after the other.

    Attributes:
        source, destination: ids of boxes.
        label: what a push is, short.
        style: `control` carries no values; what a `loop` carries arrives in the next round.
        detail: all that is known of it, for who points at it.
        marks: the findings about it.
    """

    source: str
    destination: str
    label: str = ""
    style: Style = "data"
    detail: str = ""
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagram:
    """A picture's contents, in the order in which they were declared.

    Attributes:
        name: of the swarm.
        summary: one line about the whole.
        boxes: sources first, if there is no cycle.
        arrows: between them; two boxes may have several.
        marks: every finding, those of boxes and arrows too.

    >>> boxes = (Box(id="a", title="a"), Box(id="b", title="b"))
    >>> Diagram(name="two", boxes=boxes, arrows=(Arrow(source="a", destination="b"),)).labelled
    True
    """

    name: str
    summary: str = ""
    boxes: tuple[Box, ...] = ()
    arrows: tuple[Arrow, ...] = ()
    marks: tuple[Mark, ...] = ()

    @property
    def labelled(self) -> bool:
        """Whether there is room for what stands at the arrows."""
        return len(self.arrows) <= LABELS_MAX


def many(number: int, thing: str) -> str:
    """A number of things, in words.

    >>> many(1, "task"), many(3, "task")
    ('1 task', '3 tasks')
    """
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def some(names: tuple[str, ...], shown: int = 3) -> str:
    """The first of some names, and how many more there are.

    >>> some(("a", "b")), some(("a", "b", "c", "d", "e"))
    ('a, b', 'a, b, c and 2 more')
    """
    rest = len(names) - shown
    return ", ".join(names) if rest <= 0 else f"{', '.join(names[:shown])} and {rest:,} more"
