"""`swarm validate`: everything that is wrong with some swarms, at once."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

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

    Raises:
        UsageError: there is no target, or no such code.
    """
    if command.arguments.explain is not None:
        return _explain(command)
    found: list[Diagnostic] = []
    unloaded = 0
    for target in command.arguments.target or [command.usual_target()]:
        try:
            found += compiled(command, target).diagnostics
        except TargetError as problem:
            command.streams.say(f"swarm validate: {problem}")
            unloaded += 1
    diagnostics = in_order(found)
    # A document that says "valid" although a target could not even be loaded would be a lie.
    if not unloaded or (diagnostics and command.format != "json"):
        _write(command, diagnostics)
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


def _write(command: Command, diagnostics: Sequence[Diagnostic]) -> None:
    streams = command.streams
    renderers = {"full": report.full, "concise": report.concise, "json": report.as_json}
    text = renderers[command.format](diagnostics)
    if command.arguments.output_file is None:
        colored = command.format == "full"
        streams.show(painted(streams, text, streams.out) if colored else text)
        return
    try:
        Path(command.arguments.output_file).write_text(text, encoding="utf-8")
    except OSError as problem:
        raise UsageError(f"--output-file: {problem}") from problem
    streams.say(f"{report.summary(diagnostics)}; see {command.arguments.output_file}")
