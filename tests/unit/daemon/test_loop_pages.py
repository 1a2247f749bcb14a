"""Pages of what the round before brought, as they travel."""

from __future__ import annotations

import pytest

from swarmdsl.daemon.loop_pages import LoopPage, page_answer, read_page
from swarmdsl.errors import DecodeError
from swarmdsl.wire.answers import Answer
from swarmdsl.wire.codec import Payload

PAGE = LoopPage([Payload(b"1", (b"a", b"b")), Payload(b"2"), Payload(b"3", (b"c",))], more=False)


def test_each_value_gets_its_own_arrays() -> None:
    answer = page_answer(PAGE)
    assert answer.behind == [b"a", b"b", b"c"]
    assert read_page(answer) == PAGE


@pytest.mark.parametrize(
    "answer",
    [
        Answer(page_answer(PAGE).payload, [b"a", b"b"]),
        Answer(b"\xc1"),
        Answer(b"\x92\x91\x92\xc4\x01x\xff\xc2"),
    ],
    ids=["an array is missing", "no page", "a value with less than no arrays"],
)
def test_what_is_no_page_is_refused(answer: Answer) -> None:
    with pytest.raises(DecodeError):
        read_page(answer)
