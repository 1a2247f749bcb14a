"""Engines by name. None is loaded before it is asked for."""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping
from types import MappingProxyType
from typing import Protocol, cast

from swarmdsl.deploy.engine import Engine, EngineOptions
from swarmdsl.errors import EngineError

ENGINES: Mapping[str, str] = MappingProxyType(
    {"process": "swarmdsl.deploy.engines.process:ProcessEngine"}
)


class EngineFactory(Protocol):
    """What a registered name stands for."""

    def __call__(self, options: EngineOptions) -> Engine:
        """An engine for one run; it starts nothing yet."""

    def attach(self, options: EngineOptions) -> Engine:
        """An engine that owns the daemons of a run whose owner died.

        The run folder of the options says which; the socket folder is the one the run has.

        Raises:
            EngineGone: none of them lives.
            EngineError: they cannot be had; above all, their owner lives.
        """

    def require_platform(self) -> None:
        """Nothing, if the engine works here.

        Raises:
            PlatformUnsupported: it does not.
        """


def engine_factory(name: str) -> EngineFactory:
    """What makes the engine of this name.

    Raises:
        EngineError: no engine has this name.

    >>> engine_factory("abacus")
    Traceback (most recent call last):
    ...
    swarmdsl.errors.EngineError: engine abacus: there is none of this name; choose one of: process
    """
    if name not in ENGINES:
        known = ", ".join(sorted(ENGINES))
        raise EngineError(name, f"there is none of this name; choose one of: {known}")
    return cast("EngineFactory", pkgutil.resolve_name(ENGINES[name]))
