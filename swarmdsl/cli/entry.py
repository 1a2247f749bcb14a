"""Carries out one command line: parse, call the verb, turn errors into messages and exit codes."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from swarmdsl.cli.exits import Exit, UsageError, exit_for
from swarmdsl.cli.parser import make_parser
from swarmdsl.cli.settings import VARIABLES, Settings, read_project
from swarmdsl.cli.streams import ReaderGone, Streams, standard_streams
from swarmdsl.errors import CompileError, SwarmError

if TYPE_CHECKING:
    from swarmdsl.cli.command import Command

VERBS: Mapping[str, str] = MappingProxyType(
    {
        "new": "swarmdsl.cli.new:new",
        "validate": "swarmdsl.cli.validate:validate",
        "compile": "swarmdsl.cli.compile:compile_target",
        "graph": "swarmdsl.cli.graph:graph",
        "build": "swarmdsl.cli.build:build",
        "run": "swarmdsl.cli.run:run",
        "up": "swarmdsl.cli.up:up",
        "down": "swarmdsl.cli.down:down",
        "resume": "swarmdsl.cli.resume:resume",
        "simulate": "swarmdsl.cli.simulate:simulate",
        "results": "swarmdsl.cli.results:results",
        "nodes": "swarmdsl.cli.show_nodes:show_nodes",
        "ps": "swarmdsl.cli.ps:ps",
        "status": "swarmdsl.cli.status:status",
        "logs": "swarmdsl.cli.logs:logs",
        "stats": "swarmdsl.cli.stats:stats",
        "globals": "swarmdsl.cli.show_globals:show_globals",
        "call": "swarmdsl.cli.call:call",
        "describe": "swarmdsl.cli.describe:describe",
        "wait": "swarmdsl.cli.wait:wait",
        "stop": "swarmdsl.cli.stop:stop",
        "kill": "swarmdsl.cli.stop:kill",
        "prune": "swarmdsl.cli.prune:prune",
        "doctor": "swarmdsl.cli.doctor:doctor",
        "completion": "swarmdsl.cli.completion:completion",
    }
)


def carry_out(
    argv: Sequence[str],
    environment: Mapping[str, str],
    at_hand: Mapping[str, object] = MappingProxyType({}),
) -> int:
    """The exit code of a command line; what it has to say is on the streams of this process.

    Args:
        argv: its words.
        environment: of this process.
        at_hand: swarms, or their classes, that are targets by these names.
    """
    streams = standard_streams()
    command = "swarm"
    try:
        arguments = _parse(argv, streams)
        if isinstance(arguments, int):
            return arguments
        command = f"swarm {arguments.verb}"
        colored = not (arguments.no_color or environment.get("NO_COLOR"))
        return _call(arguments, environment, replace(streams, colored=colored), at_hand)
    except SwarmError as problem:
        _say_last(streams, _message(command, problem))
        return exit_for(problem)
    except KeyboardInterrupt:
        _say_last(streams, f"{command}: interrupted")
        return Exit.INTERRUPTED
    except ReaderGone:
        return Exit.READER_GONE


def _parse(argv: Sequence[str], streams: Streams) -> argparse.Namespace | int:
    """The arguments of a verb, or the exit code where there is none to call."""
    parser = make_parser()
    try:
        arguments = parser.parse_line(argv)
    except SystemExit as ended:  # argparse has said why
        if ended.code:
            return ended.code if isinstance(ended.code, int) else Exit.USAGE
        with suppress(ReaderGone):  # who asked for help, as of `| head`, has seen enough
            streams.show("")  # argparse does not heed whether its help was written
        return Exit.OK
    if arguments.verb is None:
        streams.say(parser.format_help().rstrip("\n"))
        return Exit.USAGE
    return arguments


def _call(
    arguments: argparse.Namespace,
    environment: Mapping[str, str],
    streams: Streams,
    at_hand: Mapping[str, object],
) -> Exit:
    # The verbs' modules reach the compiler and the runtime; --help and its errors do not need them.
    from swarmdsl.cli.command import Command

    flags = {name: value for name, value in vars(arguments).items() if name in VARIABLES}
    flags.pop("target", None)
    settings = Settings(flags=flags, environment=environment, project=read_project(Path()))
    import pkgutil  # not for those who only ask for help

    verb: Callable[[Command], Exit] = pkgutil.resolve_name(VERBS[arguments.verb])
    return verb(
        Command(
            verb=arguments.verb,
            arguments=arguments,
            settings=settings,
            environment=environment,
            streams=streams,
            at_hand=at_hand,
        )
    )


def _message(command: str, problem: SwarmError) -> str:
    if isinstance(problem, CompileError):
        return problem.report.rstrip("\n")
    see = f"\nSee: {command} --help" if isinstance(problem, UsageError) else ""
    return f"{command}: {problem}{see}"


def _say_last(streams: Streams, text: str) -> None:
    """Say why it ends; on a full disk the exit code alone must tell."""
    with suppress(OSError):
        streams.say(text)
