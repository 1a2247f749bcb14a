"""`swarm compile`: from a swarm to its topology, and what that topology says."""

from __future__ import annotations

from pathlib import Path

from swarmdsl.cli.changes import as_document, as_text
from swarmdsl.cli.command import Command
from swarmdsl.cli.compile_engine import compile_for_compose, engine_asked_for
from swarmdsl.cli.exits import Exit, UsageError
from swarmdsl.cli.programs import (
    Program,
    compiled,
    is_topology,
    refuse_compiler_flags,
    require_document,
    stored,
)
from swarmdsl.cli.reports import say_findings
from swarmdsl.cli.values import as_json
from swarmdsl.topology.codec import documents_in, read, to_text, write
from swarmdsl.topology.difference import differences
from swarmdsl.topology.forms import Form
from swarmdsl.topology.plan import plan
from swarmdsl.topology.schema import schema_text
from swarmdsl.wire.changes import type_changes

_WAYS = ("schema", "plan", "diff", "output")


def compile_target(command: Command) -> Exit:
    """Write the topology of a target, or what is asked about it; the same source, the same bytes.

    Raises:
        CompileError: the swarm has errors; nothing is written.
        TopologyError: a document that is named cannot be read, or is wrong.
        ExtraMissing: YAML is asked for, and its reader is not installed.
        EngineError: the engine that is named cannot run it.
        UsageError: the folder cannot be written, or a flag contradicts another.
    """
    arguments = command.arguments
    _refuse_two_ways(command)
    engine = engine_asked_for(command)
    if arguments.schema:
        command.streams.show(schema_text())
        return Exit.OK
    if arguments.output is not None:
        _refuse_file(Path(arguments.output))
        _refuse_second_document(Path(arguments.output), _form(command))
    program = _program(command, with_bundles=engine is not None or arguments.output is not None)
    if engine is not None:
        return compile_for_compose(command, program)
    if arguments.plan:
        command.streams.show(plan(program.topology, program.injected))
        return Exit.OK
    if arguments.diff is not None:
        return _compare(command, program, arguments.diff)
    if arguments.output is not None:
        return _store(command, program, arguments.output)
    command.streams.show(to_text(program.topology, _form(command)))
    return Exit.OK


def _program(command: Command, *, with_bundles: bool) -> Program:
    """The topology of the target, compiled now or before; else its bundles need not be there."""
    target = command.target()
    if is_topology(target):
        refuse_compiler_flags(command, target)
        require_document(target)
        if with_bundles:
            return stored(target)
        return Program(topology=read(target)[0], bundles={})
    compilation = compiled(command, target)
    topology = compilation.require()
    say_findings(command.streams, compilation.diagnostics)
    return Program(topology=topology, bundles=compilation.bundles, injected=compilation.injected)


def _compare(command: Command, program: Program, old: str) -> Exit:
    """Say what differs from an older topology; the exit code is 1 if anything does."""
    before, _ = read(old)
    changes = differences(before, program.topology, type_changes)
    if command.format == "json":
        command.streams.show(as_json(as_document(changes)))
    else:
        command.streams.show(as_text(changes))
    number = len(changes)
    told = f"{number} difference{'s' if number != 1 else ''}" if changes else "no difference"
    command.streams.say(f"{told} from {old}")
    return Exit.FAILED if changes else Exit.OK


def _store(command: Command, program: Program, folder: str) -> Exit:
    try:
        document = write(program.topology, program.bundles, folder, _form(command))
    except OSError as problem:
        raise UsageError(f"-o {folder}: {problem.strerror or problem}") from problem
    bundles = len(program.bundles)
    command.streams.say(f"wrote {document} and {bundles} bundle{'s' if bundles != 1 else ''}")
    command.streams.say(f"run it with: swarm run {folder}")
    return Exit.OK


def _form(command: Command) -> Form:
    match command.format:
        case "yaml":
            return "yaml"
        case "json":
            return "json"
        case _:
            return "toml"


def _refuse_two_ways(command: Command) -> None:
    arguments = vars(command.arguments)
    asked = [name for name in _WAYS if arguments[name] not in {None, False}]
    if len(asked) > 1:
        flags = [f"--{name}" for name in asked]
        raise UsageError(f"{' and '.join(flags)} do not go together: one command, one answer")
    given = command.settings.flags.get("format")
    allowed = {"diff": {"json"}, "plan": set(), "schema": set()}
    for name in asked:
        if given is not None and given not in allowed.get(name, {given}):
            raise UsageError(f"--{name} is not written as {given}: leave --format {given} out")


def _refuse_file(folder: Path) -> None:
    """A file in the place of the folder, as the swarm itself would be."""
    if folder.is_file():
        raise UsageError(
            f"-o {folder}: it is a file, and what is written goes into a folder, which is made "
            "where there is none: give another name, as in -o build"
        )


def _refuse_second_document(folder: Path, form: Form) -> None:
    """Two documents in one folder: nobody could tell which one is meant."""
    others = [one for one in documents_in(folder) if one.name != f"topology.{form}"]
    if others:
        raise UsageError(
            f"-o {folder}: it holds {others[0].name}; remove it first, or choose its --format"
        )
