"""How a program ends, or why it does not even start, and what is said of that."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from swarmdsl.errors import ProgramEnded, ProgramNotStarted, ProgramWroteWrong
from tests.unit.daemon.program_bench import Bench, run


@pytest.mark.parametrize(
    ("script", "told"),
    [
        ("echo 1; exit 3", "program sh of count@n1#0 ended with exit code 3; "),
        ("kill -TERM $$", r"was ended by signal 15 \(SIGTERM\)"),
        ("kill -SEGV $$", r"was ended by signal 11 \(SIGSEGV\)"),
    ],
)
def test_bad_end_fails_the_task_and_is_named(script: str, told: str) -> None:
    with pytest.raises(ProgramEnded, match=told):
        run(script)


def test_what_it_wrote_to_standard_error_is_at_hand_when_it_fails(
    capfd: pytest.CaptureFixture[str],
) -> None:
    del capfd  # our standard error is a file, as it is in a daemon
    print("before", file=sys.stderr)
    with pytest.raises(ProgramEnded) as raised:
        run("echo no such disk >&2; exit 3")
    assert raised.value.written == "no such disk\n"


def test_a_program_that_ends_badly_without_a_word_is_told_so(
    capfd: pytest.CaptureFixture[str],
) -> None:
    del capfd
    with pytest.raises(ProgramEnded, match=r"exit code 3; it wrote nothing to standard error$"):
        run("exit 3")


@pytest.mark.parametrize(
    ("end", "told"),
    [("exit 3", "exit code 3"), ("kill -SEGV $$", r"signal 11 \(SIGSEGV\)")],
)
def test_a_line_that_breaks_off_is_not_taken_for_the_reason_of_a_bad_end(
    end: str, told: str, capfd: pytest.CaptureFixture[str]
) -> None:
    del capfd
    with pytest.raises(ProgramEnded, match=told) as raised:
        run(f"echo 1; printf '{{\"num'; echo off scale >&2; {end}")
    assert raised.value.written == "off scale\n"


def test_a_line_that_breaks_off_at_a_good_end_is_told() -> None:
    with pytest.raises(ProgramWroteWrong, match="line 2 of what count@n1#0 wrote"):
        run("""echo 1; printf '{"num'""")


def test_a_last_line_without_an_end_is_a_value() -> None:
    assert run("echo 1; printf 2") == [1, 2]


def test_what_it_wrote_to_standard_error_is_at_hand_when_its_output_is_no_value(
    capfd: pytest.CaptureFixture[str],
) -> None:
    del capfd
    with pytest.raises(ProgramWroteWrong) as raised:
        run("echo a word of warning >&2; echo no value")
    assert raised.value.written == "a word of warning\n"


def open_files() -> int:
    """How many this process has."""
    return len(list(Path("/proc/self/fd").iterdir()))


NOT_ALL = "count@n1#0: program sh ended, and has not read all of its input\n"


@pytest.mark.parametrize(
    ("script", "items", "note"),
    [
        ("read one", 2, NOT_ALL),
        ("read one", 100_000, NOT_ALL),
        ("exec <&-", 100_000, NOT_ALL),
        ("true", 1, NOT_ALL),
        ("true", 0, ""),
        ("cat > /dev/null", 2, ""),
        ("cat > /dev/null", 100_000, ""),
    ],
)
def test_a_program_that_leaves_input_unread_is_noted_in_the_log(
    script: str, items: int, note: str, capfd: pytest.CaptureFixture[str]
) -> None:
    bench = Bench(script)
    bench.inputs = {"many": list(range(items))}
    before = open_files()
    assert bench.run() == []
    assert capfd.readouterr().err == note
    assert open_files() == before


@pytest.mark.parametrize(
    ("text", "mode", "why"),
    [
        ("echo 1\n", 0o700, r"it has no #! line, .*; begin it with #!/bin/sh"),
        ("#!/no/such/interpreter\n", 0o700, "the interpreter that its #! line names"),
        ("#!/bin/sh\n", 0o600, r"it may not be executed on the node \(chmod \+x\)"),
        (None, 0, "it is not there on the node; install it"),
    ],
)
def test_why_a_program_cannot_be_started_is_one_line_that_says_what_to_do(
    text: str | None, mode: int, why: str, tmp_path: Path
) -> None:
    file = tmp_path / "tool"
    if text is not None:
        file.write_text(text)
        file.chmod(mode)
    bench = Bench("")
    bench.command = [str(file)]
    with pytest.raises(ProgramNotStarted, match=f"cannot be started: {why}") as raised:
        bench.run()
    assert str(raised.value).count(str(file)) == 1


@pytest.mark.parametrize("name", ["no-such-program", "/etc/passwd", "/", "a\0b"])
def test_program_that_cannot_be_executed_is_told(name: str) -> None:
    bench = Bench("")
    bench.command = [name]
    with pytest.raises(ProgramNotStarted, match="of count@n1#0 cannot be started: "):
        bench.run()
