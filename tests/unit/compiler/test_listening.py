"""Hosts of nodes, and the ports at which the daemons of tasks listen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swarmdsl import Daemon, Inventory, Module, Node, Swarm, Task, on
from swarmdsl.compiler import Compilation
from swarmdsl.compiler.diagnostics import Diagnostic
from swarmdsl.errors import PortsNotOpened
from swarmdsl.testing import simulate
from swarmdsl.topology.codec import from_toml, to_toml
from swarmdsl.topology.integrity import problems_of
from swarmdsl.topology.model import DaemonGroup, Topology
from tests.unit.compiler.building import codes, compiled, topology

APART = Inventory(nodes=(Node(name="n1", host="10.0.0.1"), Node(name="n2", host="10.0.0.2")))
HERE = Inventory(nodes=(Node(name="n1"), Node(name="n2", host="localhost")))


class Keeper(Daemon):
    @on
    def keep(self, number: int) -> int:
        return number


def one() -> int:
    return 1


def kept(**options: Any) -> Task:
    return Task(Keeper, **options)(Task(one, "any", alias="first"))


def keepers(*options: dict[str, Any]) -> list[Task]:
    first = Task(one, "any", alias="first")
    return [Task(Keeper, **each)(first) for each in options]


def of(found: Compilation, code: str) -> list[Diagnostic]:
    return [one for one in found.diagnostics if one.code == code]


def group(found: Topology, name: str) -> DaemonGroup:
    return next(one for one in found.groups if one.name == name)


def test_port_of_a_task_is_that_of_its_daemons() -> None:
    made = topology(kept(alias="keeper", port=3391), APART)
    assert group(made, "keeper").receiving_port == 3391
    assert from_toml(to_toml(made)) == made


def test_task_without_a_port_has_none() -> None:
    made = topology(kept(alias="keeper"), APART)
    assert group(made, "keeper").receiving_port is None
    assert "receiving_port" not in to_toml(made)


@pytest.mark.parametrize("port", [1, 1024, 65_535])
def test_every_port_there_is_can_be_given(port: int) -> None:
    assert not of(compiled(kept(port=port), APART), "SW413")


@pytest.mark.parametrize("port", [0, -1, 65_536, 70_000, True, False, "80", 3391.0, [3391]])
def test_what_is_no_port_is_told_as_it_was_given(port: Any) -> None:
    [found] = compiled(kept(alias="keeper", port=port), HERE).diagnostics
    assert (found.code, found.message) == (
        "SW413",
        f"keeper has port={port!r}, which is no port number",
    )


def test_ports_below_1024_are_the_superusers() -> None:
    assert of(compiled(kept(port=1023), APART), "SW412")
    assert not of(compiled(kept(port=1024), APART), "SW412")


def test_script_and_image_have_no_daemon_of_their_own() -> None:
    found = compiled(
        [
            Task(Module("def main():\n    return 1\n", name="script"), "any", port=3391),
            Task(Module(None, "lab/fit:2"), "any", port=3391),
        ]
    )
    assert sorted(one.message.partition(", ")[2] for one in of(found, "SW414")) == [
        "but is a script, whose instances share the workers of their node",
        "but is an image, which is no daemon of swarmdsl",
    ]


def test_samples_of_phoenixswarm_clash_and_both_lines_are_named() -> None:
    tasks = keepers(
        {"alias": "Daemon1", "specified_ids": ["n1"], "port": 3391},
        {"alias": "Daemon2", "specified_ids": ["n2"], "port": 3391},
    )
    [found] = compiled(tasks, HERE).diagnostics
    assert (found.code, found.message) == (
        "SW411",
        "Daemon1 and Daemon2 have port=3391, and may be together on host 'localhost'",
    )
    assert [one.text for one in found.related] == [
        "Daemon1 has port=3391, and may run on n1",
        "Daemon2 has port=3391, and may run on n2",
    ]
    assert all(one.span is not None for one in found.related)
    assert "port=3392" in found.hint


def test_one_port_on_different_hosts_is_fine() -> None:
    tasks = keepers(
        {"specified_ids": ["n1"], "port": 3391}, {"specified_ids": ["n2"], "port": 3391}
    )
    assert "SW411" not in codes(tasks, APART)
    assert "SW411" not in codes(kept(method="all", port=3391), APART)


def test_tasks_that_may_meet_clash_even_where_they_need_not() -> None:
    tasks = keepers(
        {"method": "any", "maximum": 1, "port": 3391}, {"specified_ids": ["n2"], "port": 3391}
    )
    [found] = of(compiled(tasks, APART), "SW411")
    assert "on host '10.0.0.2'" in found.message


@pytest.mark.parametrize(
    ("options", "clashes"),
    [
        ({"method": "all"}, True),
        ({"method": "maximum", "maximum": 1}, True),  # the other one stands by
        ({"method": "any"}, True),
        ({"method": "any", "maximum": 2}, True),
        ({"method": "any", "maximum": 1}, False),
        ({"method": "fixed", "specified_ids": ["n1"]}, False),
    ],
)
def test_task_on_several_nodes_of_one_host_clashes_with_itself(
    options: dict[str, Any], clashes: bool
) -> None:
    found = of(compiled(kept(alias="keeper", port=3391, **options), HERE), "SW411")
    told = "keeper has port=3391, and may have several daemons on host 'localhost'"
    assert [one.message for one in found] == ([told] if clashes else [])


OPTIONS = st.fixed_dictionaries(
    {
        "method": st.sampled_from(["all", "any", "maximum"]),
        "maximum": st.sampled_from([1, 2, 0.5]),
        "specified_ids": st.none() | st.lists(st.sampled_from("abcd"), min_size=1, unique=True),
        "port": st.sampled_from([None, 3391, 3392]),
    }
)
NODES = st.lists(st.sampled_from([None, "localhost", "h1", "h2"]), min_size=4, max_size=4)


@given(NODES, st.lists(OPTIONS, min_size=1, max_size=3))
def test_what_has_no_clash_for_the_compiler_has_none_in_its_topology(
    hosts: list[str | None], options: list[dict[str, Any]]
) -> None:
    nodes = [Node(name=name, host=host) for name, host in zip("abcd", hosts, strict=True)]
    found = compiled(keepers(*options), Inventory(nodes=tuple(nodes)))
    if found.topology is not None:
        assert problems_of(found.topology) == []
    else:
        assert {one.code for one in found.diagnostics if one.severity == "error"} == {"SW411"}


def test_tasks_that_meet_on_many_hosts_are_one_finding() -> None:
    tasks = keepers(*({"alias": f"k{n}", "port": 3391} for n in range(7)))
    [found] = compiled(tasks, HERE).diagnostics
    assert found.message.startswith("k0, k1, k2, k3 and 3 more have port=3391")
    tasks = keepers({"alias": "a", "port": 3391}, {"alias": "b", "port": 3391})
    [found] = of(compiled(tasks, APART), "SW411")
    assert found.message.endswith("on host '10.0.0.1' and 1 more host")


def test_clashes_that_have_nothing_in_common_are_told_apart() -> None:
    tasks = keepers(
        *({"specified_ids": [node], "port": 3391} for node in ("n1", "n2", "n1", "n2")),
        {"specified_ids": ["n1"], "port": 4000},
        {"specified_ids": ["n1"], "port": 4000},
    )
    found = of(compiled(tasks, APART), "SW411")
    assert [len(one.related) for one in found] == [2, 2, 2]


def test_a_task_between_two_hosts_joins_what_meets_there() -> None:
    tasks = keepers(
        {"alias": "a", "specified_ids": ["n1"], "port": 3391},
        {"alias": "b", "specified_ids": ["n2"], "port": 3391},
        {"alias": "c", "method": "all", "port": 3391},
    )
    [found] = of(compiled(tasks, APART), "SW411")
    assert found.graph_path == "a, b, c"


def test_tasks_of_one_line_are_one_finding() -> None:
    tasks = keepers(
        *({"method": "any", "maximum": 1, "alias": f"k{n}", "port": 80 + n} for n in range(3))
    )
    found = compiled(tasks, HERE).diagnostics
    assert [one.code for one in found] == ["SW412", "SW416"]
    assert all(one.message.endswith("; 2 more tasks of this line too") for one in found)


def test_task_that_is_ill_declared_is_not_looked_for_on_nodes() -> None:
    assert codes(kept(method="al", port=3391), HERE) == ["SW302", "SW416"]


def test_host_in_place_of_a_node_is_told_with_the_nodes_that_are_there() -> None:
    [found] = compiled(Task(one, "any", specified_ids=["127.0.0.1"]), HERE).diagnostics
    assert found.message == (
        "one names '127.0.0.1' in specified_ids, which is no node but the host of nodes 'n1', 'n2'"
    )
    assert found.hint == "say specified_ids=['n1', 'n2']"


@pytest.mark.parametrize("method", ["all", "fixed", "any"])
def test_host_beside_a_node_is_told_once_whatever_the_method(method: str) -> None:
    assert codes(Task(one, method, specified_ids=["n1", "localhost"]), HERE) == ["SW415"]


def test_node_that_is_called_like_a_host_is_a_node() -> None:
    nodes = Inventory(nodes=(Node(name="localhost"), Node(name="n2")))
    assert codes(Task(one, "any", specified_ids=["localhost"]), nodes) == []


def test_other_machines_are_told_once_for_all() -> None:
    [found] = compiled(Task(one, "any"), APART).diagnostics
    assert (found.code, found.severity) == ("SW417", "info")
    assert "host '10.0.0.1' of node 'n1', and 1 more: the process" in found.message


@pytest.mark.parametrize("host", ["", "a:1", 7, "0.0.0.0"])
def test_host_that_is_none_is_a_fault_of_the_inventory(host: Any) -> None:
    assert codes(Task(one, "any"), Inventory(nodes=(Node(name="n", host=host),))) == ["SW307"]


class Example(Swarm):
    def execute(self) -> Task:
        return kept(alias="keeper", method="any", maximum=1, port=3391)


def test_process_engine_refuses_ports_before_anything_starts(tmp_path: Path) -> None:
    with pytest.raises(PortsNotOpened) as caught:
        Example().run(home=tmp_path)
    assert caught.value.daemons == ("keeper@node1#0 at port 3391 of localhost",)
    assert list(tmp_path.iterdir()) == []


def test_simulation_opens_nothing_and_so_minds_no_port() -> None:
    assert simulate(Example(), seed=1, nodes=1).violations == ()
