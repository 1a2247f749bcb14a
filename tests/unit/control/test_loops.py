"""What one round brings to the next, as the controller hands it out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from swarmdsl.control import loops
from swarmdsl.control.calls import Calls
from swarmdsl.control.core import ControlCore
from swarmdsl.control.loops import loop_name
from swarmdsl.control.records import RunRecord
from swarmdsl.control.secrets import NO_SECRETS, SecretCalls
from swarmdsl.control.store import Store
from swarmdsl.daemon.loop_pages import LOOP_VALUES, read_page
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


def calls_on(store: Store) -> Calls:
    core, secrets = ControlCore(chain(), "r"), SecretCalls(chain(), NO_SECRETS)
    return Calls(core, store, lambda added: None, secrets)


def answer(calls: Calls, number: int, first: int = 0, link: int = 1) -> Answer:
    arguments = encode_blob({"link": link, "first": first})
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
