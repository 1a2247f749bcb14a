"""The benchmarks that start processes, at tiny sizes: what they count is there, and adds up."""

from __future__ import annotations

import os
from importlib.util import find_spec
from xml.etree import ElementTree as ET

import pytest

from benchmarks import daemons, hop, push
from benchmarks.benchmark import Outcome
from benchmarks.daemons_floor import bare_round
from benchmarks.hop_floor import bare_hops_ns
from benchmarks.push_kinds import Meter
from benchmarks.push_zenoh import zenoh_rate

pytestmark = pytest.mark.e2e


def metrics(outcome: Outcome) -> dict[tuple[str, str], float]:
    return {(row.system, row.metric): row.median for row in outcome.rows}


def test_a_bare_round_ends_when_all_its_processes_have_ended() -> None:
    assert bare_round(3, os.environ) > 0
    assert daemons._grandchildren() == []


def test_a_round_of_daemons_sees_each_connect_and_be_done() -> None:
    one = daemons.swarm_round(3, dict(os.environ), weigh=True)
    assert len(one.connected_s) == len(one.done_s) == len(one.pss_mib) == 3
    assert 0 < max(one.connected_s) < max(one.done_s) < one.seconds


def test_daemons_are_compared_with_processes_round_by_round(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(daemons, "ROUNDS_MIN", 1)
    outcome = daemons.measure(2, 0.0)
    found = metrics(outcome)
    ours = found["swarmdsl: a round", "from nothing to nothing"]
    bare = found["floor:pyzmq processes", "from nothing to nothing"]
    assert found["swarmdsl: a round", "beside the floor"] == pytest.approx(ours / bare)
    assert {row.runs for row in outcome.rows if row.metric == "memory (PSS)"} == {2}
    assert "svg" in ET.fromstring(outcome.drawings["daemons.svg"]).tag


def test_every_bare_message_is_timed() -> None:
    hops = bare_hops_ns(4, 0.001)
    assert len(hops) == 4
    assert min(hops) > 0


def test_hops_are_compared_with_messages_case_by_case(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hop, "ROUNDS_MIN", 1)
    outcome = hop.measure(10, [0.002, 0.001], 0.0)
    assert {row.case for row in outcome.rows} == {"one every 2 ms", "one every 1 ms"}
    found = metrics(outcome)
    assert ("swarmdsl: push to handler", "beside the floor, p50") in found
    assert ("floor:pyzmq PUSH to PULL", "one way, p99") in found
    assert "svg" in ET.fromstring(outcome.drawings["hop.svg"]).tag


def test_pushes_are_compared_with_frames_kind_by_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(push, "ROUNDS_MIN", 1)
    outcome = push.measure(dict.fromkeys(push.COUNTS, 2_000), 0.0)
    assert {row.case for row in outcome.rows} == {"msgspec Struct", "dict", "pydantic model"}
    found = metrics(outcome)
    ours, bare = found["swarmdsl: push to handler", "handled"], found[push.BASE, "handled"]
    beside = found["swarmdsl: push to handler", "beside the floor"]
    assert beside == pytest.approx(ours / bare)


def test_a_reading_that_is_lost_or_doubled_is_no_rate() -> None:
    meter = Meter(3)
    for number in (0, 2, 2):
        meter.take(number)
    with pytest.raises(AssertionError, match="lost or doubled"):
        meter.rate()


@pytest.mark.skipif(find_spec("zenoh") is None, reason="pip install 'swarmdsl[peers]'")
def test_zenoh_is_measured_the_same_way() -> None:
    assert zenoh_rate("dict", 2_000) > 0
