"""What a daemon is at is still known when its process is dead."""

from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path

from swarmdsl.daemon.note import NOTE_BYTES_MAX, Note, read_note


def test_the_last_note_of_a_process_that_crashed_can_be_read(tmp_path: Path) -> None:
    file = tmp_path / "note"
    source = (
        "import os; from pathlib import Path; from swarmdsl.daemon.note import Note; "
        f"note = Note(Path({str(file)!r})); note.write('at one of many'); note.write('at 17'); "
        "os._exit(3)"
    )
    assert subprocess.run([sys.executable, "-c", source], check=False).returncode == 3
    assert read_note(file) == "at 17"


def test_a_note_that_is_done_with_says_nothing(tmp_path: Path) -> None:
    note = Note(tmp_path / "note")
    note.write("at push 1")
    note.write("")
    assert read_note(tmp_path / "note") == ""


def test_a_new_process_begins_with_none(tmp_path: Path) -> None:
    Note(tmp_path / "note").write("at push 1")
    Note(tmp_path / "note")
    assert read_note(tmp_path / "note") == ""


def test_a_note_is_private_and_bounded(tmp_path: Path) -> None:
    Note(tmp_path / "note").write("x" * 2 * NOTE_BYTES_MAX)
    assert read_note(tmp_path / "note") == "x" * NOTE_BYTES_MAX
    assert stat.S_IMODE((tmp_path / "note").stat().st_mode) == 0o600


def test_where_nothing_can_be_noted_the_work_goes_on(tmp_path: Path) -> None:
    for path in (tmp_path / "nowhere" / "note", None):
        Note(path).write("at push 1")
        assert read_note(path) == ""
