"""The executable of a program, unpacked from its bundle."""

from __future__ import annotations

import io
import os
import tempfile
import zipfile
from pathlib import Path

from swarmdsl.daemon.bundle import read_bundle
from swarmdsl.errors import BundleError
from swarmdsl.topology.model import ModuleSpec

PROGRAMS = "programs"  # below the run folder
MODE = 0o700  # for who owns the run, as the run folder is


def executable(module: ModuleSpec, folder: Path) -> str:
    """What to execute: the path of the unpacked file, or what the command says if it is installed.

    Several daemons may unpack it at once: it appears whole, or not at all.

    Raises:
        BundleError: its bundle is missing, altered, or cannot be unpacked.
    """
    if module.encoding != "zip":
        return module.command[0]
    path = folder / PROGRAMS / module.bundle / module.entry
    data = read_bundle(folder, module.bundle, module.name)
    try:
        if not path.is_file():
            _write(path, zipfile.ZipFile(io.BytesIO(data)).read(module.entry))
    except (OSError, KeyError, zipfile.BadZipFile) as error:
        raise BundleError(module.name, f"its program cannot be unpacked: {error}") from error
    return str(path.absolute())


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        os.chmod(name, MODE)  # noqa: PTH101 - the name is a text here
        os.replace(name, path)  # noqa: PTH105
    except BaseException:  # Whatever stops it: no half of a program is left.
        os.unlink(name)  # noqa: PTH108
        raise
