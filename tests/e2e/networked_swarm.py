"""Swarms whose tasks ask for networks, and tell what they see of them."""

from __future__ import annotations

import socket
import threading

from swarmdsl import Driver, Swarm, Task
from swarmdsl.light import Local, World

PORT = 7070


def opens(world: World, local: Local) -> list[str]:
    """Listen for anybody who finds this container; its ways into networks."""
    server = socket.create_server(("", PORT))
    threading.Thread(target=server.accept, daemon=True).start()
    world.results.add("open", local.node)
    return [name for _, name in socket.if_nameindex() if name.startswith("eth")]


def gathers(opens: list[list[str]], world: World) -> list[int]:
    """In how many networks each of them was."""
    world.results.add("all open", len(opens))
    return [len(ways) for ways in opens]


class Apart(Swarm):
    """Two tasks in a network each."""

    def __init__(self) -> None:
        super().__init__()
        self.add_network("left", Driver.BRIDGE)
        self.add_network("right", Driver.BRIDGE)

    def execute(self) -> Task:
        sources = [
            Task(opens, method="fixed", specified_ids=[node], network=network, alias=network)
            for node, network in (("node1", "left"), ("node2", "right"))
        ]
        return Task(gathers, method="any", specified_ids=["node3"])(sources)


def names() -> list[str]:
    """The network interfaces that a task sees."""
    return sorted(name for _, name in socket.if_nameindex())


def counts(names: list[list[str]]) -> list[list[str]]:
    """What the others have seen."""
    return names


class OnHost(Swarm):
    """One task in the network of its machine, and one that is not."""

    def execute(self) -> Task:
        on_host = Task(names, method="fixed", specified_ids=["node1"], network="host")
        return Task(counts, method="fixed", specified_ids=["node2"])(on_host)


class Wide(Swarm):
    """Two tasks in a network that may span machines."""

    def execute(self) -> Task:
        source = Task(names, method="fixed", specified_ids=["node1"], network="overlay")
        sink = Task(counts, method="fixed", specified_ids=["node2"], network="overlay")
        return sink(source)
