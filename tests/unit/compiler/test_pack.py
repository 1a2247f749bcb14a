from __future__ import annotations

from collections import Counter

from swarmdsl.dsl import Task
from swarmdsl.light import Daemon, on
from swarmdsl.topology.expand import expand_daemons
from tests.unit.compiler.building import nodes, task_of, topology


def one() -> int:
    return 1


class Sum(Daemon):
    @on
    def add(self, number: int) -> int:
        return number


def on_after(number: int) -> int:
    return number


def many(number: int) -> list[Task]:
    return [Task(one, "any", alias=f"t{i}") for i in range(number)]


def test_functions_share_workers_up_to_the_slots_of_their_node() -> None:
    found = topology(many(5), nodes("a", slots=2))
    hosts = Counter(task.candidates[0] for task in found.tasks)
    assert hosts == {"worker@a#0": 3, "worker@a#1": 2}


def test_no_worker_is_started_that_hosts_nothing() -> None:
    found = topology(many(2), nodes("a", "b", slots=8))
    assert [daemon.name for daemon in expand_daemons(found)] == ["worker@a#0", "worker@b#0"]


def test_expected_instances_are_dealt_out_whatever_steps_in_for_others() -> None:
    found = topology(many(16), nodes("a", "b", "c", "d", slots=2))
    assert set(Counter(task.candidates[0] for task in found.tasks).values()) == {2}


def test_node_that_nothing_may_use_gets_no_worker() -> None:
    found = topology(Task(one, "any", excepted_ids=["b"]), nodes("a", "b"))
    assert found.groups[0].nodes == ("a",)


def test_daemon_gets_a_group_of_its_own() -> None:
    found = topology(Task(Sum, "all", alias="sums")(Task(one, "any")), nodes("a", "b"))
    assert [(group.name, group.kind) for group in found.groups] == [
        ("worker", "worker"),
        ("sums", "daemon"),
    ]
    assert task_of(found, "sums").candidates == ("sums@a#0", "sums@b#0")


def test_swarm_of_daemons_alone_has_no_worker() -> None:
    assert [group.name for group in topology(Task(Sum, "any")).groups] == ["Sum"]


def test_daemon_called_worker_keeps_its_name() -> None:
    found = topology(Task(Sum, "any", alias="worker")(Task(one, "any")))
    assert [group.name for group in found.groups] == ["worker_", "worker"]


def test_a_chain_stays_on_one_worker_and_chains_are_dealt_out() -> None:
    ends = []
    for number in range(4):
        last = Task(one, "any", alias=f"c{number}_0")
        for step in range(1, 5):
            last = Task(on_after, "any", alias=f"c{number}_{step}")(last)
        ends.append(last)
    found = topology(ends, nodes("a", slots=2))
    hosts = {task.alias: task.candidates[0] for task in found.tasks}
    chains = [{hosts[f"c{number}_{step}"] for step in range(5)} for number in range(4)]
    assert [len(chain) for chain in chains] == [1] * 4
    assert set(Counter(hosts.values()).values()) == {10}


def test_tasks_that_may_work_at_the_same_time_are_no_chain() -> None:
    first = Task(one, "any", alias="first")
    found = topology(
        [Task(on_after, "any", alias=f"t{i}")(first) for i in range(3)], nodes("a", slots=2)
    )
    hosts = Counter(task.candidates[0] for task in found.tasks)
    assert sorted(hosts.values()) == [2, 2]


def test_a_chain_goes_where_its_nodes_say() -> None:
    first = Task(one, "any", alias="first", specified_ids=["a"])
    then = Task(on_after, "any", alias="then", specified_ids=["b"])(first)
    found = topology(then, nodes("a", "b"))
    assert task_of(found, "then").candidates == ("worker@b#0",)
