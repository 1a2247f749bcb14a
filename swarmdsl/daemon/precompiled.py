"""Bundles made ready to import before any daemon is forked: checked, read and compiled once.

None of the user's code runs for that. Each daemon executes it in its own process, as ever, and
finds bytecode there where it would have had to hash an archive, inflate and compile.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from types import CodeType
from zipfile import ZipFile
from zipimport import zipimporter

from swarmdsl.daemon.bundle import bundle_path, read_bundle, was_checked
from swarmdsl.errors import BundleError
from swarmdsl.topology.model import ModuleSpec

FILES_MAX = 500  # compiled beforehand for one run; the others are compiled by who imports them
PACKAGE = "__init__.py"


class Precompiled(zipimporter):
    """Imports from a folder of an archive of sources, some of which are compiled already."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self._compiled: dict[str, tuple[CodeType, str]] = {}

    def compile(self, module: str) -> None:
        """Compile a module of the folder; one that cannot be is left to who imports it."""
        try:
            self._compiled[module] = super().get_code(module), super().get_filename(module)
        except (ImportError, SyntaxError, ValueError):
            return

    def get_code(self, fullname: str) -> CodeType:
        """The code of a module."""
        known = self._compiled.get(fullname.rpartition(".")[2])
        return super().get_code(fullname) if known is None else known[0]

    def get_filename(self, fullname: str) -> str:
        """Where its source is; zipimport compiles it to find that out."""
        known = self._compiled.get(fullname.rpartition(".")[2])
        return super().get_filename(fullname) if known is None else known[1]


def precompile(modules: Iterable[ModuleSpec], folder: Path) -> None:
    """Make the archives of these modules ready, for this process and those forked from it.

    One that is missing or was altered is passed over: whoever needs it finds out, and says so.
    """
    left = FILES_MAX
    archives = {one.bundle: one.name for one in modules if one.encoding == "zip"}
    for digest, name in archives.items():
        try:
            read_bundle(folder, digest, name)
        except BundleError:
            continue
        path = bundle_path(folder, digest)
        files = _sources(path)
        _precompile(path, files[:left])
        if len(files) <= left:  # Nothing of it is read again, so it may be altered by then.
            was_checked.add(str(path))
        left = max(0, left - len(files))


def _precompile(archive: Path, files: Iterable[Path]) -> None:
    """Compile these files of an archive."""
    for file in files:
        # The code of a package is found by its name, in the folder above.
        module = file.parent if file.name == PACKAGE else file.with_suffix("")
        _importer(archive / module.parent).compile(module.name)


def _sources(archive: Path) -> list[Path]:
    with ZipFile(archive) as opened:
        return [Path(name) for name in opened.namelist() if name.endswith(".py")]


def _importer(folder: Path) -> Precompiled:
    known = sys.path_importer_cache.get(str(folder))
    if not isinstance(known, Precompiled):
        known = sys.path_importer_cache[str(folder)] = Precompiled(str(folder))
    return known
