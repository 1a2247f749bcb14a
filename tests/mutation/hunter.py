"""Simulates a swarm, seed after seed, until one breaks: run in a process of its own.

    python -P hunter.py PACKAGE SWARM SEED...

PACKAGE is the folder of the swarmdsl that must be the one imported. What broke is told as one JSON
object: the seed (null: already a run without faults) and the first violation; `null` if none did.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path

import swarmdsl
from swarmdsl.errors import SimulationImpossible
from swarmdsl.testing.faults import SURVIVED, FaultKind
from swarmdsl.testing.prepared import prepared
from swarmdsl.testing.simulate import inventory_for
from swarmdsl.testing.simulator import Simulator
from tests.sim.swarms.all import COMING, SWARMS

NODES = 3
NODES_LOST = (FaultKind.LOSE_NODE, FaultKind.CUT_OFF)


def first_broken(name: str, seeds: Iterable[int]) -> dict[str, object] | None:
    """What broke first."""
    compilation = (SWARMS | COMING)[name]().compile(inventory_for(NODES))
    with prepared(compilation.require(), compilation.bundles) as ready:
        simulator = Simulator(ready, (*SURVIVED, *NODES_LOST) if name in COMING else SURVIVED)
        try:
            _ = simulator.reference
        except SimulationImpossible as problem:
            return {"seed": None, "violation": str(problem)}
        for seed in seeds:
            violations = simulator.run(seed).violations
            if violations:
                return {"seed": seed, "violation": str(violations[0])}
    return None


def main(package: str, name: str, *seeds: str) -> None:
    """Hunt, with the package that was asked for."""
    found = Path(str(swarmdsl.__file__)).parent
    assert found == Path(package), f"{found} was imported, not {package}"
    sys.stdout.write(json.dumps(first_broken(name, map(int, seeds))))


if __name__ == "__main__":
    main(*sys.argv[1:])
