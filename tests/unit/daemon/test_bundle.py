"""Packaged code is loaded only if it is what was compiled."""

from __future__ import annotations

import hashlib
import io
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import cloudpickle
import pytest

from swarmdsl.daemon.bundle import bundle_path, load_program, make_importable, read_bundle
from swarmdsl.errors import BundleError
from swarmdsl.topology.model import BundleEncoding, ModuleSpec


@pytest.fixture(autouse=True)
def import_path() -> Iterator[None]:
    before = list(sys.path)
    yield
    sys.path[:] = before


def keep(folder: Path, data: bytes) -> str:
    digest = hashlib.sha256(data).hexdigest()
    path = bundle_path(folder, digest)
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data)
    return digest


def spec(digest: str, entry: str, encoding: BundleEncoding = "zip") -> ModuleSpec:
    return ModuleSpec(name="work", kind="function", bundle=digest, encoding=encoding, entry=entry)


def zipped(folder: Path, **files: str) -> str:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, source in files.items():
            archive.writestr(f"{name}.py", source)
    return keep(folder, buffer.getvalue())


def test_a_bundle_is_read_when_its_hash_is_its_name(tmp_path: Path) -> None:
    assert read_bundle(tmp_path, keep(tmp_path, b"code"), "work") == b"code"


def test_a_missing_bundle_names_who_wants_it(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="module work: its bundle cannot be read"):
        read_bundle(tmp_path, "0" * 64, "work")


def test_an_altered_bundle_is_refused_before_anything_of_it_runs(tmp_path: Path) -> None:
    digest = zipped(tmp_path, altered_code="raise SystemExit('it ran')")
    bundle_path(tmp_path, digest).write_bytes(b"something else")
    with pytest.raises(BundleError, match="it was altered"):
        load_program(spec(digest, "altered_code:work"), tmp_path)


def test_a_function_comes_out_of_its_zip_with_the_files_beside_it(tmp_path: Path) -> None:
    digest = zipped(
        tmp_path,
        zipped_code="from zipped_beside import ONE\ndef work(): return ONE",
        zipped_beside="ONE = 1",
    )
    assert load_program(spec(digest, "zipped_code:work"), tmp_path)() == 1


def test_a_zip_is_put_on_the_path_once(tmp_path: Path) -> None:
    module = spec(zipped(tmp_path, once="x = 1"), "once")
    make_importable(module, tmp_path)
    make_importable(module, tmp_path)
    assert sys.path.count(str(bundle_path(tmp_path, module.bundle))) == 1


def test_installed_code_is_imported_from_where_it_is(tmp_path: Path) -> None:
    assert load_program(spec("", "math:sqrt", "installed"), tmp_path)(4.0) == 2.0


def test_pickled_code_is_unpacked(tmp_path: Path) -> None:
    digest = keep(tmp_path, cloudpickle.dumps(lambda: 5))
    assert load_program(spec(digest, "<lambda>", "cloudpickle"), tmp_path)() == 5


def test_a_module_object_gives_its_program(tmp_path: Path) -> None:
    source = "from swarmdsl import module\n@module\ndef work(): return 3"
    program = load_program(spec(zipped(tmp_path, marked=source), "marked:work"), tmp_path)
    assert (type(program).__name__, program()) == ("function", 3)


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        ("lacks_it:work", "has no attribute 'work'"),
        ("not_there:work", "No module named 'not_there'"),
        ("imports_nothing:work", "No module named 'nowhere'"),
    ],
)
def test_code_that_cannot_be_found_says_what_was_looked_for(
    tmp_path: Path, entry: str, problem: str
) -> None:
    digest = zipped(tmp_path, lacks_it="x = 1", imports_nothing="import nowhere")
    with pytest.raises(BundleError, match=f"cannot import {entry}: .*{problem}"):
        load_program(spec(digest, entry), tmp_path)


def test_what_the_users_code_raises_while_imported_is_not_dressed_up(tmp_path: Path) -> None:
    """Its own traceback is what they look for in the log."""
    digest = zipped(tmp_path, raises_early="1 / 0")
    with pytest.raises(ZeroDivisionError):
        load_program(spec(digest, "raises_early:work"), tmp_path)


def test_code_that_ends_the_process_when_imported_says_so(tmp_path: Path) -> None:
    digest = zipped(tmp_path, exits_early="import sys; sys.exit(0)")
    with pytest.raises(BundleError, match=r"importing exits_early:work called sys\.exit\(0\)"):
        load_program(spec(digest, "exits_early:work"), tmp_path)
