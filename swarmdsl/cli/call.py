"""`swarm call`: a method of a daemon module of a run that goes on."""

from __future__ import annotations

import json
from collections.abc import Sequence

from swarmdsl.cli.chosen import chosen_run
from swarmdsl.cli.command import Command
from swarmdsl.cli.durations import duration_s
from swarmdsl.cli.exits import Exit, UsageError
from swarmdsl.cli.values import as_json, pretty
from swarmdsl.control import asking
from swarmdsl.control.stored_run import StoredRun
from swarmdsl.control.waiting import Patience


def call(command: Command) -> Exit:
    """Call the method, and show what it returns; nothing, if that is None.

    Raises:
        RunNotFound: no run, or more than one, is named so.
        RunUnreachable: the run has ended, or nobody looks after it.
        CallFailed: the call came to nothing; `CallTimedOut` if there was no answer in time.
        UsageError: the method is not written as ALIAS.METHOD.
    """
    given = command.arguments
    alias, dot, method = given.method.rpartition(".")
    if not (dot and alias and method.isidentifier()):
        raise UsageError(
            f"{given.method!r} names no method of a task; write ALIAS.METHOD, as in model.tune"
        )
    stored = StoredRun.open(chosen_run(command))
    positional, named = arguments_of(given.given)
    value = asking.call(
        stored,
        alias,
        method,
        positional,
        named,
        node=given.node,
        timeout_s=duration_s(given.timeout, "--timeout"),
        patience=Patience(),
    )
    if command.format == "json":
        document = {"run": stored.folder.id, "task": alias, "method": method, "value": value}
        command.streams.show(as_json(document))
    elif value is not None:
        _show(command, value)
    return Exit.OK


def arguments_of(words: Sequence[str]) -> tuple[list[object], dict[str, object]]:
    """The arguments by position, and those by name.

    Raises:
        UsageError: one comes twice, or one by position behind one by name.

    >>> arguments_of(["0.25", "fast", "steps=2", 'name="7"'])
    ([0.25, 'fast'], {'steps': 2, 'name': '7'})
    """
    positional: list[object] = []
    named: dict[str, object] = {}
    for word in words:
        name, equals, text = word.partition("=")
        if equals and name.isidentifier():
            if name in named:
                raise UsageError(f"{name}= is given twice")
            named[name] = value_of(text)
        elif named:
            raise UsageError(f"{word!r} comes after an argument with a name; put it before")
        else:
            positional.append(value_of(word))
    return positional, named


def value_of(text: str) -> object:
    """A value as JSON writes it; what JSON does not know is text.

    >>> [value_of(text) for text in ("[1, 2]", "null", '"7"', "seven", "NaN")]
    [[1, 2], None, '7', 'seven', 'NaN']
    """
    try:
        value: object = json.loads(text, parse_constant=_no_constant)
    except ValueError:
        return text
    return value


def _no_constant(text: str) -> object:
    raise ValueError(text)


def _show(command: Command, value: object) -> None:
    text, cut = pretty(value)
    command.streams.show(f"{text}\n")
    if cut:
        command.streams.say("the value is longer than shown: --format json has all of it")
