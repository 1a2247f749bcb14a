"""What faulthandler writes is told as a traceback of the user's own code."""

from __future__ import annotations

import pytest

from swarmdsl.daemon import trace
from swarmdsl.daemon.dumps import crash_told, dumped_traceback, with_sources

BUNDLE = "/home/me/.state/runs/r/bundles/" + "a1" * 32
OURS = f'  File "{trace.__file__}", line 7 in live\n  File "<frozen runpy>", line 88 in _run_code\n'
FATAL = "Fatal Python error: Segmentation fault\n\n"
CURRENT = "Current thread 0x00007f00aa (most recent call first):\n"
OTHER = "Thread 0x00007f00bb (most recent call first):\n"
EXTENSIONS = "\nExtension modules: msgspec._core (total: 1)"


def stack(*functions: str) -> str:
    """The frames of these functions of a bundle, the innermost first."""
    lines = (
        f'  File "{BUNDLE}/app.py", line {line} in {name}\n'
        for line, name in enumerate(functions, 1)
    )
    return "".join(lines)


def names_in(text: str) -> list[str]:
    """The functions of a traceback."""
    return [line.rpartition(" in ")[2] for line in text.splitlines() if '"app.py"' in line]


def test_a_crash_is_told_with_the_users_frames_the_innermost_last() -> None:
    told = crash_told(f"begun\n{FATAL}{CURRENT}{stack('inner', 'outer')}{OURS}{EXTENSIONS}")
    assert names_in(told) == ["outer", "inner"]
    assert told.startswith("begun\nTraceback (most recent call last):\n")
    assert told.endswith("Fatal Python error: Segmentation fault")
    assert "bundles" not in told
    assert trace.__file__ not in told


@pytest.mark.parametrize("first", [True, False], ids=["current first", "current last"])
def test_of_several_threads_the_one_that_crashed_is_told(*, first: bool) -> None:
    stacks = [CURRENT + stack("crashed"), OTHER + stack("beside")]
    told = crash_told(FATAL + "\n".join(stacks if first else stacks[::-1]))
    assert names_in(told) == ["crashed"]


def test_of_a_process_that_was_ended_for_its_time_the_main_thread_is_told() -> None:
    dump = "\n".join([OTHER + stack("beside"), OTHER + stack("main")])
    assert names_in(dumped_traceback(dump, "TimeIsUp")) == ["main"]


@pytest.mark.parametrize(
    "words",
    ["Killed", f"{FATAL}{CURRENT}  <no Python frame>", f"{FATAL}{CURRENT}{OURS}", FATAL],
    ids=["no dump", "a thread of C", "our own code", "no stack"],
)
def test_what_is_no_crash_of_the_users_code_is_told_as_it_was_written(words: str) -> None:
    assert crash_told(words) == words


def test_the_source_stands_below_each_frame_whose_file_is_at_hand() -> None:
    lines = {(f"{BUNDLE}/app.py", 2): "        inner()\n"}
    words = with_sources(
        f"{FATAL}{CURRENT}{stack('inner', 'outer')}", lambda *at: lines.get(at, "")
    )
    frames = crash_told(words).splitlines()[1:-1]
    assert frames == [
        '  File "app.py", line 2, in outer',
        "    inner()",
        '  File "app.py", line 1, in inner',
    ]
