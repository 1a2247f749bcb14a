"""From what a swarm says of its channels to the topology."""

from __future__ import annotations

import tomllib

from swarmdsl import Limits, Swarm, Task
from swarmdsl.compiler import compile_swarm
from swarmdsl.topology.codec import from_toml, to_toml
from swarmdsl.topology.model import LinkSpec, Topology
from tests.unit.compiler.building import TWO, links_into, topology


def number() -> int:
    return 1


def show(value: int) -> None:
    assert value


def limited(limits: object) -> Topology:
    class Example(Swarm):
        def execute(self) -> Task:
            return Task(number, method="any")

    swarm = Example()
    swarm.limits = limits  # type: ignore[assignment]
    return compile_swarm(swarm, TWO).require()


def link_of(task: Task) -> LinkSpec:
    [found] = links_into(topology(task), "show")
    return found


def test_limits_reach_the_topology() -> None:
    assert limited(Limits(inbox_messages=7)).limits == Limits(inbox_messages=7)
    assert limited({"batch_messages": 3}).limits == Limits(batch_messages=3)
    assert limited(None).limits == Limits()


def test_a_limit_with_an_upper_bound_is_not_said_to_have_none() -> None:
    class Example(Swarm):
        limits = Limits(push_bytes=10**12, inbox_messages=0)

        def execute(self) -> Task:
            return Task(number, method="any")

    highest, endless = (one.hint for one in compile_swarm(Example(), TWO).diagnostics)
    assert highest == (
        "give a whole number from 1 to 900,000,000, or leave it out: then it is 536870912"
    )
    assert str(endless).endswith("; a very large number is as good as no limit")


def test_whole_seconds_are_written_as_all_seconds_are() -> None:
    assert "call_timeout_s = 5.0" in to_toml(limited(Limits(call_timeout_s=5)))


def test_the_constructor_sets_limits_and_a_class_may_have_them() -> None:
    class Patient(Swarm):
        limits = Limits(call_timeout_s=99.0)

    assert Patient().limits.call_timeout_s == 99.0
    assert Patient(limits=Limits(call_timeout_s=1.0)).limits.call_timeout_s == 1.0


def test_the_options_of_an_edge_reach_its_link() -> None:
    source = Task(number, method="any")
    task = Task(show, method="any")(
        source, delivery="at_most_once", overflow="drop_oldest", response_timeout=5
    )
    found = link_of(task)
    assert (found.delivery, found.overflow) == ("at_most_once", "drop_oldest")
    assert found.response_timeout_s == 5.0
    document = to_toml(topology(task))
    assert from_toml(document) == topology(task)


def test_how_its_receiver_waits_and_how_long_a_push_may_reaches_the_link() -> None:
    source = Task(number, method="any")
    found = link_of(Task(show, method="any")(source, wait="spin", linger=0))
    assert (found.wait, found.linger_s) == ("spin", 0.0)
    plain = link_of(Task(show, method="any")(Task(number, method="any")))
    assert (plain.wait, plain.linger_s) == ("block", 0.01)


def test_a_link_says_only_in_what_it_differs() -> None:
    document = to_toml(topology(Task(show, method="any")(Task(number, method="any"))))
    [link] = [one for one in tomllib.loads(document)["links"] if one["destination"] == "show"]
    left_out = {"delivery", "overflow", "response_timeout_s", "wait", "linger_s"}
    assert left_out.isdisjoint(link)
