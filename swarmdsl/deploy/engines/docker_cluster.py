"""The thread that speaks with a Docker Swarm: it makes services, and looks what became of tasks."""

from __future__ import annotations

import os
import queue
import signal
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress

from swarmdsl.deploy.engines.docker_swarm_client import ServiceSpec, SwarmClient, TaskState
from swarmdsl.errors import SwarmError

LOOK_EVERY_S = 0.5
END_S = 90.0  # for the thread to end: what it is at ends with the time limit of a request


class Cluster:
    """Does what takes long, and tells what is new.

    Args:
        client: of the cluster; used by this thread alone as long as it lives.
        run: whose tasks are looked at.
        wanted: the names of the nodes that the run would have.
        absent: those of them that cannot have containers at first.
        told: a descriptor that is written to whenever there is news.

    Attributes:
        absent: those that cannot now; replaced as a whole, so any thread may read it.
    """

    def __init__(
        self,
        client: SwarmClient,
        run: str,
        wanted: frozenset[str],
        absent: frozenset[str],
        told: int,
    ) -> None:
        self._client, self._run, self._told = client, run, told
        self._wanted_nodes = wanted
        self._wanted: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._failed: deque[tuple[str, SwarmError]] = deque()
        self._news: deque[TaskState] = deque()
        self._known: dict[str, TaskState] = {}
        self._has_services = False
        self.absent = absent
        self._crash: BaseException | None = None
        self._thread = threading.Thread(target=self._work, name="docker-swarm", daemon=True)
        self._thread.start()

    def make(self, spec: ServiceSpec) -> None:
        """Have a service."""
        self._wanted.put(lambda: self._make(spec))

    def renew(self, make: Callable[[], ServiceSpec], name: str, rest: ServiceSpec | str) -> None:
        """Have another service in the place of a part of one.

        Args:
            make: gives the new service, which may take as long as its image.
            name: of the new service.
            rest: what is left of the former one; its name, if that is nothing.
        """
        self._wanted.put(lambda: self._renew(make, name, rest))

    def take_failed(self) -> list[tuple[str, SwarmError]]:
        """The names of services that could not be made since the last call, and why."""
        return [self._failed.popleft() for _ in range(len(self._failed))]

    def take_news(self) -> list[TaskState]:
        """The tasks that are not as they were at the last call.

        Raises:
            BaseException: what ended the thread; it would never tell anything again.
        """
        if self._crash is not None:
            raise self._crash
        return [self._news.popleft() for _ in range(len(self._news))]

    def close(self) -> None:
        """Make nothing any more, look no more. A second call does nothing."""
        self._wanted.put(None)
        self._thread.join(END_S)

    def _work(self) -> None:
        try:
            self._serve()
        except BaseException as error:  # It is raised to who asks for news.
            self._crash = error
            self._ring()

    def _serve(self) -> None:
        # Else a signal might be delivered here, and not end the wait of the main thread.
        signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        look_s = time.monotonic()
        while True:
            try:
                work = self._wanted.get(timeout=max(0.0, look_s - time.monotonic()))
            except queue.Empty:
                look_s = time.monotonic() + LOOK_EVERY_S
                with suppress(SwarmError):  # It is asked again; whoever hears nothing is given up.
                    self._look()
                continue
            if work is None:
                return
            work()

    def _make(self, spec: ServiceSpec) -> None:
        try:
            self._client.make_service(spec)
        except SwarmError as error:
            self._failed.append((spec.name, error))
            self._ring()
        else:
            self._has_services = True

    def _renew(self, make: Callable[[], ServiceSpec], name: str, rest: ServiceSpec | str) -> None:
        try:
            self._client.make_service(make())
            if isinstance(rest, str):
                self._client.remove_service(rest)
            else:
                self._client.change_service(rest)
        except SwarmError as error:
            self._failed.append((name, error))
            self._ring()

    def _look(self) -> None:
        if not self._has_services:
            return
        nodes = self._client.nodes()
        tasks = {task.id: task for task in self._client.tasks(self._run, nodes)}
        news = [task for task in tasks.values() if self._known.get(task.id) != task]
        absent = self._wanted_nodes - {node.name for node in nodes if not node.is_lost}
        is_new = bool(news) or absent != self.absent
        self._known, self.absent = tasks, absent
        if is_new:
            self._news += news
            self._ring()

    def _ring(self) -> None:
        with suppress(BlockingIOError):  # So full that it is readable already.
            os.write(self._told, b".")
