"""Where the processes of a run will be: made ready before its controller listens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from swarmdsl.deploy.engine import Engine, EngineOptions


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A place that an engine has made ready for one run.

    Attributes:
        engine: makes the engine of the run.
        host: the address of this machine at which daemons find the controller; "" if they are on
            it themselves, and any of its own will do.
    """

    engine: Callable[[EngineOptions], Engine]
    host: str = ""
