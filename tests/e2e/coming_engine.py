"""The process engine with nodes that a test takes away and gives back, as machines come and go.

A virtual node that is away hosts nothing: its daemons are killed as if its power had failed.
"""

from __future__ import annotations

from signal import SIGKILL
from typing import ClassVar

from swarmdsl.deploy.engine import (
    DaemonExited,
    DaemonStarted,
    EngineEvent,
    EngineOptions,
    NodeJoined,
    NodeLost,
    StartDaemon,
    StopDaemon,
)
from swarmdsl.deploy.engines.process import ProcessEngine
from swarmdsl.topology.expand import node_of

NAME = "coming"
FACTORY = "tests.e2e.coming_engine:ComingEngine"


class ComingEngine(ProcessEngine):
    """See the module. Its methods are called by observers, in the controller's thread.

    Attributes:
        away_at_first: the nodes that are not there when a run starts; tests set it.
        newest: the engine of the last run.
    """

    away_at_first: ClassVar[frozenset[str]] = frozenset()
    newest: ClassVar[ComingEngine]

    def __init__(self, options: EngineOptions) -> None:
        super().__init__(options)
        self._away = set(self.away_at_first)
        self._joins: set[str] = set()
        self._alive: set[str] = set()
        self._news: list[EngineEvent] = []
        type(self).newest = self

    def start(self, command: StartDaemon) -> None:
        """Start a daemon, if its node is there."""
        node = node_of(command.name)
        if node in self._away:
            self._news.append(NodeLost(node=node))
        else:
            super().start(command)

    def lose(self, node: str) -> None:
        """Take a node away, with all that runs there."""
        self._away.add(node)
        self._news.append(NodeLost(node=node, problem="its power has failed"))
        for name in self._on(node):
            self._kill(name)

    def join(self, node: str) -> None:
        """Give a node back, as soon as nothing of before runs there."""
        self._joins.add(node)

    def _on(self, node: str) -> list[str]:
        return [name for name in self._alive if node_of(name) == node]

    def _kill(self, name: str) -> None:
        self.stop(StopDaemon(name=name, signal=SIGKILL, cause="its node is away"))

    def events(self) -> list[EngineEvent]:
        """What happened; nothing of daemons whose node is away."""
        found = [event for event in super().events() if not self._is_away(event)]
        for node in [one for one in self._joins if not self._on(one)]:
            self._joins.discard(node)
            self._away.discard(node)
            self._news.append(NodeJoined(node=node))
        news, self._news = self._news, []
        return [*found, *news]

    def _is_away(self, event: EngineEvent) -> bool:
        match event:
            case DaemonStarted(name=name):
                self._alive.add(name)
                if node_of(name) in self._away:  # it was under way
                    self._kill(name)
            case DaemonExited(name=name):
                self._alive.discard(name)
            case _:
                return False
        return node_of(name) in self._away
