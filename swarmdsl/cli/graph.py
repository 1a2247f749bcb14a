"""`swarm graph`: a picture of a swarm."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from swarmdsl.cli.command import Command
from swarmdsl.cli.exits import Exit, UsageError
from swarmdsl.cli.programs import compiled, is_topology, refuse_compiler_flags, require_document
from swarmdsl.cli.reports import say_findings
from swarmdsl.compiler import Compilation, Diagnostic
from swarmdsl.pictures.diagram import Diagram
from swarmdsl.pictures.forms import ENDINGS, drawn, form_of
from swarmdsl.pictures.grouped import grouped
from swarmdsl.pictures.of_daemons import daemons_of
from swarmdsl.pictures.of_tasks import diagram_of, tasks_of
from swarmdsl.topology.codec import read
from swarmdsl.topology.model import Topology


def graph(command: Command) -> Exit:
    """Draw the tasks of a target, or its daemons, and what was found at what it concerns.

    Tasks are drawn of a swarm with errors too: that is when a picture helps most. The exit code
    tells of the errors all the same.

    Raises:
        CompileError: the daemons of a swarm with errors are asked for: it has none.
        TargetError: the target names nothing that can be compiled.
        TopologyError: a document that is named cannot be read, or is wrong.
        UsageError: the file's ending says no form, it cannot be written, or flags contradict.
    """
    form = _form(command)
    diagram, found = _drawing(command)
    output = command.arguments.output
    if output is None:
        command.streams.show(drawn(_without_told(diagram) if form == "text" else diagram, form))
    else:
        _write(output, drawn(diagram, form))
        command.streams.say(f"wrote {output}: {diagram.summary}")
    say_findings(command.streams, found)
    return Exit.FAILED if any(one.severity == "error" for one in found) else Exit.OK


def _write(output: str, picture: str) -> None:
    try:
        Path(output).write_text(picture, encoding="utf-8")
    except OSError as problem:
        raise UsageError(f"-o {output}: {problem.strerror or problem}") from problem


def _without_told(diagram: Diagram) -> Diagram:
    """A picture that is read beside what `say_findings` says: its list does not repeat that."""
    return replace(diagram, marks=tuple(one for one in diagram.marks if one.severity == "info"))


def _form(command: Command) -> str:
    output = command.arguments.output
    asked = command.settings.flags.get("format")
    if output is None:
        return command.format
    form = form_of(output)
    if form is None and asked is None:
        endings = ", ".join(ENDINGS)
        raise UsageError(
            f"-o {output}: its ending says no form of a picture; choose one of {endings}, or give "
            "--format. Browsers open SVG, and turn it into what they print"
        )
    if asked is not None and form not in {None, asked}:
        raise UsageError(f"-o {output} is {form}, and --format says {asked}: leave one of them out")
    return asked or form or command.format


def _drawing(command: Command) -> tuple[Diagram, Sequence[Diagnostic]]:
    """The picture, and what was found."""
    target, of_daemons = command.target(), command.arguments.level == "daemon"
    if is_topology(target):
        topology = _stored(command, target)
        if of_daemons:
            return _of_daemons(command, topology), ()
        return _of_tasks(command, tasks_of(topology)), ()
    compilation: Compilation = compiled(command, target)
    found = compilation.diagnostics
    if of_daemons:
        return _of_daemons(command, compilation.require()), found
    return _of_tasks(command, diagram_of(compilation)), found


def _of_daemons(command: Command, topology: Topology) -> Diagram:
    return daemons_of(topology, group=False if command.arguments.ungrouped else None)


def _of_tasks(command: Command, tasks: Diagram) -> Diagram:
    return tasks if command.arguments.ungrouped else grouped(tasks)


def _stored(command: Command, target: str) -> Topology:
    refuse_compiler_flags(command, target)
    require_document(target)
    return read(target)[0]
