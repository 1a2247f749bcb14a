"""Canonical TOML: the text of the library that everyone reads with, for every document."""

from __future__ import annotations

import tomllib
from typing import Any

import tomli_w
from hypothesis import given
from hypothesis import strategies as st

from swarmdsl.topology.canonical import toml_of

SCALARS = st.one_of(
    st.text(max_size=60),
    st.booleans(),
    st.integers(min_value=-(2**63), max_value=2**63 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=30), inner, max_size=4)
    ),
    max_leaves=30,
)
DOCUMENTS = st.dictionaries(st.text(max_size=10), VALUES, max_size=5)


@given(DOCUMENTS)
def test_the_text_is_the_same_byte_for_byte(document: dict[str, Any]) -> None:
    assert toml_of(document) == tomli_w.dumps(document)


@given(DOCUMENTS)
def test_what_is_read_back_is_what_was_written(document: dict[str, Any]) -> None:
    assert tomllib.loads(toml_of(document)) == document


def test_a_list_of_tables_is_written_out_once_one_of_them_is_too_long_for_a_line() -> None:
    short, long = {"a": "b"}, {"a": "b" * 100}

    assert toml_of({"t": [short, short]}).startswith("t = [\n    { a")
    assert toml_of({"t": [short, long]}).startswith("[[t]]\n")
