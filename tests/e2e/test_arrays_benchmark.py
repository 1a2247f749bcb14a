"""The benchmark of arrays, at a tiny size: what it counts is there, and adds up."""

from __future__ import annotations

import sys
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from benchmarks import arrays
from benchmarks.arrays_floor import frames_rate, ring_rate
from benchmarks.arrays_meter import MIB, Meter
from benchmarks.peers import PEERS

pytestmark = pytest.mark.e2e


@pytest.mark.parametrize("rate", [ring_rate, frames_rate, arrays.swarm_rate, arrays.copied_rate])
def test_every_array_is_summed_once(rate: arrays.Rate) -> None:
    assert rate(40, MIB) > 0


@pytest.mark.parametrize("peer", arrays.PEERS)
def test_each_peer_gives_a_rate_where_it_is_installed(peer: str) -> None:
    if PEERS[peer].lacks(sys.executable) is not None:
        pytest.skip(f"{peer} is not installed")
    assert arrays.peer_rate(peer, sys.executable, 20, MIB) > 0


def test_an_array_that_is_lost_or_doubled_is_no_figure() -> None:
    meter = Meter(3)
    for number in (0, 1):
        meter.take(np.full(1, number, dtype=np.float32))
    with pytest.raises(AssertionError, match="not all have come"):
        meter.rate()
    meter.take(np.ones(1, dtype=np.float32))
    with pytest.raises(AssertionError, match="lost or doubled"):
        meter.rate()


def test_arrays_are_compared_round_by_round(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrays, "ROUNDS_MIN", 1)
    outcome = arrays.measure({"64 KiB": 20}, 0.0)
    found = {(row.system, row.metric): row.median for row in outcome.rows}
    ours = found["swarmdsl: push to handler", "summed"]
    bare = found["floor:shared memory", "summed"]
    assert found["swarmdsl: push to handler", "beside shared memory"] == pytest.approx(ours / bare)
    assert ("swarmdsl: push to handler", "beside without an arena") in found
    assert "svg" in ET.fromstring(outcome.drawings["arrays.svg"]).tag
