"""What one round brings to the next, as the controller hands it out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from swarmdsl.control import loops
from swarmdsl.control.calls import Calls
from swarmdsl.control.core import ControlCore
from swarmdsl.control.loops import loop_name
from swarmdsl.control.records import RunRecord
from swarmdsl.control.secrets import NO_SECRETS, SecretCalls
from swarmdsl.control.store import Store
from swarmdsl.daemon.reports import LOOP_VALUES
from swarmdsl.wire.codec import decode_blob, encode_blob
from swarmdsl.wire.messages import Call
from tests.handmade import chain

RUN = RunRecord(id="r", swarm="s", topology_hash="h", state="RUNNING", created_at=0.0)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store.create(tmp_path / "run.sqlite", RUN)
    yield store
    store.close()


def push(
    store: Store, number: int, *values: bytes, instance: str = "b@n1#0", link: int = 1
) -> None:
    """An instance pushes these on a loop in a round, and ends it."""
    for seq, value in enumerate(values, 10 * number):
        store.keep_value(loop_name(link), instance, number, seq, value, 0)
    store.end_values(loop_name(link), instance, number, 0)


def page(store: Store, number: int, first: int = 0, link: int = 1) -> tuple[list[bytes], bool]:
    calls = Calls(
        ControlCore(chain(), "r"), store, lambda added: None, SecretCalls(chain(), NO_SECRETS)
    )
    asked = Call(
        1, 7, "a@n1#0", number, LOOP_VALUES, encode_blob({"link": link, "first": first}), ""
    )
    ok, answer = calls.answer(asked)
    assert ok
    found = decode_blob(answer)
    return found["values"], found["more"]


def test_a_round_gets_what_the_one_before_pushed(store: Store) -> None:
    push(store, 0, b"old")
    push(store, 1, b"new")
    push(store, 2, b"of this round")
    assert page(store, 2) == ([b"new"], False)


def test_the_first_round_gets_nothing(store: Store) -> None:
    push(store, 0, b"of this round")
    assert page(store, 0) == ([], False)


def test_a_source_that_did_not_run_brings_what_it_last_pushed(store: Store) -> None:
    push(store, 0, b"old")
    assert page(store, 5) == ([b"old"], False)


def test_a_round_that_pushed_nothing_brings_nothing(store: Store) -> None:
    push(store, 0, b"old")
    push(store, 1)
    assert page(store, 2) == ([], False)


def test_values_come_by_instance_then_as_they_were_pushed(store: Store) -> None:
    push(store, 0, b"3", b"4", instance="b@n2#0")
    push(store, 0, b"1", b"2", instance="b@n10#0")
    assert page(store, 1)[0] == [b"1", b"2", b"3", b"4"]


def test_each_loop_has_values_of_its_own_apart_from_those_of_the_run(store: Store) -> None:
    push(store, 0, b"one", link=1)
    push(store, 0, b"two", link=2)
    store.keep_value("b", "b@n1#0", 0, 0, b"of the run", 0)
    assert (page(store, 1, link=1)[0], page(store, 1, link=2)[0]) == ([b"one"], [b"two"])
    assert [row.value for row in store.values("b")] == [b"of the run"]


def test_a_page_holds_what_fits_and_one_value_at_least(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loops, "PAGE_BYTES", 5)
    push(store, 0, b"123", b"45", b"6", b"seven is long", b"8")
    found, pages = 0, []
    more = True
    while more:
        values, more = page(store, 1, found)
        pages.append(values)
        found += len(values)
    assert pages == [[b"123", b"45"], [b"6"], [b"seven is long"], [b"8"]]
