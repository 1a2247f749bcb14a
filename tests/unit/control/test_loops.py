"""What one round brings to the next, as the controller hands it out."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from swarmdsl.control import fitting, loops
from swarmdsl.control.calls import Calls
from swarmdsl.control.core import ControlCore
from swarmdsl.control.loops import loop_name
from swarmdsl.control.records import RunRecord
from swarmdsl.control.secrets import NO_SECRETS, SecretCalls
from swarmdsl.control.store import Store
from swarmdsl.daemon.loop_pages import LOOP_VALUES, read_page
from swarmdsl.daemon.sheet import Sheets, SheetUnseen
from swarmdsl.wire.answers import Answer
from swarmdsl.wire.codec import decode_blob, encode_blob, pack_payload
from swarmdsl.wire.messages import Call
from tests.handmade import chain

RUN = RunRecord(id="r", swarm="s", topology_hash="h", state="RUNNING", created_at=0.0)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store.create(tmp_path / "run.sqlite", RUN)
    yield store
    store.close()


def push(store: Store, number: int, *values: Any, instance: str = "b@n1#0", link: int = 1) -> None:
    """An instance pushes these on a loop in a round, and ends it."""
    for seq, value in enumerate(values, 10 * number):
        store.keep_value(loop_name(link), instance, number, seq, encode_blob(value), 0)
    store.end_values(loop_name(link), instance, number, 0)


@pytest.fixture
def sheets() -> Iterator[Sheets]:
    ids = count(1)
    with Sheets(10_000_000, lambda: next(ids).to_bytes(16)) as sheets:
        yield sheets


def calls_on(store: Store, sheets: Sheets | None = None) -> Calls:
    core, secrets = ControlCore(chain(), "r"), SecretCalls(chain(), NO_SECRETS)
    return Calls(core, store, lambda added: None, secrets, sheets)


def answer(
    calls: Calls, number: int, first: int = 0, link: int = 1, *, sees: bool = False
) -> Answer:
    arguments = encode_blob({"link": link, "first": first, "sees": sees})
    ok, found = calls.answer(Call(1, 7, "a@n1#0", number, LOOP_VALUES, arguments, ""))
    assert ok
    return found


def page(store: Store, number: int, first: int = 0, link: int = 1) -> tuple[list[Any], bool]:
    found = read_page(answer(calls_on(store), number, first, link))
    return [decode_blob(pack_payload(one)) for one in found.values], found.more


def test_a_round_gets_what_the_one_before_pushed(store: Store) -> None:
    push(store, 0, "old")
    push(store, 1, "new")
    push(store, 2, "of this round")
    assert page(store, 2) == (["new"], False)


def test_the_first_round_gets_nothing(store: Store) -> None:
    push(store, 0, "of this round")
    assert page(store, 0) == ([], False)


def test_a_source_that_did_not_run_brings_what_it_last_pushed(store: Store) -> None:
    push(store, 0, "old")
    assert page(store, 5) == (["old"], False)


def test_a_round_that_pushed_nothing_brings_nothing(store: Store) -> None:
    push(store, 0, "old")
    push(store, 1)
    assert page(store, 2) == ([], False)


def test_values_come_by_instance_then_as_they_were_pushed(store: Store) -> None:
    push(store, 0, "3", "4", instance="b@n2#0")
    push(store, 0, "1", "2", instance="b@n10#0")
    assert page(store, 1)[0] == ["1", "2", "3", "4"]


def test_each_loop_has_values_of_its_own_apart_from_those_of_the_run(store: Store) -> None:
    push(store, 0, "one", link=1)
    push(store, 0, "two", link=2)
    store.keep_value("b", "b@n1#0", 0, 0, b"of the run", 0)
    assert (page(store, 1, link=1)[0], page(store, 1, link=2)[0]) == (["one"], ["two"])
    assert [row.value for row in store.values("b")] == [b"of the run"]


def test_a_page_holds_what_fits_and_one_value_at_least(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loops, "PAGE_BYTES", 18)
    push(store, 0, "123", "45", "6", "seven is long", "8")
    found, pages = 0, []
    more = True
    while more:
        values, more = page(store, 1, found)
        pages.append(values)
        found += len(values)
    assert pages == [["123", "45"], ["6"], ["seven is long"], ["8"]]


def test_all_that_ask_for_a_page_get_the_same_arrays(store: Store) -> None:
    push(store, 0, np.arange(100_000.0))
    calls = calls_on(store)
    first, second = answer(calls, 1), answer(calls, 1)
    assert first.behind[0] is second.behind[0]
    assert len(first.payload) < 100, "the array is in no copy of the message"


def test_the_next_round_gets_another_page_from_the_same_controller(store: Store) -> None:
    calls = calls_on(store)
    push(store, 0, "old")
    old = answer(calls, 1)
    push(store, 1, "new")
    assert answer(calls, 1) == old
    assert answer(calls, 2) != old


LARGE = np.arange(100_000.0)


def read_back(found: Answer) -> Any:
    (payload,) = read_page(found).values
    return decode_blob(pack_payload(payload))


def test_who_looks_for_it_finds_large_arrays_on_one_sheet_and_others_are_sent_them(
    store: Store, sheets: Sheets
) -> None:
    push(store, 0, LARGE)
    calls = calls_on(store, sheets)
    seen, sent = answer(calls, 1, sees=True), answer(calls, 1)
    assert (seen.size < 200, sent.size > LARGE.nbytes) == (True, True)
    for found in (seen, sent):
        np.testing.assert_array_equal(read_back(found), LARGE)
    assert answer(calls, 1, sees=True) is seen, "all who ask are told of the same sheet"


def test_an_array_on_a_sheet_is_not_altered_by_who_reads_it(store: Store, sheets: Sheets) -> None:
    push(store, 0, LARGE)
    (payload,) = read_page(answer(calls_on(store, sheets), 1, sees=True)).values
    with pytest.raises(TypeError, match="read-only"):
        memoryview(payload.buffers[0])[0] = 1


def test_the_sheet_of_a_round_that_is_over_is_taken_away(store: Store, sheets: Sheets) -> None:
    calls = calls_on(store, sheets)
    push(store, 0, LARGE)
    old = answer(calls, 1, sees=True)
    push(store, 1, -LARGE)
    np.testing.assert_array_equal(read_back(answer(calls, 2, sees=True)), -LARGE)
    with pytest.raises(SheetUnseen):
        read_page(old)


def test_small_values_lie_on_no_sheet(store: Store, sheets: Sheets) -> None:
    push(store, 0, "small", np.arange(3.0))
    found = answer(calls_on(store, sheets), 1, sees=True)
    sheets.close()
    assert len(read_page(found).values) == 2


def test_where_no_sheet_can_be_written_the_arrays_are_sent(store: Store) -> None:
    push(store, 0, LARGE)
    with Sheets(LARGE.nbytes, lambda: bytes(16)) as too_small:
        found = answer(calls_on(store, too_small), 1, sees=True)
    np.testing.assert_array_equal(read_back(found), LARGE)


def test_a_value_that_is_too_large_to_be_sent_is_refused_on_a_sheet_too(
    store: Store, sheets: Sheets, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fitting, "CALL_BYTES_MAX", LARGE.nbytes)
    push(store, 0, LARGE)
    arguments = encode_blob({"link": 1, "first": 0, "sees": True})
    ok, found = calls_on(store, sheets).answer(Call(1, 7, "a@n1#0", 1, LOOP_VALUES, arguments, ""))
    assert not ok
    assert "bytes" in decode_blob(found.payload)


def test_one_may_look_at_the_first_page_when_another_is_told_of_the_next(
    store: Store, sheets: Sheets, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loops, "PAGE_BYTES", LARGE.nbytes)
    push(store, 0, LARGE, -LARGE)
    calls = calls_on(store, sheets)
    first = answer(calls, 1, sees=True)
    second = answer(calls, 1, first=1, sees=True)
    np.testing.assert_array_equal(read_back(first), LARGE)
    np.testing.assert_array_equal(read_back(second), -LARGE)
    assert answer(calls, 1, sees=True) is first
    push(store, 1, LARGE)
    answer(calls, 2, sees=True)
    for over in (first, second):
        with pytest.raises(SheetUnseen):
            read_page(over)


def test_what_is_small_is_made_once_for_those_who_look_for_sheets_too(
    store: Store, sheets: Sheets
) -> None:
    push(store, 0, "small")
    calls = calls_on(store, sheets)
    assert answer(calls, 1, sees=True) is answer(calls, 1, sees=True)
