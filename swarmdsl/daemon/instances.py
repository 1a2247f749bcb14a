"""Which kind of instance a module and its inputs ask for."""

from __future__ import annotations

from swarmdsl.daemon.instance import Gathering, Instance, Streaming
from swarmdsl.daemon.per_result import PerResult
from swarmdsl.daemon.wiring import Hosted, Wiring


def instance_of(hosted: Hosted, wiring: Wiring) -> Instance:
    """The state of a hosted instance's inputs."""
    if hosted.module.kind == "daemon":
        return Streaming(hosted, wiring)
    each = any(wiring.link(link).condition == "result" for link in hosted.inputs)
    return PerResult(hosted, wiring) if each else Gathering(hosted, wiring)
