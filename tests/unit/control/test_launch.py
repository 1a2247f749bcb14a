"""A start that comes to nothing leaves a run that has ended, and says why."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from swarmdsl.control.home import list_runs
from swarmdsl.control.launch import LaunchOptions, launch
from swarmdsl.control.stored_run import is_lost, record_of
from swarmdsl.errors import EngineError
from tests.handmade import chain


def test_a_run_whose_sockets_have_no_place_has_failed_and_is_not_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with TemporaryDirectory(prefix="t-") as gone:  # short, as it must be for sockets
        monkeypatch.setattr("tempfile.tempdir", gone)
    options = LaunchOptions(home=tmp_path / "home", environment={})
    with pytest.raises(EngineError, match="no folder for its sockets can be made"):
        launch(chain(), {}, options)
    [folder] = list_runs(tmp_path / "home")
    record = record_of(folder)
    assert (record.state, is_lost(record)) == ("FAILED", False)
    assert "no folder for its sockets can be made" in str(record.reason)
