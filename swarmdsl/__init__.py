"""Declare a distributed program as a graph, and run it as a swarm of daemons.

To declare one: `Swarm` and `Task`; `Module` or `@module`; `Daemon` with `@on`, `@every` and
`@call`; `Condition`, `Limits` and `Rate`. To say where: `Inventory`, `Node`, `Driver`. What comes
of it: `Run`, or a `SwarmError` such as `CompileError` and `RunFailed`; and what a graph is asked:
`has_cycles`. What code inside a task may use is in `swarmdsl.light`; how to try a swarm with
faults, in virtual time, in `swarmdsl.testing`.

This file names what is public and loads none of it: a name is imported when it is first used, so
that a daemon can import `swarmdsl.light` without networkx, pydantic or the compiler, and a command
can print its help at once.

Example:
    >>> from swarmdsl import Swarm, Task
    >>> def length(word: str) -> int:
    ...     return len(word)
    >>> class Length(Swarm):
    ...     def execute(self):
    ...         return Task(length, inputs={"word": "swarm"})
    >>> Length().check()  # it has no faults, and could be run: Length().run().value
    ()
"""

from importlib import import_module
from typing import TYPE_CHECKING

from swarmdsl._version import __version__

if TYPE_CHECKING:
    from swarmdsl.api import Swarm, open_run
    from swarmdsl.compiler.task_graph import has_cycles
    from swarmdsl.dsl import Condition, Driver, Inventory, Module, Node, Rate, Task, module
    from swarmdsl.errors import CompileError, RunFailed, SwarmError
    from swarmdsl.light import Daemon, call, every, on
    from swarmdsl.runs import BackgroundRun, Run
    from swarmdsl.stats.summary import RunStatistics
    from swarmdsl.topology.model import Limits

__all__ = [
    "BackgroundRun",
    "CompileError",
    "Condition",
    "Daemon",
    "Driver",
    "Inventory",
    "Limits",
    "Module",
    "Node",
    "Rate",
    "Run",
    "RunFailed",
    "RunStatistics",
    "Swarm",
    "SwarmError",
    "Task",
    "__version__",
    "call",
    "every",
    "has_cycles",
    "module",
    "on",
    "open_run",
]

_HOMES = {
    "BackgroundRun": "swarmdsl.runs",
    "CompileError": "swarmdsl.errors",
    "Condition": "swarmdsl.dsl",
    "Daemon": "swarmdsl.light",
    "Driver": "swarmdsl.dsl",
    "Inventory": "swarmdsl.dsl",
    "Limits": "swarmdsl.topology.model",
    "Module": "swarmdsl.dsl",
    "Node": "swarmdsl.dsl",
    "Rate": "swarmdsl.dsl",
    "Run": "swarmdsl.runs",
    "RunFailed": "swarmdsl.errors",
    "RunStatistics": "swarmdsl.stats.summary",
    "Swarm": "swarmdsl.api",
    "SwarmError": "swarmdsl.errors",
    "Task": "swarmdsl.dsl",
    "call": "swarmdsl.light",
    "every": "swarmdsl.light",
    "has_cycles": "swarmdsl.compiler.task_graph",
    "load_ipython_extension": "swarmdsl.notebook",  # for %load_ext swarmdsl
    "module": "swarmdsl.dsl",
    "on": "swarmdsl.light",
    "open_run": "swarmdsl.api",
}


if not TYPE_CHECKING:  # A type checker that saw this would accept any misspelt name.

    def __getattr__(name: str) -> object:
        home = _HOMES.get(name)
        if home is None:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}", name=name)
        value: object = getattr(import_module(home), name)
        globals()[name] = value  # Python asks us only once per name.
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
