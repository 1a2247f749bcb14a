"""A traceback begins with the user's own first line."""

from __future__ import annotations

import importlib
import io
import pdb  # noqa: T100 - what breakpoint() starts
from bdb import BdbQuit
from collections.abc import Callable
from pathlib import Path
from types import CodeType

import numpy as np
import pytest

from swarmdsl.daemon import trace
from swarmdsl.daemon.function_program import FunctionProgram
from swarmdsl.daemon.read_function import ReadFunction
from swarmdsl.daemon.trace import (
    TRACEBACK_CHARACTERS_MAX,
    details_of,
    is_ours,
    message_of,
    users_traceback,
)
from swarmdsl.daemon.wiring import Wiring
from swarmdsl.daemon.work import Run
from swarmdsl.errors import (
    CannotStart,
    InputMissing,
    ProgramEnded,
    TimeLimitExceeded,
)
from swarmdsl.light import Local, entered
from tests.handmade import task, topology
from tests.unit.light.asked import Asked

BUNDLE = "/home/me/.state/runs/r/bundles/" + "a1" * 32


def raised_by(call: Callable[[], object]) -> str:
    try:
        call()
    except BaseException as error:  # As the shell does: whatever a task raises.
        return users_traceback(error)
    raise AssertionError("nothing was raised")


def compiled(source: str, file: str) -> CodeType:
    return compile(source, file, "exec")


def through_swarmdsl(function: Callable[[], object]) -> str:
    hosted = Wiring(topology([task("work")]), "worker@n1#0").hosted[0, 0]
    program = FunctionProgram(ReadFunction(function), {})
    return raised_by(lambda: program.run(Run(hosted, 0, {}, {}), print))


def test_files_are_named_as_the_user_names_them() -> None:
    code = compiled("1 / 0", f"{BUNDLE}/steps/train.py")
    text = raised_by(lambda: exec(code))
    assert 'File "steps/train.py", line 1' in text
    assert "bundles" not in text


def test_frames_of_swarmdsl_before_the_users_are_left_out() -> None:
    def work() -> None:
        raise KeyError("x")

    text = through_swarmdsl(work)
    assert "programs.py" not in text.partition("in work")[2]
    assert text.endswith("KeyError: 'x'\n")


def test_frames_of_swarmdsl_that_the_user_called_stay() -> None:
    text = through_swarmdsl(lambda: Wiring(topology([]), "a").link(3))
    assert "wiring.py" in text


def test_a_traceback_of_swarmdsl_alone_stays_whole() -> None:
    inside = compiled("1 / 0", f"{trace._OURS}daemon/shell.py")
    try:
        exec(inside)
    except ZeroDivisionError as error:
        frames = error.with_traceback(error.__traceback__ and error.__traceback__.tb_next)
        assert "daemon/shell.py" in users_traceback(frames)


def test_ready_made_modules_are_the_users_side() -> None:
    beside = compiled("work()", f"{trace._OURS.rstrip('/')}_modules/fl.py")
    called = compiled("1 / 0", "mine.py")
    try:
        exec(beside, {"work": lambda: exec(called)})
    except ZeroDivisionError as error:
        inner = error.with_traceback(error.__traceback__ and error.__traceback__.tb_next)
        assert "swarmdsl_modules/fl.py" in users_traceback(inner)


def test_causes_are_told() -> None:
    def work() -> None:
        try:
            raise KeyError("first")
        except KeyError as error:
            raise ValueError("then") from error

    text = raised_by(work)
    assert text.index("KeyError: 'first'") < text.index("direct cause") < text.index("ValueError")


def test_of_a_long_traceback_the_end_is_kept() -> None:
    def work() -> None:
        raise ValueError("x" * 100_000 + " the end")

    text = raised_by(work)
    assert len(text) == TRACEBACK_CHARACTERS_MAX
    assert text.endswith("the end\n")


def test_our_own_errors_need_no_stack() -> None:
    with pytest.raises(InputMissing) as raised:
        raise_ours()
    raised.value.__traceback__ = None
    text = users_traceback(raised.value)
    assert text.startswith("swarmdsl.errors.InputMissing: a@n#0 received no value")


def raise_ours() -> None:
    raise InputMissing("a@n#0", "x")


class Mute(Exception):
    """Cannot even say what it is."""

    def __str__(self) -> str:
        raise RuntimeError


def test_an_error_that_cannot_say_what_it_is_is_told_all_the_same() -> None:
    assert message_of(Mute()) == "(its message cannot be had: RuntimeError)"
    assert message_of(ValueError("plain")) == "plain"


def error_of(call: Callable[[], object]) -> BaseException:
    try:
        call()
    except BaseException as error:  # As the shell does: whatever a task raises.
        return error
    raise AssertionError("nothing was raised")


def test_an_error_of_ours_that_no_line_of_the_user_raised_has_no_details() -> None:
    assert details_of(InputMissing("a@n#0", "x")) == ""
    assert "in raise_ours" in details_of(error_of(raise_ours))


def test_the_details_of_a_program_are_what_it_wrote() -> None:
    ended = ProgramEnded("a@n#0", "sh", 2, written="ls: cannot access '/nowhere'\n")
    assert details_of(ended) == "ls: cannot access '/nowhere'\n"


def test_a_breakpoint_without_a_terminal_says_what_helps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    error = error_of(lambda: pdb.Pdb(nosigint=True, readrc=False).set_trace())
    assert message_of(error).startswith("breakpoint() needs a terminal, and a task has one only")
    assert message_of(error).endswith("with immediate=True (swarm run --immediate)")
    assert "bdb.py" not in users_traceback(error)


def test_a_question_to_nobody_says_what_helps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    said = message_of(error_of(lambda: input("name? ")))
    assert said.startswith("EOF when reading a line; input() needs a terminal")


def test_who_changes_an_array_that_was_given_is_told_how_to_get_one() -> None:
    given = np.zeros(3)
    given.flags.writeable = False
    changes: list[Callable[[], object]] = [
        lambda: np.add(given, 1, out=given),
        lambda: given.__setitem__(0, 1.0),
        given.sort,
    ]
    for change in changes:
        said = message_of(error_of(change))
        assert "is read-only; an array that a task is given, or reads from globals" in said
        assert said.endswith("change a copy, as in `x = x.copy()`")
    assert message_of(ValueError("this file is read-only")) == "this file is read-only"


def test_a_file_beside_the_code_says_where_it_is_not() -> None:
    said = message_of(error_of(lambda: Path(f"{BUNDLE}/data.txt").read_text("utf-8")))
    assert "No such file or directory: 'data.txt'; __file__ is within the code bundle" in said
    assert message_of(error_of(lambda: Path("/nowhere/data.txt").read_text("utf-8"))).endswith(
        "'/nowhere/data.txt'"
    )


def test_where_we_found_out_is_not_where_it_went_wrong() -> None:
    inside = compiled("raise error", f"{trace._OURS}daemon/time_limit.py")

    def work() -> None:
        exec(inside, {"error": TimeLimitExceeded("a@n#0", 1.0)})

    text = through_swarmdsl(work)
    assert "in work" in text
    assert "time_limit.py" not in text


@pytest.mark.parametrize(
    "missing",
    [
        lambda: Local().path("acess"),
        lambda: Local().get_binary_data("acess/first.txt"),
        lambda: Local().get_binary_data("access/first.txt"),
        lambda: Local().get_numpy_data("access/first.npy"),
    ],
)
def test_how_tasks_are_told_of_their_data_is_no_line_of_the_users(
    missing: Callable[[], object], tmp_path: Path
) -> None:
    def work() -> None:
        with entered(Asked().context(datasets={"access": str(tmp_path)})):
            missing()

    text = through_swarmdsl(work)
    assert "in work" in text
    assert "swarmdsl/light" not in text
    assert "in get_numpy_data" not in text


def test_where_we_waited_for_a_program_is_no_line_of_the_users() -> None:
    inside = compiled("raise error", f"{trace._STANDARD}selectors.py")
    beside = compiled("exec(inside, {'error': error})", f"{trace._OURS}daemon/command_program.py")
    error = TimeLimitExceeded("a@n#0", 1.0)
    outside = compiled(
        "try:\n    exec(beside, globals())\nexcept Exception:\n    pass",
        f"{trace._OURS}daemon/shell.py",
    )
    exec(outside, {"beside": beside, "inside": inside, "error": error})
    assert details_of(error) == ""


def test_a_module_that_cannot_start_is_told_from_its_own_lines_on_and_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "no_device.py").write_text("raise OSError('no device')\n")
    monkeypatch.syspath_prepend(tmp_path)

    load = compiled("import_module('no_device')", f"{trace._OURS}daemon/bundle.py")
    with pytest.raises(OSError, match="no device") as raised:
        exec(load, {"import_module": importlib.import_module})
    error = CannotStart("a@n#0", "measure", "OSError: no device")
    tests_own = raised.value.__traceback__
    error.__cause__ = raised.value.with_traceback(tests_own and tests_own.tb_next)

    text = users_traceback(error)
    lines = text.splitlines()
    assert (lines[0], lines[-2:]) == (
        "Traceback (most recent call last):",
        ["OSError: no device", "a@n#0 of module measure cannot start: OSError: no device"],
    )
    assert "importlib" not in text


def test_who_ends_the_program_is_told_how_a_task_ends() -> None:
    assert message_of(SystemExit(3)) == (
        "3; a task ends by returning, and fails by raising what went wrong"
    )


def test_a_debugger_that_gave_up_amid_our_own_code_shows_none_of_it() -> None:
    stopped = BdbQuit()
    assert details_of(stopped) == ""
    assert users_traceback(stopped) == "bdb.BdbQuit\n"
    assert "swarm run --immediate" in message_of(stopped)


def test_a_module_that_was_compiled_is_ours_too() -> None:
    """It names its file as it lay in the copy that was compiled."""
    assert is_ours("swarmdsl/daemon/shell.py")
    assert not is_ours("/home/me/swarmdsl/mine.py")
