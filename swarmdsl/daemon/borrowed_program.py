"""The user's code of instances that other workers host, as a thief runs it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from swarmdsl.daemon.packed import Packed, bind
from swarmdsl.daemon.program import Bound, Program, Push
from swarmdsl.daemon.wiring import Place, Wiring
from swarmdsl.daemon.work import Borrowed, Handle, Runnable
from swarmdsl.errors import CannotStart
from swarmdsl.wire.codec import Decoder, unpack_payload

Dress = Callable[[Program], Program]
"""Gives a program with something around it."""


class Programs(dict[Place, Program]):
    """The code of the hosted instances, by place; that of others is found, and not counted.

    Attributes:
        borrowed: the code of others.
    """

    def __init__(self) -> None:
        super().__init__()
        self.borrowed: dict[Place, Program] = {}
        self._dress: Dress = lambda program: program

    def dress(self, dress: Dress) -> None:
        """Put something around each program, also around those that are borrowed later."""
        self._dress = dress
        for place, program in self.items():
            self[place] = dress(program)

    def borrow(self, place: Place, program: Program) -> None:
        """This is the code of an instance that another worker hosts."""
        self.borrowed[place] = self._dress(program)

    def __missing__(self, place: Place) -> Program:
        """The code of an instance that another worker hosts."""
        return self.borrowed[place]


class BorrowedProgram:
    """A function that is given its inputs as they came to the worker that hosts it.

    Args:
        program: the function.
        wiring: of the worker that runs it.
        decoders: per link into it.

    Attributes:
        program: the function.
    """

    def __init__(self, program: Program, wiring: Wiring, decoders: Mapping[int, Decoder]) -> None:
        self.program = program
        self._wiring = wiring
        self._decoders = decoders

    @property
    def constants(self) -> Mapping[str, object]:
        """The arguments that it is given in every run."""
        return self.program.constants if isinstance(self.program, Bound) else {}

    def run(self, work: Runnable, push: Push) -> Sequence[int] | None:
        """Call the function once.

        Raises:
            DecodeError: an input is not of the declared type.
        """
        assert isinstance(work, Borrowed), "its inputs are packed"
        arguments: dict[str, Any] = {}
        for link, packed in work.inputs:
            values = [
                value
                for blob, count, skip in packed
                for value in Packed(self._decoders[link], unpack_payload(blob), count, skip)()
            ]
            bind(self._wiring.link(link), values, arguments)
        return self.program.run(msgspec.structs.replace(work, arguments=arguments), push)

    def handle(self, work: Handle, push: Push) -> None:
        """Functions have no handlers."""
        raise AssertionError(f"{work.hosted.spec.name} is a function")


class BrokenProgram:
    """Code that cannot be loaded: its run fails."""

    def __init__(self, error: CannotStart) -> None:
        self._error = error

    def run(self, work: Runnable, push: Push) -> None:
        """Nothing can be called.

        Raises:
            CannotStart: what loading it raised.
        """
        raise self._error

    def handle(self, work: Handle, push: Push) -> None:
        """Functions have no handlers."""
        raise AssertionError(f"{work.hosted.spec.name} is a function")
