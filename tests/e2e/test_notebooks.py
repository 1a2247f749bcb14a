"""The notebooks run, and show what is written in them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from tests.notebooks import NOTEBOOKS, REPOSITORY, outputs_of


@pytest.mark.timeout(300)
@pytest.mark.parametrize("source", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_shows_what_is_written_in_it(source: Path, tmp_path: Path) -> None:
    """It is run by a process of its own: that of a front end leaves sockets to its end."""
    target = tmp_path / source.name
    done = subprocess.run(
        [sys.executable, "-m", "tests.notebooks", source, target],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    now, written = (outputs_of(nbformat.read(one, as_version=4)) for one in (target, source))
    assert now == written, "run the notebooks anew with `make notebooks`, and look at them"
