"""From a topology to the plain values of its document."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings

from swarmdsl.topology.document import document_of
from swarmdsl.topology.model import Key, Limits, LinkSpec, TaskSpec, Topology
from swarmdsl.topology.resources import Resources
from tests.handmade import chain
from tests.unit.topology.generated import topologies


def test_keys_stand_in_the_order_of_the_model() -> None:
    document = document_of(chain(max_iteration=3))
    assert list(document) == [
        "format",
        "name",
        "nodes",
        "modules",
        "types",
        "groups",
        "tasks",
        "links",
        "max_iteration",
        "limits",
    ]


def test_a_link_says_only_in_what_it_differs_from_the_usual() -> None:
    plain, *_ = document_of(chain())["links"]
    assert plain == {
        "source": "source",
        "destination": "double",
        "gather": False,
        "port": "handle",
        "type": "int",
    }


def test_links_that_differ_in_one_thing_are_told_apart() -> None:
    link = LinkSpec(source="source", destination="double", gather=False, port="x", type="int")
    others = [
        replace(link, gather=True),
        replace(link, policy="key", key=Key(field="word")),
        replace(link, policy="key", key=Key(field=1)),
        replace(link, condition="result"),
        replace(link, loop=True),
        replace(link, delivery="at_most_once", overflow="drop_oldest"),
        replace(link, response_timeout_s=2.5),
        replace(link, wait="spin"),
        replace(link, linger_s=0.0),
    ]
    said = document_of(replace(chain(), links=(link, *others)))["links"]
    assert len({repr(one) for one in said}) == len(said)
    assert said[2]["key"] == {"field": "word"}
    assert said[3]["key"] == {"field": 1}


def test_a_task_says_what_was_asked_and_nothing_else() -> None:
    task = TaskSpec(
        alias="source",
        module="source",
        method="any",
        candidates=("worker@n1#0",),
        count=1,
        resources=Resources(cpu=2.0),
        labels={"zone": "b", "arch": "arm"},
        timeout_s=5.0,
        env={"B": "2", "A": "1"},
    )
    said, *_ = document_of(replace(chain(), tasks=(task, *chain().tasks[1:])))["tasks"]
    assert said == {
        "alias": "source",
        "module": "source",
        "method": "any",
        "candidates": ["worker@n1#0"],
        "count": 1,
        "resources": {"cpu": 2.0},
        "labels": {"arch": "arm", "zone": "b"},
        "timeout_s": 5.0,
        "env": {"A": "1", "B": "2"},
    }
    assert list(said["labels"]) == ["arch", "zone"]


def test_limits_are_all_there() -> None:
    said = document_of(chain(limits=Limits(restarts=1)))["limits"]
    assert said["restarts"] == 1
    assert len(said) == len(Limits.__dataclass_fields__)


@settings(max_examples=50, deadline=None)
@given(topologies())
def test_nothing_that_is_not_the_usual_is_lost(made: Topology) -> None:
    document = document_of(made)
    for task, said in zip(made.tasks, document["tasks"], strict=True):
        assert said.get("fixed", False) is task.fixed
        assert set(said.get("inputs", {})) == set(task.inputs)
        assert said.get("datasets", []) == list(task.datasets)
    for link, said in zip(made.links, document["links"], strict=True):
        assert said.get("type") == link.type
        assert said.get("policy", "broadcast") == link.policy
        assert said.get("loop", False) is link.loop
