"""`swarm compile`: from a swarm to its topology, on stdout or in a folder."""

from __future__ import annotations

from swarmdsl.cli.command import Command
from swarmdsl.cli.exits import Exit, UsageError
from swarmdsl.cli.programs import compiled
from swarmdsl.cli.reports import say_findings
from swarmdsl.topology.codec import to_json, to_toml, write


def compile_target(command: Command) -> Exit:
    """Write the topology of a target: the same source gives the same bytes.

    Raises:
        CompileError: the swarm has errors; nothing is written.
        UsageError: the folder cannot be written, or a flag contradicts another.
    """
    folder = command.arguments.output
    if folder is not None and command.arguments.format == "json":
        raise UsageError("-o writes topology.toml: leave --format json out, or -o")
    compilation = compiled(command, command.target())
    topology = compilation.require()
    say_findings(command.streams, compilation.diagnostics)
    if folder is None:
        is_json = command.format == "json"
        command.streams.show(f"{to_json(topology)}\n" if is_json else to_toml(topology))
        return Exit.OK
    try:
        document = write(topology, compilation.bundles, folder)
    except OSError as problem:
        raise UsageError(f"-o {folder}: {problem}") from problem
    bundles = len(compilation.bundles)
    command.streams.say(f"wrote {document} and {bundles} bundle{'s' if bundles != 1 else ''}")
    command.streams.say(f"run it with: swarm run {folder}")
    return Exit.OK
