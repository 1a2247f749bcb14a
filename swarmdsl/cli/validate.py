"""`swarm validate`: everything that is wrong with some swarms, at once."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from swarmdsl.cli.capacities import Capacities
from swarmdsl.cli.command import Command
from swarmdsl.cli.exits import Exit, UsageError
from swarmdsl.cli.programs import compiled
from swarmdsl.cli.reports import painted
from swarmdsl.compiler import Diagnostic, explain, report
from swarmdsl.compiler.diagnostics import in_order
from swarmdsl.errors import TargetError


def validate(command: Command) -> Exit:
    """Compile each target and report its findings; nothing is started or written.

    A target that cannot be loaded is told on stderr, and the others are reported all the same.
    The JSON document lists both.

    Raises:
        UsageError: there is no target, or no such code.
    """
    if command.arguments.explain is not None:
        return _explain(command)
    found: list[Diagnostic] = []
    unloaded: list[TargetError] = []
    capacities = Capacities() if command.arguments.capacity else None
    for target in command.arguments.target or [command.usual_target()]:
        try:
            compilation = compiled(command, target)
            found += compilation.diagnostics
            if capacities is not None:
                capacities.add(target, compilation.capacity)
        except TargetError as problem:
            command.streams.say(f"swarm validate: {problem}")
            unloaded.append(problem)
    diagnostics = in_order(found)
    # "no findings" for a person, although a target could not even be loaded, would be a lie.
    if diagnostics or not unloaded or command.format == "json":
        _write(command, diagnostics, unloaded, capacities)
    if unloaded:
        return Exit.USAGE
    return Exit.FAILED if _fails(diagnostics, strict=command.arguments.strict) else Exit.OK


def _explain(command: Command) -> Exit:
    try:
        page = explain(command.arguments.explain)
    except KeyError as problem:
        raise UsageError(f"--explain: {problem.args[0]}") from problem
    command.streams.show(page)
    return Exit.OK


def _fails(diagnostics: Sequence[Diagnostic], *, strict: bool) -> bool:
    failing = {"error", "warning"} if strict else {"error"}
    return any(one.severity in failing for one in diagnostics)


def _write(
    command: Command,
    diagnostics: Sequence[Diagnostic],
    unloaded: Sequence[TargetError],
    capacities: Capacities | None,
) -> None:
    streams = command.streams
    match command.format:
        case "json":
            text = _as_json(diagnostics, unloaded, capacities)
        case "concise":
            text = report.concise(diagnostics)
        case _:
            text = report.full(diagnostics)
    if capacities is not None and command.format != "json":
        text += capacities.as_text()
    if command.arguments.output_file is None:
        colored = command.format == "full"
        streams.show(painted(streams, text, streams.out) if colored else text)
        return
    try:
        Path(command.arguments.output_file).write_text(text, encoding="utf-8")
    except OSError as problem:
        raise UsageError(f"--output-file: {problem}") from problem
    summary = report.summary(diagnostics)
    if unloaded:
        summary += f", {len(unloaded)} target{'s' if len(unloaded) > 1 else ''} not loaded"
    streams.say(f"{summary}; see {command.arguments.output_file}")


def _as_json(
    diagnostics: Sequence[Diagnostic],
    unloaded: Sequence[TargetError],
    capacities: Capacities | None,
) -> str:
    """The compiler's document, and the targets that it never saw: with one of those, not valid."""
    document = json.loads(report.as_json(diagnostics))
    document["valid"] = document["valid"] and not unloaded
    document["targets_failed"] = [
        {"target": one.target, "problem": f"{one.problem}. {one.remedy}"} for one in unloaded
    ]
    if capacities is not None:
        document["capacity"] = capacities.as_values()
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
