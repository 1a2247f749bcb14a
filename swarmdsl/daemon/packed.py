"""What came on a link for a function: as it came, as values, and as an argument of its call."""

from __future__ import annotations

from typing import Any

import msgspec

from swarmdsl.topology.model import LinkSpec
from swarmdsl.wire.codec import Decoder, Payload


class Packed(msgspec.Struct, frozen=True, gc=False):
    """The values of a batch as they came, decoded each time that they are asked for.

    Attributes:
        decoder: of their type.
        payload: that holds them.
        count: of the values in it.
        skip: so many of them, the first ones, had come before.

    >>> from swarmdsl.wire.codec import encode_values
    >>> Packed(Decoder(int), encode_values([4, 5, 6]), 3, skip=1)()
    [5, 6]
    """

    decoder: Decoder
    payload: Payload
    count: int
    skip: int

    def __call__(self) -> list[Any]:
        """The values, new ones each time.

        Raises:
            DecodeError: they are not of the declared type.
        """
        values = self.decoder.decode(self.payload, self.count)
        return values[self.skip :] if self.skip else values


def bind(link: LinkSpec, values: list[Any], arguments: dict[str, Any]) -> None:
    """Give a function what a link brought it, in gather order; nothing leaves a parameter out.

    >>> arguments = {}
    >>> bind(LinkSpec(source="a", destination="b", port="words", gather=True), ["x"], arguments)
    >>> bind(LinkSpec(source="c", destination="b", port="words", gather=True), ["y"], arguments)
    >>> arguments
    {'words': ['x', 'y']}
    """
    if link.port is None:
        return
    if link.gather:
        arguments.setdefault(link.port, []).extend(values)
    elif values:
        arguments[link.port] = values[-1]
