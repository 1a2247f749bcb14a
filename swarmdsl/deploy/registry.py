"""Engines by name. None is loaded before it is asked for."""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping
from contextlib import AbstractContextManager
from types import MappingProxyType
from typing import Protocol, cast

from swarmdsl.deploy.engine import AttachedEngine, EngineOptions
from swarmdsl.deploy.site import Site
from swarmdsl.errors import EngineError
from swarmdsl.topology.model import Topology

ENGINES: Mapping[str, str] = MappingProxyType(
    {
        "compose": "swarmdsl.deploy.engines.compose_site:Compose",
        "docker": "swarmdsl.deploy.engines.docker_site:Docker",
        "docker-swarm": "swarmdsl.deploy.engines.docker_swarm_site:DockerSwarm",
        "process": "swarmdsl.deploy.engines.process:ProcessEngine",
    }
)


DEFAULT = "process"


class EngineFactory(Protocol):
    """What a registered name stands for."""

    def site(self, topology: Topology, options: EngineOptions) -> AbstractContextManager[Site]:
        """The place where a run will be, ready as long as the block lasts; it makes the engine.

        Raises:
            EngineError: it cannot be made ready.
        """

    def attach(self, options: EngineOptions) -> AttachedEngine:
        """An engine that owns the daemons of a run whose owner died.

        The run folder of the options says which; the socket folder is the one the run has.

        Raises:
            EngineGone: none of them lives.
            EngineError: they cannot be had; above all, their owner lives.
        """

    def require_platform(self, environment: Mapping[str, str]) -> None:
        """Nothing, if the engine works here, with the environment of the user.

        Raises:
            PlatformUnsupported: it does not.
            EngineError: what it needs does not answer.
            ExtraMissing: what it needs is not installed.
        """


def engine_factory(name: str) -> EngineFactory:
    """What makes the engine of this name.

    Raises:
        EngineError: no engine has this name.

    >>> engine_factory("abacus")
    Traceback (most recent call last):
    ...
    swarmdsl.errors.EngineError: engine abacus: there is none of this name; choose one of: \
compose, docker, docker-swarm, process
    """
    if name not in ENGINES:
        known = ", ".join(sorted(ENGINES))
        raise EngineError(name, f"there is none of this name; choose one of: {known}")
    return cast("EngineFactory", pkgutil.resolve_name(ENGINES[name]))
