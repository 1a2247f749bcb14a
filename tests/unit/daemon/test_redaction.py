"""What is taken out of a text, and what is left in it."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swarmdsl.daemon.redaction import MARK, VALUE_CHARACTERS_MIN, Redaction

VALUE = 'se\'same "öpen" 100%'


@pytest.mark.parametrize(
    "told",
    [
        VALUE,
        repr(VALUE)[1:-1],
        json.dumps(VALUE),
        json.dumps({"key": VALUE}, ensure_ascii=False),
        repr(VALUE.encode())[2:-1],
        base64.b64encode(VALUE.encode()).decode(),
        f"https://a.example/?key={quote(VALUE, safe='')}",
    ],
)
def test_a_value_is_found_in_whichever_way_it_is_written(told: str) -> None:
    text = Redaction([VALUE.encode()]).text(f"before {told} after")
    assert MARK in text
    assert "same" not in text
    assert text.startswith("before ")
    assert text.endswith(" after")


def test_a_value_that_holds_another_is_replaced_as_a_whole() -> None:
    assert Redaction([b"open", b"open-sesame"]).text("open-sesame, open") == "***, ***"


def test_bytes_that_are_no_text_are_found_as_python_writes_them() -> None:
    value = b"\xff\x00\xfe\x01key"
    assert Redaction([value]).text(f"{value!r}") == "b'***'"


def test_each_long_line_of_a_value_is_one_by_itself() -> None:
    redaction = Redaction([b"-----BEGIN-----\nMIIEpAIBAAKCAQEA\nend\n"])
    assert redaction.text("  | MIIEpAIBAAKCAQEA\nend") == "  | ***\nend"


def test_a_value_told_without_the_line_break_behind_it_is_found() -> None:
    assert Redaction([b"sesame\n"]).text("no sesame.") == "no ***."


def test_values_that_are_too_short_to_be_told_from_other_text_stay() -> None:
    assert Redaction([b"abc"]).text("abc") == "abc"


@pytest.mark.parametrize("value", [b"    ", b"\n\n\n\n", b" abc\n"])
def test_blanks_around_a_value_do_not_make_it_long_enough(value: bytes) -> None:
    text = "    Traceback: abc\n\n\n\n"
    assert Redaction([value]).text(text) == text


def test_what_is_learnt_later_is_replaced_from_then_on() -> None:
    redaction = Redaction()
    assert redaction.text("sesame") == "sesame"
    redaction.learn(b"sesame")
    assert redaction.text("sesame") == MARK


def test_the_end_of_a_text_may_begin_within_a_value() -> None:
    redaction = Redaction([b"open-sesame"])
    assert redaction.end("n-sesame was refused") == "*** was refused"
    assert redaction.end("n-ses") == MARK
    assert redaction.end("nothing, and open-sesame") == "nothing, and ***"


def is_looked_for(text: str) -> bool:
    return len(text.strip()) >= VALUE_CHARACTERS_MIN


@given(
    st.text(min_size=VALUE_CHARACTERS_MIN).filter(lambda text: text.strip("*") == text),
    st.text(),
    st.text(),
)
def test_no_value_is_left_in_any_text(value: str, before: str, after: str) -> None:
    if value.isprintable() and is_looked_for(value):
        assert value not in Redaction([value.encode()]).text(f"{before}{value}{after}")


@given(st.text(st.characters(codec="utf-8"), min_size=8).filter(is_looked_for), st.data())
def test_no_cut_leaves_the_rest_of_a_value(value: str, data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(value) - VALUE_CHARACTERS_MIN))
    assert Redaction([value.encode()]).end(f"{value[cut:]}\n").startswith(MARK)
