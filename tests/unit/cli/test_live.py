from dataclasses import replace
from io import StringIO
from textwrap import dedent

from rich.console import Console

from swarmdsl.cli.live import LiveDisplay, live_display, picture
from swarmdsl.cli.streams import Streams
from swarmdsl.cli.view import RunView, TaskView
from swarmdsl.control.happenings import ResultAdded, RoundStarted, StateChanged, Waiting
from swarmdsl.control.state import RunState


def drawn(view: RunView, elapsed_s: float = 0.0) -> str:
    console = Console(file=StringIO(), width=72, _environ={})
    console.print(picture(view, elapsed_s))
    assert isinstance(console.file, StringIO)
    return "\n".join(line.rstrip() for line in console.file.getvalue().splitlines())


def expected(text: str) -> str:
    return dedent(text).strip()


def test_first_picture_says_what_it_waits_for() -> None:
    assert drawn(RunView(run="r1")) == expected("""
        run r1  STARTING  0:00
        starting the daemons
    """)


def test_missing_daemons_are_counted() -> None:
    assert drawn(RunView(run="r1", connected=3, missing=7), 65.0) == expected("""
        run r1  STARTING  1:05
        waiting for 7 of 10 daemons
    """)


def test_round_is_a_bar_per_task_and_the_newest_results() -> None:
    view = RunView(
        run="r1",
        state=RunState.RUNNING,
        round=4,
        tasks={
            "mappers": TaskView(instances=10, started=8, finished=5, slowest_s=1.25),
            "reducer": TaskView(instances=1),
        },
        results=(ResultAdded(tag="loss", node="node2", alias="test", round=3, value=0.5),),
    )
    assert drawn(view, 3.0) == expected("""
        run r1  RUNNING  0:03
        round 4
          mappers  ━━━━━━━━━━━━              5/10  1.25 s  3 running
          reducer                            0/1
          round 3  loss from test on node2: 0.5
    """)


def test_of_many_tasks_those_at_work_are_shown() -> None:
    done = {f"done_{i:02}": TaskView(instances=1, started=1, finished=1) for i in range(30)}
    tasks = done | {"late": TaskView(instances=1, started=1)}
    lines = drawn(RunView(run="r1", state=RunState.RUNNING, round=0, tasks=tasks)).splitlines()
    assert "late" in lines[2]
    assert lines[-1].strip() == "and 15 more tasks"


def test_display_is_drawn_as_it_stands() -> None:
    display = LiveDisplay(clock=iter([10.0, 12.0]).__next__)
    display(StateChanged(run="r1", state=RunState.RUNNING))
    console = Console(file=StringIO(), width=72, _environ={})
    console.print(display)
    assert isinstance(console.file, StringIO)
    assert console.file.getvalue().startswith("run r1  RUNNING  0:02")


def test_live_display_writes_to_stderr_alone() -> None:
    streams = Streams(out=StringIO(), err=StringIO())
    with live_display(streams, {}) as observer:
        observer(StateChanged(run="r1", state=RunState.RUNNING))
        observer(RoundStarted(round=0, instances={"mappers": 2}))
    assert isinstance(streams.err, StringIO)
    assert isinstance(streams.out, StringIO)
    assert "mappers" in streams.err.getvalue()
    assert not streams.out.getvalue()


def test_what_the_run_goes_on_without_stays_in_the_picture() -> None:
    view = RunView(run="r1", state=RunState.RUNNING, left_out={"train@node2#0": 1})
    assert drawn(view) == expected("""
        run r1  RUNNING  0:00
        without train@node2#0 since round 1
    """)


def test_a_long_wait_is_counted_on_in_the_picture() -> None:
    now = [100.0]
    display = LiveDisplay(clock=lambda: now[0])
    display(StateChanged(run="r1", state=RunState.STARTING))
    now[0] += 10.0
    display(Waiting(what="2 of 4 daemons: a, b", seconds=10.0, at_most_s=59.0))
    now[0] += 32.0
    console = Console(file=StringIO(), width=72, _environ={})
    console.print(display)
    assert isinstance(console.file, StringIO)
    assert "waiting for 2 of 4 daemons: a, b (42 s, at most 59 s)" in console.file.getvalue()


def test_a_stop_that_was_asked_for_stays_in_the_picture_until_the_end() -> None:
    view = RunView(run="r1", state=RunState.RUNNING, round=2, stopping=True)
    assert "stopping: asked for; round 2, in progress, is finished first" in drawn(view)
    assert "stopping" not in drawn(replace(view, state=RunState.COMPLETED))
