"""Where the executable of a program is found, and what travels."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from swarmdsl import Module
from swarmdsl.compiler.bundle import Bundle, bundle_of
from swarmdsl.compiler.unpackable import Unpackable


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a file that makes modules, a program, and a text."""
    (tmp_path / "bin").mkdir()
    for name, mode in (("count", 0o755), ("bin/sum", 0o755), ("notes", 0o644), ("sort", 0o755)):
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(mode)
    (tmp_path / "swarm.py").touch()
    return tmp_path


def packed(folder: Path, program: str, **options: str) -> Bundle:
    module = Module(command=[program, "--fast"], image=options.get("image"))
    assert module.span is not None
    module.span = replace(module.span, file=str(folder / "swarm.py"))
    return bundle_of(module, Path.read_bytes)


@pytest.mark.parametrize(
    ("program", "entry"), [("./count", "count"), ("count", "count"), ("bin/sum", "sum")]
)
def test_file_beside_the_swarm_travels_alone_and_stays_executable(
    folder: Path, program: str, entry: str
) -> None:
    bundle = packed(folder, program)
    assert (bundle.encoding, bundle.entry) == ("zip", entry)
    with zipfile.ZipFile(io.BytesIO(bundle.data)) as archive:
        [info] = archive.infolist()
    assert info.filename == entry
    assert (info.external_attr >> 16) & 0o777 == 0o755


@pytest.mark.parametrize("program", ["sort", "/bin/sh"])
def test_what_is_installed_does_not_travel(folder: Path, program: str) -> None:
    assert packed(folder, program) == Bundle(encoding="installed", entry="")


def test_same_program_gives_the_same_bytes(folder: Path) -> None:
    assert packed(folder, "./count").sha256 == packed(folder, "count").sha256


def test_program_may_be_in_the_image_alone(folder: Path) -> None:
    assert packed(folder, "/opt/fit", image="tools:1") == Bundle(encoding="installed", entry="")


@pytest.mark.parametrize(
    ("program", "told", "hint"),
    [
        ("./cuont", "there is no program ./cuont beside the file", "did you mean 'count'"),
        ("no-such-tool", "no program 'no-such-tool' on PATH, nor beside", "install or build it"),
        ("/no/such/tool", "there is no program /no/such/tool", "install or build it"),
        ("./bin", "command= names './bin', which is a folder", "install or build it"),
        ("./notes", "file notes is not executable", "chmod +x notes"),
    ],
)
def test_program_that_is_nowhere_is_told(folder: Path, program: str, told: str, hint: str) -> None:
    with pytest.raises(Unpackable, match="module ") as raised:
        packed(folder, program)
    assert told in str(raised.value)
    assert hint in raised.value.hint
    assert raised.value.code == "SW204"
