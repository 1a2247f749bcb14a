"""What the command line is described with: verbs and their flags, as plain values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from swarmdsl.cli.settings import FORMATS


@dataclass(frozen=True, slots=True)
class Flag:
    """One argument, as `add_argument` takes it."""

    names: tuple[str, ...]
    options: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verb:
    """One subcommand."""

    name: str
    help: str
    flags: Sequence[Flag]
    examples: str


def flag(*names: str, **options: Any) -> Flag:
    """An argument.

    >>> flag("--all", action="store_true").names
    ('--all',)
    """
    return Flag(names, options)


def format_flag(verb: str) -> Flag:
    """The flag that says how to write the output."""
    formats = FORMATS[verb]
    return flag("--format", choices=formats, help=f"how to write it (default: {formats[0]})")


HOME = flag("--home", metavar="DIR", help="where runs are kept (default: your state folder)")
SECRET = flag(
    "--secret",
    action="append",
    default=[],
    dest="secrets",
    metavar="NAME",
    help="give a secret, from the variable NAME in capitals or by asking; "
    "NAME=env:VARIABLE, NAME=file:PATH; may be repeated",
)
TRANSPORT = flag(
    "--transport",
    metavar="NAME",
    help="how processes speak: unix (default), or tcp, which encrypts; tcp://HOST listens there",
)
BASE_IMAGE = flag(
    "--base-image",
    metavar="IMAGE",
    help="what images are made from, for engines with containers (default: python:3.11-slim)",
)
REGISTRY = flag(
    "--registry",
    metavar="HOST/PATH",
    help="where the nodes of a cluster find the images, for engines with several machines",
)
DETACH = flag("-d", "--detach", action="store_true", help="leave it to the background")
QUIET = flag("-q", "--quiet", action="store_true", help="say nothing but value and errors")
