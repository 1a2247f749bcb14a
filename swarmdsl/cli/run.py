"""`swarm run`: a run from its start to its end, and what it has found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from swarmdsl.api import run_topology
from swarmdsl.cli.chosen import again
from swarmdsl.cli.command import Command
from swarmdsl.cli.detach import detach
from swarmdsl.cli.documents import document_of
from swarmdsl.cli.ending import say_end
from swarmdsl.cli.exits import Exit, UsageError, exit_for_end
from swarmdsl.cli.images import base_image_of, registry_of
from swarmdsl.cli.lines import LineDisplay
from swarmdsl.cli.losses import Losses
from swarmdsl.cli.programs import program_for
from swarmdsl.cli.secrets_given import secrets_for
from swarmdsl.cli.values import as_json, pretty
from swarmdsl.control.happenings import Observer
from swarmdsl.control.home import RUNS, RunFolder
from swarmdsl.control.run_logs import is_written
from swarmdsl.control.state import RunState
from swarmdsl.control.stored_run import StoredRun
from swarmdsl.control.transports import require_transport
from swarmdsl.deploy.access import LOCAL
from swarmdsl.deploy.engine import say_nothing
from swarmdsl.deploy.registry import DEFAULT, ENGINES
from swarmdsl.errors import TransportError
from swarmdsl.runs import Run


def run(command: Command) -> Exit:
    """Run a target or a compiled topology; the value goes to stdout, all else to stderr.

    With `--detach` another process looks after the run, and its id goes to stdout. With
    `--immediate` all of it happens in this one, and what tasks print goes to stdout too.

    Raises:
        CompileError: the swarm has errors; nothing was started.
        UsageError: the command contradicts itself.
        PlatformUnsupported: daemons cannot run on this system.
        SecretsWrong: the secrets are not exactly those that the tasks declare.
        ExtraMissing: `--immediate` is asked for, and what it needs is not installed.
    """
    engine, transport = engine_of(command), transport_of(command)
    if command.arguments.immediate:
        _refuse_elsewhere(command, engine, transport)
    program = program_for(command)
    given = secrets_for(command, program.topology)
    make_home(command)
    if command.arguments.detach:
        return detach(command, program, engine, transport, given)
    with displayed(command) as observers:
        ended = run_topology(
            program.topology,
            program.bundles,
            engine=engine,
            base_image=base_image_of(command),
            registry=registry_of(command),
            transport=transport,
            home=command.home,
            environment=given.environment,
            observers=observers,
            types=program.types,
            secrets=given.values,
            immediate=command.arguments.immediate,
            programs=program.programs,
            say=say_nothing if command.arguments.quiet else command.streams.say,
        )
    return show_end(command, ended, program.types)


def show_end(command: Command, ended: Run, types: Mapping[str, Any]) -> Exit:
    """Show how a run ended and what it found; the exit code for that."""
    if not command.arguments.quiet or ended.state is not RunState.COMPLETED:
        say_end(command.streams, ended)
    if command.format == "json":
        stored = replace(StoredRun.open(RunFolder(ended.folder)), types=types)
        command.streams.show(as_json(document_of(stored)))
    else:
        _show_value(command, ended)
    return exit_for_end(ended.state, ended.reason.kind)


def engine_of(command: Command) -> str:
    """What is to start the daemons.

    Raises:
        UsageError: there is no such engine.
    """
    given = command.settings.find("engine")
    if given is None:
        return DEFAULT
    if given.text not in ENGINES:
        known = ", ".join(sorted(ENGINES))
        raise UsageError(f"{given.origin}: there is no engine {given.text!r}; choose of: {known}")
    return given.text


def transport_of(command: Command) -> str:
    """How processes are to speak.

    Raises:
        UsageError: there is no such transport.
    """
    given = command.settings.find("transport")
    if given is None:
        return LOCAL
    try:
        require_transport(given.text)
    except TransportError as problem:
        raise UsageError(f"{given.origin}: {problem}") from problem
    return given.text


def _refuse_elsewhere(command: Command, engine: str, transport: str) -> None:
    """What cannot be said of a run in this process; an engine by setting is for other commands."""
    if command.arguments.detach:
        raise UsageError(
            "--immediate runs the swarm in this process, and --detach in another: "
            "leave one of them out"
        )
    if engine != DEFAULT:
        raise UsageError(f"--immediate starts no daemons, so --engine {engine} has nothing to do")
    if transport != LOCAL:
        raise UsageError(
            f"--immediate has one process, so --transport {transport} has nothing to carry"
        )


def make_home(command: Command) -> None:
    """Make the folder where runs are kept.

    Raises:
        UsageError: it cannot be made.
    """
    try:
        (command.home / RUNS).mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise UsageError(f"runs cannot be kept under {command.home}: {problem}") from problem


@contextmanager
def displayed(command: Command) -> Iterator[Sequence[Observer]]:
    """What shows the run while it runs: nothing, a live picture, or lines; then what was lost."""
    if command.arguments.quiet:
        yield ()
        return
    losses = Losses()
    with _shown(command) as display:
        yield (display, losses)
    for line in losses.lines():
        command.streams.say(line)


@contextmanager
def _shown(command: Command) -> Iterator[Observer]:
    drawn = not getattr(command.arguments, "immediate", False)  # a debugger has the terminal
    if drawn and command.streams.err.isatty() and command.environment.get("TERM") != "dumb":
        from swarmdsl.cli.live import live_display

        with live_display(command.streams, command.environment) as display:
            yield display
    else:
        yield LineDisplay(command.streams)


def _show_value(command: Command, ended: Run) -> None:
    """The value for a person, and where to find the rest."""
    cut = False
    if ended.state is RunState.COMPLETED:
        text, cut = pretty(ended.value)
        command.streams.show(f"{text}\n")
    if command.arguments.quiet:
        return
    command.streams.say(f"again  {again(command, 'results', ended.id)}")
    printed = "  # tasks have printed something" if is_written(RunFolder(ended.folder)) else ""
    command.streams.say(f"logs   {again(command, 'logs', ended.id)}{printed}")
    if cut:
        command.streams.say("the value is longer than shown: --format json has all of it")
