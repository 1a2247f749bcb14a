"""Functions drawn by a seed, and which of them share runs: of one level mostly, and not always."""

from __future__ import annotations

from collections import defaultdict
from random import Random

from swarmdsl import Task
from tests.sim.swarms.fused import A, B, C, Shared, collect, hearing, saying

LAYERS, WIDEST = 4, 5
OTHER_LAYER = 0.03  # the share of functions that run with those of another layer


class Drawn(Shared):
    """Layers of functions, each of which hears two or three of any layer before it.

    Args:
        seed: that decides all of it.
        apart: each function has a run of its own.
    """

    def __init__(self, seed: int, *, apart: bool = False) -> None:
        super().__init__()
        self.apart = apart
        self._chance = Random(seed)
        self._layers = [self._chance.randint(2, WIDEST) for _ in range(LAYERS)]
        self.runs = self._drawn_runs()
        self._drawn = self._chance.random()

    def execute(self) -> Task:
        chance = Random(self._drawn)
        before: list[Task] = []
        for layer, width in enumerate(self._layers):
            names = [f"f_{layer}_{place}" for place in range(width)]
            before += [
                hearing(name, *chance.sample(before, min(len(before), chance.randint(2, 3))))
                if layer
                else saying(name)
                for name in names
            ]
        return Task(collect, alias="collected", method="any")(before)

    def _drawn_runs(self) -> dict[str, tuple[list[str], list[str]]]:
        chance = self._chance
        shared: defaultdict[str, list[str]] = defaultdict(list)
        for layer, width in enumerate(self._layers):
            for place in range(width):
                run = layer if chance.random() > OTHER_LAYER else chance.randrange(LAYERS)
                shared[f"run_{run}_{chance.randrange(2)}"].append(f"f_{layer}_{place}")
        return {name: (chance.choice((A, B, C)), aliases) for name, aliases in shared.items()}
