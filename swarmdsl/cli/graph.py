"""`swarm graph`: a picture of a swarm."""

from __future__ import annotations

from pathlib import Path

from swarmdsl.cli.command import Command
from swarmdsl.cli.exits import Exit, UsageError
from swarmdsl.cli.programs import compiled, is_topology, refuse_compiler_flags, require_document
from swarmdsl.cli.reports import say_findings
from swarmdsl.compiler import Compilation
from swarmdsl.pictures.diagram import Diagram
from swarmdsl.pictures.forms import ENDINGS, drawn, form_of
from swarmdsl.pictures.grouped import grouped
from swarmdsl.pictures.of_daemons import daemons_of
from swarmdsl.pictures.of_tasks import diagram_of, tasks_of
from swarmdsl.topology.codec import read
from swarmdsl.topology.model import Topology


def graph(command: Command) -> Exit:
    """Draw the tasks of a target, or its daemons, and what was found at what it concerns.

    Tasks are drawn of a swarm with errors too: that is when a picture helps most.

    Raises:
        CompileError: the daemons of a swarm with errors are asked for: it has none.
        TargetError: the target names nothing that can be compiled.
        TopologyError: a document that is named cannot be read, or is wrong.
        UsageError: the file's ending says no form, it cannot be written, or flags contradict.
    """
    form = _form(command)
    diagram = _diagram(command)
    picture = drawn(diagram, form)
    output = command.arguments.output
    if output is None:
        command.streams.show(picture)
        return Exit.OK
    try:
        Path(output).write_text(picture, encoding="utf-8")
    except OSError as problem:
        raise UsageError(f"-o {output}: {problem.strerror or problem}") from problem
    command.streams.say(f"wrote {output}: {diagram.summary}")
    return Exit.OK


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


def _diagram(command: Command) -> Diagram:
    ungrouped = command.arguments.ungrouped
    if command.arguments.level == "daemon":
        return daemons_of(_topology(command), group=False if ungrouped else None)
    tasks = _tasks(command)
    return tasks if ungrouped else grouped(tasks)


def _tasks(command: Command) -> Diagram:
    target = command.target()
    if is_topology(target):
        return tasks_of(_stored(command, target))
    return diagram_of(_compiled(command, target))


def _topology(command: Command) -> Topology:
    target = command.target()
    if is_topology(target):
        return _stored(command, target)
    return _compiled(command, target).require()


def _stored(command: Command, target: str) -> Topology:
    refuse_compiler_flags(command, target)
    require_document(target)
    return read(target)[0]


def _compiled(command: Command, target: str) -> Compilation:
    compilation: Compilation = compiled(command, target)
    say_findings(command.streams, compilation.diagnostics)
    return compilation
