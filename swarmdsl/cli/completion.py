"""`swarm completion`: a script with which a shell completes verbs, flags and files."""

from __future__ import annotations

import argparse

import shtab

from swarmdsl.cli.command import Command
from swarmdsl.cli.exits import Exit
from swarmdsl.cli.near import Parser
from swarmdsl.cli.parser import make_parser

_PLACES = {
    "DIR": shtab.DIR,
    "FILE": shtab.FILE,
    "NAME": shtab.FILE,
    "N|FILE": shtab.FILE,
    "OLD": shtab.FILE,
    "TARGET": shtab.FILE,
}
"""What a shell offers for a word, by what the help calls it."""


def completion(command: Command) -> Exit:
    """Write the script; nothing is installed."""
    parser = make_parser()
    for verb in parser.verbs.values():
        _offer_places(verb)
    command.streams.show(shtab.complete(parser, command.arguments.shell))
    return Exit.OK


def _offer_places(parser: Parser) -> None:
    for action in parser._actions:  # noqa: SLF001 - argparse shows them in no other way
        place = _PLACES.get(str(action.metavar)) if _takes_any_text(action) else None
        if place is not None:
            action.complete = place  # type: ignore[attr-defined]


def _takes_any_text(action: argparse.Action) -> bool:
    return action.choices is None and action.nargs != 0
