"""The digits on nodes of which one is struck: a trainer there does not come to an end in time."""

from __future__ import annotations

import threading

from examples import federated_digits
from examples.federated_digits import ROUNDS_MAX, TARGET, aggregate, decide, train
from swarmdsl import Task, module
from swarmdsl.light import Local, World
from swarmdsl_modules.fl import Update

STRUCK = "node3"
STRUCK_IN = 1
WAITS = "waits"
WAIT_MAX_S = 120.0


@module(datasets=["digits"], requirements=["numpy"])
def train_until_struck(world: World, local: Local) -> Update:
    """As the example does; on the node that is struck it says that it waits for that."""
    if local.node == STRUCK and world.iteration == STRUCK_IN:
        world.results.add(WAITS, local.node)
        threading.Event().wait(WAIT_MAX_S)
    update: Update = train(world, local)
    return update


class GoesOn(federated_digits.FederatedDigits):
    """What a lost node would have learned is left out."""

    def execute(self) -> Task:
        trainers = Task(train_until_struck, "all", alias="trainers", on_node_loss="continue")
        return decided(trainers)


class Fails(federated_digits.FederatedDigits):
    """A lost node ends the run."""

    def execute(self) -> Task:
        return decided(Task(train_until_struck, "all", alias="trainers"))


def decided(trainers: Task) -> Task:
    """What the example makes of what was learned."""
    limits = {"target": TARGET, "rounds_max": ROUNDS_MAX}
    aggregator = Task(aggregate, "any", alias="aggregator")(trainers)
    return Task(decide, "any", alias="scheduler", inputs=limits)(aggregator)
