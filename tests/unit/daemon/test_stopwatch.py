"""How long the user's code takes is told outside of the limit of its memory."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import count

import pytest

from swarmdsl.daemon.at_hand import AtHand
from swarmdsl.daemon.measures import Measures
from swarmdsl.daemon.memory_limit import NoMemoryLimit
from swarmdsl.daemon.stopwatch import Stopwatch
from swarmdsl.daemon.wiring import Wiring
from swarmdsl.daemon.work import Run
from swarmdsl.topology.resources import Resources
from swarmdsl.wire.session.switchboard import Switchboard
from tests.handmade import link, task, topology
from tests.unit.wire.session.peers import identity

WORKER = "worker@n1#0"


class Lifted(NoMemoryLimit):
    """Counts how often it was lifted."""

    times = 0

    @contextmanager
    def lifted(self) -> Iterator[None]:
        self.times += 1
        yield


@pytest.mark.parametrize(("memory", "times"), [(0, 0), (2**20, 1)])
def test_the_limit_is_lifted_where_the_task_has_one(memory: int, times: int) -> None:
    spec, code = task("work")
    limited = (replace(spec, resources=Resources(memory=memory)), code)
    wiring = Wiring(topology([limited], [link("work")]), WORKER)
    (hosted,) = wiring.hosted.values()
    measures, limit = Measures(Switchboard(identity(WORKER)), 1.0), Lifted()
    ticks = count(0, 500)
    stopwatch = Stopwatch(AtHand(wiring), measures, lambda: next(ticks), limit)
    stopwatch.run(Run(hosted, 0, {}, {}), lambda: None)
    assert limit.times == 0
    stopwatch.tell()
    stopwatch.tell()
    assert limit.times == times
    assert measures.last(2.0) is not None
