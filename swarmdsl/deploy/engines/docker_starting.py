"""Makes and starts containers beside the controller, which does not wait for Docker.

Docker takes some 0.4 s for each, and no less for several at once; so one thread does it, in the
order in which they were asked for.
"""

from __future__ import annotations

import os
import queue
import signal
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress

from swarmdsl.deploy.engines.container import Container
from swarmdsl.deploy.engines.container_runtime import Begun
from swarmdsl.deploy.engines.docker_client import ContainerSpec, DockerClient
from swarmdsl.errors import SwarmError

END_S = 90.0  # for the thread to end: what it is at ends with the time limit of a request


class Starting:
    """The thread, what it is to do, and what it has done.

    Args:
        client: of the Docker Engine; used by this thread alone.
        told: a descriptor that is written to whenever something was done.
    """

    def __init__(self, client: DockerClient, told: int) -> None:
        self._client, self._told = client, told
        self._wanted: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._done: deque[Begun] = deque()
        self._given_up = False
        self._thread = threading.Thread(target=self._serve, name="docker", daemon=True)
        self._thread.start()

    def begin(self, container: Container, make_spec: Callable[[], ContainerSpec]) -> None:
        """Have a container made and started."""
        self._wanted.put(lambda: self._begin(container, make_spec))

    def remove(self, container: str) -> None:
        """Have a container removed that has ended."""
        self._wanted.put(lambda: self._client.remove(container))

    def take_done(self) -> list[Begun]:
        """What was begun since the last call."""
        done: list[Begun] = []
        while self._done:
            done.append(self._done.popleft())
        return done

    def close(self) -> None:
        """Begin nothing any more, and see the thread end; what it has begun is nobody's."""
        self._given_up = True
        self._wanted.put(None)
        self._thread.join(END_S)
        for begun in self.take_done():
            if begun.line is not None:
                begun.line.close()

    def _serve(self) -> None:
        # Else a signal might be delivered here, and not end the wait of the main thread.
        signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        while (work := self._wanted.get()) is not None:
            if not self._given_up:
                with suppress(SwarmError):  # What cannot be removed now is removed at the end.
                    work()

    def _begin(self, container: Container, make_spec: Callable[[], ContainerSpec]) -> None:
        made, line = "", None
        try:
            made = self._client.create(make_spec())
            line = self._client.attach(made)
            first = self._client.start(made)
        except (SwarmError, OSError) as error:
            if line is not None:
                line.close()
            problem = error if isinstance(error, SwarmError) else SwarmError(str(error))
            self._tell(Begun(container, made, None, 0, problem))
        else:
            self._tell(Begun(container, made, line, first, None))

    def _tell(self, begun: Begun) -> None:
        self._done.append(begun)
        with suppress(BlockingIOError):  # So full that it is readable already.
            os.write(self._told, b".")
