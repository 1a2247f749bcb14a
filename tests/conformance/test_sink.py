"""A sink in C is dialled by us: it gets each push once and in order, and tells what went wrong.

That every value is the one that belongs at its position the sink checks itself: it exits with 3
where one is not.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest

from swarmdsl.wire.codec import encode_values
from swarmdsl.wire.messages import (
    PROTOCOL,
    AnyMessage,
    Bye,
    Call,
    Credit,
    Data,
    End,
    Hello,
    Mark,
    Stop,
    encode,
)
from swarmdsl.wire.session.events import Confirmed, Opened, Refused
from swarmdsl.wire.structure import declared
from tests.conformance.sides import CREDIT, KEY, RUN, TOPOLOGY, Ours, Peer, Sides

COUNT = 3_000


def push_all(
    sides: Sides,
    source: Ours,
    at: int = -1,
    mischief: Callable[[], None] = lambda: None,
    first: int = 0,
) -> None:
    """Push all integers and END, with some mischief at a position; wait until it is confirmed."""
    pushed = first

    def push() -> bool:
        nonlocal pushed, at
        pushed = source.push("sink", pushed, min(50, COUNT - pushed))
        if 0 <= at <= pushed:
            mischief()
            at = -1
        return pushed == COUNT

    sides.until(push)
    source.switchboard.to("sink").end(KEY, 0)
    sides.until(lambda: source.switchboard.to("sink").unconfirmed == 0)


def leave(sides: Sides, source: Ours, sink: Peer) -> None:
    """Say goodbye, and wait until the sink has ended well."""
    source.switchboard.leave("done")
    assert sides.until_left(sink) == 0


def dialled(sides: Sides, **options: object) -> tuple[Ours, Peer, int]:
    """A source that has dialled a sink."""
    sink = sides.sink(**options)
    source = sides.ours("source")
    return source, sink, source.dial("sink", sides.address("sink"))


def test_a_sink_gets_what_we_push_and_confirms_it(sides: Sides) -> None:
    source, sink, _ = dialled(sides)
    push_all(sides, source)
    assert source.of(Confirmed)[-1] == Confirmed(KEY, COUNT + 1)
    leave(sides, source, sink)
    assert sink.told(f"ended round=0 position={COUNT} count={COUNT}") is not None
    assert sink.counts == {}
    assert source.switchboard.counts.retransmitted == 0


def test_without_credit_we_wait_until_the_sink_takes(sides: Sides) -> None:
    source, sink, _ = dialled(sides, capacity=CREDIT, hold=2)
    sides.until(lambda: bool(source.of(Opened)))
    assert source.push("sink", 0, COUNT) == CREDIT
    assert source.push("sink", CREDIT, 1) == CREDIT
    sides.until(lambda: source.push("sink", CREDIT, 1) > CREDIT)
    push_all(sides, source, first=CREDIT + 1)
    leave(sides, source, sink)
    assert sink.told(f"ended round=0 position={COUNT} count={COUNT}") is not None
    assert sink.counts == {}


def test_what_was_under_way_when_the_connection_broke_is_pushed_again(sides: Sides) -> None:
    source, sink, connection = dialled(sides)

    def break_off() -> None:
        source.endpoint.hang_up(connection)
        source.dial("sink", sides.address("sink"))

    push_all(sides, source, 1_000, break_off)
    leave(sides, source, sink)
    assert sink.told("welcomed source incarnation=0 connection=2") is not None
    assert sink.told(f"ended round=0 position={COUNT} count={COUNT}") is not None
    assert "gaps" not in sink.counts


def test_a_sink_that_asks_for_a_new_hello_gets_it(sides: Sides) -> None:
    source, sink, _ = dialled(sides, reset=1_000)
    push_all(sides, source)
    leave(sides, source, sink)
    assert sink.told("welcomed source incarnation=0 connection=2") is not None
    assert sink.told(f"ended round=0 position={COUNT} count={COUNT}") is not None


def test_a_sink_started_anew_gets_what_it_had_not_confirmed(sides: Sides) -> None:
    source, sink, _ = dialled(sides, forget=1_000)
    push_all(sides, source)
    leave(sides, source, sink)
    assert sink.told("forgot at 1") is not None
    assert sink.told("welcomed source incarnation=0 connection=2") is not None
    assert sink.told(f"ended round=0 position={COUNT} count={COUNT}") is not None
    assert sink.counts["refused"] >= 1


def test_a_source_started_anew_begins_at_zero(sides: Sides) -> None:
    source, sink, _ = dialled(sides)
    sides.until(lambda: bool(source.of(Opened)))
    source.push("sink", 0, 100)
    sides.until(lambda: source.switchboard.to("sink").unconfirmed == 0)
    source.start(incarnation=1)
    source.dial("sink", sides.address("sink"))
    push_all(sides, source)
    leave(sides, source, sink)
    assert sink.told("welcomed source incarnation=1 connection=1") is not None
    assert sink.told(f"ended round=0 position={COUNT} count={COUNT}") is not None


# ------------------------------------------------------------------- what no switchboard says


def hello(**differs: object) -> Hello:
    mark = Mark(*KEY, 0)
    told = Hello(PROTOCOL, RUN, TOPOLOGY, "source", 0, 1, "ipc:///a", [mark], [])
    return msgspec.structs.replace(told, **differs)


def batch(first: int, count: int, number: int = 1) -> list[object]:
    body = encode_values(list(range(first, first + count))).body
    return [*encode(Data(number, *KEY, first, count, 0), [body])]


@pytest.fixture
def raw(sides: Sides) -> tuple[Callable[..., None], Peer]:
    """Says to a sink, on one connection, whatever one likes."""
    sink = sides.sink(capacity=64)
    ours = sides.ours("source")
    connection = ours.endpoint.dial(sides.address("sink"))

    def say(*messages: AnyMessage | list[object]) -> None:
        for message in messages:
            frames = message if isinstance(message, list) else encode(message)
            sides.until(lambda frames=frames: ours.endpoint.send(connection, frames))  # type: ignore[misc]

    return say, sink


Raw = tuple[Callable[..., None], Peer]


def test_a_sink_trims_what_it_has(sides: Sides, raw: Raw) -> None:
    say, sink = raw
    say(hello(), batch(0, 10), batch(0, 10), batch(7, 10), batch(3, 4), batch(16, 2))
    say(End(1, *KEY, 18, 0, 18), End(1, *KEY, 18, 0, 18), Bye(1, "done"))
    assert sides.until_left(sink) == 0
    assert sink.told("ended round=0 position=18 count=18") is not None
    assert sink.counts == {"duplicates": 10 + 3 + 4 + 1 + 1}


def test_a_sink_counts_each_piece_of_garbage(sides: Sides, raw: Raw) -> None:
    say, sink = raw
    pieces = [
        [b""],
        [b"\x80"],
        [b"\x92\x63\x01"],
        [b"\x93\x08\x01\xa1\xff"],
        [bytes(encode(Bye(1, "x"))[0]) + b"\x00"],
        [encode(Bye(1, "x"))[0][:-1]],
        [msgspec.msgpack.encode([4, 1, 0, 0, 0, -1, 1, 0]), b"\x90"],
        [msgspec.msgpack.encode([4, 1, 0, 0, 0, 0, 0, 0]), b"\x90"],
        [msgspec.msgpack.encode([5, 1, 0, 0, 0, 0, 0])],
        [msgspec.msgpack.encode([1, 2, "", "", "", 0, 0, "", []])],
        [b"\x93\x08\x01" + b"\x91" * 100_000],
        [*encode(Bye(1, "x")), b"behind"],
        [*encode(Data(1, *KEY, 0, 1, 0))],
    ]
    say(hello(), *pieces, batch(0, 5), Bye(1, "done"))
    assert sides.until_left(sink) == 0
    assert sink.counts == {"garbage": len(pieces)}


def test_a_sink_takes_fields_that_a_later_protocol_adds(sides: Sides, raw: Raw) -> None:
    say, sink = raw
    later = msgspec.to_builtins(hello())
    say([msgspec.msgpack.encode([*later, {"new": [1.5, None, b"x"]}])])
    say([msgspec.msgpack.encode([8, 1, "done", -(2**40), "new"])])
    assert sides.until_left(sink) == 0
    assert sink.counts == {}


def test_a_sink_drops_what_it_does_not_expect(sides: Sides, raw: Raw) -> None:
    say, sink = raw
    say(hello(), Credit(1, []), Stop(1, "now"), Call(1, 1, "a", 0, "get", b"", ""))
    say(batch(0, 5, number=7), hello(), Bye(1, "done"))
    assert sides.until_left(sink) == 0
    assert sink.counts == {"unexpected": 3, "stale": 2}


def test_a_sink_refuses_what_is_beyond_its_credit(sides: Sides, raw: Raw) -> None:
    say, sink = raw
    say(hello(), batch(0, 65), batch(0, 1), hello(connection=2), Bye(2, "done"))
    assert sides.until_left(sink) == 0
    assert sink.counts == {"beyond_credit": 65, "stale": 1}


def test_a_sink_answers_a_gap_with_reset(sides: Sides, raw: Raw) -> None:
    say, sink = raw
    say(hello(), batch(5, 5), batch(0, 5), hello(connection=2), batch(0, 5, number=2))
    say(Bye(2, "done"))
    assert sides.until_left(sink) == 0
    assert sink.counts == {"gaps": 1, "stale": 1}


def test_a_sink_asks_a_stranger_to_introduce_itself(sides: Sides, raw: Raw) -> None:
    say, sink = raw
    say(batch(0, 5), End(1, *KEY, 0, 0, 0), Bye(1, "?"), hello(), Bye(1, "done"))
    assert sides.until_left(sink) == 0
    assert sink.counts == {"refused": 2, "unexpected": 1}


@pytest.mark.parametrize(
    ("options", "carries", "reason"),
    [
        ({"run": "other"}, int, f"source has run {RUN}, and sink has other"),
        (
            {},
            list[float],
            f'what is pushed on link 0 is "int" at sink and {declared(list[float])} at source',
        ),
    ],
    ids=["run", "schema"],
)
def test_a_sink_tells_why_it_refuses_us(
    sides: Sides, options: dict[str, object], carries: object, reason: str
) -> None:
    sink = sides.sink(**options)
    source = sides.ours("source")
    source.dial("sink", sides.address("sink"), carries)
    sides.until(lambda: bool(source.of(Refused)) and sink.was_refused)
    assert source.of(Refused) == [Refused("sink", reason)]
    assert sink.told("refused ") == f"refused {reason}"


def test_a_sink_of_another_protocol_refuses_us_in_a_sentence(sides: Sides, raw: Raw) -> None:
    say, sink = raw
    say(hello(protocol=9), hello(), Bye(1, "done"))
    assert sides.until_left(sink) == 0
    assert sink.told("refused ") == f"refused source has protocol 9, and sink has {PROTOCOL}"
    assert sink.counts == {"refused": 1}
