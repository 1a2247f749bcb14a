"""Swarms with a module that is an image: its entry point reads lines of JSON and writes some."""

from __future__ import annotations

from collections.abc import Iterator

from swarmdsl import Module, Swarm, Task

IMAGE = "swarmdsl-tests-shout:1"
SLEEPY = "swarmdsl-tests-sleepy:1"


def words() -> Iterator[str]:
    yield from ("pear", "fig")


def gathered(lines: list[str]) -> list[str]:
    return lines


class Shouts(Swarm):
    """An image between two functions."""

    def execute(self) -> Task:
        shout = Task(Module(None, IMAGE, name="shout", env={"GREETING": "hello"}), "any")
        return Task(gathered, "any")(shout(Task(words, "any")))


class ShoutsFar(Swarm):
    """The image is on one node, and what comes before and after it on another."""

    def execute(self) -> Task:
        module = Module(None, IMAGE, name="shout", env={"GREETING": "hello"})
        shout = Task(module, "fixed", specified_ids=["node2"])
        source = Task(words, "any", specified_ids=["node1"])
        return Task(gathered, "any", specified_ids=["node1"])(shout(source))


class ShoutsEverywhere(Swarm):
    """The image is on all nodes."""

    def execute(self) -> Task:
        shout = Task(Module(None, IMAGE, name="shout", env={"GREETING": "hello"}), "all")
        return Task(gathered, "any")(shout(Task(words, "any")))


class Refuses(Swarm):
    """An image whose entry point ends with an error."""

    def execute(self) -> Task:
        return Task(Module(None, IMAGE, name="shout", env={"CODE": "7"}), "any")


class Empty(Swarm):
    """An image in which nothing is to be run."""

    def execute(self) -> Task:
        return Task(Module(None, "swarmdsl-tests-empty:1", name="empty"), "any")


class Sleeps(Swarm):
    """An image whose entry point takes its time."""

    def execute(self) -> Task:
        return Task(Module(None, SLEEPY, name="sleepy"), "any")
