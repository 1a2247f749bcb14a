"""What is told of the tasks of a run, with and without a daemon that can be asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from swarmdsl.control import asking
from swarmdsl.control.descriptions import ASK_S, describe
from swarmdsl.control.stored_run import StoredRun
from swarmdsl.control.waiting import Patience
from tests.kept import kept

BEGUN = [(1_000.0, "RoundStarted", "", 0, "")]


@pytest.fixture
def stored(tmp_path: Path) -> StoredRun:
    ended = kept(tmp_path, "r1", state="COMPLETED", ended_at=2.0, events=BEGUN)
    return StoredRun.open(ended)


def test_a_run_that_has_ended_is_described_by_its_topology(stored: StoredRun) -> None:
    told = describe(stored, Patience())
    assert told["source"] == {
        "module": "source",
        "kind": "function",
        "candidates": ["n1"],
        "nodes": [],
        "takes": {},
        "yields": ["int"],
        "instances": 0,
    }
    assert (told["double"]["kind"], told["double"]["code"]) == ("daemon", None)
    assert told["double"]["takes"] == {"handle": "int"}
    assert told["double"]["problem"] == "run r1 cannot be told anything: it has ended"


def test_one_task_can_be_described_alone(stored: StoredRun) -> None:
    assert [*describe(stored, Patience(), "total")] == ["total"]


def test_a_daemon_that_is_up_says_what_its_code_has(
    stored: StoredRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def answer(_stored: StoredRun, alias: str, method: str, *_: object, **named: object) -> object:
        asked.append((alias, method, named["node"]))
        return {"calls": []}

    monkeypatch.setattr(asking, "call", answer)
    assert describe(stored, Patience())["double"]["code"] == {"calls": []}
    assert asked == [("double", "", None)]


def test_all_are_asked_within_one_time(stored: StoredRun) -> None:
    times = iter([0.0, ASK_S + 1])
    told = describe(stored, Patience(monotonic_s=lambda: next(times)))
    assert told["double"]["problem"] == "others took 10 s to answer"


def test_the_nodes_are_those_of_the_instances_that_take_part(
    stored: StoredRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(StoredRun, "seated", lambda _: {0: [0]})
    told = describe(stored, Patience())
    assert (told["source"]["nodes"], told["source"]["instances"]) == (["n1"], 1)
    assert (told["total"]["nodes"], told["total"]["candidates"]) == ([], ["n2"])
