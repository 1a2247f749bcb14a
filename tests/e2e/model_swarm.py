"""A model that goes to learners and comes back, round by round: a loop of large arrays.

The model of round k holds k everywhere. A learner that is to die is named by the environment.
"""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from swarmdsl import Limits, Node, Swarm, Task
from swarmdsl.light import World

Model = NDArray[np.float64]
ITEMS = 64 * 1024  # half a MiB
ROUNDS = 4
LEARNERS = ("north", "south")
DIES = "MODEL_LEARNER_DIES"  # the node whose learner dies, and the file that tells that it has


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """What a learner made of the model, and whether it lay in memory of the controller's."""

    model: Model
    on_sheet: bool
    writeable: bool


def learn(world: World, model: Model | None = None) -> Learned:
    """Add one to all parameters."""
    node, _, died = os.environ.get(DIES, "").partition(":")
    if world.iteration == 2 and node == world.node and not Path(died).exists():
        Path(died).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    if model is None:
        return Learned(model=np.ones(ITEMS), on_sheet=False, writeable=False)
    on_sheet = "memfd:swarm-sheet" in Path("/proc/self/maps").read_text("utf-8")
    return Learned(model=model + 1, on_sheet=on_sheet, writeable=model.flags.writeable)


def mean(learned: list[Learned]) -> Model:
    """The model of the next round."""
    found: Model = np.mean([one.model for one in learned], axis=0)
    return found


def judge(learned: list[Learned], mean: Model) -> tuple[Model, int, bool]:
    """The model, how many found theirs on a sheet, and whether anybody could alter it."""
    on_sheet = sum(one.on_sheet for one in learned)
    return mean, on_sheet, any(one.writeable for one in learned)


class Learns(Swarm):
    """Two learners, and a mean that they begin the next round with."""

    limits = Limits()

    def __init__(self) -> None:
        super().__init__(max_iteration=ROUNDS)
        self.nodes = [Node(name=name) for name in LEARNERS]

    def execute(self) -> Task:
        learners = Task(learn, method="all", alias="learners")
        server = Task(mean, method="any", alias="server")(learners)
        self.loop(server, learners)
        return Task(judge, method="any", alias="judge")([learners, server])


class Sends(Learns):
    """The same where no memory is shared."""

    limits = Limits(arena_bytes=0)
