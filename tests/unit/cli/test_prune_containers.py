"""Whose containers `swarm prune` may remove: those of runs whose folder is on this machine."""

from __future__ import annotations

from pathlib import Path

from swarmdsl.cli.prune_containers import is_here


def test_a_run_is_of_the_machine_that_has_its_folder(tmp_path: Path) -> None:
    assert is_here(str(tmp_path))
    assert not is_here(str(tmp_path / "on another machine"))
    assert not is_here("")  # made by hand, with the label of a run alone
