"""What links say of their policy: in the document, and whether it makes sense there."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from swarmdsl.topology.codec import from_json, from_toml, to_json, to_toml
from swarmdsl.topology.integrity import problems_of
from swarmdsl.topology.model import Key, LinkSpec, Topology
from tests.handmade import link, task, topology


def linked(**options: Any) -> Topology:
    nodes = ["n1", "n2"]
    return topology(
        [task("a", nodes=nodes), task("b", nodes=nodes)],
        [replace(link("a", "b"), **options), link("b")],
    )


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"policy": "balance"},
        {"policy": "pair"},
        {"condition": "result", "policy": "balance"},
        {"loop": True},
        {"policy": "key", "key": Key(field="word")},
        {"policy": "key", "key": Key(field=0)},
        {"policy": "key", "key": Key(module="b")},
    ],
)
def test_a_document_gives_the_policies_back(options: dict[str, Any]) -> None:
    made = linked(**options)
    assert from_toml(to_toml(made)) == from_json(to_json(made)) == made
    assert problems_of(made) == []


def test_what_most_links_have_is_left_out() -> None:
    plain, balanced = (json.loads(to_json(linked(policy=one))) for one in ("broadcast", "balance"))
    assert plain["links"][0].keys() & {"policy", "key"} == set()
    assert balanced["links"][0]["policy"] == "balance"


def test_broadcast_may_be_written_all_the_same() -> None:
    document = json.loads(to_json(linked()))
    document["links"][0]["policy"] = "broadcast"
    assert from_json(json.dumps(document)) == linked()


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"policy": "key"}, "links[0]: policy = 'key' and a key are both given, or neither"),
        ({"key": Key(field="x")}, "links[0]: policy = 'key' and a key are both given, or neither"),
        ({"policy": "key", "key": Key()}, "links[0].key: has either a field or a module"),
        (
            {"policy": "key", "key": Key(field="x", module="a")},
            "links[0].key: has either a field or a module",
        ),
        (
            {"policy": "key", "key": Key(module="c")},
            "links[0].key.module: there is no module 'c'",
        ),
        (
            {"policy": "balance", "port": None, "type": None},
            "links[0].policy: 'balance' is for links that carry values between tasks",
        ),
        (
            {"loop": True, "port": None, "type": None},
            "links[0].loop: is for links that carry values to functions and scripts",
        ),
        (
            {"loop": True, "policy": "balance"},
            "links[0].loop: has neither a policy nor a condition of its own",
        ),
        (
            {"condition": "result", "port": None, "type": None},
            "links[0].condition: 'result' is for links that carry values",
        ),
    ],
)
def test_what_makes_no_sense_is_told(options: dict[str, Any], told: str) -> None:
    assert problems_of(linked(**options)) == [told]


def test_the_run_is_no_receiver_among_several() -> None:
    to_run: LinkSpec = replace(link("a"), policy="balance")
    assert problems_of(topology([task("a")], [to_run])) == [
        "links[0].policy: 'balance' is for links that carry values between tasks"
    ]


@pytest.mark.parametrize("other", [task("b"), task("b", nodes=["n1", "n2"], count=1)])
def test_a_pair_on_different_nodes_is_told(other: Any) -> None:
    made = topology(
        [task("a", nodes=["n1", "n2"]), other], [replace(link("a", "b"), policy="pair")]
    )
    assert problems_of(made) == [
        "links[0].policy: 'pair' needs both tasks on the same nodes, and on each of them"
    ]


def test_a_daemon_module_runs_for_no_result() -> None:
    streamed = [replace(link("a", "b"), condition="result")]
    assert problems_of(topology([task("a"), task("b", "daemon")], streamed)) == [
        "links[0].condition: 'result' is for functions and scripts"
    ]


def test_one_instance_cannot_be_gone_on_without() -> None:
    alone = topology([task("a", on_node_loss="continue")], [link("a")])
    assert problems_of(alone) == []
    tried = replace(alone, tasks=(replace(alone.tasks[0], method="any"),))
    [problem] = problems_of(tried)
    assert problem.startswith("tasks[0].on_node_loss: is continue")
