"""A source that could push for ever and a slow sink: the source waits, and no memory grows."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import pytest

from benchmarks.backpressure import Measured, bound, measure
from swarmdsl.topology.model import Limits

SECONDS = 30.0
GROWTH_BYTES_MAX = 2**20
"""Room for what an allocator does; of the pushes between the first fifth and the last, some 30,000,
no 36 bytes each can be kept in so little."""


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Measured:
    """By a process of its own: what else there is to test moves nothing in its memory."""
    folder = tmp_path_factory.mktemp("backpressure")
    with ProcessPoolExecutor(1, get_context("spawn")) as alone:
        return alone.submit(measure, SECONDS, folder).result(SECONDS + 60.0)


pytestmark = [pytest.mark.e2e, pytest.mark.slow]


def test_nothing_is_lost_and_all_comes_in_order(measured: Measured) -> None:
    assert measured.tally["pushed"] > bound(Limits())
    assert measured.tally["handled"] == measured.tally["pushed"]
    assert measured.tally["astray"] == 0


def test_the_source_is_never_further_ahead_than_the_bounds_allow(measured: Measured) -> None:
    assert max(one.on_the_way for one in measured.samples) <= bound(Limits())


def test_the_source_slows_to_the_pace_of_the_sink(measured: Measured) -> None:
    first, last = measured.warm[0], measured.warm[-1]
    assert last.pushed - first.pushed <= last.handled - first.handled + bound(Limits())


def test_no_process_grows(measured: Measured) -> None:
    grown = {name: size for name, size in measured.growth().items() if size > GROWTH_BYTES_MAX}
    assert not grown
    assert len(measured.growth()) == 6, "the controller, the source, three stages and the sink"
