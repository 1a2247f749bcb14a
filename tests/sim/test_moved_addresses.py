"""Daemons that are started anew at another address, as over TCP: the promises hold all the same."""

from __future__ import annotations

from dataclasses import replace

import pytest

from swarmdsl.testing.campaign import campaign
from swarmdsl.testing.prepared import prepared
from swarmdsl.testing.simulate import inventory_for
from swarmdsl.testing.simulator import Simulator
from tests.sim.swarms.all import SWARMS

SEEDS = 12


@pytest.mark.parametrize("name", SWARMS)
def test_promises_hold_whatever_goes_wrong_and_wherever_who_comes_back_listens(name: str) -> None:
    compilation = SWARMS[name]().compile(inventory_for(3))
    with prepared(compilation.require(), compilation.bundles) as ready:
        verdicts = list(campaign(Simulator(replace(ready, moves=True)), range(SEEDS), jobs=1))
    broken = {one.seed: [str(each) for each in one.violations] for one in verdicts}
    assert broken == {seed: [] for seed in range(SEEDS)}
