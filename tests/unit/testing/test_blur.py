"""What differs from run to run even without faults is left out, and nothing else."""

from __future__ import annotations

from typing import Any

from swarmdsl.control.state import RunState
from swarmdsl.testing.blur import Blur, blur_of
from swarmdsl.testing.outcome import Outcome
from swarmdsl.wire.codec import decode_blob, encode_blob


def yielding(
    *pushes: Any, results: tuple[Any, ...] = (), shared: dict[str, Any] | None = None
) -> Outcome:
    """What a run left whose sink pushed these, and added these results, in its one round."""
    return Outcome(
        state=RunState.COMPLETED,
        reason="",
        values={("sink", 0): [encode_blob(one) for one in pushes]},
        results=sorted(("loss", 0, "sink", "n1", encode_blob(one)) for one in results),
        globals={tag: encode_blob(value) for tag, value in (shared or {}).items()},
    )


def left_out(*outcomes: Outcome) -> list[str]:
    return blur_of(outcomes).sentences()


def compared(*outcomes: Outcome) -> list[list[Any]]:
    """What is left of the values of each, with the blur of the first two."""
    blur = blur_of(outcomes[:2])
    return [[decode_blob(one) for one in blur.of(each).values["sink", 0]] for each in outcomes]


def test_of_runs_that_are_alike_nothing_is_left_out() -> None:
    one = yielding({"count": 1}, results=(0.5,), shared={"weight": 2})
    assert left_out(one, one, one) == []
    assert blur_of([one, one]).of(one) is one


def test_order_is_no_difference() -> None:
    assert left_out(yielding(1, 2), yielding(2, 1)) == []


def test_a_field_that_differs_is_left_out_and_the_others_are_compared() -> None:
    fair = [yielding({"count": 4, "took_s": took_s}) for took_s in (0.1, 0.2)]
    assert left_out(*fair) == ["sink: .took_s"]
    first, second, wrong = compared(*fair, yielding({"count": 5, "took_s": 0.3}))
    assert first == second != wrong


def test_the_elements_of_a_list_are_left_out_and_their_number_is_compared() -> None:
    fair = [yielding({"times": times}) for times in ([0.1, 0.2], [0.3, 0.4])]
    assert left_out(*fair) == ["sink: .times[]"]
    first, second, short = compared(*fair, yielding({"times": [0.5]}))
    assert first == second != short


def test_a_field_at_any_depth_has_a_path() -> None:
    fair = [yielding({"by": {"north": [{"at": at, "n": 1}]}}) for at in (1, 2)]
    assert left_out(*fair) == ["sink: .by.north[].at"]


def test_values_of_another_number_or_shape_are_left_out_as_a_whole() -> None:
    for other in (yielding({"a": 1}, {"a": 1}), yielding({"b": 1}), yielding()):
        assert left_out(yielding({"a": 1}), other) == ["sink"]
        first, second = compared(yielding({"a": 1}), other)
        assert first == second == []


def test_a_value_that_is_no_record_is_left_out_but_counted() -> None:
    assert left_out(yielding(0.1), yielding(0.2)) == ["sink"]
    first, second, more = compared(yielding(0.1), yielding(0.2), yielding(0.3, 0.4))
    assert first == second != more


def test_results_and_globals_are_left_out_by_their_names() -> None:
    one = yielding(1, results=(0.5,), shared={"seed": 1, "weight": 2})
    other = yielding(1, results=(0.6,), shared={"seed": 3, "weight": 2})
    assert left_out(one, other) == ["the global 'seed'", "results 'loss' of sink"]
    rest = blur_of([one, other]).of(one)
    assert decode_blob(rest.globals["weight"]) == 2
    assert len(rest.results) == 1


def test_without_a_blur_an_outcome_is_what_it_was() -> None:
    one = yielding({"a": [1, {"b": 2}]})
    assert Blur().of(one) is one
