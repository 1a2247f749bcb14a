"""What lies in the archive of a module can be imported from it, as from the folder it came from."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from swarmdsl.compiler.sources import archive

FILES = {
    "apart/within/words.py": b"TEXT = 'from a namespace'",
    "whole/__init__.py": b"",
    "whole/words.py": b"TEXT = 'from a package'",
    "data/table.csv": b"1,2",
}


@pytest.fixture
def packed(tmp_path: Path) -> Path:
    file = tmp_path / "bundle.zip"
    file.write_bytes(archive(FILES))
    return file


@pytest.mark.parametrize(
    ("module", "text"),
    [("apart.within.words", "from a namespace"), ("whole.words", "from a package")],
)
def test_a_module_is_imported_from_it_with_or_without_an_init(
    packed: Path, module: str, text: str
) -> None:
    asked = (
        f"import sys; sys.path.insert(0, {str(packed)!r}); import {module}; print({module}.TEXT)"
    )
    told = subprocess.run(
        [sys.executable, "-I", "-c", asked], capture_output=True, text=True, check=True
    )
    assert told.stdout.strip() == text


def test_only_folders_that_are_no_packages_have_an_entry(packed: Path) -> None:
    with zipfile.ZipFile(packed) as file:
        assert [one for one in file.namelist() if one.endswith("/")] == ["apart/", "apart/within/"]
