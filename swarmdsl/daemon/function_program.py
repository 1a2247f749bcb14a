"""The code of an instance that is a function."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from swarmdsl.daemon.event_loop import EventLoop
from swarmdsl.daemon.program import Push
from swarmdsl.daemon.read_function import ReadFunction
from swarmdsl.daemon.work import Handle, Runnable
from swarmdsl.errors import InputMissing


class FunctionProgram:
    """A function: its parameters are ports, constants or injected."""

    def __init__(
        self, read: ReadFunction, constants: Mapping[str, Any], loop: EventLoop | None = None
    ) -> None:
        self._loop = loop or EventLoop()
        self._read = read
        self.constants = constants

    def run(self, work: Runnable, push: Push) -> None:
        """Call the function once.

        Raises:
            InputMissing: a parameter received nothing, has no default and does not take None.
        """
        read = self._read
        arguments = {**self.constants, **work.arguments}
        for name, kind in read.injected.items():
            arguments.setdefault(name, kind())
        for name in read.required:
            if name not in arguments:
                if name not in read.optional:
                    raise InputMissing(work.hosted.spec.name, name)
                arguments[name] = None
        result, returned = read.function(**arguments), read.returned
        if type(result) in returned.plain:
            returned.push_one(result, push)
        else:
            returned.push(work.hosted.spec.name, self._loop.settled(result), push)

    def handle(self, work: Handle, push: Push) -> None:
        """Functions have no handlers."""
        raise AssertionError(f"{work.hosted.spec.name} is a function")
