"""What a REPLY carries: small answers in one piece, large arrays apart."""

from __future__ import annotations

import numpy as np
import pytest

from swarmdsl.errors import DecodeError
from swarmdsl.wire.answers import APART_BYTES_MIN, Answer, answer_of, value_of
from swarmdsl.wire.codec import decode_blob, encode_blob, encode_values, unpack_payload


def test_a_small_answer_is_one_piece_that_can_be_stored() -> None:
    answer = answer_of(encode_values([{"w": np.arange(3)}]))
    assert answer.behind == ()
    assert decode_blob(answer.payload)["w"].tolist() == [0, 1, 2]
    assert value_of(answer)["w"].tolist() == [0, 1, 2]


def test_a_large_array_is_neither_copied_in_nor_out() -> None:
    array = np.arange(float(APART_BYTES_MIN))
    answer = answer_of(encode_values([[array, "name"]]))
    found, name = value_of(answer)
    assert np.shares_memory(found, array)
    assert name == "name"
    assert len(answer.payload) < 100 < array.nbytes < answer.size


def test_an_array_that_was_stored_is_not_copied_out_of_its_bytes() -> None:
    blob = encode_blob(np.zeros(APART_BYTES_MIN, np.uint8))
    answer = answer_of(unpack_payload(blob))
    assert np.shares_memory(
        np.frombuffer(answer.behind[0], np.uint8), np.frombuffer(blob, np.uint8)
    )


def test_an_answer_of_several_values_is_refused() -> None:
    with pytest.raises(DecodeError, match="2 values where one was expected"):
        value_of(answer_of(encode_values([1, 2])))


def test_an_answer_that_lacks_an_array_is_refused() -> None:
    whole = answer_of(encode_values([[np.zeros(APART_BYTES_MIN), np.ones(APART_BYTES_MIN)]]))
    with pytest.raises(DecodeError):
        value_of(Answer(whole.payload, whole.behind[:1]))
