"""The benchmarks that start processes, at tiny sizes: what they count is there, and adds up."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from benchmarks import (
    compiled,
    daemons,
    fan_in,
    hop,
    latency,
    push,
    rounds,
    startup,
    statistics,
    transports,
)
from benchmarks.benchmark import Outcome
from benchmarks.daemons_floor import bare_round
from benchmarks.hop_floor import bare_hops_ns
from benchmarks.peers import PEERS
from benchmarks.push_kinds import Meter
from benchmarks.transports_peer import SCHEMES

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


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_pair_speaks_over_each_transport(scheme: str) -> None:
    assert transports.round_trip_us(scheme, 0.5, 10) > 0
    assert transports.rate_mib(1_000, scheme, 20_000) > 0


def test_transports_are_compared_with_unix_sockets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transports, "ROUNDS_MIN", 1)
    times_us = {"unix": 2.0, "ipc": 2.5, "tcp-plaintext": 3.0, "tcp": 8.0}
    outcome = transports.measure(0.0, {("64 B", "there", "us"): times_us.__getitem__})
    found = metrics(outcome)
    assert found["swarmdsl: tcp", "there"] == 8.0
    assert found["swarmdsl: tcp", "there, beside unix"] == 4.0
    assert outcome.verdict.endswith("; swarmdsl: tcp, 64 B there, beside unix 4.00.")


def test_pushes_are_compared_with_frames_kind_by_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(push, "ROUNDS_MIN", 1)
    outcome = push.measure(dict.fromkeys(push.COUNTS, 2_000), 0.0)
    assert {row.case for row in outcome.rows} == {"msgspec Struct", "dict", "pydantic model"}
    found = metrics(outcome)
    ours, bare = found["swarmdsl: push to handler", "handled"], found[push.BASE, "handled"]
    beside = found["swarmdsl: push to handler", "beside the floor"]
    assert beside == pytest.approx(ours / bare)


def test_two_builds_are_compared_case_by_case(tmp_path: Path) -> None:
    slow = tmp_path / "python"  # as if it took a second
    slow.write_text("#!/bin/sh\necho 1000000\n")
    slow.chmod(0o755)
    outcome = compiled.measure(["spin"], 0.0, str(slow), rounds_min=1)
    found = metrics(outcome)
    assert found[f"swarmdsl: {compiled.COMPILED}", "p50"] == 1_000_000
    its, ours = (f"swarmdsl: {name}" for name in (compiled.COMPILED, compiled.AS_IT_IS))
    assert found[its, "beside interpreted"] == pytest.approx(found[its, "p50"] / found[ours, "p50"])
    assert {row.case for row in outcome.rows} == {'there and back, 64 B, wait="spin"'}


def test_a_reading_that_is_lost_or_doubled_is_no_rate() -> None:
    meter = Meter(3)
    for number in (0, 2, 2):
        meter.take(number)
    with pytest.raises(AssertionError, match="lost or doubled"):
        meter.rate()


def test_federated_rounds_are_compared_with_bare_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rounds, "TURNS_MIN", 1)
    outcome = rounds.measure(2, [1_000], rounds.WARM + 3, 0.0, {})
    found = metrics(outcome)
    assert {row.case for row in outcome.rows} == {"1,000 parameters"}
    ours, bare = found["swarmdsl: rounds", "rounds"], found[rounds.BASE, "rounds"]
    assert found["swarmdsl: rounds", "rate beside the floor"] == pytest.approx(ours / bare)
    assert found["swarmdsl: rounds", "first round after"] > 0
    assert "svg" in ET.fromstring(outcome.drawings["rounds.svg"]).tag


def test_a_first_result_is_timed_and_its_processes_are_weighed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(startup, "ROUNDS_MIN", 1)
    monkeypatch.setattr(startup, "WEIGH_S", 0.5)
    found = metrics(startup.measure(0.0, {}))
    for system in ("floor:multiprocessing pool", "swarmdsl: swarm"):
        assert found[system, "first result after"] > 0
        assert found[system, "memory (PSS)"] > 0
    assert ("swarmdsl: swarm", "memory beside multiprocessing pool") in found


@pytest.mark.parametrize("peer", push.PEERS)
def test_each_peer_of_pushes_gives_a_rate_where_it_is_installed(peer: str) -> None:
    if PEERS[peer].lacks(sys.executable) is not None:
        pytest.skip(f"{peer} is not installed")
    assert push.peer_rate(peer, sys.executable, "dict", 2_000 * push.FEWER.get(peer, 1)) > 0


def test_what_statistics_cost_is_found_with_them_and_without(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(statistics, "ROUNDS_MIN", 1)
    found = metrics(statistics.measure({0: 2_000}, 0.0))
    on, off = (found[name, "handled"] for name in (f"swarmdsl: {statistics.ON}", statistics.OFF))
    longer = found[f"swarmdsl: {statistics.ON}", "longer"]
    assert longer == pytest.approx(off / on - 1)


def test_many_that_push_to_one_are_all_handled_and_compared_with_bare_processes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(fan_in, "ROUNDS_MIN", 1)
    cases = {
        fan_in.STEADY: replace(fan_in.CASES[fan_in.STEADY], producers=3, count=40, warm_up=5),
        fan_in.FLAT: replace(fan_in.CASES[fan_in.FLAT], producers=3, count=2_000, warm_up=10),
    }
    outcome = fan_in.measure(cases, 0.0)
    found = {(row.case, row.system, row.metric): row.median for row in outcome.rows}
    ours = f"swarmdsl: {fan_in.OURS}"
    assert 0 < found[fan_in.STEADY, ours, "p50_ms"] <= found[fan_in.STEADY, ours, "p99_ms"]
    bare = found[fan_in.FLAT, f"floor:pyzmq, {fan_in.BATCH:,} in a message", "rate"]
    beside = found[fan_in.FLAT, ours, "rate beside"]
    assert beside == pytest.approx(found[fan_in.FLAT, ours, "rate"] / bare)


def test_a_push_there_and_back_is_compared_with_two_messages(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(latency, "ROUNDS_MIN", 1)
    outcome = latency.measure(20, 0.0)
    found = metrics(outcome)
    bare = found[latency.BASE, "p50"]
    for name in (latency.OURS, latency.SPUN):
        ours = found[f"swarmdsl: {name}", "p50"]
        assert found[f"swarmdsl: {name}", "p50 beside"] == pytest.approx(ours / bare)
    assert "svg" in ET.fromstring(outcome.drawings["latency.svg"]).tag
