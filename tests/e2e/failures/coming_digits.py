"""The digits, learned until enough rounds have seen as many images as they should.

How long a node takes to come is not known, so the rounds are not counted until it has.
"""

from __future__ import annotations

from typing import cast

from examples import federated_digits
from examples.federated_digits import Score, aggregate, train
from swarmdsl import Task, module
from swarmdsl.light import World

ROUNDS = 25  # that have to count


@module
def decide(score: Score, world: World, images: int, rounds: int) -> Score:
    """Ask for another round until enough of them have counted."""
    counted = cast("int", world.globals["counted"]) + (score.samples >= images)
    world.globals["counted"] = counted
    if counted < rounds:
        world.schedule_next_iter(task_to_schedule_alias="trainers")
    return score


class ComingDigits(federated_digits.FederatedDigits):
    """As the example, but its trainers bear the loss of one of them.

    Args:
        images: what a round has to see for it to count.
    """

    def __init__(self, images: int = 0) -> None:
        super().__init__()
        self.images = images
        self.set_global("counted", 0)

    def execute(self) -> Task:
        """Train on every node that holds digits; average; decide; repeat."""
        enough = {"images": self.images, "rounds": ROUNDS}
        trainers = Task(train, method="all", alias="trainers", on_node_loss="continue")
        aggregator = Task(aggregate, method="any", alias="aggregator")
        return Task(decide, method="any", alias="scheduler", inputs=enough)(aggregator(trainers))
