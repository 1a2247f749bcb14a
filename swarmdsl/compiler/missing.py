"""What to write instead of a name, or of an import, that there is not."""

from __future__ import annotations

import builtins
import sys
from collections.abc import Iterable

from swarmdsl import light
from swarmdsl.compiler.codes import did_you_mean
from swarmdsl.compiler.users_lines import users_frames

PUBLIC = frozenset(
    {
        *("Condition", "Daemon", "Driver", "Inventory", "Limits", "Module", "Node", "Rate"),
        *("Swarm", "Task", "module", "on"),
    }
)
"""What a swarm imports from `swarmdsl`, which this package may not ask."""


def missing_name(name: str, problem: Exception) -> str:
    """What a name that is not defined should be; empty if nobody can tell."""
    if name in PUBLIC:
        return f"write at the top: from swarmdsl import {name}"
    if name in light.__all__:
        return f"write at the top: from swarmdsl.light import {name}"
    known = {*dir(builtins), *PUBLIC}
    for frame in users_frames(problem.__traceback__)[-1:]:
        known |= {*frame.f_locals, *frame.f_globals}
    return did_you_mean(name, sorted(known))


def missing_module(name: str) -> str:
    """What to do about a module that is not there."""
    top = name.partition(".")[0]
    near = did_you_mean(top, sorted({*sys.stdlib_module_names, *_importable()} - {top}))
    install = f"install it in the Python that compiles (pip install {top})"
    needed = "if only a task needs it, import it inside the function of that task"
    return f"{near + ' else ' if near else ''}{install}; {needed}"


def missing_import(wanted: str, module: str) -> str:
    """What to import instead of a name that a module does not have; empty if nobody can tell.

    >>> missing_import("World", "swarmdsl")
    'World is part of what a task uses: from swarmdsl.light import World'
    """
    if module == "swarmdsl" and wanted in light.__all__:
        return f"{wanted} is part of what a task uses: from swarmdsl.light import {wanted}"
    return did_you_mean(wanted, dir(sys.modules.get(module)))


def quoted(text: str) -> str:
    """The first text in quotes.

    >>> quoted("cannot import name 'World' from 'swarmdsl'")
    'World'
    """
    return text.partition("'")[2].partition("'")[0]


def _importable() -> Iterable[str]:
    return (one.partition(".")[0] for one in list(sys.modules) if not one.startswith("_"))
