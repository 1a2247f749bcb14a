"""What a program asks the controller while it runs, as lines of JSON; no I/O.

The calls are those of `swarmdsl.light`, and no others: what daemons ask for themselves cannot be
reached from here.
"""

from __future__ import annotations

from typing import Any

import msgspec

from swarmdsl.daemon.program_stream import Piece
from swarmdsl.daemon.program_values import encoded
from swarmdsl.errors import CallFailed, EncodeError
from swarmdsl.light.context import TaskContext
from swarmdsl.light.secrets import GET_SECRET

LINE_BYTES_MAX = 1024 * 1024  # of one call; larger values are pushed


class _Asked(msgspec.Struct, frozen=True):
    method: str
    arguments: dict[str, Any] = {}


class _Arguments(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The base of what each method takes."""


class _Get(_Arguments, frozen=True):
    tag: str


class _Put(_Arguments, frozen=True):
    tag: str
    value: Any


class _Select(_Arguments, frozen=True):
    tag: str
    iteration: int | None = None


class _Request(_Arguments, frozen=True):
    alias: str | None = None
    node_ids: list[str] | None = None


class _Secret(_Arguments, frozen=True):
    name: str
    base64: bool = False


class _Nothing(_Arguments, frozen=True):
    pass


METHODS: dict[str, type[_Arguments]] = {
    "globals.get": _Get,
    "globals.set": _Put,
    "globals.tags": _Nothing,
    "results.add": _Put,
    "results.select": _Select,
    "round.request": _Request,
    "round.stop": _Nothing,
    GET_SECRET: _Secret,
}


class ProgramCalls:
    r"""Answers the calls of one run of a program.

    Attributes:
        misunderstood: how many lines were no calls.

    >>> context = TaskContext(run="r", instance="a@n#0", alias="a", node="n", iteration=0,
    ...                       call=lambda method, arguments: 10)
    >>> ProgramCalls(context).answer(Piece(1, b'{"method":"globals.get","arguments":{"tag":"n"}}'))
    b'{"ok":true,"value":10}\n'
    """

    def __init__(self, context: TaskContext) -> None:
        self._context = context
        self.misunderstood = 0

    def answer(self, line: Piece) -> bytes:
        """The answer to a line, whatever it holds."""
        try:
            method, arguments = self._understood(line)
            as_base64 = method == GET_SECRET and arguments.pop("base64")
        except (msgspec.MsgspecError, ValueError, RecursionError) as error:
            self.misunderstood += 1
            return _refusal(f"this is no call: {error}")
        try:
            value = self._context.call(method, arguments)
            if isinstance(value, bytes) and method == GET_SECRET and not as_base64:
                value = _text(method, value)
            return encoded({"ok": True, "value": value}, "json")
        except CallFailed as error:
            return _refusal(f"{error.method}: {error.problem}")
        except EncodeError as error:
            return _refusal(f"{method}: {error}")

    def _understood(self, line: Piece) -> tuple[str, dict[str, Any]]:
        if line.problem:
            raise ValueError(line.problem)
        asked = msgspec.json.decode(line.data, type=_Asked)
        takes = METHODS.get(asked.method)
        if takes is None:
            raise ValueError(f"there is no method {asked.method!r}; there are {', '.join(METHODS)}")
        taken = msgspec.convert(asked.arguments, takes)
        arguments = {name: getattr(taken, name) for name in taken.__struct_fields__}
        if isinstance(taken, _Select) and taken.iteration is None:
            arguments["iteration"] = self._context.iteration
        return asked.method, arguments


def _text(method: str, value: bytes) -> str:
    """A secret as JSON has it."""
    try:
        return value.decode()
    except UnicodeDecodeError:  # It holds the value, so it goes no further.
        problem = 'it is no text in UTF-8; ask for it with "base64": true'
        raise CallFailed(method, problem) from None


def _refusal(problem: str) -> bytes:
    return encoded({"ok": False, "problem": problem}, "json")
