"""What is written as YAML is read back as it was by any reader."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swarmdsl.deploy.compose.plain_yaml import MERGED, Anchored, Plain, Same, yaml_of

yaml = pytest.importorskip("yaml")

TEXTS = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=12)
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=12,
)


@given(st.dictionaries(TEXTS, PLAIN, min_size=1, max_size=4))
def test_values_come_back_as_they_were(value: dict[str, Plain]) -> None:
    assert yaml.safe_load(yaml_of(value)) == value


@pytest.mark.parametrize("text", ["yes", "No", "null", "1.5", "0o17", "-x", "a: b", "#", "", "~"])
def test_a_text_that_looks_like_something_else_stays_a_text(text: str) -> None:
    assert yaml.safe_load(yaml_of({"key": [text]})) == {"key": [text]}


@pytest.mark.parametrize("sign", ["\x7f", "\x85", "\u2028", "\u2029", "\ufeff", "\ufffe"])
def test_what_a_reader_takes_for_the_end_of_a_line_is_escaped(sign: str) -> None:
    assert yaml.safe_load(yaml_of({sign: [f"a{sign}b"]})) == {sign: [f"a{sign}b"]}


def test_a_list_that_holds_tables_has_one_a_line() -> None:
    written = yaml_of({"volumes": [{"type": "bind", "read_only": True}, "keys:/run"]})
    assert written == 'volumes:\n  - {type: bind, read_only: true}\n  - "keys:/run"\n'


def test_what_stands_in_several_places_is_written_once() -> None:
    shared: dict[str, Plain] = {"user": "nobody"}
    written = yaml_of(
        {
            "x-all": Anchored("all", shared),
            "first": {MERGED: Same("all"), "name": "a"},
            "second": {MERGED: [Same("all")], "user": "me"},
        }
    )
    assert written.count("nobody") == 1
    read = yaml.safe_load(written)
    assert read["first"] == {"user": "nobody", "name": "a"}
    assert read["second"] == {"user": "me"}


def test_what_is_empty_is_written_as_that() -> None:
    assert yaml_of({"runs": {}, "names": []}) == "runs: {}\nnames: []\n"
