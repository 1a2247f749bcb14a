"""Topologies that chance has made: every key of the document is used, and each makes sense."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

from hypothesis import strategies as st

from swarmdsl.topology.inventory import Node
from swarmdsl.topology.model import (
    RUN,
    Constant,
    DaemonGroup,
    DataType,
    Key,
    Limits,
    LinkSpec,
    ModuleSpec,
    TaskSpec,
    Topology,
)
from swarmdsl.wire.types import describe

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8) | st.sampled_from(
    [
        "no",
        "on",
        "null",
        "~",
        "1e3",
        "0o7",
        "1_0",
        "12:30",
        "2001-01-01",
        "<<",
        "=",
        " a",
        "# b",
        "- c",
    ]
)
PLAIN = st.recursive(
    st.one_of(
        st.booleans(),
        st.integers(-(2**63) + 1, 2**63 - 1),
        st.floats(allow_nan=False, allow_infinity=False),
        TEXT,
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXT, inner, max_size=3)),
    max_leaves=8,
)
HOSTS = st.none() | st.sampled_from(["localhost", "lst1.example.org", "10.0.0.7", "fe80::1"])
DATASETS = st.dictionaries(TEXT, TEXT, max_size=2)
CONSTANTS = st.dictionaries(
    TEXT,
    st.builds(Constant, value=PLAIN) | st.builds(Constant, blob=st.just("ab" * 32)),
    max_size=3,
)
LIMITS = st.builds(
    Limits,
    inbox_messages=st.integers(1, 2**53),
    restarts=st.integers(0, 9),
    push_timeout_s=st.floats(0.001, 1e9),
)


TYPES = (
    describe(int),
    describe(dict[str, list[float]]),
    DataType(name="a very long one", fingerprint="ab" * 32),
)


@st.composite
def topologies(draw: st.DrawFn) -> Topology:
    """Some functions in a row on some nodes, then the run."""
    nodes = [f"n{number}" for number in range(draw(st.integers(1, 3)))]
    aliases = draw(st.lists(TEXT.filter(lambda one: one != RUN), max_size=4, unique=True))
    hosts = tuple(f"worker@{node}#0" for node in nodes)
    return Topology(
        name=draw(TEXT),
        nodes=tuple(
            Node(
                name=node,
                slots=draw(st.integers(1, 9)),
                datasets=draw(DATASETS),
                host=draw(HOSTS),
            )
            for node in nodes
        ),
        modules=(
            ModuleSpec(name="code", kind="function", bundle="", encoding="installed", entry="m:f"),
            ModuleSpec(
                name=draw(TEXT.filter(lambda one: one != "code")),
                kind="script",
                bundle="ab" * 32,
                encoding="zip",
                entry=draw(TEXT),
                image=draw(st.none() | TEXT),
            ),
        ),
        types=TYPES,
        groups=(
            DaemonGroup(
                name="worker", kind="worker", nodes=tuple(nodes), per_node=(1,) * len(nodes)
            ),
            DaemonGroup(
                name="idle",
                kind="daemon",
                nodes=(nodes[0],),
                per_node=(1,),
                description=draw(st.none() | TEXT),
                receiving_port=draw(st.none() | st.integers(1, 65_535)),
            ),
        ),
        tasks=tuple(
            TaskSpec(
                alias=alias,
                module="code",
                method=draw(st.sampled_from(["all", "any"])),
                candidates=hosts,
                count=draw(st.integers(1, len(hosts))),
                fixed=draw(st.booleans()),
                inputs=draw(CONSTANTS),
                datasets=tuple(draw(st.lists(TEXT, max_size=2))),
            )
            for alias in aliases
        ),
        links=tuple(
            draw(links(source, destination)) for source, destination in pairwise([*aliases, RUN])
        ),
        globals=draw(CONSTANTS),
        max_iteration=draw(st.none() | st.integers(1, 99)),
        limits=draw(LIMITS),
    )


@st.composite
def links(draw: st.DrawFn, source: str, destination: str) -> LinkSpec:
    """A link with options that go together."""
    control = LinkSpec(source=source, destination=destination, gather=False)
    if draw(st.booleans()):
        return control
    value = replace(
        control,
        port=draw(TEXT),
        gather=draw(st.booleans()),
        type=draw(st.sampled_from([one.name for one in TYPES])),
    )
    options: list[dict[str, Any]] = [{}, {"delivery": "at_most_once", "overflow": "drop_oldest"}]
    if destination != RUN:
        options += [
            {"policy": "key", "key": Key(field=draw(TEXT | st.integers(0, 9)))},
            {"policy": "key", "key": Key(module="code")},
            {"policy": "balance", "condition": "result", "response_timeout_s": 2.5},
            {"wait": "spin", "linger_s": 0.5},
            {"loop": True},
        ]
    return replace(value, **draw(st.sampled_from(options)))
