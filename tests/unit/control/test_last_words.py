"""The end of a daemon's log, as it comes into the reason of a run."""

from __future__ import annotations

import zipfile
from pathlib import Path

from swarmdsl.control.last_words import LAST_WORDS_BYTES_MAX, last_words
from swarmdsl.control.source_lines import source_line
from swarmdsl.daemon.log_marks import start_of
from swarmdsl.daemon.redaction import Redaction

NOTHING_SECRET = Redaction()


def written(folder: Path, text: str) -> Path:
    log = folder / "worker.log"
    log.write_text(text, "utf-8")
    return log


def packed(folder: Path, source: str) -> str:
    """The name of `app.py` within a bundle, as Python knows what it has imported from there."""
    bundle = folder / "bundles" / ("a1" * 32)
    bundle.parent.mkdir()
    with zipfile.ZipFile(bundle, "w") as archive:
        archive.writestr("app.py", source)
    return str(bundle / "app.py")


def test_only_the_process_that_was_started_last_is_heard(tmp_path: Path) -> None:
    log = written(tmp_path, f"first{start_of(1)}second\n")
    assert last_words(log, NOTHING_SECRET) == "second"


def test_of_a_long_log_the_end_is_read_and_of_none_nothing(tmp_path: Path) -> None:
    log = written(tmp_path, "x" * 2 * LAST_WORDS_BYTES_MAX + "end")
    assert len(last_words(log, NOTHING_SECRET)) == LAST_WORDS_BYTES_MAX
    assert last_words(tmp_path / "nowhere.log", NOTHING_SECRET) == ""


def test_a_frame_of_a_bundle_has_its_source_without_secrets(tmp_path: Path) -> None:
    name = packed(tmp_path, "def f():\n    return g('s3cr3t')\n")
    log = written(tmp_path, f'begun\n  File "{name}", line 2 in f\n')
    assert last_words(log, Redaction([b"s3cr3t"])).endswith("in f\n    return g('***')")


def test_what_is_no_source_is_not_read(tmp_path: Path) -> None:
    name = packed(tmp_path, "pass\n")
    (tmp_path / "key.pem").write_text("private\n")
    assert source_line(str(tmp_path / "key.pem"), 1) == ""
    assert source_line(name, 1) == "pass"
    assert [source_line(name, line) for line in (0, 2)] == ["", ""]
    assert source_line(name.replace("app.py", "other.py"), 1) == ""


def test_a_bundle_that_is_no_archive_has_no_source(tmp_path: Path) -> None:
    bundle = tmp_path / "bundles" / ("b2" * 32)
    bundle.parent.mkdir()
    bundle.write_bytes(b"pickled")
    assert source_line(f"{bundle}/app.py", 1) == ""
