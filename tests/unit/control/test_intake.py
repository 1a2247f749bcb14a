"""The values of a run are those of one execution of each instance, whoever dies meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, cast

import numpy as np
import pytest

from swarmdsl.control.core import ControlCore
from swarmdsl.control.intake import Intake
from swarmdsl.control.journal import RoundDecided
from swarmdsl.control.loops import loop_name
from swarmdsl.control.records import RunRecord
from swarmdsl.control.store import Store
from swarmdsl.topology.fused import executed
from swarmdsl.topology.model import Topology
from swarmdsl.wire.codec import decode_blob, encode_values
from swarmdsl.wire.messages import ChannelKey
from swarmdsl.wire.session.events import Delivered, Ended, Inlet
from tests.handmade import link, task, topology

SINK, STREAM = "worker@n1#0", "stream@n1#0"
FROM_SINK, FROM_STREAM = ChannelKey(0, 0, 0), ChannelKey(1, 0, 0)


def sinks() -> Topology:
    """A function and a daemon module, which both push to the run."""
    return topology([task("sink"), task("stream", "daemon")], [link("sink"), link("stream")])


class Bench:
    """What daemons push to a run in its first round, and what the store has of it."""

    def __init__(self) -> None:
        run = RunRecord(id="r", swarm="s", topology_hash="h", state="RUNNING", created_at=0.0)
        self.store = Store.in_memory(run)
        core = ControlCore(sinks(), "r")
        self._intake = Intake(executed(sinks()), core, self.store)
        for daemon in (SINK, STREAM):
            self._intake.begin(daemon, 0)
            core.connected(daemon)

    def push(self, first: int, *values: object, incarnation: int = 0, skip: int = 0) -> None:
        self._push(Inlet(SINK, incarnation, FROM_SINK), first, skip, *values)

    def stream(self, first: int, *values: object, incarnation: int = 0) -> None:
        self._push(Inlet(STREAM, incarnation, FROM_STREAM), first, 0, *values)

    def _push(self, inlet: Inlet, first: int, skip: int, *values: object) -> None:
        payload = encode_values(values)
        self._intake.keep(Delivered(inlet, first, len(values), skip, 0, payload))

    def end(self, position: int, incarnation: int = 0) -> None:
        self._intake.end(Ended(Inlet(SINK, incarnation, FROM_SINK), position, 0, position))

    def came_back(self, daemon: str, incarnation: int = 1) -> None:
        self._intake.begin(daemon, incarnation)

    def settle(self, *missing: tuple[int, int, int]) -> None:
        """A new revision of the roster comes, from which instances are missing."""
        members = {0: [0], 1: [0]}
        decided = RoundDecided(0, 1, members, members, [], {}, [], missing=[*missing])
        self._intake.settle(decided)

    def values(self, alias: str = "sink") -> list[object]:
        return [decode_blob(row.value) for row in self.store.values(alias, 0)]


@pytest.fixture
def bench() -> Iterator[Bench]:
    bench = Bench()
    yield bench
    bench.store.close()


def test_values_are_kept_in_the_order_pushed(bench: Bench) -> None:
    bench.push(0, "a", "b")
    bench.push(2, "c")
    assert bench.values() == ["a", "b", "c"]


def test_what_a_batch_brings_again_is_left_out(bench: Bench) -> None:
    bench.push(0, "a", "b")
    bench.push(1, "not b", "c", skip=1)
    assert bench.values() == ["a", "b", "c"]


def test_what_a_lost_process_pushed_in_part_is_dropped(bench: Bench) -> None:
    bench.push(0, "a", "b", "c")
    bench.came_back(SINK)
    assert bench.values() == []
    bench.push(0, "a", incarnation=1)
    bench.end(1, incarnation=1)
    assert bench.values() == ["a"], "the second execution may push less"


def test_what_a_lost_process_pushed_and_ended_is_kept(bench: Bench) -> None:
    bench.push(0, "a", "b")
    bench.end(2)
    bench.came_back(SINK)
    bench.push(0, "not a", "b", "c", incarnation=1)
    bench.end(3, incarnation=1)
    assert bench.values() == ["a", "b"]


def test_a_process_that_introduces_itself_again_drops_nothing_of_its_own(bench: Bench) -> None:
    bench.came_back(SINK)
    bench.push(0, "a", incarnation=1)
    bench.came_back(SINK)
    assert bench.values() == ["a"]


def test_what_others_pushed_is_kept_when_one_comes_back(bench: Bench) -> None:
    bench.push(0, "a")
    bench.stream(0, "s")
    bench.came_back(SINK)
    assert (bench.values(), bench.values("stream")) == ([], ["s"])


def test_what_a_daemon_module_pushed_stays_for_its_inputs_come_no_more(bench: Bench) -> None:
    bench.stream(0, "s", "t")
    bench.came_back(STREAM)
    bench.stream(0, "u", incarnation=1)
    assert bench.values("stream") == ["s", "t", "u"]


def test_of_an_instance_that_is_missing_from_the_round_on_nothing_half_done_is_left(
    bench: Bench,
) -> None:
    bench.push(0, "a")
    bench.stream(0, "s")
    bench.settle()
    assert bench.values() == ["a"]
    bench.settle((0, 0, 0), (1, 0, 0))
    assert (bench.values(), bench.values("stream")) == ([], ["s"])


def test_of_functions_that_shared_a_run_which_is_done_elsewhere_no_results_are_left() -> None:
    both = topology([task(alias, nodes=["n1", "n2"], count=1) for alias in ("a", "b")])
    both = replace(both, tasks=tuple(replace(one, fused="run_0") for one in both.tasks))
    run = RunRecord(id="r", swarm="s", topology_hash="h", state="RUNNING", created_at=0.0)
    store = Store.in_memory(run)
    for instance in ("a@n1#0", "b@n1#0", "b@n2#0"):
        alias, _, node = instance.removesuffix("#0").partition("@")
        store.add_result(
            tag="t", node=node, task=alias, instance=instance, iteration=0, value=b"\xc0"
        )
    core = ControlCore(both, "r")
    for daemon in ("worker@n1#0", "worker@n2#0"):
        core.connected(daemon)
    members = {0: [1]}
    intake = Intake(executed(both), core, store)
    intake.settle(RoundDecided(0, 1, members, members, [], {}, []))
    assert [(one.task, one.node) for one in store.select_results()] == [("b", "n2")]
    store.close()


def test_a_value_that_came_alone_is_kept_with_its_arrays(bench: Bench) -> None:
    array = np.arange(5.0)
    bench.push(0, {"w": array})
    bench.push(1, {"w": array + 1}, {"w": array + 2})
    found = [cast("dict[str, Any]", value)["w"].tolist() for value in bench.values()]
    assert found == [(array + more).tolist() for more in range(3)]


def test_what_a_loop_brought_to_rounds_that_are_over_is_dropped_when_there_is_time() -> None:
    looped = topology([task("a")], [replace(link("a"), loop=True), link("a")])
    run = RunRecord(id="r", swarm="s", topology_hash="h", state="RUNNING", created_at=0.0)
    store = Store.in_memory(run)
    intake = Intake(executed(looped), ControlCore(looped, "r"), store)
    for iteration in range(3):
        for name in (loop_name(0), "a"):
            store.keep_value(name, "a@n1#0", iteration, 0, b"", 0)
    intake.begin_round(3)
    assert len(store.values(loop_name(0), 0)) == 1, "not while all wait for the round to begin"
    intake.tidy()
    intake.tidy()
    assert [len(store.values(loop_name(0), iteration)) for iteration in range(3)] == [0, 0, 1]
    assert [len(store.values("a", iteration)) for iteration in range(3)] == [1, 1, 1]
    store.close()
