"""Swarms for clusters: trainers on every node, one of which waits to be struck."""

from __future__ import annotations

import threading
import time
from typing import cast

from swarmdsl import Swarm, Task
from swarmdsl.light import Local, World

ROUNDS = 3
LASTS = 20
ROUNDS_MAX = 1_000
NEW = "node4"
STRUCK = "node3"
STRUCK_IN = 1
WAIT_MAX_S = 120.0


def train(world: World, local: Local) -> str:
    """Where this ran; on the node that is struck it does not come to an end in that round."""
    if local.node == STRUCK and world.iteration == STRUCK_IN:
        world.results.add("waits", local.node)
        threading.Event().wait(WAIT_MAX_S)
    return local.node


def gather(names: list[str], world: World) -> list[str]:
    """Who took part in this round; there are three."""
    world.results.add("trainers", " ".join(sorted(names)))
    if world.iteration + 1 < ROUNDS:
        world.schedule_next_iter(task_to_schedule_alias="trainers")
    return sorted(names)


class GoesOn(Swarm):
    """What a lost node would have done is left out."""

    def execute(self) -> Task:
        trainers = Task(train, method="all", alias="trainers", on_node_loss="continue")
        return Task(gather, method="any", alias="gather")(trainers)


class Fails(Swarm):
    """A lost node ends the run."""

    def execute(self) -> Task:
        trainers = Task(train, method="all", alias="trainers")
        return Task(gather, method="any", alias="gather")(trainers)


def train_slowly(local: Local) -> str:
    """Where this ran; there is time for a node to come while it does."""
    time.sleep(0.1)
    return local.node


def gather_until_more(names: list[str], world: World) -> list[str]:
    """Who took part, round after round until somebody new did."""
    world.results.add("trainers", " ".join(sorted(names)))
    if NEW not in names and world.iteration + 1 < ROUNDS_MAX:
        world.schedule_next_iter(task_to_schedule_alias="trainers")
    return sorted(names)


class Grows(Swarm):
    """A node that comes later takes part from the next round on."""

    def execute(self) -> Task:
        trainers = Task(train_slowly, method="all", alias="trainers")
        return Task(gather_until_more, method="any", alias="gather")(trainers)


def keep(names: list[str], world: World) -> list[list[str]]:
    """Who took part in each round so far."""
    world.results.add("round", world.iteration)
    rounds = [*cast("list[list[str]]", world.globals["rounds"]), sorted(names)]
    world.globals["rounds"] = rounds
    if world.iteration + 1 < LASTS:
        world.schedule_next_iter(task_to_schedule_alias="trainers")
    return rounds


class Lasts(Swarm):
    """So many rounds that something can happen in one of them."""

    def __init__(self) -> None:
        super().__init__()
        self.set_global("rounds", [])

    def execute(self) -> Task:
        trainers = Task(train_slowly, method="all", alias="trainers")
        return Task(keep, method="any", alias="keep")(trainers)


def gather_until_back(names: list[str], world: World) -> list[str]:
    """Who took part, round after round until one who was missing is back."""
    world.results.add("trainers", " ".join(sorted(names)))
    is_missed = bool(world.globals["is missed"])
    is_back = is_missed and STRUCK in names
    world.globals["is missed"] = is_missed or STRUCK not in names
    if not is_back and world.iteration + 1 < ROUNDS_MAX:
        world.schedule_next_iter(task_to_schedule_alias="trainers")
    return sorted(names)


class Returns(Swarm):
    """A node that is cut off is done without, and takes part again when it is back."""

    def __init__(self) -> None:
        super().__init__()
        self.set_global("is missed", value=False)

    def execute(self) -> Task:
        trainers = Task(train_slowly, method="all", alias="trainers", on_node_loss="continue")
        return Task(gather_until_back, method="any", alias="gather")(trainers)
