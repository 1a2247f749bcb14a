"""Many files as one stream of lines, each with who wrote it."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from swarmdsl.control.claim import claimed
from swarmdsl.control.home import RunFolder
from swarmdsl.control.run_logs import Log, Tail
from swarmdsl.control.waiting import Patience
from swarmdsl.daemon.log_marks import start_of
from swarmdsl.daemon.log_times import time_text
from tests.kept import kept
from tests.unit.cli.command_line import CommandLine

ALL = [
    "controller  | run r1: starting",
    "double@n2#0 | one",
    "double@n2#0 | two",
    "worker@n1#0 | source",
    "worker@n2#0 | total",
]


@pytest.fixture
def run(folder: Path) -> RunFolder:
    made = kept(folder / "home", "r1", state="COMPLETED", ended_at=2_000.0)
    for name, text in {
        "controller": "run r1: starting\n",
        "double@n2#0": "one\ntwo",
        "worker@n1#0": "source\n",
        "worker@n2#0": "total\n",
    }.items():
        (made.logs / f"{name}.log").write_text(text, "utf-8")
    return made


@pytest.mark.usefixtures("run")
@pytest.mark.parametrize(
    ("argv", "lines"),
    [
        ([], ALL),
        (["-f"], ALL),
        (["--tail", "2"], ALL[-2:]),
        (["--tail", "1", "--task", "double"], [ALL[2]]),
        (["--tail", "0"], []),
        (["--task", "double"], ALL[1:3]),
        (["--task", "source"], ["worker@n1#0 | source"]),
        (["--node", "n2"], [*ALL[1:3], ALL[4]]),
        (["--node", "n2", "--task", "total"], ["worker@n2#0 | total"]),
        (["--node", "n1", "--task", "double"], []),
        (["--since", "10m"], ALL),
    ],
)
def test_lines_are_those_that_were_asked_for(
    swarm: CommandLine, argv: list[str], lines: list[str]
) -> None:
    ended = swarm("logs", "r1", *argv, "--home", "home")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.splitlines() == lines


def test_a_log_that_nobody_has_written_to_since_is_left_out(
    swarm: CommandLine, run: RunFolder
) -> None:
    os.utime(run.logs / "double@n2#0.log", (1_000.0, 1_000.0))
    lines = swarm("logs", "--since", "1h", "--home", "home").out.splitlines()
    assert lines == [ALL[0], *ALL[3:]]


@pytest.mark.usefixtures("run")
@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["--task", "duoble"], "--task: the run has no task 'duoble'; did you mean 'double'?"),
        (["--node", "x"], "--node: the run has no node 'x'; it has n1, n2"),
        (["--tail", "-1"], "--tail: -1 is less than nothing"),
        (["--since", "soon"], "--since: 'soon' is no span of time; write 90s, 10m"),
    ],
)
def test_what_the_run_does_not_have_is_a_usage_error(
    swarm: CommandLine, argv: list[str], said: str
) -> None:
    ended = swarm("logs", "last", *argv, "--home", "home")
    assert (ended.code, ended.out) == (2, "")
    assert said in ended.err


def test_following_ends_with_a_hint_when_nobody_looks_after_the_run(
    swarm: CommandLine, folder: Path
) -> None:
    kept(folder / "home", "r1")
    ended = swarm("logs", "-f", "--home", "home")
    assert ended.code == 0
    assert ended.err == (
        "run r1 is LOST; swarm resume r1 --home home goes on with it, "
        "swarm kill r1 --home home ends it for good\n"
    )


def test_following_shows_what_comes_until_the_run_ends(
    swarm: CommandLine, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = kept(folder / "home", "r1")
    log = made.logs / "worker@n1#0.log"
    log.write_text("first\nsec", "utf-8")
    claim = claimed(made.path)
    claim.__enter__()

    def look_again(_seconds: float) -> None:
        with log.open("a", encoding="utf-8") as file:
            file.write("ond\nlast")
        claim.__exit__(None, None, None)

    monkeypatch.setattr("swarmdsl.cli.logs.Patience", lambda: Patience(pause=look_again))
    lines = swarm("logs", "-f", "--home", "home").out.splitlines()
    assert lines == [f"worker@n1#0 | {line}" for line in ("first", "second", "last")]


def test_a_line_is_read_when_it_has_ended(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_bytes(b"one\ntw")
    tail = Tail(log)
    assert list(tail.lines()) == ["one"]
    with log.open("ab") as file:
        file.write(b"o\r\nthr\xff")
    assert list(tail.lines()) == ["two"]
    assert list(tail.lines(to_the_end=True)) == ["thr\ufffd"]


def test_lines_of_all_processes_are_in_the_order_of_their_times(
    swarm: CommandLine, run: RunFolder
) -> None:
    moments = [f"2026-11-28T08:00:0{second}.000Z" for second in range(4)]
    (run.logs / "controller.log").write_text(f"{moments[0]} starting\n{moments[3]} over\n")
    (run.logs / "double@n2#0.log").write_text(f"{moments[2]} two\nof a program\n")
    (run.logs / "worker@n1#0.log").write_text(f"{moments[1]} one\n")
    lines = swarm("logs", "--task", "source", "--home", "home").out.splitlines()
    assert lines == [f"{moments[1]} worker@n1#0 | one"]
    (run.logs / "worker@n2#0.log").unlink()
    assert swarm("logs", "--home", "home").out.splitlines() == [
        f"{moments[0]} controller  | starting",
        f"{moments[1]} worker@n1#0 | one",
        f"{moments[2]} double@n2#0 | two",
        f"{moments[2]} double@n2#0 | of a program",
        f"{moments[3]} controller  | over",
    ]


def test_lines_that_were_written_before_are_left_out(swarm: CommandLine, run: RunFolder) -> None:
    log = run.logs / "worker@n1#0.log"
    now = time_text(time.time())
    log.write_text(f"2020-01-01T00:00:00.000Z old\nas old\n{now} new\n")
    ended = swarm("logs", "--since", "1h", "--task", "source", "--home", "home")
    assert ended.out == f"{now} worker@n1#0 | new\n"


def test_the_last_lines_are_those_of_all_processes_together(
    swarm: CommandLine, run: RunFolder
) -> None:
    moments = [f"2026-11-28T08:00:0{second}.000Z" for second in range(4)]
    (run.logs / "controller.log").write_text(f"{moments[0]} starting\n{moments[3]} over\n")
    (run.logs / "double@n2#0.log").write_text(f"{moments[1]} one\n{moments[2]} two\n")
    for name in ("worker@n1#0", "worker@n2#0"):
        os.utime(run.logs / f"{name}.log", (1_000.0, 1_000.0))
    assert swarm("logs", "--tail", "2", "--home", "home").out.splitlines() == [
        f"{moments[2]} double@n2#0 | two",
        f"{moments[3]} controller  | over",
    ]


def test_the_line_of_a_new_process_has_no_empty_one_before_it(
    swarm: CommandLine, run: RunFolder
) -> None:
    (run.logs / "worker@n1#0.log").write_text(f"first\n\nafter a gap{start_of(1)}second\n\n")
    lines = swarm("logs", "--task", "source", "--home", "home").out.splitlines()
    assert [line.partition("| ")[2] for line in lines] == [
        "first",
        "",
        "after a gap",
        "==== process 2 of this daemon starts ====",
        "second",
        "",
    ]


def test_what_a_program_writes_before_any_line_with_a_time_comes_no_earlier_than_it_may(
    swarm: CommandLine, folder: Path
) -> None:
    made = kept(folder / "home", "r1", state="COMPLETED", ended_at=2_000.0)
    early, middle, late = (time_text(1_000.0 + seconds) for seconds in (1, 2, 3))
    for name, text in {
        "controller": f"{early} starting\n{late} over\n",
        "double@n2#0": f"from C\n{middle} from Python\n",
        "worker@n1#0": "from C alone\n",
    }.items():
        (made.logs / f"{name}.log").write_text(text, "utf-8")
    os.utime(made.logs / "worker@n1#0.log", (1_002.5, 1_002.5))
    lines = swarm("logs", "r1", "--home", "home").out.splitlines()
    told = [line.partition(" | ")[2] for line in lines]
    assert told == ["starting", "from C", "from Python", "from C alone", "over"]


def test_a_log_that_has_just_been_pruned_is_one_without_lines(tmp_path: Path) -> None:
    gone = Log(name="w@n#0", path=tmp_path / "gone.log")
    tail = Tail(gone.path)
    tail.skip()
    assert [*tail.lines()] == []
    assert gone.last_written().startswith("1970")
