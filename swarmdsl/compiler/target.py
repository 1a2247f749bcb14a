"""From the text of a target, `file.py[:Class]` or `pkg.mod:Class`, to the swarm it names."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import os
import sys
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any, TypeGuard

from swarmdsl.compiler.broken import broken, named, raised_at
from swarmdsl.compiler.codes import did_you_mean
from swarmdsl.compiler.sources import is_installed
from swarmdsl.compiler.unwritten import (
    is_unwritten,
    misspelt_in,
    unwritten_in,
    without_execute,
)
from swarmdsl.compiler.users_code import UsersCodeRaised, attempt
from swarmdsl.dsl import Swarm
from swarmdsl.errors import TargetError
from swarmdsl.light.context import runs_forbidden

FILES_READ_MAX = 1_000  # of a folder that was named in the place of a file
FILES_SHOWN_MAX = 8
_EXPECTED = "A target is file.py, file.py:Class or package.module:Class."


def load_target(text: str) -> Swarm:
    """The swarm that a target names, made without arguments.

    A file is imported under its own name, with its folder on the import path, so that what lies
    beside it can be imported too. Without `:Class` the module must hold exactly one swarm.

    Raises:
        TargetError: there is no such file, module or swarm, or importing it fails.
    """
    place, _, name = text.rpartition(":") if ":" in text else (text, "", "")
    module = _module(text, place)
    return made_swarm(text, _named(text, module, name) if name else _only(text, module))


def targets_in(text: str) -> list[str]:
    """A target for each swarm that a file or module defines itself; a named one stands for itself.

    A class whose `execute` is misspelt is among them, so that loading it tells of that. A file that
    does not name `swarmdsl` is not even imported: whatever it is, it defines none.

    Raises:
        TargetError: there is no such file or module, or importing it fails.
    """
    if ":" in text:
        return [text]
    file = Path(text)
    if file.suffix == ".py" and file.is_file() and b"swarmdsl" not in file.read_bytes():
        return []
    module = _module(text, text)
    found = [*swarms_in(module), *misspelt_in(module)]
    return [f"{text}:{one.__name__}" for one in found]


def files_below(text: str) -> list[str]:
    """The Python files of a folder and of those below it, sorted; another target is its own.

    Hidden folders and virtual environments are left out, and a package is a module, not a folder.
    """
    folder = Path(text)
    if ":" in text or not folder.is_dir() or (folder / "__init__.py").is_file():
        return [text]
    found: list[Path] = []
    for place, folders, files in os.walk(folder):
        here = Path(place)
        folders[:] = sorted(one for one in folders if not _is_foreign(here / one))
        found += [here / one for one in sorted(files) if one.endswith(".py")]
    return [str(one) for one in found]


def _is_foreign(folder: Path) -> bool:
    """Whether a folder holds what is not the user's own."""
    hidden = folder.name.startswith(".") or folder.name == "__pycache__"
    return hidden or (folder / "pyvenv.cfg").is_file()


def swarms_in(module: ModuleType) -> list[type[Swarm]]:
    """The swarms that a module defines itself, in its order, each once."""
    found = [value for value in vars(module).values() if _is_own(value, module)]
    return list(dict.fromkeys(found))


def swarm_files(folder: Path) -> list[str]:
    """The Python files of a folder that may define swarms, by name: they name `swarmdsl`."""
    files = sorted(folder.glob("*.py"))[:FILES_READ_MAX]
    return [str(one) for one in files if one.is_file() and b"swarmdsl" in one.read_bytes()]


def files_to_name(folder: Path) -> str:
    """Which files of a folder could be meant, as a sentence."""
    found = swarm_files(folder)
    more = f" and {len(found) - FILES_SHOWN_MAX} more" if len(found) > FILES_SHOWN_MAX else ""
    shown = ", ".join(found[:FILES_SHOWN_MAX]) + more
    return f"Name a file in it that defines one: {shown}" if found else "No file in it defines one"


def _module(target: str, place: str) -> ModuleType:
    folder = Path(place)
    if folder.is_dir() and not (folder / "__init__.py").is_file():
        raise TargetError(
            target,
            "it is a folder, and no swarm",
            f"{_EXPECTED} {files_to_name(folder)}.",
        )
    if not place.endswith(".py") and (folder.is_file() or not _is_module_name(place)):
        problem = "it is no Python file" if folder.is_file() else f"there is no file {place}"
        raise TargetError(target, problem, _EXPECTED)
    with runs_forbidden("the command"):
        return _from_file(target, Path(place)) if place.endswith(".py") else _by_name(target, place)


def _is_module_name(text: str) -> bool:
    return not text.startswith(".") and "/" not in text and os.sep not in text


def _from_file(target: str, file: Path) -> ModuleType:
    if not file.is_file():
        raise TargetError(target, f"there is no file {file}", "Check the path.")
    name, file = file.stem, file.resolve()
    if name in sys.stdlib_module_names or (name in sys.modules and is_installed(name)):
        raise TargetError(
            target, f"there is a module named {name} already", "Give the file another name."
        )
    spec = importlib.util.spec_from_file_location(name, file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    if str(file.parent) not in sys.path:
        sys.path.insert(0, str(file.parent))
    sys.modules[name] = module
    try:
        attempt(partial(spec.loader.exec_module, module))
    except UsersCodeRaised as raised:
        del sys.modules[name]
        raise broken(target, raised.problem) from raised.problem
    return module


def _by_name(target: str, name: str) -> ModuleType:
    try:
        return attempt(partial(importlib.import_module, name))
    except UsersCodeRaised as raised:
        problem = raised.problem
        if _is_about(problem, name):
            raise TargetError(
                target,
                f"there is no module {problem.name}",
                _EXPECTED,
            ) from None
        raise broken(target, problem) from problem


def _is_about(problem: Exception, name: str) -> TypeGuard[ModuleNotFoundError]:
    """Whether it is the module itself that was not found, or a package it lies in."""
    if not isinstance(problem, ModuleNotFoundError) or problem.name is None:
        return False
    return f"{name}.".startswith(f"{problem.name}.")


def _named(target: str, module: ModuleType, name: str) -> Any:
    found = getattr(module, name, None)
    if isinstance(found, Swarm) or _is_swarm(found):
        return found
    if is_unwritten(found):
        raise without_execute(target, found)
    known = sorted(each for each, value in vars(module).items() if _is_own(value, module))
    listed = f"It has: {', '.join(known)}." if known else "It has no swarm at all."
    problem = f"it has no {name}" if found is None else f"{name} is no swarm"
    near = did_you_mean(name, known)
    raise TargetError(target, problem, f"{near[:1].upper()}{near[1:]} {listed}".strip())


def _only(target: str, module: ModuleType) -> Any:
    swarms = swarms_in(module)
    names = sorted({swarm.__name__ for swarm in swarms})
    if not names:
        unwritten = misspelt_in(module) or unwritten_in(module)
        if unwritten:
            raise without_execute(target, unwritten[0])
        raise TargetError(
            target, "it has no swarm", "Subclass swarmdsl.Swarm and define execute()."
        )
    if len(names) > 1:
        raise TargetError(
            target,
            f"it has {len(names)} swarms: {', '.join(names)}",
            f"Say which one, as in {target}:{names[0]}.",
        )
    return swarms[0]


def _is_swarm(value: object) -> bool:
    return inspect.isclass(value) and issubclass(value, Swarm) and value.execute != Swarm.execute


def _is_own(value: Any, module: ModuleType) -> bool:
    return _is_swarm(value) and value.__module__ == module.__name__


def made_swarm(target: str, found: Any) -> Swarm:
    """A swarm of this class, made without arguments; or what is one already.

    Raises:
        TargetError: making it raises.
    """
    if isinstance(found, Swarm):
        return found
    try:
        swarm = attempt(found)
    except UsersCodeRaised as raised:
        problem = raised.problem
        raise raised_at(
            target,
            f"{found.__name__}() raised {named(problem)}",
            "A target is made without arguments: give the parameters of __init__ defaults.",
            problem,
        ) from problem
    assert isinstance(swarm, Swarm)
    return swarm
