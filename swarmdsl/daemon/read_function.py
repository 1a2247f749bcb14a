"""A function of the user's, and what its annotations say: read once for all instances of it."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from swarmdsl.daemon.injected import injected_into
from swarmdsl.daemon.returned import Returned
from swarmdsl.wire.annotations import hints_of, normal
from swarmdsl.wire.codec import Decoder
from swarmdsl.wire.signatures import Yields, required_by, yields_of
from swarmdsl.wire.types import accepts, element_of


class ReadFunction:
    """What a daemon knows of a function. Thousands of instances may call one.

    Attributes:
        function: the function.
        hints: the types of its parameters, as far as it says them.
        injected: the parameters that are given what a task may use, by type.
        required: the parameters that must be given something.
        returned: pushes what it gives.

    >>> def scale(values: list[float], by: float = 2.0) -> list[float]: ...
    >>> read = ReadFunction(scale)
    >>> read.required, read.decoder("values", gather=True).annotation
    (['values'], <class 'float'>)
    >>> read.decoder("values", gather=True) is read.decoder("values", gather=True)
    True
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function
        self.hints = hints_of(function)
        self.injected = injected_into(function, self.hints)
        self.required = required_by(function)
        self.returned = Returned(function)
        self._decoders: dict[tuple[str | None, bool], Decoder] = {}

    @functools.cached_property
    def yields(self) -> Yields:
        """What a call of it pushes."""
        return yields_of(self.function)

    @functools.cached_property
    def optional(self) -> set[str]:
        """The parameters that take None; hardly a function needs to know."""
        return {name for name, kind in self.hints.items() if accepts(None, kind)}

    def decoder(self, port: str | None, *, gather: bool) -> Decoder:
        """What reads a push on a link into it.

        Args:
            port: the parameter that the link feeds; None where no value travels.
            gather: whether the parameter takes all pushes at once, as a list.
        """
        known = self._decoders.get((port, gather))
        if known is None:
            annotation = Any if port is None else self.hints.get(port, Any)
            if gather and normal(annotation) is not Any:
                annotation = element_of(annotation)
            known = self._decoders[port, gather] = Decoder(annotation)
        return known
