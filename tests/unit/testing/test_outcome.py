"""Whether a run left what it should: exactly, or at least once."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from swarmdsl.control.state import RunState
from swarmdsl.testing.outcome import (
    Comparison,
    Outcome,
    anywhere,
    comparison_for,
    differences,
    missing,
)
from swarmdsl.wire.codec import encode_blob
from tests.handmade import link, task, topology


def pushes(*values: object) -> list[bytes]:
    return [encode_blob(value) for value in values]


WANTED = Outcome(
    state=RunState.COMPLETED,
    reason="",
    values={("sink", 0): pushes(1, 2)},
    results=[("loss", 0, "sink", "n1", b"x")],
    globals={"weight": b"w"},
)
TURNED = replace(WANTED, values={("sink", 0): pushes(2, 1)})
TWICE = replace(WANTED, results=[*WANTED.results, *WANTED.results])
SHORT = replace(WANTED, values={("sink", 0): pushes(1)})
MOVED = replace(WANTED, results=[("loss", 0, "sink", "n2", b"x")])
OTHER_GLOBAL = replace(WANTED, globals={"weight": b"v"})


def lacks(found: Outcome, *, more_allowed: bool) -> list[str]:
    return list(missing(WANTED, found, more_allowed=more_allowed))


def test_exactly_means_values_order_results_and_globals() -> None:
    assert list(differences(WANTED, WANTED)) == []
    told = [next(differences(WANTED, one)) for one in (TURNED, TWICE, SHORT, OTHER_GLOBAL)]
    assert told == [
        "sink in round 0: [2, 1], not [1, 2]",
        "results: none missing, loss of sink@n1 in round 0 too many",
        "sink in round 0: [1], not [1, 2]",
        "the global weight differs",
    ]


def test_order_is_no_difference_of_contents() -> None:
    assert lacks(TURNED, more_allowed=False) == []


def test_what_is_missing_is_told_whatever_is_allowed() -> None:
    told = ["sink in round 0: 2 missing, nothing too many"]
    assert lacks(SHORT, more_allowed=True) == lacks(SHORT, more_allowed=False) == told
    without = replace(WANTED, results=[], globals={})
    assert lacks(without, more_allowed=True) == [
        "results: loss of sink@n1 in round 0 missing, none too many",
        "the global weight differs",
    ]


def test_repeats_are_fine_only_where_work_may_be_repeated() -> None:
    for repeated in (TWICE, OTHER_GLOBAL):
        assert lacks(repeated, more_allowed=True) == []
        assert len(lacks(repeated, more_allowed=False)) == 1


def test_another_final_state_is_told_first() -> None:
    failed = replace(WANTED, state=RunState.FAILED, reason="why", values={})
    told = "it ended FAILED (why), not COMPLETED"
    assert list(differences(WANTED, failed)) == lacks(failed, more_allowed=True) == [told]


def test_where_an_instance_ran_can_be_left_out() -> None:
    assert list(differences(WANTED, MOVED))
    assert list(differences(anywhere(WANTED), anywhere(MOVED))) == []


def test_what_can_be_compared_is_seen_by_runs_without_faults() -> None:
    functions = topology([task("sink")], [link("sink")])
    daemons = topology([task("sink", "daemon")], [link("sink")])
    assert comparison_for(functions, [WANTED, WANTED]) is Comparison.EXACT
    assert comparison_for(daemons, [WANTED, WANTED]) is Comparison.CONTENTS
    assert comparison_for(functions, [WANTED, TURNED]) is Comparison.CONTENTS
    assert comparison_for(functions, [WANTED, SHORT]) is Comparison.NONE


@pytest.mark.parametrize(
    ("other", "told"),
    [
        ({"weights": np.array([1, 3]), "round": 1}, ".weights: array([1, 3]), not array([1, 2])"),
        ({"weights": np.array([1, 2]), "round": 1.0}, ".round: 1.0, not 1"),
        ({"weights": np.array([1, 2])}, ".round: missing"),
    ],
    ids=["an array", "a number of another kind", "a field"],
)
def test_of_two_records_only_where_they_differ_is_told(other: object, told: str) -> None:
    wanted = replace(
        WANTED, values={("sink", 0): pushes({"weights": np.array([1, 2]), "round": 1})}
    )
    found = replace(WANTED, values={("sink", 0): pushes(other)})
    assert list(missing(wanted, found, more_allowed=False)) == [f"sink in round 0: {told}"]
