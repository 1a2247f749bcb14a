"""Where the executable of a program lies: on the node already, or in a file that travels."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from swarmdsl.compiler.codes import did_you_mean
from swarmdsl.compiler.unpackable import Unpackable
from swarmdsl.dsl import Module

_STARTS_AT = "a relative path starts at the folder of the file that says Module(...)"


def travelling_file(module: Module, folder: Path) -> Path | None:
    """The file to take along; None if the program is installed, or in the module's image.

    Args:
        module: of a command.
        folder: where relative paths start.

    Raises:
        Unpackable: it is nowhere, or cannot be executed.
    """
    program = str(next(iter(module.command or ())))
    if "/" not in program and shutil.which(program) is not None:
        return None
    path = folder / program
    if path.is_file():
        if not os.access(path, os.X_OK):
            raise _not_executable(module, path)
        return None if Path(program).is_absolute() else path
    if module.image is not None:
        return None
    raise _missing(module, program, path)


def _not_executable(module: Module, path: Path) -> Unpackable:
    return Unpackable(
        module.name,
        f"file {path.name} is not executable",
        hint=f"chmod +x {path.name}; a script must also begin with #! and its interpreter",
    )


def _missing(module: Module, program: str, path: Path) -> Unpackable:
    if path.is_dir():
        problem = f"command= names {program!r}, which is a folder"
    elif Path(program).is_absolute():
        problem = f"there is no program {program}"
    elif "/" in program:
        problem = f"there is no program {program} beside the file that says Module(...)"
    else:
        problem = f"there is no program {program!r} on PATH, nor beside the file that says it"
    near = did_you_mean(path.name, sorted(_executables(path.parent)))
    return Unpackable(
        module.name, problem, hint=f"{near + ' ' if near else ''}install or build it; {_STARTS_AT}"
    )


def _executables(folder: Path) -> list[str]:
    files = folder.glob("*") if folder.is_dir() else ()
    return [one.name for one in files if one.is_file() and os.access(one, os.X_OK)]
