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
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any, get_args

from swarmdsl.compiler import sources
from swarmdsl.compiler.captured import culprit
from swarmdsl.compiler.codes import did_you_mean
from swarmdsl.compiler.diagnostics import shown
from swarmdsl.compiler.executable import travelling_file
from swarmdsl.compiler.script_source import check_script
from swarmdsl.compiler.sources import Read
from swarmdsl.compiler.unpackable import Origin, Unpackable, broken_source
from swarmdsl.compiler.untyped import explained
from swarmdsl.compiler.users_code import UsersCodeRaised, attempt
from swarmdsl.dsl import Module, Task
from swarmdsl.dsl.module import default_name
from swarmdsl.light.daemon import ON, Daemon
from swarmdsl.topology.model import BundleEncoding, StreamFormat

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
        Unpackable: it cannot be found or packaged, or a script has no `main()`.
    """
    program = module.python_program
    try:
        _check_types(module)
        if module.kind in {"program", "image"}:
            _check_command(module)
            return _of_command(module, read)
        if isinstance(program, type) and not issubclass(program, Daemon):
            raise _no_daemon(module.name, program)
        if callable(program) and not isinstance(program, Task):
            return _of_callable(program, module.name, read)
        if isinstance(program, str | Path):
            if "\n" in str(program):
                return _of_text(module, str(program), read)
            return _of_path(module, read)
    except SyntaxError as problem:  # of a file that it imports
        where = Path(str(problem.filename)).name
        origin = Origin(Path(str(problem.filename)))
        raise broken_source(module.name, problem, where, origin) from problem
    what = f"{shown(program)}, of type {type(program).__name__}, is no program"
    raise Unpackable(
        "" if module.name == default_name(program) else module.name,  # it says nothing
        "the module has no program: there is None in its place" if program is None else what,
        hint="give a function, a subclass of Daemon, or the path of a script",
    )


def _check_types(module: Module) -> None:
    given = [name for name in ("takes", "yields") if getattr(module, name) is not Any]
    if given and module.kind not in {"program", "image"}:
        raise Unpackable(
            module.name,
            f"has {given[0]}=, which is for a command=",
            hint="take it out: the annotations of a function say what it takes and yields",
            argument=given[0],
        )
    for name in given:
        untyped = explained(getattr(module, name))
        if untyped is not None:
            raise Unpackable(
                module.name,
                f"has {name}={untyped.shown}, which is {untyped.kind} and no type",
                hint=untyped.remedy,
                argument=name,
            )
    if module.format not in get_args(StreamFormat):
        raise Unpackable(
            module.name,
            f"has format={module.format!r}, which is no format of a program's streams",
            hint="a program reads and writes 'json' (a value on each line) or 'msgpack'",
        )
    if module.format != "json" and module.kind not in {"program", "image"}:
        raise Unpackable(
            module.name,
            f"has format={module.format!r}, which is for a command=",
            hint="take it out: Python code is handed its values",
        )


def _check_command(module: Module) -> None:
    command: Any = module.command
    if command is None:
        return
    if module.python_program is not None:
        raise Unpackable(
            module.name,
            "has both python_program= and command=",
            hint="take one of them out",
            argument="command",
        )
    several = isinstance(command, Sequence) and not isinstance(command, str | bytes)
    if not several or not command or not all(isinstance(one, str) for one in command):
        raise Unpackable(
            module.name,
            f"command={command!r} is no list of texts",
            hint="command= is the program and its arguments, as in command=['./count', '--fast']",
            argument="command",
        )


def _of_command(module: Module, read: Read) -> Bundle:
    file = None if module.kind == "image" else travelling_file(module, _folder_of(module))
    if file is None:
        return Bundle(encoding="installed", entry="")
    data = sources.archive({file.name: read(file)}, sources.EXECUTABLE_MODE)
    return Bundle(encoding="zip", entry=file.name, data=data)


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
    from swarmdsl.compiler.by_value import dumped, taking_along

    with taking_along(_home_of(program)):
        try:
            data: bytes = attempt(partial(dumped, program))
        except UsersCodeRaised as raised:
            raise _held(program, name, raised.problem) from raised.problem
    qualname = getattr(program, "__qualname__", name)
    return Bundle(encoding="cloudpickle", entry=f"{program.__module__}:{qualname}", data=data)


def _held(program: object, name: str, problem: Exception) -> Unpackable:
    """Which of the values that it holds on to keeps it from being packaged."""
    from swarmdsl.compiler.by_value import FieldsLost, dumped

    if isinstance(problem, FieldsLost):
        return Unpackable(
            name,
            f"it uses {problem}, a msgspec Struct that is in no file, so it would travel "
            "without its fields",
            code="SW217",
            hint=f"define {problem} at the top level of a file, or make it a dataclass",
        )

    def is_packable(value: object) -> bool:
        try:
            attempt(partial(dumped, value))
        except UsersCodeRaised:
            return False
        return True

    held = culprit(program, is_packable)
    if held is None:
        return Unpackable(
            name,
            f"its code cannot be packaged: {problem}",
            code="SW217",
            hint="move it to the top level of a file: then it travels with that file",
        )
    return Unpackable(
        name,
        f"it holds on to {held.name}, of type {held.type_name}, which cannot be packaged: "
        f"{problem}",
        code="SW217",
        hint=f"make {held.name} inside the function, or let the function hold on to a value "
        "from which it can make one",
    )


def _home_of(program: Any) -> str | None:
    """The module of the user's code inside: a partial is an object of `functools`."""
    while isinstance(program, functools.partial):
        program = program.func
    home: str | None = getattr(program, "__module__", None)
    return home


# ------------------------------------------------------------------------------------- scripts


def _of_text(module: Module, text: str, read: Read) -> Bundle:
    name = re.sub(r"\W", "_", module.name)
    if name in sys.stdlib_module_names:
        name += "_"
    where, origin = f"the source text of {module.name}", _origin_of(module, text, read)
    check_script(module.name, text.encode(), where, origin)
    files = sources.text_and_siblings(name, text, _folder_of(module), read)
    return Bundle(encoding="zip", entry=name, data=sources.archive(files))


def _origin_of(module: Module, text: str, read: Read) -> Origin | None:
    """Where a source text is written as it is, if that is in one place beside its module."""
    if module.span is None:
        return None
    try:
        before, found, after = read(Path(module.span.file)).decode().partition(text)
    except (OSError, UnicodeDecodeError):
        return None
    alone = found and text not in after
    return Origin(Path(module.span.file), before.count("\n") + 1) if alone else None


def _no_daemon(name: str, program: type) -> Unpackable:
    """A class that is used as a module without being one."""
    marked = any(getattr(one, ON, False) for one in vars(program).values())
    return Unpackable(
        name,
        f"{program.__name__} is a class, and no daemon module",
        hint=f"let it be one: class {program.__name__}(Daemon); from swarmdsl import Daemon"
        if marked or program.__module__ != "builtins"
        else "give a function, a subclass of Daemon, or the path of a script",
    )


def script_file(module: Module) -> Path:
    """The file that a script starts with: itself, or the `__init__.py` of its package.

    Raises:
        Unpackable: there is none.
    """
    return _start_of(module, _path_of(module))


def _path_of(module: Module) -> Path:
    beside = _folder_of(module) / str(module.python_program)
    return beside if beside.exists() else Path(str(module.python_program)).absolute()


def _of_path(module: Module, read: Read) -> Bundle:
    path = _path_of(module)
    start = _start_of(module, path)
    if path.stem in sys.stdlib_module_names or "." in path.stem:
        raise Unpackable(
            module.name,
            f"{path.name} cannot be imported under this name",
            hint="rename it: it must be no name of a standard module, and have no dots inside",
        )
    check_script(module.name, read(start), start.relative_to(path.parent).as_posix(), Origin(start))
    files = (
        sources.package_files(path, read)
        if path.is_dir()
        else sources.file_and_siblings(path, read)
    )
    return Bundle(encoding="zip", entry=path.stem, data=sources.archive(files))


def _start_of(module: Module, path: Path) -> Path:
    """The file of a script, or the one that a package starts with."""
    if path.is_file() and path.suffix == ".py":
        return path
    if path.is_file():
        raise Unpackable(
            module.name,
            f"{path.name} is no Python file: its name does not end in .py",
            hint="rename it, or give its text instead of its path",
        )
    start = path / "__init__.py"
    if not path.is_dir():
        raise _missing(module, path)
    if not start.is_file():
        raise Unpackable(
            module.name,
            f"folder {path.name!r} has no __init__.py, so it is no package",
            code="SW218",
            hint=_inside(path),
        )
    return start


def _inside(folder: Path) -> str:
    scripts = sorted(one.name for one in folder.glob("*.py"))
    add = f"add {folder.name}/__init__.py with a function main()"
    return f"{add}, or name the script: {folder.name}/{scripts[0]}" if scripts else add


def _missing(module: Module, path: Path) -> Unpackable:
    nearby = sorted(one.name for one in path.parent.glob("*") if one.suffix in {"", ".py"})
    near = did_you_mean(path.name, nearby)
    return Unpackable(
        module.name,
        f"there is no file {module.python_program!s}",
        hint=(near or f"create {path.name}, with a function main(), or correct the path;")
        + " a relative path starts at the folder of the file that says Module(...)",
    )


def _folder_of(module: Module) -> Path:
    """Where relative paths start: beside the file that made the module, else the current folder."""
    file = Path(module.span.file) if module.span else None
    return file.parent.absolute() if file is not None and file.is_file() else Path.cwd()
