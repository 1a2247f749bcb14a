"""Lists of daemons said in short: always the same list again, and short where it matters."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swarmdsl.topology.model import DaemonGroup
from swarmdsl.topology.stretches import MARK, Stretches

NODES = ("a", "b", "c", "d", "e")


def group(name: str, *per_node: int) -> DaemonGroup:
    return DaemonGroup(name=name, kind="worker", nodes=NODES[: len(per_node)], per_node=per_node)


WORKERS = Stretches([group("w", 2, 2, 2, 2, 2), group("other", 1, 0, 3)])


def on(nodes: str, number: int = 0) -> list[str]:
    return [f"w@{node}#{number}" for node in nodes]


@pytest.mark.parametrize(
    ("daemons", "said"),
    [
        ([], []),
        (on("c"), ["w@c#0"]),
        (on("ab"), ["w@a#0", "w@b#0"]),
        (on("abcde"), ["w@a#0 .. w@e#0"]),
        (on("deabc", 1), ["w@d#1 .. w@c#1"]),
        ([*on("c"), *on("bdea", 1)], ["w@c#0", "w@b#1 .. w@a#1"]),
        ([*on("abc"), *on("de", 1)], ["w@a#0 .. w@c#0", "w@d#1", "w@e#1"]),
        ([*on("ec"), *on("abd")], ["w@e#0", "w@c#0", "w@a#0 .. w@d#0"]),
        (on("edcba"), on("edcba")),
        (["x@a#0", *on("abc")], ["x@a#0", "w@a#0", "w@b#0", "w@c#0"]),
    ],
)
def test_stretches_follow_the_names_of_the_nodes(daemons: list[str], said: list[str]) -> None:
    assert WORKERS.shortened(daemons) == said


DAEMONS = st.sampled_from([f"{g}@{n}#{k}" for g in ("w", "other") for n in NODES for k in (0, 1)])


@given(
    st.lists(DAEMONS, max_size=12, unique_by=lambda one: one.partition("@")[2].partition("#")[0])
)
def test_what_is_said_in_short_names_the_same_daemons(daemons: list[str]) -> None:
    assert WORKERS.named(WORKERS.shortened(daemons)) == daemons


@given(st.integers(3, 300), st.data())
def test_all_nodes_from_anywhere_on_are_one_stretch(number: int, data: st.DataObject) -> None:
    names = tuple(f"n{index:03}" for index in range(number))
    whole = Stretches([DaemonGroup(name="w", kind="worker", nodes=names, per_node=(1,) * number)])
    start = data.draw(st.integers(0, number - 1))
    daemons = [f"w@{names[(start + index) % number]}#0" for index in range(number)]
    [said] = whole.shortened(daemons)
    assert said == f"{daemons[0]}{MARK}{daemons[-1]}"
    assert whole.named([said]) == daemons


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("w@a#0 .. w@z#0", "there is no daemon 'w@z#0'"),
        ("w@q#0 .. w@a#0", "there is no daemon 'w@q#0'"),
        ("w@a#0 .. w@c#1", "not of one group and number"),
        ("w@a#0 .. other@c#0", "not of one group and number"),
    ],
)
def test_a_stretch_that_is_none_is_told(said: Any, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        WORKERS.named([said])
