"""From `--secret NAME=env:VARIABLE` and the like to the secrets of a run.

A value never stands in the command line itself: every user of the machine can read those, and a
shell keeps them in its history.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from swarmdsl.cli.command import Command
from swarmdsl.cli.exits import UsageError
from swarmdsl.control.secrets import SECRET_BYTES_MAX, require_secrets
from swarmdsl.topology.model import Topology
from swarmdsl.topology.secret_names import WANTED, is_secret_name

WAYS = "--secret NAME, --secret NAME=env:VARIABLE or --secret NAME=file:PATH"

Ask = Callable[[str], str]
"""Asks a person for a text that is not shown while it is typed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where the value of a secret is.

    Attributes:
        name: of the secret.
        kind: a variable, a file, or whichever of a variable and a person has it.
        place: the name of the variable, or the path.
    """

    name: str
    kind: str
    place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """The secrets of a command, and the environment without the variables that held them.

    Attributes:
        values: of the secrets, by name.
        environment: that daemons may inherit.
    """

    values: Mapping[str, str | bytes] = field(repr=False)
    environment: Mapping[str, str]


def secrets_for(command: Command, topology: Topology) -> Given:
    """What `--secret` gives, if it is what the topology wants; else nobody is asked for anything.

    Raises:
        SecretsWrong: a task declares another secret, or nobody declares one of these.
        UsageError: a text is wrong, or a value is not where it should be.
    """
    sources = sources_of(command.arguments.secrets)
    require_secrets(topology, {one.name for one in sources})
    ask = _asked if sys.stdin and sys.stdin.isatty() else None
    return given_by(sources, command.environment, ask)


def sources_of(texts: Iterable[str]) -> list[Source]:
    """Where the values are that these texts name.

    Raises:
        UsageError: one of them is wrong; a value in it is not repeated.

    >>> [one.place for one in sources_of(["token", "key=env:KEY", "cert=file:a.pem"])]
    ['TOKEN', 'KEY', 'a.pem']
    """
    found: dict[str, Source] = {}
    for text in texts:
        source = _source(text)
        if source.name in found:
            raise UsageError(f"--secret {source.name}: it is given twice")
        found[source.name] = source
    return list(found.values())


def _source(text: str) -> Source:
    name, equals, rest = text.partition("=")
    kind, colon, place = rest.partition(":")
    if not is_secret_name(name):
        shown = repr(name) if equals else "this"  # alone it may be a value, and not a name
        raise UsageError(f"--secret: {shown} is not {WANTED}; write {WAYS}")
    if not equals:
        return Source(name=name, kind="either", place=name.upper())
    if not colon or kind not in {"env", "file"} or not place:
        raise UsageError(
            f"--secret {name}=...: a value in a command line can be read by every user of this "
            f"machine (ps), and stays in the history of the shell; write {WAYS}"
        )
    return Source(name=name, kind=kind, place=place)


def given_by(sources: Iterable[Source], environment: Mapping[str, str], ask: Ask | None) -> Given:
    """The values, and the environment that daemons may inherit.

    Args:
        sources: where they are.
        environment: of this process.
        ask: asks a person; None if nobody can be asked.

    Raises:
        UsageError: a value is not there.
    """
    values: dict[str, str | bytes] = {}
    held: set[str] = set()
    for source in sources:
        if source.kind == "file":
            values[source.name] = _from_file(source)
        elif source.place in environment:
            values[source.name] = environment[source.place]
            held.add(source.place)
        else:
            values[source.name] = _from_person(source, ask)
    kept = {name: value for name, value in environment.items() if name not in held}
    return Given(values=values, environment=kept)


def _from_file(source: Source) -> bytes:
    """What is in the file; a line break at the end of a text belongs to the file."""
    try:
        with Path(source.place).expanduser().open("rb") as file:
            value = file.read(SECRET_BYTES_MAX + 3)  # so much that what is too long is seen to be
    except OSError as problem:
        why = problem.strerror or str(problem)
        raise UsageError(f"--secret {source.name}=file:{source.place}: {why}") from problem
    try:
        value.decode()
    except UnicodeDecodeError:
        return value
    return value.removesuffix(b"\r\n" if value.endswith(b"\r\n") else b"\n")


def _from_person(source: Source, ask: Ask | None) -> str:
    if source.kind == "env":
        raise UsageError(
            f"--secret {source.name}=env:{source.place}: there is no such variable; export it first"
        )
    if ask is None:
        raise UsageError(
            f"--secret {source.name}: there is no variable {source.place}, and nobody can be asked "
            f"here; export it, or write {WAYS}"
        )
    return ask(f"{source.name}: ")


def _asked(prompt: str) -> str:
    import getpass  # of use only where somebody is asked

    try:
        return getpass.getpass(prompt)
    except EOFError:
        return ""
