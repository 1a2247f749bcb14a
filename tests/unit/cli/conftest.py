"""A command line without a process: each test has a folder of its own."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from swarmdsl.cli import main
from tests.unit.cli.command_line import WORDS, CommandLine, Ended, write


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The current folder, with a good swarm in `words.py`; what it imports is forgotten."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    before = set(sys.modules)
    write(tmp_path / "words.py", WORDS)
    yield tmp_path
    for name in set(sys.modules) - before:
        if str(getattr(sys.modules[name], "__file__", "")).startswith(str(tmp_path)):
            del sys.modules[name]


@pytest.fixture
def swarm(folder: Path, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    """Carry out a command line in the folder."""

    def call(*argv: str, environment: Mapping[str, str] | None = None) -> Ended:
        code = main(argv, environment or {})
        captured = capsys.readouterr()
        return Ended(code, captured.out, captured.err)

    return call


@pytest.fixture
def put(folder: Path) -> Callable[[str, str], Path]:
    """Write a file into the folder."""
    return lambda name, text: write(folder / name, text)
