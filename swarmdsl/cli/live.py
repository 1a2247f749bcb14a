"""A run on a terminal, drawn anew a few times a second."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TextIO, cast

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from swarmdsl.cli.lines import result_text, stopping_text
from swarmdsl.cli.streams import Streams, Talk
from swarmdsl.cli.view import RunView, TaskView, fold
from swarmdsl.cli.waits import waiting_text
from swarmdsl.control.happenings import Happening, Observer, Waiting
from swarmdsl.control.reasons import since
from swarmdsl.control.state import RunState

TASKS_SHOWN_MAX = 16  # what fits on a small terminal
BAR_WIDTH = 24
_STYLES: Mapping[RunState, str] = {
    RunState.COMPLETED: "green",
    RunState.FAILED: "bold red",
    RunState.STOPPED: "yellow",
}


class LiveDisplay:
    """An observer whose view is drawn by somebody else, in a thread of its own.

    Args:
        clock: the seconds that the drawing counts.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._began_s = self._waiting_s = clock()
        self._view = RunView()

    def __call__(self, happening: Happening) -> None:
        """Take in what happened: one assignment, so that the drawing thread sees all or nothing."""
        self._view = fold(self._view, happening)
        if isinstance(happening, Waiting):
            self._waiting_s = self._clock()

    def __rich__(self) -> RenderableType:
        """The picture of this moment."""
        now_s = self._clock()
        return picture(self._view, now_s - self._began_s, now_s - self._waiting_s)


@contextmanager
def live_display(streams: Streams, environment: Mapping[str, str]) -> Iterator[Observer]:
    """An observer that keeps a picture of the run at the foot of the terminal."""
    console = Console(
        file=cast("TextIO", Talk(streams.err)),
        no_color=not streams.colored,
        highlight=False,
        _environ=environment,
    )
    display = LiveDisplay()
    with Live(
        display,
        console=console,
        refresh_per_second=8,
        redirect_stdout=False,
        redirect_stderr=False,
    ):
        yield display


def picture(view: RunView, elapsed_s: float, quiet_s: float = 0.0) -> RenderableType:
    """A run as rich draws it, so long after its beginning, and after a wait was told."""
    return Group(*_parts(view, elapsed_s, quiet_s))


def _parts(view: RunView, elapsed_s: float, quiet_s: float) -> Iterator[RenderableType]:
    minutes, seconds = divmod(int(elapsed_s), 60)
    yield Text.assemble(
        (f"run {view.run}", "bold"),
        "  ",
        (view.state.value, _STYLES.get(view.state, "cyan")),
        f"  {minutes}:{seconds:02}",
    )
    if view.waiting is not None:
        yield Text(waiting_text(view.waiting, quiet_s), style="yellow")
    elif view.state is RunState.STARTING:
        yield Text(_waiting(view), style="dim")
    elif view.lost:
        yield Text(_losses(view), style="dim")
    if view.left_out:
        yield Text(f"without {since(view.left_out)}", style="yellow")
    if view.stopping and not view.state.final:
        yield Text(stopping_text(view.round), style="yellow")
    if view.round is not None:
        yield Text(f"round {view.round}")
        yield _tasks(view)
    for result in view.results:
        text = f"  round {result.round}  {result_text(result)}"
        yield Text(text, style="dim", no_wrap=True, overflow="ellipsis")


def _waiting(view: RunView) -> str:
    if view.missing is None:
        return "starting the daemons"
    return f"waiting for {view.missing} of {view.missing + view.connected} daemons"


def _losses(view: RunView) -> str:
    times = "once" if view.lost == 1 else f"{view.lost} times"
    return f"a daemon was lost {times} and started anew; {view.connected} are connected"


def _tasks(view: RunView) -> RenderableType:
    """A line per task; where there are too many, those that are at work come first."""
    grid = Table.grid(padding=(0, 2))
    tasks = list(view.tasks.items())
    if len(tasks) > TASKS_SHOWN_MAX:
        tasks.sort(key=lambda item: item[1].finished == item[1].instances)
    for alias, task in tasks[:TASKS_SHOWN_MAX]:
        # A total of zero would pulse for ever.
        bar = ProgressBar(max(1, task.instances), task.finished, width=BAR_WIDTH)
        grid.add_row(f"  {alias}", bar, f"{task.finished}/{task.instances}", _progress(task))
    if len(tasks) > TASKS_SHOWN_MAX:
        grid.add_row(f"  and {len(tasks) - TASKS_SHOWN_MAX} more tasks")
    return grid


def _progress(task: TaskView) -> str:
    """How long the slowest took, and how many are still at it."""
    seconds = f"{task.slowest_s:.2f} s" if task.finished else ""
    running = task.started - task.finished
    return f"{seconds}  {running} running".strip() if running > 0 else seconds
