"""Carries out one command line: parse, call the verb, turn errors into messages and exit codes."""

from __future__ import annotations

import argparse
import pkgutil
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from swarmdsl.cli.exits import Exit, UsageError, exit_for
from swarmdsl.cli.parser import make_parser
from swarmdsl.cli.settings import VARIABLES, Settings, read_project
from swarmdsl.cli.streams import ReaderGone, Streams
from swarmdsl.errors import CompileError, SwarmError

if TYPE_CHECKING:
    from swarmdsl.cli.command import Command

VERBS: Mapping[str, str] = MappingProxyType(
    {
        "validate": "swarmdsl.cli.validate:validate",
        "compile": "swarmdsl.cli.compile:compile_target",
        "run": "swarmdsl.cli.run:run",
        "results": "swarmdsl.cli.results:results",
    }
)


def carry_out(argv: Sequence[str], environment: Mapping[str, str]) -> int:
    """The exit code of a command line; what it has to say is on the streams of this process."""
    parser = make_parser()
    try:
        arguments = parser.parse_args(argv)
    except SystemExit as ended:  # argparse has said why
        return ended.code if isinstance(ended.code, int) else Exit.USAGE
    if arguments.verb is None:
        parser.print_help(sys.stderr)
        return Exit.USAGE
    colored = not (arguments.no_color or environment.get("NO_COLOR"))
    streams = Streams(out=sys.stdout, err=sys.stderr, colored=colored)
    try:
        return _call(arguments, environment, streams)
    except SwarmError as problem:
        streams.say(_message(arguments.verb, problem))
        return exit_for(problem)
    except KeyboardInterrupt:
        streams.say(f"swarm {arguments.verb}: interrupted")
        return Exit.INTERRUPTED
    except ReaderGone:
        return Exit.READER_GONE


def _call(arguments: argparse.Namespace, environment: Mapping[str, str], streams: Streams) -> Exit:
    # The verbs' modules reach the compiler and the runtime; --help and its errors do not need them.
    from swarmdsl.cli.command import Command

    flags = {name: value for name, value in vars(arguments).items() if name in VARIABLES}
    flags.pop("target", None)
    settings = Settings(flags=flags, environment=environment, project=read_project(Path.cwd()))
    verb: Callable[[Command], Exit] = pkgutil.resolve_name(VERBS[arguments.verb])
    return verb(
        Command(
            verb=arguments.verb,
            arguments=arguments,
            settings=settings,
            environment=environment,
            streams=streams,
        )
    )


def _message(verb: str, problem: SwarmError) -> str:
    if isinstance(problem, CompileError):
        return problem.report.rstrip("\n")
    see = f"\nSee: swarm {verb} --help" if isinstance(problem, UsageError) else ""
    return f"swarm {verb}: {problem}{see}"
