"""What has a Python run from a folder of another image."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from swarmdsl.daemon.transplant import FIRST_PROCESS, PLACES, Installation, transplant
from swarmdsl.errors import EngineError

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="daemons need Linux")


@pytest.fixture(scope="module")
def installed() -> Installation:
    return Installation.own()


def transplanted(installed: Installation, folder: Path, runtime: str = "") -> Path:
    """The folder with the links, made as in an image."""
    here = replace(installed, site=folder / "lib" / "site")
    transplant(here, folder / "places", folder / "empty", runtime)
    return folder / "places"


def test_its_links_are_all_that_this_python_needs_to_start(
    installed: Installation, tmp_path: Path
) -> None:
    places = transplanted(installed, tmp_path)
    words = [one.replace(f"/swarm/runtime{PLACES}", str(places)) for one in FIRST_PROCESS]
    asked = "import ssl, sys, zlib; print(sys.base_prefix)"
    told = subprocess.run(
        [*words[: words.index("-I") + 1], "-c", asked],
        env={},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (told.stdout.strip(), told.stderr) == (sys.base_prefix, "")


def test_they_lead_to_where_the_files_lie_in_the_other_image(
    installed: Installation, tmp_path: Path
) -> None:
    places = transplanted(installed, tmp_path, "/swarm/runtime")
    ends = {
        str(one.readlink())
        for one in [*places.iterdir(), *(places / "libraries").iterdir()]
        if one.is_symlink()
    }
    assert f"/swarm/runtime{installed.python}" in ends
    assert [one for one in ends if not one.startswith("/swarm/runtime/")] == []


def test_packages_are_found_and_the_scratch_folder_is_for_everybody(
    installed: Installation, tmp_path: Path
) -> None:
    transplanted(installed, tmp_path, "/swarm/runtime")
    told = (tmp_path / "lib" / "site" / "swarmdsl.pth").read_text("utf-8")
    assert told == f"/swarm/runtime{installed.packages}\n"
    assert (tmp_path / "empty" / "tmp").stat().st_mode & 0o7777 == 0o1777


def test_of_two_libraries_of_one_name_the_first_is_taken(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "libz.so.1").write_text(name, "utf-8")
    (tmp_path / "a" / "ld-linux.so.2").touch()
    made = Installation(
        mapped=frozenset({tmp_path / "a" / "ld-linux.so.2", tmp_path / "b" / "libz.so.1"}),
        python=Path(sys.executable),
        site=tmp_path / "site",
        packages=tmp_path / "packages",
    )
    transplant(made, tmp_path / "places", tmp_path / "empty", "")
    assert (tmp_path / "places" / "libraries" / "libz.so.1").read_text("utf-8") == "a"


def test_a_python_that_no_loader_has_loaded_is_refused(
    installed: Installation, tmp_path: Path
) -> None:
    static = replace(installed, mapped=frozenset())
    with pytest.raises(EngineError, match=r"no loader of programs .* name another base image"):
        transplanted(static, tmp_path)
