"""Packaging a module's code, so that a daemon elsewhere can enter it.

Code that lies in files travels as an archive of sources; code of installed packages does not
travel. Only what has no file to import (notebook cells, closures, scripts that would run when they
are imported) is pickled by value.
"""

from __future__ import annotations

import functools
import hashlib
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

from swarmdsl.compiler import sources
from swarmdsl.compiler.sources import Read
from swarmdsl.compiler.users_code import UsersCodeRaised, attempt
from swarmdsl.dsl import Module
from swarmdsl.errors import BundleError
from swarmdsl.topology.model import BundleEncoding

_MAIN = "__main__"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """Packaged code: `entry` says where to enter it; `data` is empty if it is installed."""

    encoding: BundleEncoding
    entry: str
    data: bytes = b""

    @property
    def sha256(self) -> str:
        """The name of its file; empty if there is none."""
        return hashlib.sha256(self.data).hexdigest() if self.encoding != "installed" else ""


def bundle_of(module: Module, read: Read) -> Bundle:
    """The packaged code of a module.

    Raises:
        BundleError: it cannot be found or packaged, or a script has no `main()`.
    """
    program = module.python_program
    _check_types(module)
    if module.kind in {"program", "image"}:
        _check_command(module)
        return Bundle(encoding="installed", entry="")
    if callable(program):
        return _of_callable(program, module.name, read)
    if not isinstance(program, str | Path):
        raise BundleError(module.name, f"a {type(program).__name__} is no program")
    if "\n" in str(program):
        return _of_text(module, str(program), read)
    return _of_path(module, Path(program), read)


def _check_types(module: Module) -> None:
    given = [name for name in ("takes", "yields") if getattr(module, name) is not Any]
    if given and module.kind != "program":
        raise BundleError(module.name, f"has {given[0]}=, which is for a command=")


def _check_command(module: Module) -> None:
    command: Any = module.command
    if command is None:
        return
    if module.python_program is not None:
        raise BundleError(module.name, "has both python_program= and command=")
    several = isinstance(command, Sequence) and not isinstance(command, str | bytes)
    if not several or not command or not all(isinstance(one, str) for one in command):
        raise BundleError(module.name, f"command={command!r} is no list of texts")


# ----------------------------------------------------------------------------------- functions


def _of_callable(program: Callable[..., Any], name: str, read: Read) -> Bundle:
    home, qualname = program.__module__, getattr(program, "__qualname__", "<none>")
    loaded = sys.modules.get(home or "")
    if loaded is None or not _is_there(loaded, qualname, program):
        return _pickled(program, name)
    if home == _MAIN:
        return _of_main(program, qualname, loaded, name, read)
    if sources.is_installed(home):
        return Bundle(encoding="installed", entry=f"{home}:{qualname}")
    files = _files_of(home, loaded, read)
    if not files:
        return _pickled(program, name)
    return Bundle(encoding="zip", entry=f"{home}:{qualname}", data=sources.archive(files))


def _is_there(home: ModuleType, qualname: str, program: object) -> bool:
    """Whether the name leads to the program: then importing it elsewhere gives the same."""
    found: object = home
    for part in qualname.split("."):
        found = getattr(found, part, None)
    return found is program or getattr(found, "__swarmdsl_program__", None) is program


def _files_of(home: str, loaded: ModuleType, read: Read) -> dict[str, bytes]:
    """The sources of a module: its whole top-level package, or its file with its siblings."""
    top = sys.modules.get(home.partition(".")[0], loaded)
    folder = next(iter(getattr(top, "__path__", [])), None)
    if folder is not None:
        return sources.package_files(Path(folder), read)
    file = Path(loaded.__file__) if loaded.__file__ else None
    if file is None or not file.is_file() or "." in home:
        return {}
    files = sources.file_and_siblings(file, read)
    return {f"{home}.py" if name == file.name else name: data for name, data in files.items()}


def _of_main(
    program: Callable[..., Any], qualname: str, main: ModuleType, name: str, read: Read
) -> Bundle:
    """Code of the script being run: from its file if importing that is safe, else by value."""
    spec, place = getattr(main, "__spec__", None), getattr(main, "__file__", None)
    file = Path(place) if place else None
    if file is None or not file.is_file() or not sources.is_guarded(read(file)):
        return _pickled(program, name)
    if spec is not None and "." in spec.name:  # python -m package.module
        package = sys.modules[spec.name.partition(".")[0]]
        files = sources.package_files(Path(next(iter(package.__path__))), read)
        return Bundle(encoding="zip", entry=f"{spec.name}:{qualname}", data=sources.archive(files))
    if not file.stem.isidentifier():
        return _pickled(program, name)
    files = sources.file_and_siblings(file, read)
    return Bundle(encoding="zip", entry=f"{file.stem}:{qualname}", data=sources.archive(files))


def _pickled(program: Callable[..., Any], name: str) -> Bundle:
    import cloudpickle

    with _by_value(_home_of(program), cloudpickle):
        try:
            data: bytes = attempt(partial(cloudpickle.dumps, program))
        except UsersCodeRaised as raised:
            problem = raised.problem
            raise BundleError(name, f"its code cannot be packaged: {problem}") from problem
    qualname = getattr(program, "__qualname__", name)
    return Bundle(encoding="cloudpickle", entry=f"{program.__module__}:{qualname}", data=data)


def _home_of(program: Any) -> str | None:
    """The module of the user's code inside: a partial is an object of `functools`."""
    while isinstance(program, functools.partial):
        program = program.func
    home: str | None = getattr(program, "__module__", None)
    return home


@contextmanager
def _by_value(home: str | None, cloudpickle: Any) -> Iterator[None]:
    """Pickle by value whatever comes from the user's own files: the daemon does not have them."""
    mine = [] if home in {None, _MAIN} else _users_modules(str(home))
    for module in mine:
        cloudpickle.register_pickle_by_value(module)
    try:
        yield
    finally:
        for module in mine:
            cloudpickle.unregister_pickle_by_value(module)


def _users_modules(home: str) -> list[ModuleType]:
    """The module and those loaded from its folder or package."""
    loaded = sys.modules.get(home)
    file = getattr(loaded, "__file__", None)
    if loaded is None or file is None or sources.is_installed(home):
        return []
    top = sys.modules.get(home.partition(".")[0], loaded)
    folder = Path(next(iter(getattr(top, "__path__", [])), Path(file).parent))
    return [
        module
        for name, module in list(sys.modules.items())
        if name != _MAIN
        and (path := getattr(module, "__file__", None))
        and Path(path).is_relative_to(folder)
        and not sources.is_installed(name)
    ]


# ------------------------------------------------------------------------------------- scripts


def _of_text(module: Module, text: str, read: Read) -> Bundle:
    name = re.sub(r"\W", "_", module.name)
    if name in sys.stdlib_module_names:
        name += "_"
    _check_main(module, text.encode(), f"the source text of {module.name}")
    files = sources.text_and_siblings(name, text, _folder_of(module), read)
    return Bundle(encoding="zip", entry=name, data=sources.archive(files))


def _of_path(module: Module, path: Path, read: Read) -> Bundle:
    beside = _folder_of(module) / path
    path = beside if beside.exists() else path.absolute()
    if path.is_dir():
        start = path / "__init__.py"
        if not start.is_file():
            raise BundleError(module.name, f"folder {path.name!r} has no __init__.py")
        files = sources.package_files(path, read)
    elif path.is_file():
        start, files = path, sources.file_and_siblings(path, read)
    else:
        raise BundleError(module.name, f"there is no file {module.python_program!s}")
    if "." in path.stem or path.stem in sys.stdlib_module_names:
        raise BundleError(module.name, f"{path.name} cannot be imported under this name; rename it")
    _check_main(module, read(start), start.name)
    return Bundle(encoding="zip", entry=path.stem, data=sources.archive(files))


def _folder_of(module: Module) -> Path:
    """Where relative paths start: beside the file that made the module, else the current folder."""
    file = Path(module.span.file) if module.span else None
    return file.parent.absolute() if file is not None and file.is_file() else Path.cwd()


def _check_main(module: Module, source: bytes, where: str) -> None:
    try:
        found = sources.defines_main(source)
    except (SyntaxError, ValueError) as problem:
        line = getattr(problem, "lineno", None)
        place = f", line {line}" if line else ""
        raise BundleError(module.name, f"{where}{place} is not Python: {problem}") from problem
    if not found:
        raise BundleError(module.name, f"{where} has no main()")
