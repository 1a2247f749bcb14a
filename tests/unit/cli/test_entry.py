"""What ends a command before its verb has begun."""

from __future__ import annotations

import sys
from io import StringIO

import pytest

from tests.unit.cli.command_line import CommandLine


@pytest.mark.parametrize("place", ["make_parser", "read_project", "carry_out"])
def test_ctrl_c_is_no_traceback_however_early(
    swarm: CommandLine, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(f"swarmdsl.cli.entry.{place}", interrupted)
    ended = swarm("validate", "words.py")
    assert (ended.code, ended.out) == (130, "")
    assert "Traceback" not in ended.err


def test_ctrl_c_while_the_command_is_loaded_is_no_traceback(
    swarm: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Interrupting:
        def __getattr__(self, name: str) -> object:
            raise KeyboardInterrupt

    monkeypatch.setitem(sys.modules, "swarmdsl.cli.entry", Interrupting())
    ended = swarm("validate", "words.py")
    assert (ended.code, ended.out, ended.err) == (130, "", "")


class Unread(StringIO):
    """A stream whose reader has left."""

    def write(self, _text: str, /) -> int:
        raise BrokenPipeError

    def flush(self) -> None:
        raise BrokenPipeError


@pytest.mark.parametrize("argv", [("--help",), ("--version",), ("run", "--help")])
def test_help_that_nobody_reads_to_its_end_is_a_success_without_a_word(
    swarm: CommandLine, monkeypatch: pytest.MonkeyPatch, argv: tuple[str, ...]
) -> None:
    monkeypatch.setattr(sys, "stdout", Unread())
    ended = swarm(*argv)
    assert (ended.code, ended.err) == (0, "")
