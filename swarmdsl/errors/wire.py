"""What is wrong with bytes, and with addresses."""

from __future__ import annotations

from swarmdsl.errors.root import SwarmError


class WireError(SwarmError):
    """Bytes that break the protocol; the frame is dropped and counted."""


class EncodeError(WireError):
    """A value has a type that cannot travel between processes, or is an int that is too large.

    >>> print(EncodeError("int", "can't serialize ints < -2**63 or > 2**64 - 1"))
    a int cannot be pushed or stored: can't serialize ints < -2**63 or > 2**64 - 1. Push a larger \
one as a text (str and int convert), or as a float
    """

    def __init__(self, value_type: str, problem: str, advice: str = "") -> None:
        usual = (
            "Push a larger one as a text (str and int convert), or as a float"
            if "ints" in problem
            else "Use plain types, numpy arrays, dataclasses, TypedDicts, NamedTuples or pydantic "
            "models of such"
        )
        told = f"a {value_type} cannot be pushed or stored: {problem}"
        super().__init__(f"{told}. {advice or usual}")
        self.value_type, self.problem = value_type, problem


class ValueTooLarge(WireError):
    """A value has more bytes than a batch takes of one."""

    def __init__(self, size: int, bound: int) -> None:
        super().__init__(f"a value has {size} bytes, and may have {bound}")
        self.size, self.bound = size, bound


class ContentsWrong(WireError):
    """A value is of the right class, and what it holds is not of the declared type."""

    def __init__(self, declared: str, problem: str) -> None:
        super().__init__(f"a value is no {declared}: {problem}")
        self.declared, self.problem = declared, problem


class DecodeError(WireError):
    """A value does not have the type that its link declares."""

    def __init__(self, declared: str, problem: str) -> None:
        super().__init__(f"a value on a link of type {declared} cannot be decoded: {problem}")
        self.declared, self.problem = declared, problem


class TransportError(SwarmError):
    """An address cannot be used."""

    def __init__(self, address: str, problem: str) -> None:
        super().__init__(f"{address}: {problem}")
        self.address, self.problem = address, problem
