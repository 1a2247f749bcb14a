"""A run in a cell, drawn anew in place while it goes on."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from html import escape
from typing import Protocol

from swarmdsl.cli.lines import result_text
from swarmdsl.cli.view import RunView, TaskView, fold
from swarmdsl.control.happenings import Happening, StateChanged

PAUSE_S = 0.5  # between two drawings: front ends draw slowly, and notebooks keep what they are sent
BAR = 20  # characters
TASKS_SHOWN_MAX = 16

Picture = dict[str, str]
"""What is shown, by its MIME type."""


class Handle(Protocol):
    """A place in the output of a cell."""

    def update(self, picture: Picture, *, raw: bool) -> None:
        """Show this there, in the place of what was."""


class Progress:
    """An observer that keeps a table of the run in the output of its cell.

    Args:
        show: puts a picture into the cell, and gives its place; by default IPython's `display`.
        clock: seconds, of a clock that never goes back.

    >>> from swarmdsl import Swarm, Task
    >>> def one() -> int:
    ...     return 1
    >>> class Ones(Swarm):
    ...     def execute(self):
    ...         return Task(one)
    >>> places = []
    >>> class Place:
    ...     def update(self, picture, *, raw):
    ...         places.append(picture["text/plain"])
    >>> run = Ones().run(observers=[Progress(show=lambda picture: Place())])
    >>> print(places[-1])  # doctest: +ELLIPSIS
    run ... COMPLETED: 1 round finished
      one  ████████████████████ 1/1
    """

    shows_end = True  # so `Swarm.run` need not tell it as well

    def __init__(
        self,
        show: Callable[[Picture], Handle] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._show = show or _displayed
        self._clock = clock
        self._view = RunView()
        self._drawn_s = float("-inf")
        self._handle: Handle | None = None

    def __call__(self, happening: Happening) -> None:
        """Take in what happened; draw it, unless something was drawn just now."""
        self._view = fold(self._view, happening)
        turning = isinstance(happening, StateChanged)
        if turning or self._clock() - self._drawn_s >= PAUSE_S:
            self._draw()

    def _draw(self) -> None:
        picture = {"text/plain": as_text(self._view), "text/html": as_html(self._view)}
        if self._handle is None:
            self._handle = self._show(picture)
        else:
            self._handle.update(picture, raw=True)
        self._drawn_s = self._clock()


def _displayed(picture: Picture) -> Handle:
    from IPython.display import display

    handle: Handle = display(picture, raw=True, display_id=True)
    return handle


def as_text(view: RunView) -> str:
    """A run as lines.

    >>> print(as_text(RunView(run="r", round=0, tasks={"add": TaskView(instances=2, finished=1)})))
    run r STARTING
      round 0
      add  ██████████░░░░░░░░░░ 1/2
    """
    return "\n".join(_lines(view))


def _lines(view: RunView) -> Iterator[str]:
    yield _title(view)
    if view.round is not None and not view.state.final:
        yield f"  round {view.round}"
    width = max(map(len, view.tasks), default=0)
    for alias, task in _shown(view):
        full = BAR * task.finished // max(1, task.instances)
        bar = "█" * full + "░" * (BAR - full)
        yield f"  {alias:{width}}  {bar} {task.finished}/{task.instances}"
    if len(view.tasks) > TASKS_SHOWN_MAX:
        yield f"  and {len(view.tasks) - TASKS_SHOWN_MAX} more tasks"
    for result in view.results:
        yield f"  round {result.round}  {result_text(result)}"


def as_html(view: RunView) -> str:
    """A run as a table, without scripts or colours of its own."""
    rows = "".join(
        f"<tr><td>{escape(alias)}</td>"
        f'<td><progress value="{task.finished}" max="{max(1, task.instances)}"></progress></td>'
        f"<td>{task.finished}/{task.instances}</td></tr>"
        for alias, task in _shown(view)
    )
    more = len(view.tasks) - TASKS_SHOWN_MAX
    rest = f"<tr><td>and {more} more tasks</td></tr>" if more > 0 else ""
    at = "" if view.round is None or view.state.final else f", round {view.round}"
    results = "".join(f"<br>round {one.round}: {escape(result_text(one))}" for one in view.results)
    return f"<b>{escape(_title(view))}</b>{at}<table>{rows}{rest}</table>{results}"


def _title(view: RunView) -> str:
    ended = f": {view.reason.text}" if view.reason is not None else ""
    waits = "" if not view.missing or view.state.final else f", {view.missing} daemons are missing"
    return f"run {view.run} {view.state.value}{ended}{waits}"


def _shown(view: RunView) -> list[tuple[str, TaskView]]:
    """The tasks of the round; of many, those that are at work first."""
    tasks = list(view.tasks.items())
    if len(tasks) > TASKS_SHOWN_MAX:
        tasks.sort(key=lambda item: item[1].finished == item[1].instances)
    return tasks[:TASKS_SHOWN_MAX]
