"""What every transport must do, asked of each of them.

A test never sleeps: it turns the endpoints over, receiving with short timeouts, until what it
waits for is there or the rounds are used up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from mmap import mmap
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from swarmdsl.errors import TransportError
from swarmdsl.transport.limits import FRAME_BYTES_MAX, MESSAGES_PER_RECEIVE_MAX
from swarmdsl.transport.memory import MemoryTransport
from swarmdsl.transport.tcp import PlaintextTransport
from swarmdsl.transport.unix import UnixTransport
from swarmdsl.transport.zeromq import ZmqTransport
from tests.contracts.simulated_transport import SimulatedTransport
from tests.contracts.transport_case import (
    ROUND_S,
    TcpWorld,
    World,
    connected,
    encrypted,
    fill,
    plain,
    receive,
    received,
    send,
    until,
)

REAL = ["memory", "unix", "zeromq", "tcp", "tcp-plaintext"]
"""What daemons open, at addresses that users may give."""


@pytest.fixture(params=[*REAL, "simulated"])
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    # Not pytest's tmp_path: its names leave little of what a socket's path may have.
    with TemporaryDirectory(prefix="swarm") as folder:
        worlds: dict[str, Callable[[], World]] = {
            "memory": lambda: World(MemoryTransport(), "memory://"),
            "unix": lambda: World(UnixTransport(), f"unix://{folder}/"),
            "zeromq": lambda: World(ZmqTransport(), f"ipc://{folder}/"),
            "tcp": encrypted,
            "tcp-plaintext": lambda: TcpWorld(PlaintextTransport(), "tcp-plaintext://"),
            "simulated": lambda: World(SimulatedTransport(), "simulated://"),
        }
        made = worlds[request.param]()
        yield made
        made.close()
        assert list(Path(folder).iterdir()) == []


# ------------------------------------------------------------------------------------- messages


def test_messages_of_one_connection_keep_their_order(world: World) -> None:
    hub, leaf, to_hub = world.pair()
    messages = [[b"%d" % number] for number in range(500)]
    for message in messages:
        send(leaf, to_hub, message)
    assert received(hub, 500) == messages


def test_both_directions_of_a_connection_carry_messages(world: World) -> None:
    hub, to_leaf, leaf, to_hub = connected(world)
    send(hub, to_leaf, [b"welcome", b"you"])
    (answer,) = receive(leaf)
    assert (answer.connection, plain(answer)) == (to_hub, [b"welcome", b"you"])


def test_empty_and_large_frames_arrive_whole(world: World) -> None:
    hub, to_leaf, leaf, to_hub = connected(world)
    message = [b"", b"head", b"", bytes(range(256)) * (5 * 4096), b""]
    send(leaf, to_hub, message)
    assert received(hub) == [message]
    send(hub, to_leaf, message)
    assert received(leaf) == [message]


def test_every_kind_of_buffer_may_be_a_frame(world: World) -> None:
    hub, leaf, to_hub = world.pair()
    wide = memoryview(bytearray(80_000)).cast("q")
    send(leaf, to_hub, [bytearray(b"array"), memoryview(b"view")[1:], wide, wide[:2]])
    assert received(hub) == [[b"array", b"iew", bytes(80_000), bytes(16)]]


def test_received_frames_are_views_that_cannot_be_written_and_last(world: World) -> None:
    hub, leaf, to_hub = world.pair()
    send(leaf, to_hub, [b"first" * 20_000])
    (first,) = receive(hub)
    send(leaf, to_hub, [b"second" * 20_000])
    receive(hub)
    assert first.frames[0].readonly
    assert plain(first) == [b"first" * 20_000]


@given(messages=st.lists(st.lists(st.binary(max_size=300), min_size=1, max_size=9), max_size=9))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
def test_any_frames_arrive_equal(world: World, messages: list[list[bytes]]) -> None:
    if not world.endpoints:
        world.pair()
    hub, leaf = world.endpoints
    to_hub = leaf.dial(hub.address)
    for message in messages:
        send(leaf, to_hub, message)
    assert received(hub, len(messages)) == messages
    leaf.hang_up(to_hub)


@given(
    messages=st.lists(
        st.lists(st.binary(max_size=300) | st.just(b"l" * 70_000), min_size=1, max_size=9),
        max_size=20,
    )
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
def test_several_messages_at_once_arrive_as_those_sent_one_by_one(
    world: World, messages: list[list[bytes]]
) -> None:
    if not world.endpoints:
        world.pair()
    hub, leaf = world.endpoints
    to_hub = leaf.dial(hub.address)
    send(leaf, to_hub, [b"first"])
    assert received(hub) == [[b"first"]]
    assert leaf.send_all(to_hub, messages) == len(messages)
    send(leaf, to_hub, [b"last"])
    assert received(hub, len(messages) + 1) == [*messages, [b"last"]]
    leaf.hang_up(to_hub)


def test_one_call_hands_out_a_bounded_number_of_messages(world: World) -> None:
    hub, leaf, to_hub = world.pair()
    send(leaf, to_hub, [b"0"])
    while leaf.send(to_hub, [b"more"]):
        pass
    counts: list[int] = []

    def drained() -> bool:
        counts.append(len(hub.receive(ROUND_S)))
        return sum(counts) > MESSAGES_PER_RECEIVE_MAX and not counts[-1]

    until(drained)
    assert max(counts) == MESSAGES_PER_RECEIVE_MAX


def test_a_frame_that_no_receiver_would_take_is_an_error(world: World) -> None:
    _, leaf, to_hub = world.pair()
    huge = memoryview(mmap(-1, FRAME_BYTES_MAX + 1))  # promised by the system, never touched
    with pytest.raises(TransportError, match=r"longer than the \d+ bytes"):
        leaf.send(to_hub, [b"head", huge])


# ---------------------------------------------------------------------------------- connections


def test_an_address_may_be_dialled_before_anyone_listens(world: World) -> None:
    leaf, address = world.listen(), world.address()
    to_hub = leaf.dial(address)
    assert not leaf.send(to_hub, [b"lost"])
    hub = world.listen(address)
    send(leaf, to_hub, [b"later"])
    assert received(hub) == [[b"later"]]


def test_two_dials_are_two_connections(world: World) -> None:
    hub, leaf, one = world.pair()
    two = leaf.dial(hub.address)
    send(leaf, one, [b"one"])
    (first,) = receive(hub)
    send(leaf, two, [b"two"])
    (second,) = receive(hub)
    send(hub, second.connection, [b"to two"])
    assert one != two
    assert first.connection != second.connection
    assert [(two, [b"to two"])] == [(got.connection, plain(got)) for got in receive(leaf)]


def test_connections_of_several_peers_are_told_apart(world: World) -> None:
    hub, leaves = world.listen(), [world.listen() for _ in range(3)]
    for leaf in leaves:
        send(leaf, leaf.dial(hub.address), [leaf.address.encode()])
    names = {one.connection: plain(one)[0] for one in receive(hub, 3)}
    for connection, name in names.items():
        send(hub, connection, [name])
    assert [received(leaf) for leaf in leaves] == [[[leaf.address.encode()]] for leaf in leaves]


def test_an_endpoint_may_dial_itself(world: World) -> None:
    hub = world.listen()
    send(hub, hub.dial(hub.address), [b"me"])
    (arrival,) = receive(hub)
    send(hub, arrival.connection, [b"too"])
    assert received(hub) == [[b"too"]]


@pytest.mark.parametrize("world", REAL, indirect=True)
def test_a_leaf_speaks_with_whom_it_dials_and_listens_nowhere(world: World) -> None:
    hub, leaf = world.listen(), world.leaf()
    to_hub = leaf.dial(hub.address)
    send(leaf, to_hub, [b"hello"])
    (arrival,) = receive(hub)
    send(hub, arrival.connection, [b"welcome"])
    assert received(leaf) == [[b"welcome"]]
    assert (leaf.address, leaf.times_full) == ("", 0)
    assert (leaf.handshakes_failed, leaf.strangers.refused) == (0, 0)
    assert not leaf.send(99, [b"?"])
    assert leaf.is_gone(99)
    assert not leaf.is_gone(to_hub)


@pytest.mark.parametrize("world", REAL, indirect=True)
def test_a_leaf_that_was_closed_does_nothing_more(world: World) -> None:
    hub, leaf = world.listen(), world.leaf()
    to_hub = leaf.dial(hub.address)
    leaf.close()
    leaf.close()
    assert leaf.receive(ROUND_S) == []
    assert not leaf.send(to_hub, [b"?"])
    with pytest.raises(TransportError, match="is closed"):
        leaf.dial(hub.address)


def test_an_unknown_connection_takes_none_of_several_messages(world: World) -> None:
    _, leaf, to_hub = world.pair()
    assert leaf.send_all(to_hub + 7, [[b"one"], [b"two"]]) == 0


def test_an_unknown_connection_takes_nothing(world: World) -> None:
    hub = world.listen()
    assert not hub.send(99, [b"?"])
    hub.hang_up(99)
    assert hub.receive(0, blocked=[99]) == []


# ---------------------------------------------------------------------------------- back-pressure


def test_a_peer_that_never_receives_blocks_the_sender(world: World) -> None:
    hub, to_leaf, leaf, to_hub = connected(world)
    assert fill(leaf, to_hub, [b"x" * 1_000]) > 100
    assert fill(hub, to_leaf, [b"x" * 1_000]) > 100


@pytest.mark.parametrize("direction", ["dialled", "accepted"])
def test_what_is_refused_is_not_delivered_and_what_follows_is(world: World, direction: str) -> None:
    hub, to_leaf, leaf, to_hub = connected(world)
    both = {"dialled": (leaf, to_hub, hub), "accepted": (hub, to_leaf, leaf)}
    sender, connection, receiver = both[direction]
    taken = fill(sender, connection, [b"x", b"y"])
    arrived = receive(receiver, taken)
    assert {tuple(plain(one)) for one in arrived} == {(b"x", b"y")}
    send(sender, connection, [b"next"])
    assert received(receiver) == [[b"next"]]


def test_of_several_messages_those_that_are_taken_arrive_and_no_others(world: World) -> None:
    hub, _, leaf, to_hub = connected(world)
    messages = [[b"%d" % number, b"x" * 1_000] for number in range(20_000)]
    taken, at_once = 0, 250
    while (count := leaf.send_all(to_hub, messages[taken : taken + at_once])) == at_once:
        taken += count
    taken += count
    assert 0 < taken < len(messages)
    assert received(hub, taken) == messages[:taken]
    send(leaf, to_hub, [b"next"])
    assert received(hub) == [[b"next"]]


def test_one_blocked_connection_does_not_block_another(world: World) -> None:
    _, leaf, to_hub = world.pair()
    send(leaf, to_hub, [b"x"])
    fill(leaf, to_hub, [b"x"])
    other = world.listen()
    send(leaf, leaf.dial(other.address), [b"free"])
    assert received(other) == [[b"free"]]


# ------------------------------------------------------------------------------------- departure


def test_what_was_hung_up_takes_nothing_and_brings_nothing(world: World) -> None:
    hub, to_leaf, leaf, to_hub = connected(world)
    send(hub, to_leaf, [b"too late"])
    leaf.hang_up(to_hub)
    leaf.hang_up(to_hub)
    assert not leaf.send(to_hub, [b"?"])
    until(lambda: hub.receive(ROUND_S) == [] and not hub.send(to_leaf, [b"?"]))
    assert leaf.receive(ROUND_S) == []


def test_an_accepted_connection_is_not_hung_up(world: World) -> None:
    hub, to_leaf, leaf, _ = connected(world)
    hub.hang_up(to_leaf)
    send(hub, to_leaf, [b"still here"])
    assert received(leaf) == [[b"still here"]]


def test_what_was_handed_over_arrives_although_the_sender_closed(world: World) -> None:
    hub, _, leaf, to_hub = connected(world)
    for number in range(100):
        send(leaf, to_hub, [b"%d" % number])
    leaf.close()
    assert received(hub, 100) == [[b"%d" % number] for number in range(100)]


def test_a_connection_to_a_closed_peer_takes_nothing_in_the_end(world: World) -> None:
    hub, _, leaf, to_hub = connected(world)
    hub.close()
    until(lambda: not leaf.receive(ROUND_S) and not leaf.send(to_hub, [b"?"]))


def test_a_connection_from_a_closed_peer_takes_nothing_in_the_end(world: World) -> None:
    hub, to_leaf, leaf, _ = connected(world)
    leaf.close()
    until(lambda: not hub.receive(ROUND_S) and not hub.send(to_leaf, [b"?"]))
    assert not hub.send(to_leaf, [b"never again"])


def test_an_accepted_connection_is_gone_with_its_peer_and_a_dialled_one_never(world: World) -> None:
    hub, to_leaf, leaf, to_hub = connected(world)
    assert not hub.is_gone(to_leaf)
    leaf.close()
    until(lambda: not hub.receive(ROUND_S) and not hub.send(to_leaf, [b"x"]))
    assert hub.is_gone(to_leaf)
    other = world.listen()
    to_hub = other.dial(hub.address)
    hub.close()
    until(lambda: not other.receive(ROUND_S) and not other.send(to_hub, [b"x"]))
    assert not other.is_gone(to_hub)
    other.hang_up(to_hub)
    assert other.is_gone(to_hub)


def test_a_dialled_connection_finds_the_next_who_listens(world: World) -> None:
    hub, _, leaf, to_hub = connected(world)
    hub.close()
    until(lambda: not leaf.receive(ROUND_S) and not leaf.send(to_hub, [b"?"]))
    heir = world.listen(hub.address)
    send(leaf, to_hub, [b"again"])
    assert received(heir) == [[b"again"]]


def test_a_closed_endpoint_does_nothing_more(world: World) -> None:
    hub, to_leaf, _, _ = connected(world)
    to_itself = hub.dial(hub.address)
    hub.close()
    hub.close()
    assert hub.receive(ROUND_S) == []
    assert not hub.send(to_leaf, [b"?"])
    assert not hub.send(to_itself, [b"?"])
    with pytest.raises(TransportError, match="is closed"):
        hub.dial(world.address())


# ------------------------------------------------------------------------------------- addresses


@pytest.mark.parametrize("world", REAL, indirect=True)
@pytest.mark.parametrize("address", ["", "hub", "://hub", "tcp://host:1", "memory://", "ipc://"])
def test_a_malformed_or_foreign_address_is_an_error(world: World, address: str) -> None:
    with pytest.raises(TransportError):
        world.listen(address)
    with pytest.raises(TransportError):
        world.listen().dial(address)


def test_an_address_in_use_is_an_error_and_its_owner_stays(world: World) -> None:
    hub, leaf, to_hub = world.pair()
    with pytest.raises(TransportError, match="taken"):
        world.listen(hub.address)
    send(leaf, to_hub, [b"still here"])
    assert received(hub) == [[b"still here"]]


def test_an_address_is_free_again_once_closed(world: World) -> None:
    address = world.listen().address
    world.endpoints[-1].close()
    assert world.listen(address).address == address
