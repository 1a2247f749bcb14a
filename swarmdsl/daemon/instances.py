"""Which kind of instance a module and its inputs ask for."""

from __future__ import annotations

from swarmdsl.daemon.instance import NO_METHODS, Gathering, Instance, Methods
from swarmdsl.daemon.per_result import PerResult
from swarmdsl.daemon.streaming import Streaming
from swarmdsl.daemon.wandering import Wandering
from swarmdsl.daemon.wiring import Hosted, Wiring


def instance_of(hosted: Hosted, wiring: Wiring, methods: Methods = NO_METHODS) -> Instance:
    """The state of a hosted instance's inputs."""
    if hosted.module.kind == "daemon":
        return Streaming(hosted, wiring, methods)
    each = any(wiring.link(link).condition == "result" for link in hosted.inputs)
    if each:
        return PerResult(hosted, wiring)
    return (Wandering if hosted.task.retries_elsewhere else Gathering)(hosted, wiring)
