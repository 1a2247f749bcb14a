"""A controller that stops at gates: after anything has happened, and before anything follows.

`python -m tests.e2e.gated_controller HOME ROUNDS` runs the gated swarm, over what the environment
calls TRANSPORT, and with the id of a run instead of a number goes on with that run.
"""

from __future__ import annotations

import os
import sys
from typing import cast

from swarmdsl import Node, Swarm
from swarmdsl.api import resume_run
from swarmdsl.compiler import load_target
from swarmdsl.control.happenings import (
    DaemonConnected,
    Happening,
    InstanceConfirmed,
    InstanceFinished,
    InstanceStarted,
    RoundFinished,
    RoundStarted,
    StateChanged,
)
from tests.e2e.gated_swarm import pass_gate
from tests.e2e.gates import GATED

NODES = tuple(Node(name=f"node{number}") for number in (1, 2, 3))


def moment(happening: Happening) -> str:
    """The name of the gate at which the controller stands once this has happened.

    >>> moment(RoundFinished(round=0))
    'RoundFinished.0'
    """
    kind = type(happening).__name__
    match happening:
        case StateChanged(state=state):
            return f"{kind}.{state.value}"
        case DaemonConnected(missing=missing):
            return f"{kind}.{missing}"
        case InstanceStarted(alias=alias) | InstanceFinished(alias=alias):
            return f"{kind}.{alias}"
        case InstanceConfirmed(alias=alias):
            return f"{kind}.{alias}"
        case RoundStarted(round=number) | RoundFinished(round=number):
            return f"{kind}.{number}"
        case _:
            return kind


def main(home: str, what: str) -> int:
    """Be the controller of a run; 0 if it completed."""

    def observe(happening: Happening) -> None:
        pass_gate(moment(happening))

    if what.isdigit():
        swarm = cast("Swarm", load_target(str(GATED)))
        swarm.max_iteration = int(what)
        transport = os.environ.get("TRANSPORT", "unix")
        run = swarm.run(NODES, home=home, observers=[observe], transport=transport)
    else:
        run = resume_run(what, home=home, observers=[observe])
    return 0 if run.state.name == "COMPLETED" else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
