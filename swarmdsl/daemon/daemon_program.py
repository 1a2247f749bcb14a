"""The code of an instance that is a daemon module: what its class can do, and how it is called."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from swarmdsl.daemon.event_loop import EventLoop
from swarmdsl.daemon.injected import injected_into
from swarmdsl.daemon.instance import Methods
from swarmdsl.daemon.program import AtOnce, Push, RoundOver
from swarmdsl.daemon.recovery import Trait
from swarmdsl.daemon.responding import Responder
from swarmdsl.daemon.returned import Returned
from swarmdsl.daemon.work import Handle, Invoke, Produce, Respond, Runnable
from swarmdsl.errors import SwarmError
from swarmdsl.light.context import Pushing
from swarmdsl.light.daemon import (
    ROUND_END,
    is_replayable,
    is_source,
    remembers,
    timers_of,
)
from swarmdsl.wire.annotations import Annotation, hints_of
from swarmdsl.wire.codec import decode_blob


class _Takes(NamedTuple):
    """What is known of a handler: its annotations are read once, not for each batch.

    Attributes:
        parameter: the one that takes the push.
        injected: what it is handed in besides.
        returned: what it gives.
        alone: whether it takes nothing else, and leaves nothing behind that runs later.
    """

    parameter: str
    injected: dict[str, type]
    returned: Returned
    alone: bool


def _takes(handler: Callable[..., Any]) -> _Takes:
    parameter, injected = taken_by(handler)[0], injected_into(handler)
    kind = inspect.signature(handler).parameters[parameter].kind
    waits = inspect.iscoroutinefunction(handler) or inspect.isasyncgenfunction(handler)
    alone = not injected and not waits and kind is not inspect.Parameter.KEYWORD_ONLY
    return _Takes(parameter, injected, Returned(handler), alone)


class DaemonProgram:
    """A daemon object: made once, its handlers take pushes one by one."""

    def __init__(self, daemon: Any, loop: EventLoop | None = None) -> None:
        self._loop = loop or EventLoop()
        self._daemon = daemon
        self._takes: dict[str, _Takes] = {}
        self._invoked: dict[str, tuple[dict[str, type], Returned]] = {}
        self._started = False
        self._responder: Responder | None = None

    def run(self, work: Runnable, push: Push) -> None:
        """Daemons have no single run."""
        raise AssertionError(f"{work.hosted.spec.name} is a daemon")

    def handle(self, work: Handle, push: Push) -> None:
        """Hand the batch to its handler, push by push."""
        handler = getattr(self._daemon, work.handler)
        takes = self._takes.get(work.handler)
        if takes is None:
            takes = self._takes[work.handler] = _takes(handler)
        push_at_once, instance = functools.partial(_push_at_once, push), work.hosted.spec.name
        given = takes.returned
        if takes.alone:
            with Pushing(push_at_once):
                silent = given.silent
                for taken in work.values:
                    result = handler(taken)
                    if result is None and silent:  # as in most calls of those that push seldom
                        continue
                    if type(result) in given.plain:  # which is all that the others need
                        try:
                            push(result)
                        except SwarmError as error:
                            given.refuse(error, result)
                    else:
                        given.push(instance, self._loop.settled(result), push)
            return
        injected = {name: kind() for name, kind in takes.injected.items()}
        for taken in work.values:
            with Pushing(push_at_once):  # What it leaves behind may push nothing later.
                result = self._loop.settled(handler(**{takes.parameter: taken}, **injected))
                given.push(instance, result, push)

    def invoke(self, work: Invoke, push: Push) -> int:
        """Call a method that takes no push, and push what it returns; returns how often."""
        method = getattr(self._daemon, work.method)
        known = self._invoked.get(work.method)
        if known is None:
            known = self._invoked[work.method] = injected_into(method), Returned(method)
        injected, returned = known
        arguments = {name: kind() for name, kind in injected.items()}
        is_over = False

        def finish() -> None:
            nonlocal is_over
            is_over = True
            push(RoundOver())

        with Pushing(functools.partial(_push_at_once, push), finish):
            for called in range(1, work.times + 1):
                result = method(**arguments)
                if type(result) in returned.plain:
                    returned.push_one(result, push)
                elif type(result) not in returned.silent:
                    returned.push(work.hosted.spec.name, self._loop.settled(result), push)
                if is_over:
                    return called
        return work.times

    def start(self) -> None:
        """Call its `on_start`, once."""
        if not self._started:
            self._hook("on_start")
            self._started = True

    def stop(self) -> None:
        """Call its `on_stop`, if it has started; then nothing of it is at work any more."""
        try:
            if self._started:
                self._hook("on_stop")
        finally:
            self._loop.close()

    def _hook(self, name: str) -> None:
        hook = getattr(self._daemon, name, None)
        if hook is not None:
            injected = {name: kind() for name, kind in injected_into(hook).items()}
            self._loop.settled(hook(**injected))

    def respond(self, work: Respond) -> bytes:
        """Answer a call."""
        if self._responder is None:  # Most are never called.
            self._responder = Responder(self._daemon, self._loop, injected_into)
        return self._responder.respond(work.invocation)

    def snapshot(self) -> object:
        """What the daemon object wants to remember."""
        return self._loop.settled(self._daemon.snapshot())

    def restore(self, state: bytes) -> None:
        """Give it back to a daemon object that is new, as the type that it says it takes."""
        take_back = self._daemon.restore
        self._loop.settled(take_back(decode_blob(state, taken_by(take_back)[1])))


def _push_at_once(push: Push, value: object, to: str | None) -> None:
    """What `Daemon.push` does."""
    if value is not None:
        push(AtOnce(value, to))


class SourceProgram(DaemonProgram):
    """A daemon object that produces."""

    def produce(self, work: Produce) -> Iterator[object]:
        """Its generator, after it has been put where a former process was."""
        if work.position is not None:
            self.restore(work.position)
        generator = self._daemon.produce
        injected = {name: kind() for name, kind in injected_into(generator).items()}
        return self._loop.drawn(generator(**injected))

    def restore(self, state: bytes) -> None:
        """Put a daemon object that is new where a former one stood, in what it opens first."""
        self.start()
        seek = self._daemon.seek
        self._loop.settled(seek(decode_blob(state, taken_by(seek)[1])))

    def position(self) -> object:
        """Where the daemon object stands."""
        return self._loop.settled(self._daemon.position())


def trait_of(daemon: type, *, fed: bool = True) -> Trait | None:
    """What a daemon class can do besides handling pushes; one with timers, if it is not fed."""
    if is_source(daemon) or (timers_of(daemon) and not fed):
        return Trait.REPLAYS if is_replayable(daemon) else Trait.PRODUCES
    return Trait.REMEMBERS if remembers(daemon) else None


def methods_of(daemon: type) -> Methods | None:
    """The methods of a daemon class that are called without a push; a generator does all itself."""
    if is_source(daemon) or not (timers_of(daemon) or hasattr(daemon, ROUND_END)):
        return None
    return Methods(timers_of(daemon), ROUND_END if hasattr(daemon, ROUND_END) else "")


def taken_by(handler: Callable[..., Any]) -> tuple[str, Annotation]:
    """The parameter of a bound handler that takes the push: its name and type."""
    injected = injected_into(handler)
    name = next(name for name in inspect.signature(handler).parameters if name not in injected)
    return name, hints_of(handler).get(name, Any)
