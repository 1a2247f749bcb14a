"""Which instance a key belongs to."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swarmdsl.daemon import rendezvous
from swarmdsl.daemon.rendezvous import Rendezvous
from swarmdsl.errors import EncodeError

NAMES = st.lists(
    st.from_regex(r"[a-z]{1,8}@n[0-9]{1,2}#0", fullmatch=True), min_size=1, max_size=8, unique=True
)
KEYS = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text() | st.binary(),
    lambda inner: st.tuples(inner, inner),
    max_leaves=4,
)


def owner(names: list[str], key: object) -> str:
    return names[Rendezvous(names).choose(key)]


@given(NAMES, KEYS, st.randoms(use_true_random=False))
def test_a_key_has_one_owner_however_the_roster_is_ordered(
    names: list[str], key: object, random: object
) -> None:
    shuffled = sorted(names, key=lambda _: random.random())  # type: ignore[attr-defined]
    assert owner(names, key) == owner(shuffled, key)


@given(NAMES, KEYS)
def test_a_name_that_goes_moves_its_own_keys_alone(names: list[str], key: object) -> None:
    before = owner(names, key)
    for gone in set(names) - {before}:
        assert owner([name for name in names if name != gone], key) == before


@given(NAMES, st.lists(KEYS, max_size=6))
def test_what_was_chosen_before_changes_no_choice(names: list[str], keys: list[object]) -> None:
    chooser = Rendezvous(names)
    assert [chooser.choose(key) for key in keys] == [Rendezvous(names).choose(key) for key in keys]


def test_keys_are_spread_over_all_names() -> None:
    chooser = Rendezvous([f"count@n{number}#0" for number in range(4)])
    shares = Counter(chooser.choose(f"word {number}") for number in range(4_000))
    assert all(800 < share < 1_200 for share in shares.values())
    assert len(shares) == 4


def test_the_choice_is_part_of_the_contract() -> None:
    """Two versions of swarmdsl in one run must agree."""
    names = [f"count@n{number}#0" for number in range(1, 6)]
    assert [owner(names, key) for key in ("a", "b", 1, None, (1, "a"))] == [
        "count@n2#0",
        "count@n2#0",
        "count@n5#0",
        "count@n3#0",
        "count@n4#0",
    ]


@pytest.mark.parametrize("same", [(1, 1.0, True), (0, 0.0, -0.0, False), ((1, 2), [1.0, 2])])
def test_numbers_that_are_equal_are_one_key(same: tuple[object, ...]) -> None:
    names = [f"n{number}" for number in range(50)]
    assert len({owner(names, key) for key in same}) == 1


def test_the_order_of_a_mapping_plays_no_part() -> None:
    names = [f"n{number}" for number in range(50)]
    assert owner(names, {"a": 1, "b": 2}) == owner(names, {"b": 2, "a": 1})


def test_a_key_without_canonical_form_is_refused() -> None:
    with pytest.raises(EncodeError, match="object"):
        Rendezvous(["a"]).choose(object())


def test_only_so_many_choices_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rendezvous, "REMEMBERED_MAX", 3)
    chooser = Rendezvous(["a", "b"])
    for number in range(10):
        chooser.choose(number)
    assert len(chooser._remembered) <= 3
