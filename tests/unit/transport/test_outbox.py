"""What waits for a connection: it stays in order, has a bound, and goes with its peer."""

from __future__ import annotations

from swarmdsl.transport.limits import QUEUE_MESSAGES_MAX
from swarmdsl.transport.memory import MemoryEndpoint, MemoryNetwork
from swarmdsl.transport.outbox import Outbox


def accepted(hub: MemoryEndpoint, leaf: MemoryEndpoint) -> int:
    """The hub's number for a connection that the leaf has dialled."""
    leaf.send(leaf.dial(hub.address), [b"hello"])
    return hub.receive(0)[0].connection


def numbers(endpoint: MemoryEndpoint) -> list[int]:
    return [int(bytes(one.frames[0])) for one in endpoint.receive(0)]


def test_what_waited_arrives_before_what_is_sent_later() -> None:
    network = MemoryNetwork()
    leaf = network.listen("memory://leaf")
    outbox, connection = Outbox(leaf), leaf.dial("memory://hub")
    for number in range(3):
        outbox.send(connection, [str(number).encode()])
    hub = network.listen("memory://hub")
    outbox.send(connection, [b"3"])
    outbox.retry()
    assert (numbers(hub), outbox.blocked) == ([0, 1, 2, 3], [])


def test_nothing_waits_for_a_peer_that_is_gone() -> None:
    network = MemoryNetwork()
    hub, leaf = network.listen("memory://hub"), network.listen("memory://leaf")
    outbox, connection = Outbox(hub), accepted(hub, leaf)
    for _ in range(QUEUE_MESSAGES_MAX + 1):
        outbox.send(connection, [b"answer"])
    assert outbox.blocked == [connection]
    leaf.close()
    outbox.retry()
    outbox.send(connection, [b"answer"])
    assert (outbox.blocked, outbox.dropped) == ([], 0)


def test_when_too_much_waits_who_reads_least_loses_it() -> None:
    network = MemoryNetwork()
    hub, leaf, deaf = (network.listen(f"memory://{name}") for name in ("hub", "leaf", "deaf"))
    outbox = Outbox(hub, waiting_max=10)
    to_leaf, to_deaf = accepted(hub, leaf), accepted(hub, deaf)
    for number in range(QUEUE_MESSAGES_MAX + 3):
        outbox.send(to_leaf, [str(number).encode()])
    for _ in range(QUEUE_MESSAGES_MAX + 8):
        outbox.send(to_deaf, [b"answer"])
    assert (outbox.blocked, outbox.dropped) == ([to_leaf], 8)
    assert (outbox.take_interrupted(), outbox.take_interrupted()) == ([to_deaf], [])
    read: list[int] = []
    while more := numbers(leaf):
        read += more
        outbox.retry()
    assert read == list(range(QUEUE_MESSAGES_MAX + 3))


def test_messages_sent_together_arrive_in_order_behind_those_that_wait() -> None:
    network = MemoryNetwork()
    leaf, other = network.listen("memory://leaf"), network.listen("memory://other")
    outbox, to_hub, to_other = (
        Outbox(leaf),
        leaf.dial("memory://hub"),
        leaf.dial("memory://other"),
    )
    outbox.send(to_hub, [b"0"])
    outbox.send_all([(to_other, [b"1"]), (to_hub, [b"1"]), (to_other, [b"2"]), (to_hub, [b"2"])])
    assert (numbers(other), outbox.blocked) == ([1, 2], [to_hub])
    hub = network.listen("memory://hub")
    outbox.retry()
    outbox.send_all((to_hub, [str(number).encode()]) for number in range(3, 6))
    assert (numbers(hub), outbox.blocked) == ([0, 1, 2, 3, 4, 5], [])


def test_of_messages_sent_together_those_that_are_not_taken_wait() -> None:
    network = MemoryNetwork()
    leaf, hub = network.listen("memory://leaf"), network.listen("memory://hub")
    outbox, to_hub = Outbox(leaf), leaf.dial("memory://hub")
    count = QUEUE_MESSAGES_MAX + 20
    outbox.send_all((to_hub, [str(number).encode()]) for number in range(count))
    assert outbox.blocked == [to_hub]
    read: list[int] = []
    while more := numbers(hub):
        read += more
        outbox.retry()
    assert (read, outbox.blocked) == ([*range(count)], [])
