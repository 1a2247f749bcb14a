from __future__ import annotations

import pytest

from swarmdsl.transport.limits import QUEUE_MESSAGES_MAX
from swarmdsl.transport.memory import MemoryEndpoint, MemoryNetwork


def by_hand() -> tuple[MemoryNetwork, MemoryEndpoint, MemoryEndpoint]:
    network = MemoryNetwork(deliver="by hand")
    return network, network.listen("memory://a"), network.listen("memory://b")


def texts(network: MemoryNetwork) -> list[tuple[str, str, bytes]]:
    return [(one.sender, one.receiver, b"".join(one.frames)) for one in network.pending()]


def test_a_message_waits_until_it_is_delivered_by_hand() -> None:
    network, a, b = by_hand()
    a.send(a.dial("memory://b"), [b"one"])
    assert b.receive(1.0) == []
    assert texts(network) == [("memory://a", "memory://b", b"one")]
    assert network.deliver() == 1
    assert [bytes(one.frames[0]) for one in b.receive(0)] == [b"one"]
    assert network.pending() == []


def test_messages_of_all_connections_are_delivered_in_the_order_sent() -> None:
    network, a, b = by_hand()
    to_b, to_a = a.dial("memory://b"), b.dial("memory://a")
    a.send(to_b, [b"1"])
    b.send(to_a, [b"2"])
    a.send(to_b, [b"3"])
    assert network.deliver(2) == 2
    assert texts(network) == [("memory://a", "memory://b", b"3")]
    assert network.deliver(5) == 1


def test_what_is_on_its_way_counts_against_the_queue() -> None:
    network, a, b = by_hand()
    to_b = a.dial("memory://b")
    assert all(a.send(to_b, [b"x"]) for _ in range(QUEUE_MESSAGES_MAX))
    assert not a.send(to_b, [b"x"])
    network.deliver(QUEUE_MESSAGES_MAX)
    assert not a.send(to_b, [b"x"])
    b.receive(0)
    assert a.send(to_b, [b"x"])


def test_hanging_up_gives_up_what_is_on_its_way() -> None:
    network, a, _ = by_hand()
    one, two = a.dial("memory://b"), a.dial("memory://b")
    a.send(one, [b"given up"])
    a.send(two, [b"kept"])
    a.hang_up(one)
    assert texts(network) == [("memory://a", "memory://b", b"kept")]


def test_what_a_closed_sender_handed_over_is_still_on_its_way() -> None:
    network, a, b = by_hand()
    a.send(a.dial("memory://b"), [b"last words"])
    a.close()
    network.deliver()
    (arrival,) = b.receive(0)
    assert not b.send(arrival.connection, [b"?"])


def test_what_is_on_its_way_to_a_closed_receiver_is_lost() -> None:
    network, a, b = by_hand()
    a.send(a.dial("memory://b"), [b"lost"])
    b.close()
    assert network.pending() == []
    assert network.deliver() == 0


@pytest.mark.parametrize("frame", [bytearray(b"abc"), memoryview(bytearray(b"abc"))])
def test_a_frame_altered_later_arrives_as_it_was_sent(frame: bytearray | memoryview) -> None:
    network, a, b = by_hand()
    a.send(a.dial("memory://b"), [frame])
    frame[0] = 0
    network.deliver()
    assert bytes(b.receive(0)[0].frames[0]) == b"abc"


def test_networks_do_not_meet() -> None:
    one, other = MemoryNetwork(), MemoryNetwork()
    other.listen("memory://b")
    a = one.listen("memory://a")
    assert not a.send(a.dial("memory://b"), [b"?"])
