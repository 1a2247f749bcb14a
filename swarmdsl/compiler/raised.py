"""What `execute()` raised: the user's line that did, and what to write instead."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any

from swarmdsl.compiler.argument import Argument, Steps
from swarmdsl.compiler.codes import did_you_mean
from swarmdsl.compiler.diagnostics import Diagnostic, finding, shown
from swarmdsl.compiler.missing import missing_import, missing_module, missing_name, quoted
from swarmdsl.compiler.returned import execute_span
from swarmdsl.compiler.unwritten import is_unwritten, what_to_write
from swarmdsl.compiler.users_lines import users_frames, users_line
from swarmdsl.dsl import Module, Rate, Swarm, Task
from swarmdsl.errors import OutsideTask, RunRefused

_USUAL = "execute() runs here, where the swarm is compiled, and only describes the graph"
_NO_VALUE = (
    "a task has no value yet while execute() describes the graph: the task that needs what it "
    "returns comes after it, as in Task(show)(Task(read)), and takes it as a parameter"
)
_UNEXPECTED = re.compile(
    r"(?:\w+\.)*?(?:(\w+)\.)?(\w+)\(\) got an unexpected keyword argument '(\w+)'"
)
_MISSING = re.compile(r"Task\.__init__\(\) missing .* '(\w+)'")
_TOO_MANY = re.compile(r"Task\.__call__\(\) takes .* positional arguments? but")
_CALLS: Mapping[tuple[str | None, str], tuple[str, Callable[..., Any]]] = {
    ("Task", "__init__"): ("Task(...)", Task.__init__),
    ("Task", "__call__"): ("the call that draws an edge", Task.__call__),
    ("Module", "__init__"): ("Module(...)", Module.__init__),
    ("Swarm", "__init__"): ("Swarm.__init__(...)", Swarm.__init__),
    ("Swarm", "loop"): ("self.loop(...)", Swarm.loop),
    ("Swarm", "add_network"): ("self.add_network(...)", Swarm.add_network),
    ("Swarm", "set_global"): ("self.set_global(...)", Swarm.set_global),
    ("Rate", "__init__"): ("Rate(...)", Rate.__init__),
}


_MEANT = {
    ("Task", "name"): "the name of a task is alias=, as in Task(count, alias='counter')",
    ("Task", "replicas"): "maximum= says on how many nodes it runs: method='maximum', maximum=3",
    ("Task", "command"): "a command is a module: Task(Module(command=['./count']))",
    ("Swarm", "name"): "set name = '...' in the class of the swarm",
    ("Swarm", "tasks"): "the tasks of a swarm are what its execute() returns",
    ("Swarm", "iteration"): "how many rounds there are is max_iteration=",
}


def raised(swarm: Swarm, problem: Exception) -> Diagnostic:
    """The finding about what `execute()` raised."""
    return finding(
        "SW001",
        f"{type(swarm).__name__}.execute() raised {type(problem).__name__}: {problem}",
        at=users_line(problem.__traceback__) or execute_span(swarm),
        steps=_steps(problem),
        hint=_remedy(swarm, problem) or f"{_USUAL}: make it run without errors",
    )


def left(swarm: Swarm, leaving: SystemExit) -> Diagnostic:
    """The finding about an `execute()` that wants to end the program."""
    return finding(
        "SW001",
        f"{type(swarm).__name__}.execute() ends the program, by sys.exit() or the like",
        at=users_line(leaving.__traceback__) or execute_span(swarm),
        hint="return the tasks: execute() is called wherever the swarm is compiled; what is wrong "
        "with a value it says by raising",
    )


def _steps(problem: Exception) -> Steps:
    """To the keyword that nobody knows, in the call that has it."""
    found = _UNEXPECTED.search(str(problem)) if isinstance(problem, TypeError) else None
    return (Argument(found[3]),) if found else ()


def _remedy(swarm: Swarm, problem: Exception) -> str:
    """What to write instead; empty if nobody can tell."""
    match problem:
        case FileNotFoundError(filename=str() as name):
            return _missing_file(name, problem)
        case PermissionError():
            return f"{_USUAL}: let the user who compiles read it"
        case ModuleNotFoundError(name=str() as name):
            return missing_module(name)
        case ImportError(name=str() as name):
            return missing_import(quoted(str(problem)), name)
        case AttributeError(name=str() as name, obj=whose):
            return _missing_attribute(swarm, whose, name)
        case NameError(name=str() as name):
            return missing_name(name, problem)
        case KeyError(args=(key, *_)):
            return _missing_key(key, problem)
        case TypeError():
            return _wrong_type(str(problem))
        case NotImplementedError() if is_unwritten(type(swarm)):
            return what_to_write(type(swarm)).rstrip(".")
        case NotImplementedError():
            return "define execute(self) in the class, and return the last task"
        case OutsideTask():
            return (
                "that answers only inside a task; in a swarm use self.get_global() and "
                "self.set_global()"
            )
        case RunRefused():
            return "execute() only describes the graph: let the script run it, as Example().run()"
        case RecursionError():
            return "something here calls itself without end: execute() must not call itself"
        case _:
            return ""


def _missing_file(name: str, problem: Exception) -> str:
    at = users_line(problem.__traceback__)
    if Path(name).is_absolute():
        return (
            f"{_USUAL}; what lies only on the nodes is a dataset: name it with "
            "Module(..., datasets=[...]) and read it in the task, with Local"
        )
    beside = at is not None and (Path(at.file).parent / name).exists()
    start = "a relative path starts at the folder in which the command was started"
    here = f"Path(__file__).parent / {name!r}"
    if beside:
        return f"{start}, and the file lies beside this one: write {here}"
    return f"{start}; for one that starts at the folder of this file write {here}"


def _missing_attribute(swarm: Swarm, whose: object, name: str) -> str:
    if whose is swarm:
        near = did_you_mean(name, [one for one in dir(swarm) if not one.startswith("_")])
        return near or f"set self.{name} in __init__, or as an attribute of the class"
    if isinstance(whose, Task):
        near = did_you_mean(name, [one for one in vars(whose) if not one.startswith("_")])
        return near or _NO_VALUE
    if whose is None:
        return f"what stands before .{name} is None here: give it a value before"
    if isinstance(whose, ModuleType):
        return did_you_mean(name, dir(whose))
    return did_you_mean(name, [one for one in dir(whose) if not one.startswith("_")])


def _missing_key(key: object, problem: Exception) -> str:
    frames = users_frames(problem.__traceback__)
    known = {one for frame in frames[-1:] for one in _keys(frame) if one != key}
    near = did_you_mean(key, sorted(known)) if isinstance(key, str) else ""
    given = shown(key)
    return near or f"what this line looks into has no {given}: put it there, or use .get({given})"


def _keys(frame: FrameType) -> Iterator[str]:
    """The texts that a function holds, and the keys of the dicts that it knows."""
    known = [one for name, one in frame.f_globals.items() if name != "__builtins__"]
    values = [*frame.f_code.co_consts, *frame.f_locals.values(), *known]
    for value in values:
        several = value if isinstance(value, tuple | dict) else (value,)
        yield from (one for one in several if isinstance(one, str))


def _wrong_type(text: str) -> str:
    if found := _UNEXPECTED.search(text):
        return _unexpected(found[1], found[2], found[3])
    if found := _MISSING.search(text):
        return "name the code that it runs first: Task(count, ...), a function, Daemon or Module"
    if _TOO_MANY.search(text):
        return "several sources go in one list, as in Task(show)([Task(read), Task(count)])"
    if "'Task'" in text or text.endswith("not Task"):
        return _NO_VALUE
    return ""


def _unexpected(owner: str | None, function: str, keyword: str) -> str:
    """The keyword that was meant, or the call that it belongs to."""
    if (owner, function) not in _CALLS:
        return ""
    call, itself = _CALLS[owner, function]
    known = _keywords(itself)
    if function == "__init__" and (owner, keyword) in _MEANT:
        return _MEANT[owner or "", keyword]
    others = [other for other, one in _CALLS.values() if keyword in _keywords(one)]
    if others:
        return f"{keyword}= belongs to {' or '.join(others)}: give it there"
    near = did_you_mean(keyword, known, likeness=0.65)
    return near or f"take {keyword}= out; {call} takes {', '.join(known)}"


def _keywords(function: Callable[..., Any]) -> list[str]:
    return list(inspect.signature(function).parameters)[1:]
