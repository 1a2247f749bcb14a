"""Loads packaged code in the process that runs it, after checking that it is what was compiled."""

from __future__ import annotations

import hashlib
import importlib
import io
import linecache
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import cloudpickle

from swarmdsl.errors import BundleError
from swarmdsl.topology.codec import BUNDLES
from swarmdsl.topology.model import ModuleSpec
from swarmdsl.wire.carried_source import Lines, laid_out, unpacked


def bundle_path(folder: Path, digest: str) -> Path:
    """Where a bundle lies beside its topology."""
    return folder / BUNDLES / digest


def read_bundle(folder: Path, digest: str, wanted_by: str) -> bytes:
    """The bytes of a bundle.

    Raises:
        BundleError: it is missing, or its SHA-256 is not its name.
    """
    path = bundle_path(folder, digest)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise BundleError(wanted_by, f"its bundle cannot be read: {error}") from error
    found = hashlib.sha256(data).hexdigest()
    if found != digest:
        raise BundleError(wanted_by, f"its bundle {path} has the SHA-256 {found}: it was altered")
    return data


was_checked: set[str] = set()
"""The archives that have been compared with their names, by this process or before its fork."""


def make_importable(module: ModuleSpec, folder: Path) -> None:
    """Put a module's zip of sources first among the places that Python imports from.

    It is compared with its name once in a process, however many modules it holds.
    """
    path = str(bundle_path(folder, module.bundle))
    if module.encoding != "zip" or path in sys.path:
        return
    if path not in was_checked:
        read_bundle(folder, module.bundle, module.name)
    sys.path.insert(0, path)


Load = Callable[[ModuleSpec, Path], Any]
"""Gives the function or daemon class of a module, as `load_program` does."""


def load_program(module: ModuleSpec, folder: Path) -> Any:
    """The function or daemon class of a module.

    Raises:
        BundleError: it is missing or altered, its module or name cannot be found, or importing it
            ends the process. Whatever else importing it raises is raised as it is.
    """
    if module.encoding == "cloudpickle":
        return _loaded(read_bundle(folder, module.bundle, module.name))
    make_importable(module, folder)
    name, _, qualname = module.entry.partition(":")
    try:
        found: Any = importlib.import_module(name)
        for part in qualname.split("."):
            found = getattr(found, part)
    except (ImportError, AttributeError) as error:
        raise BundleError(module.name, f"cannot import {module.entry}: {error}") from error
    except SystemExit as error:  # Else the daemon would end without a word.
        problem = f"importing {module.entry} called sys.exit({error.code!r})"
        raise BundleError(module.name, problem) from error
    return getattr(found, "__swarmdsl_program__", found)


def _loaded(data: bytes) -> Any:
    """A program that travelled by value; tracebacks show the lines that came behind it."""
    file = io.BytesIO(data)
    program = cloudpickle.load(file)
    for name, lines in unpacked(file.read()).items():
        _show(name, lines)
    return program


def _show(name: str, lines: Lines) -> None:
    """Have tracebacks find lines of a file that is not here.

    Where two files of one name say different things, nobody knows which is meant.
    """
    known = dict(enumerate((line.rstrip("\n") for line in _carried.get(name, ())), 1))
    differing = {at for at, line in lines.items() if known.get(at) and known[at] != line}
    merged = {**known, **lines, **dict.fromkeys(differing, "")}
    _carried[name] = laid_out(merged)
    size = sum(map(len, _carried[name]))
    linecache.cache[name] = (size, None, _carried[name], name)


_carried: dict[str, list[str]] = {}
"""The lines that came with code, by the name of their file."""


@contextmanager
def imports_undone(folder: Path) -> Iterator[None]:
    """After the block the import path is as before, and nothing is imported from this folder."""
    path, modules = list(sys.path), set(sys.modules)
    try:
        yield
    finally:
        sys.path[:] = path
        for name in sorted(sys.modules.keys() - modules):
            file = getattr(sys.modules[name], "__file__", None)
            if file is not None and file.startswith(str(folder)):
                del sys.modules[name]
