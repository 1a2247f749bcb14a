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
