"""Which values a limit may have."""

from __future__ import annotations

import pytest

from swarmdsl.errors import TopologyError
from swarmdsl.topology.bounds import LIMITS, wrong_limits
from swarmdsl.topology.codec import from_toml, to_toml
from tests.handmade import chain

WHOLE = [name for name, default in LIMITS.items() if isinstance(default, int)]
SECONDS = [name for name, default in LIMITS.items() if isinstance(default, float)]


@pytest.mark.parametrize("name", WHOLE)
@pytest.mark.parametrize("value", [-1, 1.0, True, "1", None, 2**54])
def test_a_count_is_a_whole_number_from_one(name: str, value: object) -> None:
    [wrong] = wrong_limits({name: value})
    assert (wrong.name, wrong.value) == (name, value)


@pytest.mark.parametrize("name", SECONDS)
@pytest.mark.parametrize("value", [-0.5, True, "1", None, float("nan"), float("inf")])
def test_a_time_is_a_number_above_zero(name: str, value: object) -> None:
    assert [wrong.name for wrong in wrong_limits({name: value})] == [name]


def test_a_limit_that_other_things_bound_says_by_how_much() -> None:
    [wrong] = wrong_limits({"push_bytes": 2**30})
    assert wrong.expected == "a whole number from 1 to 900,000,000"


def test_zero_is_for_those_limits_that_can_mean_not_at_all() -> None:
    wrong = {one.name for one in wrong_limits(dict.fromkeys(LIMITS, 0))}
    assert set(LIMITS) - wrong == {
        "restarts",
        "controller_grace_s",
        "statistics_every_s",
        "steal_after_s",
        "arena_bytes",
    }
    assert list(wrong_limits({"controller_grace_s": 0.0})) == []


def test_the_defaults_are_right_and_so_are_whole_seconds() -> None:
    assert list(wrong_limits(LIMITS)) == []
    assert list(wrong_limits({"call_timeout_s": 5, "inbox_messages": 1})) == []


def test_a_wrong_limit_of_a_document_is_named_by_its_place() -> None:
    text = to_toml(chain()).replace("inbox_messages = 8192", "inbox_messages = 0")
    with pytest.raises(TopologyError, match=r"limits\.inbox_messages: is 0, not a whole number"):
        from_toml(text)


def test_contradictions_of_a_links_terms_are_named_by_their_place() -> None:
    text = to_toml(chain()).replace("gather = true", 'gather = true, overflow = "drop_oldest"')
    with pytest.raises(TopologyError, match=r"links\[1\]\.overflow: 'drop_oldest' needs delivery"):
        from_toml(text)


@pytest.mark.parametrize("seconds", [-0.5, 1.5])
def test_a_linger_that_nothing_can_have_is_named_by_its_place(seconds: float) -> None:
    said = f"gather = true, linger_s = {seconds}"
    text = to_toml(chain()).replace("gather = true", said)
    with pytest.raises(TopologyError, match=r"links\[1\]\.linger_s: is .*, not 0 to 1"):
        from_toml(text)
