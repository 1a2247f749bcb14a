"""What was compiled before the fork is imported as it ever was, and nothing of it runs before."""

from __future__ import annotations

import hashlib
import importlib
import io
import linecache
import sys
import zipimport
from collections.abc import Iterator
from pathlib import Path
from types import CodeType
from zipfile import ZipFile

import pytest

from swarmdsl.daemon import precompiled
from swarmdsl.daemon.bundle import bundle_path, imports_undone, load_program, make_importable
from swarmdsl.daemon.precompiled import precompile
from swarmdsl.errors import BundleError
from swarmdsl.topology.model import ModuleSpec

PIECES = {
    "pieces_work.py": "import sys\nsys.ran = True\nfrom pieces.deep.well import depth\n"
    "def work():\n    return depth()\n",
    "pieces/__init__.py": "WIDTH = 3\n",
    "pieces/deep/__init__.py": "",
    "pieces/deep/well.py": "from pieces import WIDTH\ndef depth():\n    return WIDTH * 2\n",
    "pieces_broken.py": "def work(:\n",
    "pieces_beside.py": "def work():\n    return 1 / 0\n",
}


@pytest.fixture(autouse=True)
def _undone(tmp_path: Path) -> Iterator[None]:
    before = dict(sys.path_importer_cache)
    with imports_undone(tmp_path):
        yield
    sys.path_importer_cache.clear()
    sys.path_importer_cache.update(before)
    if hasattr(sys, "ran"):
        del sys.ran


def packed(folder: Path, entry: str = "pieces_work:work") -> ModuleSpec:
    """A module whose archive lies in the folder of a run."""
    buffer = io.BytesIO()
    with ZipFile(buffer, "w") as archive:
        for name, source in PIECES.items():
            archive.writestr(name, source)
    digest = hashlib.sha256(buffer.getvalue()).hexdigest()
    path = bundle_path(folder, digest)
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(buffer.getvalue())
    return ModuleSpec(name="work", kind="function", bundle=digest, encoding="zip", entry=entry)


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files that zipimport compiles from now on."""
    files: list[str] = []
    compile_source = zipimport._compile_source  # type: ignore[attr-defined]

    def noting(path: str, source: bytes) -> CodeType:
        files.append(Path(path).name)
        code: CodeType = compile_source(path, source)
        return code

    monkeypatch.setattr(zipimport, "_compile_source", noting)
    return files


def test_what_was_compiled_beforehand_is_not_compiled_again(
    tmp_path: Path, compiled: list[str]
) -> None:
    module = packed(tmp_path)
    precompile([module], tmp_path)
    assert "well.py" in compiled
    compiled.clear()
    assert load_program(module, tmp_path)() == 6
    assert compiled == []


def test_nothing_of_it_runs_beforehand(tmp_path: Path) -> None:
    module = packed(tmp_path)
    precompile([module], tmp_path)
    assert not hasattr(sys, "ran")
    load_program(module, tmp_path)
    assert hasattr(sys, "ran")


def test_it_is_not_found_before_it_is_wanted(tmp_path: Path) -> None:
    precompile([packed(tmp_path)], tmp_path)
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("pieces_work")


def test_a_module_knows_its_file_and_its_source_as_ever(tmp_path: Path) -> None:
    module = packed(tmp_path, "pieces_beside:work")
    precompile([module], tmp_path)
    work = load_program(module, tmp_path)
    file = work.__code__.co_filename
    assert file == sys.modules["pieces_beside"].__file__
    assert file == f"{bundle_path(tmp_path, module.bundle)}/pieces_beside.py"
    assert linecache.getline(file, 2, work.__globals__) == "    return 1 / 0\n"


def test_a_file_that_cannot_be_compiled_fails_where_it_is_imported(tmp_path: Path) -> None:
    module = packed(tmp_path, "pieces_broken:work")
    precompile([module], tmp_path)
    with pytest.raises(SyntaxError):
        load_program(module, tmp_path)


@pytest.mark.parametrize("harm", ["altered", "missing"])
def test_an_archive_that_is_not_right_is_left_to_who_needs_it(tmp_path: Path, harm: str) -> None:
    module = packed(tmp_path)
    path = bundle_path(tmp_path, module.bundle)
    if harm == "missing":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes() + b"!")
    precompile([module], tmp_path)
    with pytest.raises(BundleError):
        make_importable(module, tmp_path)


def test_only_so_many_files_are_compiled_beforehand(
    tmp_path: Path, compiled: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(precompiled, "FILES_MAX", 1)
    module = packed(tmp_path)
    precompile([module], tmp_path)
    assert set(compiled) == {"pieces_work.py"}
    assert load_program(module, tmp_path)() == 6
    assert {"pieces_work.py", "well.py"} <= set(compiled)


def test_an_archive_that_is_still_read_is_compared_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(precompiled, "FILES_MAX", 1)
    module = packed(tmp_path)
    precompile([module], tmp_path)
    path = bundle_path(tmp_path, module.bundle)
    path.write_bytes(path.read_bytes() + b"!")
    with pytest.raises(BundleError):
        make_importable(module, tmp_path)
