from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swarmdsl.errors import TopologyError
from swarmdsl.topology.codec import (
    from_json,
    from_sent,
    from_toml,
    read,
    to_json,
    to_toml,
    topology_hash,
    write,
)
from swarmdsl.topology.inventory import Node
from swarmdsl.topology.model import (
    RUN,
    Constant,
    DaemonGroup,
    DataType,
    LinkSpec,
    ModuleSpec,
    TaskSpec,
    Topology,
)

EXAMPLE = Topology(
    name="example",
    nodes=(Node(name="node1", slots=2, datasets={"site": "/roof", "arch": "/arm"}),),
    modules=(
        ModuleSpec(name="one", kind="function", bundle="", encoding="installed", entry="m:f"),
    ),
    types=(DataType(name="int", fingerprint="00"),),
    groups=(DaemonGroup(name="worker", kind="worker", nodes=("node1",), per_node=(1,)),),
    tasks=(
        TaskSpec(
            alias="one",
            module="one",
            method="any",
            candidates=("worker@node1#0",),
            count=1,
            inputs={"n": Constant(value=[1, {"b": 2.5}]), "m": Constant(blob="ab")},
        ),
    ),
    links=(
        LinkSpec(
            source="one",
            destination=RUN,
            port="one",
            gather=False,
            type="int",
        ),
        LinkSpec(source="one", destination=RUN, gather=False),
    ),
    globals={"z": Constant(value=0), "a": Constant(value="x")},
    max_iteration=3,
)
PLAIN = st.recursive(
    st.one_of(
        st.booleans(),
        st.integers(-(2**63) + 1, 2**63 - 1),
        st.floats(allow_nan=False, allow_infinity=False),
        st.text(st.characters(exclude_categories=["Cs"])),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner, max_size=3),
    ),
    max_leaves=8,
)


@given(PLAIN, st.none() | st.integers(1, 9))
def test_document_gives_the_topology_back(value: Any, rounds: int | None) -> None:
    made = replace(EXAMPLE, globals={"value": Constant(value=value)}, max_iteration=rounds)
    assert from_toml(to_toml(made)) == made
    assert from_json(to_json(made)) == made


def test_document_does_not_depend_on_the_order_of_mappings() -> None:
    turned = replace(EXAMPLE, globals=dict(reversed(list(EXAMPLE.globals.items()))))
    assert to_toml(turned) == to_toml(EXAMPLE)
    assert topology_hash(turned) == topology_hash(EXAMPLE)


def test_order_of_candidates_and_links_belongs_to_the_hash() -> None:
    assert topology_hash(replace(EXAMPLE, name="other")) != topology_hash(EXAMPLE)
    assert topology_hash(replace(EXAMPLE, links=EXAMPLE.links * 2)) != topology_hash(EXAMPLE)


def test_absent_values_are_left_out() -> None:
    document = json.loads(to_json(replace(EXAMPLE, max_iteration=None)))
    assert "max_iteration" not in document
    assert "image" not in document["modules"][0]


def test_defaults_are_left_out_but_for_those_that_are_meant_to_be_seen() -> None:
    document = json.loads(to_json(replace(EXAMPLE, globals={}, types=(), links=())))
    assert list(document["tasks"][0]) == [
        "alias",
        "candidates",
        "count",
        "inputs",
        "method",
        "module",
    ]
    assert {"globals", "types", "networks"}.isdisjoint(document)
    assert document["format"] == 1
    assert document["limits"]["restarts"] == 3


def test_a_type_stands_once_however_many_links_carry_it() -> None:
    document = json.loads(to_json(replace(EXAMPLE, links=EXAMPLE.links[:1] * 3)))
    assert document["types"] == [{"name": "int", "fingerprint": "00"}]
    assert [link["type"] for link in document["links"]] == ["int"] * 3


def test_candidates_may_be_said_in_short_or_at_length() -> None:
    nodes = ("n1", "n2", "n3", "n4")
    daemons = tuple(f"worker@{node}#0" for node in nodes)
    wide = replace(
        EXAMPLE,
        nodes=tuple(Node(name=node) for node in nodes),
        groups=(DaemonGroup(name="worker", kind="worker", nodes=nodes, per_node=(1,) * 4),),
        tasks=(replace(EXAMPLE.tasks[0], candidates=daemons),),
    )
    short = to_toml(wide)
    assert 'candidates = [\n    "worker@n1#0 .. worker@n4#0",\n]' in short
    long = short.replace('"worker@n1#0 .. worker@n4#0"', ", ".join(f'"{one}"' for one in daemons))
    assert from_toml(short) == from_toml(long) == from_sent(to_json(wide).encode()) == wide


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            "node1#0",
            "node1#0 .. worker@x#0",
            "tasks[0].candidates: there is no daemon 'worker@x#0'",
        ),
        ('type = "int"', 'type = "text"', "links[0].type: there is no type 'text'"),
        (
            'fingerprint = "00"',
            'fingerprint = "00", schema = "7"',
            "types[0].fingerprint: is not the SHA-256 of its schema",
        ),
        (
            "slots = 2",
            'slots = "2"',
            ":4: nodes[0].slots: expected a whole number, found the text '2'",
        ),
        ("slots = 2", "slot = 2", "nodes[0].slot: no such key"),
        ("[globals", "[gloabls", "gloabls: no such key"),
        ('kind = "worker"', 'kind = "wroker"', "found the text 'wroker'; did you mean 'worker'?"),
        ('module = "one"', 'module = "two"', "tasks[0].module: there is no module 'two'"),
        ("node1#0", "node1#1", "tasks[0].candidates: there is no daemon 'worker@node1#1'"),
        ('source = "one"', 'source = "two"', "links[0].source: there is no task 'two'"),
        ("count = 1", "count = 2", "tasks[0].count: is 2, with 1 candidates"),
        (', port = "one"', "", "links[0]: port and type are both given, or"),
        ("format = 1", "format = 2", "reads up to 1; upgrade swarmdsl"),
        ("format = 1", "format = ", "is not TOML"),
    ],
)
def test_mistake_is_told_with_its_place(old: str, new: str, told: str) -> None:
    text = to_toml(EXAMPLE)
    assert old in text
    with pytest.raises(TopologyError) as caught:
        from_toml(text.replace(old, new), "t.toml")
    assert str(caught.value).startswith("t.toml")
    assert told in str(caught.value)


@pytest.mark.parametrize("text", ["[]", "3", "{", '"text"', "{}"])
def test_json_that_is_no_topology_is_refused(text: str) -> None:
    with pytest.raises(TopologyError):
        from_json(text)


def test_folder_holds_the_document_and_its_bundles(tmp_path: Path) -> None:
    file = write(EXAMPLE, {"ab": b"code"}, tmp_path / "new")
    assert file == tmp_path / "new" / "topology.toml"
    assert read(file) == read(file.parent) == (EXAMPLE, file.parent)
    assert (file.parent / "bundles" / "ab").read_bytes() == b"code"


def test_writing_again_leaves_nothing_else_behind(tmp_path: Path) -> None:
    for _ in range(2):
        write(EXAMPLE, {"ab": b"code"}, tmp_path)
    names = sorted(path.name for path in tmp_path.rglob("*"))
    assert names == ["ab", "bundles", "topology.toml"]


def test_json_document_is_read_by_its_suffix(tmp_path: Path) -> None:
    (tmp_path / "t.json").write_text(to_json(EXAMPLE))
    assert read(tmp_path / "t.json") == (EXAMPLE, tmp_path)


def test_missing_file_is_a_topology_error(tmp_path: Path) -> None:
    with pytest.raises(TopologyError, match="cannot be read"):
        read(tmp_path)
