"""Rates along a graph, what they ask for, and how long pushes wait: the numbers of real systems."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swarmdsl import Condition, Daemon, Inventory, Limits, Rate, Swarm, Task, on
from swarmdsl.compiler import Compilation, compile_swarm
from swarmdsl.compiler.bind import bind
from swarmdsl.compiler.capacity import Capacity, Load, capacity_of
from swarmdsl.compiler.diagnostics import Diagnostic
from swarmdsl.compiler.draft import Draft
from swarmdsl.compiler.trace import trace


def slices() -> Iterator[int]:
    yield from range(10)


def transform(number: int) -> int:
    return number + 1


def total(numbers: list[int]) -> int:
    return sum(numbers)


def parity(number: int) -> int:
    return number % 2


class Camera(Daemon):
    def produce(self) -> Iterator[int]:
        yield from range(10)


class Merge(Daemon):
    @on
    def event(self, number: int) -> int | None:
        return number


def compiled(
    ends: Task, nodes: int = 300, budget: float | None = None, limits: Limits | None = None
) -> Compilation:
    class Example(Swarm):
        latency_budget = budget

        def execute(self) -> Task:
            return ends

    return compile_swarm(Example(limits=limits), Inventory.local(nodes=nodes, cores=nodes))


def capacity(ends: Task, nodes: int = 300) -> Capacity:
    """The capacity alone, without packaging code: properties are tried many times."""

    class Example(Swarm):
        def execute(self) -> Task:
            return ends

    inventory = Inventory.local(nodes=nodes, cores=nodes)
    read = Path.read_bytes
    draft = Draft(swarm=Example(), inventory=inventory, read=read)
    return capacity_of(bind(trace(draft)))


def loads(ends: Task, nodes: int = 300) -> Mapping[str, Load]:
    return capacity(ends, nodes).loads


def only(found: Compilation) -> Diagnostic:
    [finding] = found.diagnostics
    return finding


def fast_monitoring(workers: int) -> Task:
    """Slices of time frames, 15 of each of 0.5 frames a second, 30 s of work on each."""
    source = Task(slices, method="any", rate=Rate(7.5, burst=15))
    worker = Task(transform, method="maximum", maximum=workers, service_time=30.0)
    return Task(total, method="any")(worker(source, Condition.RESULT, policy="balance"))


def array(mergers: int, service_time: float = 20e-6, policy: str = "balance") -> Task:
    """51 cameras at 10 kHz each, merged, of which 51 pushes make one event."""
    cameras = [
        Task(Camera, method="any", alias=f"camera_{number}", rate=10_000) for number in range(51)
    ]
    merge = Task(
        Merge,
        method="maximum",
        maximum=mergers,
        alias="merge",
        service_time=service_time,
        yields_per_input=1 / 51,
    )
    merge(cameras, policy=policy)
    return Task(Merge, method="any", alias="stereo", service_time=50e-6)(merge)


def test_slices_at_7_5_per_second_and_30_seconds_need_225_workers_and_30_are_declared() -> None:
    load = loads(fast_monitoring(30))["transform"]
    assert (load.total, load.service_time, load.needed, load.instances) == (7.5, 30.0, 225, 30)
    assert load.utilisation == 7.5
    found = only(compiled(fast_monitoring(30)))
    assert found.code == "SW702"
    assert found.message == (
        "transform gets 7.5/s at 30 s each, which needs 225 instances; 30 run it"
    )
    assert "maximum=225" in found.hint


def test_225_workers_keep_up_with_the_slices_and_224_do_not() -> None:
    assert not compiled(fast_monitoring(225)).diagnostics
    assert only(compiled(fast_monitoring(224))).code == "SW702"


def test_an_inventory_of_30_nodes_lacks_195_for_the_slices() -> None:
    assert "the inventory lacks 195" in only(compiled(fast_monitoring(30), nodes=30)).hint


def test_the_merger_is_the_bottleneck_of_51_cameras_at_10_khz() -> None:
    found = capacity(array(mergers=4))
    assert found.loads["merge"].total == pytest.approx(510_000)
    assert found.loads["stereo"].total == pytest.approx(10_000)
    assert found.bottleneck is found.loads["merge"]
    assert found.loads["merge"].needed == 11
    assert found.loads["stereo"].utilisation == pytest.approx(0.5)


def test_51_cameras_are_told_how_many_mergers_they_need() -> None:
    finding = only(compiled(array(mergers=4)))
    assert finding.message == (
        "merge gets 510,000/s at 20 us each, which needs 11 instances; 4 run it"
    )
    assert [one.text for one in finding.related[4:6]] == [
        "10,000/s from camera_4 (balance)",
        "460,000/s from 46 more",
    ]
    assert not compiled(array(mergers=11)).diagnostics


def test_one_task_on_51_nodes_is_51_cameras() -> None:
    cameras = Task(Camera, method="maximum", maximum=51, rate=10_000)
    merge = Task(Merge, method="any", service_time=1e-6)(cameras)
    assert loads(merge)["Merge"].total == pytest.approx(510_000)


def test_more_instances_do_not_help_where_each_gets_every_push() -> None:
    finding, of_stereo = compiled(array(mergers=11, policy="broadcast")).diagnostics
    assert of_stereo.graph_path == "stereo"  # which gets each event from each merger
    assert finding.code == "SW702"
    assert "each of 11 instances of merge gets 510,000/s" in finding.message
    assert "policy='balance' to 11 instances" in finding.hint


def test_a_pair_keeps_the_rate_of_the_instance_beside_it() -> None:
    cameras = Task(Camera, method="all", rate=100)
    merge = Task(Merge, method="all", service_time=0.001)(cameras, policy="pair")
    load = loads(merge, nodes=7)["Merge"]
    assert (load.instances, load.arrival, load.total) == (7, 100, 700)


def test_an_overloaded_pair_is_told_how_wide_to_deal() -> None:
    cameras = Task(Camera, method="all", rate=100)
    merge = Task(Merge, method="all", service_time=0.02)(cameras, policy="pair")
    finding = only(compiled(merge, nodes=7))
    assert "each of 7 instances of Merge gets 100/s" in finding.message
    assert "policy='balance' to 14 instances" in finding.hint


def test_what_every_instance_gets_is_pushed_on_by_every_instance() -> None:
    source = Task(slices, method="any", rate=5)
    worker = Task(transform, method="maximum", maximum=3)(source, Condition.RESULT)
    after = Task(Merge, method="any", service_time=0.01)(worker)
    assert loads(after)["Merge"].total == pytest.approx(15)


def test_a_gather_ends_a_stream() -> None:
    found = loads(fast_monitoring(225))
    assert found["total"].total == 0
    assert found["total"].pushed.per_second == 0


def test_a_share_that_all_get_leaves_less_time_for_what_is_dealt() -> None:
    load = Load(alias="merge", instances=1, everywhere=5.0, dealt=10.0, service_time=0.1)
    assert load.needed == 2
    assert Load(alias="x", instances=1, everywhere=10.0, dealt=1.0, service_time=0.1).needed is None


def test_who_declares_nothing_gets_no_capacity_and_no_finding() -> None:
    found = compiled(Task(total, method="any")(Task(slices, method="any")))
    assert found.capacity is None
    assert not found.diagnostics


def test_declarations_are_facts_of_the_compiler_and_change_no_topology() -> None:
    plain = Task(transform, method="any")(Task(slices, method="any"), Condition.RESULT)
    rated = Task(transform, method="any", service_time=0.1)(
        Task(slices, method="any", rate=1), Condition.RESULT
    )
    assert compiled(plain).require() == compiled(rated).require()


@pytest.mark.parametrize("wrong", ["7.5/s", True, 0, -1, float("inf"), float("nan"), [7.5]])
def test_a_value_that_is_none_is_an_error(wrong: Any) -> None:
    for rate in (wrong, Rate(wrong), Rate(1, lasts=wrong)):
        assert only(compiled(Task(slices, method="any", rate=rate))).code == "SW701"
    source = Task(slices, method="any", rate=1)
    worker = Task(transform, method="any", service_time=wrong)(source, Condition.RESULT)
    assert only(compiled(worker)).code == "SW701"
    assert only(compiled(Task(slices, method="any"), budget=wrong)).code == "SW701"


@pytest.mark.parametrize("wrong", ["2", True, -1, float("inf")])
def test_a_ratio_that_is_none_is_an_error_and_zero_is_one(wrong: Any) -> None:
    def pushing(ratio: Any) -> list[Diagnostic]:
        source = Task(slices, method="any", rate=1)
        worker = Task(transform, method="any", yields_per_input=ratio)
        return list(compiled(worker(source, Condition.RESULT)).diagnostics)

    assert [one.code for one in pushing(wrong)] == ["SW701"]
    assert pushing(0) == []


def test_a_swarm_with_errors_has_no_capacity() -> None:
    source = Task(slices, method="any", rate=7.5)
    found = compiled(Task(transform, method="al", service_time=1.0)(source, Condition.RESULT))
    assert [one.code for one in found.diagnostics] == ["SW302"]
    assert found.capacity is None


def test_a_burst_is_shared_by_those_it_is_dealt_to() -> None:
    small = Limits(inbox_messages=5)
    source = Task(slices, method="any", rate=Rate(7.5, burst=15))
    for workers, fits in ((3, True), (2, False)):
        worker = Task(transform, method="maximum", maximum=workers, service_time=0.1)
        found = compiled(worker(source, Condition.RESULT, policy="balance"), limits=small)
        assert [one.code for one in found.diagnostics] == ([] if fits else ["SW703"])


def test_what_one_push_gives_is_a_burst_too() -> None:
    source = Task(slices, method="any", rate=1)
    worker = Task(transform, method="any", yields_per_input=10_000)(source, Condition.RESULT)
    finding = only(compiled(Task(Merge, method="any")(worker)))
    assert finding.message == (
        "transform pushes 10,000 at once to an instance of Merge, whose inbox takes 8,192"
    )


def test_a_gather_is_as_large_as_the_round_is_long() -> None:
    def gathered(seconds: float | None) -> list[str]:
        source = Task(slices, method="any", rate=Rate(1_000, lasts=seconds))
        found = compiled(Task(total, method="any")(source)).diagnostics
        return [one.code for one in found]

    assert gathered(32.768) == []
    assert gathered(32.8) == ["SW704"]
    assert gathered(None) == []


def test_always_busy_workers_have_no_bounded_latency() -> None:
    finding = only(compiled(fast_monitoring(225), budget=3_600.0))
    assert finding.message == (
        "the latency from slices to transform grows without end, and the budget is 3,600 s"
    )


def test_the_hint_of_a_missed_budget_names_instances_that_meet_it() -> None:
    assert "228 instances" in only(compiled(fast_monitoring(226), budget=40.0)).hint
    assert only(compiled(fast_monitoring(227), budget=40.0)).code == "SW705"
    assert not compiled(fast_monitoring(228), budget=40.0).diagnostics


def test_a_budget_may_need_nodes_that_are_not_there() -> None:
    hint = only(compiled(fast_monitoring(226), nodes=226, budget=40.0)).hint
    assert "the inventory lacks 2 nodes" in hint


def test_no_number_of_workers_meets_a_budget_below_the_work() -> None:
    finding = only(compiled(fast_monitoring(300), budget=20.0))
    assert "the work alone takes 30 s" in finding.hint


def test_an_overload_is_not_told_again_as_latency() -> None:
    assert only(compiled(fast_monitoring(30), budget=40.0)).code == "SW702"


def test_a_path_is_as_slow_as_its_stages_and_the_slowest_counts() -> None:
    source = Task(slices, method="any", rate=1)
    quick = Task(transform, method="any", alias="quick", service_time=0.1)
    slow = Task(transform, method="any", alias="slow", service_time=0.5)
    for one in (quick, slow):
        one(source, Condition.RESULT)
    last = Task(Merge, method="any", service_time=0.25)([quick, slow])
    finding = only(compiled(last, budget=1.0))
    assert finding.graph_path == "slices -> slow -> Merge"
    assert [one.text for one in finding.related] == [
        "slow: waits 500 ms, works 500 ms (66.7 %)",
        "Merge: waits 250 ms, works 250 ms (33.3 %)",
    ]


def test_rate_of_a_generator_that_waits_for_files_is_read() -> None:
    def files() -> list[str]:
        return ["a"]

    def read(files: list[str]) -> Iterator[int]:
        yield len(files)

    source = Task(read, method="any", rate=3)(Task(files, method="any"))
    worker = Task(transform, method="any", service_time=0.1)(source, Condition.RESULT)
    assert loads(worker)["transform"].total == 3


rates = st.floats(min_value=0.001, max_value=1e6)
widths = st.integers(min_value=1, max_value=40)


@given(rate=rates, senders=widths, receivers=widths, key=st.booleans())
def test_dealing_conserves_rates(rate: float, senders: int, receivers: int, key: bool) -> None:
    source = Task(Camera, method="maximum", maximum=senders, rate=rate)
    merge = Task(Merge, method="maximum", maximum=receivers)
    merge(source, policy="key" if key else "balance", key=parity if key else None)
    found = loads(merge, nodes=40)
    assert found["Merge"].total == pytest.approx(rate * senders)
    assert found["Merge"].arrival == pytest.approx(rate * senders / receivers)


@given(
    rate=rates,
    service_time=st.floats(min_value=1e-6, max_value=100.0),
    instances=st.integers(min_value=1, max_value=20),
    policy=st.sampled_from(["balance", "broadcast"]),
)
def test_twice_the_instances_never_have_more_to_do_each(
    rate: float, service_time: float, instances: int, policy: str
) -> None:
    def utilisation(count: int) -> float:
        merge = Task(Merge, method="maximum", maximum=count, service_time=service_time)
        merge(Task(Camera, method="any", rate=rate), policy=policy)
        return loads(merge, nodes=40)["Merge"].utilisation or 0.0

    assert utilisation(2 * instances) <= utilisation(instances) * (1 + 1e-12)


@given(
    everywhere=st.floats(min_value=0, max_value=1e3),
    dealt=st.floats(min_value=0, max_value=1e6),
    service_time=st.floats(min_value=1e-6, max_value=100.0),
)
def test_so_many_instances_as_are_needed_keep_up_and_one_less_does_not(
    everywhere: float, dealt: float, service_time: float
) -> None:
    def wide(instances: int) -> Load:
        return Load(
            alias="task",
            instances=instances,
            everywhere=everywhere,
            dealt=dealt,
            service_time=service_time,
        )

    needed = wide(1).needed
    if needed is None:
        assert wide(2**40).overloaded or everywhere * service_time == pytest.approx(1)
        return
    assert not wide(needed).overloaded
    assert needed == 1 or (wide(needed - 1).utilisation or 0.0) > 1 - 1e-9


def test_a_suppression_is_not_called_unused_where_an_error_kept_its_rule_from_looking() -> None:
    source = Task(slices, method="any", rate=7.5)
    worker = Task(transform, method="any", service_time=30.0)  # swarm: ignore[SW702]
    worker(source, Condition.RESULT, overflow="drop")  # type: ignore[arg-type, unused-ignore]
    assert [one.code for one in compiled(worker).diagnostics] == ["SW601"]
