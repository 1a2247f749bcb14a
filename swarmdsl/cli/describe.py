"""`swarm describe`: what the tasks of a run take, yield and answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from swarmdsl.cli.chosen import chosen_run
from swarmdsl.cli.command import Command
from swarmdsl.cli.exits import Exit, UsageError
from swarmdsl.cli.names import unknown
from swarmdsl.cli.table import table
from swarmdsl.cli.values import as_json
from swarmdsl.control.descriptions import describe as describe_run
from swarmdsl.control.stored_run import StoredRun
from swarmdsl.control.waiting import Patience

_COLUMNS = ("task", "kind", "module", "instances", "nodes", "may run on", "does")
_CANDIDATES = _COLUMNS.index("may run on")


def describe(command: Command) -> Exit:
    """Show every task of a run, or one.

    Raises:
        RunNotFound: no run, or more than one, is named so.
        UsageError: the run has no task of this alias.
    """
    stored = StoredRun.open(chosen_run(command))
    alias = command.arguments.alias
    known = [task.alias for task in stored.topology.tasks]
    if alias is not None and alias not in known:
        raise UsageError(unknown("task", alias, known))
    tasks = describe_run(stored, Patience(), alias)
    if command.format == "json":
        command.streams.show(as_json({"run": stored.folder.id, "tasks": tasks}))
        return Exit.OK
    command.streams.show("\n".join(table(*_table(tasks), command.streams)) + "\n")
    for name, one in tasks.items():
        if one.get("problem"):
            command.streams.say(
                f"{name} was not asked, this is from the topology: {one['problem']}"
            )
    return Exit.OK


def _table(tasks: Mapping[str, Mapping[str, Any]]) -> tuple[Sequence[str], list[list[str]]]:
    """The columns and the rows; where tasks may run only if that is elsewhere, too."""
    rows = [row for name, one in tasks.items() for row in _rows(name, one)]
    if any(one["candidates"] != one["nodes"] for one in tasks.values()):
        return _COLUMNS, rows
    left = slice(_CANDIDATES, _CANDIDATES + 1)
    columns = [*_COLUMNS]
    del columns[left]
    for row in rows:
        del row[left]
    return columns, rows


def _rows(alias: str, task: Mapping[str, Any]) -> Iterator[list[str]]:
    """A line for each thing that a task does; the first says what it is."""
    head = [alias, task["kind"], task["module"], str(task["instances"])]
    head += [_nodes(task["nodes"]), _nodes(task["candidates"])]
    for does in [*_does(task)] or ["-"]:
        yield [*head, does]
        head = [""] * len(head)


def _nodes(nodes: Sequence[str]) -> str:
    """At most three of them by name."""
    if not nodes:
        return "-"
    return ", ".join(nodes) if len(nodes) <= 3 else f"{nodes[0]} .. {nodes[-1]} ({len(nodes)})"


def _does(task: Mapping[str, Any]) -> Iterator[str]:
    code = task.get("code")
    if code is None and task["kind"] == "daemon":
        yield from (f"on {handler}({kind})" for handler, kind in task["takes"].items())
        if task["yields"]:
            yield f"yields {_either(task['yields'])}"
        return
    if code is None:
        taken = ", ".join(f"{port}: {kind}" for port, kind in task["takes"].items())
        if taken or task["yields"]:
            yield f"({taken}) -> {_either(task['yields'])}"
        return
    for handler in code["handlers"]:
        yield f"on {handler['name']}({handler['takes']}) -> {_either(handler['yields'])}"
    for timer in code["timers"]:
        yield f"every {timer['seconds']:g} s {timer['name']}() -> {_either(timer['yields'])}"
    if code["round_end"] is not None:
        yield f"at the end of a round on_round_end() -> {_either(code['round_end'])}"
    if code["produces"]:
        yield f"produces {_either(code['produces'])}"
    if code["pushes"]:
        yield f"pushes {_either(code['pushes'])}"
    for call in code["calls"]:
        taken = ", ".join(_parameter(one) for one in call["parameters"])
        yield f"call {call['name']}({taken}) -> {call['returns']}"


def _parameter(one: Mapping[str, Any]) -> str:
    default = "" if one["default"] is None else f" = {one['default']}"
    return f"{one['name']}: {one['type']}{default}"


def _either(kinds: Sequence[str]) -> str:
    return " | ".join(kinds) or "None"
