"""A named network, and what drives it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any

from swarmdsl.dsl.span import Span


class Driver(Enum):
    """What a container engine makes a network of.

    `HOST` is the network of the machine itself, `BRIDGE` one of a single machine, `OVERLAY` one
    across machines. The three names are networks too, without being declared.

    >>> from swarmdsl import Driver, Task
    >>> Driver("overlay")
    <Driver.OVERLAY: 'overlay'>
    >>> def double(number: int) -> int:
    ...     return 2 * number
    >>> Task(double, network="overlay").network
    'overlay'
    """

    HOST = "host"
    BRIDGE = "bridge"
    OVERLAY = "overlay"


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """A network as `Swarm.add_network` was told of it, and the line that did.

    The values are what the user gave: the compiler checks them.
    """

    name: Any
    driver: Any
    span: Span | None
