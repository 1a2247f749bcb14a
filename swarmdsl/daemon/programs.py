"""The user's code as a daemon holds it: what it takes, what it yields, and how to call it."""

from __future__ import annotations

import functools
import inspect
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from swarmdsl.daemon.borrowed_program import BorrowedProgram, BrokenProgram, Programs
from swarmdsl.daemon.bundle import Load, load_program, read_bundle
from swarmdsl.daemon.command_program import pushed_by
from swarmdsl.daemon.event_loop import EventLoop
from swarmdsl.daemon.injected import injected_into
from swarmdsl.daemon.instance import Methods
from swarmdsl.daemon.keys import key_function
from swarmdsl.daemon.looped import LoopedProgram
from swarmdsl.daemon.program import AtOnce, Program, Push, RoundOver
from swarmdsl.daemon.read_function import ReadFunction
from swarmdsl.daemon.recovery import Trait
from swarmdsl.daemon.responding import Responder
from swarmdsl.daemon.returned import Returned
from swarmdsl.daemon.sheet import SeenSheets
from swarmdsl.daemon.task_environment import environment_of
from swarmdsl.daemon.trace import message_of
from swarmdsl.daemon.wiring import Hosted, Place, Wiring
from swarmdsl.daemon.work import Handle, Invoke, Produce, Respond, Runnable
from swarmdsl.errors import BundleError, CannotStart, InputMissing
from swarmdsl.light import Daemon
from swarmdsl.light.context import pushing
from swarmdsl.light.daemon import (
    ROUND_END,
    handlers_of,
    is_replayable,
    is_source,
    pushing_of,
    remembers,
    timers_of,
)
from swarmdsl.topology.model import Constant
from swarmdsl.wire.annotations import Annotation, hints_of
from swarmdsl.wire.codec import Decoder, decode_blob
from swarmdsl.wire.signatures import yields_of
from swarmdsl.wire.structure import declared
from swarmdsl.wire.types import describe, union_members, union_of

FOREIGN = frozenset({"script", "program", "image"})
"""The kinds of modules whose code runs in a process of its own."""


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


class FunctionProgram:
    """A function: its parameters are ports, constants or injected."""

    def __init__(
        self, read: ReadFunction, constants: Mapping[str, Any], loop: EventLoop | None = None
    ) -> None:
        self._loop = loop or EventLoop()
        self._read = read
        self.constants = constants

    def run(self, work: Runnable, push: Push) -> None:
        """Call the function once.

        Raises:
            InputMissing: a parameter received nothing, has no default and does not take None.
        """
        read = self._read
        arguments = {
            **{name: kind() for name, kind in read.injected.items()},
            **self.constants,
            **work.arguments,
        }
        for name in read.required:
            if name not in arguments:
                if name not in read.optional:
                    raise InputMissing(work.hosted.spec.name, name)
                arguments[name] = None
        result, returned = read.function(**arguments), read.returned
        if type(result) in returned.plain:
            returned.push_one(result, push)
        else:
            returned.push(work.hosted.spec.name, self._loop.settled(result), push)

    def handle(self, work: Handle, push: Push) -> None:
        """Functions have no handlers."""
        raise AssertionError(f"{work.hosted.spec.name} is a function")


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
        push_at_once, instance, given = _at_once(push), work.hosted.spec.name, takes.returned
        if takes.alone:
            with pushing(push_at_once):
                for taken in work.values:
                    result = handler(taken)
                    kind = type(result)
                    if kind in given.silent:  # as in most calls of those that push seldom
                        continue
                    if kind in given.plain:  # which is all that the others need
                        given.push_one(result, push)
                    else:
                        given.push(instance, self._loop.settled(result), push)
            return
        injected = {name: kind() for name, kind in takes.injected.items()}
        for taken in work.values:
            with pushing(push_at_once):  # What it leaves behind may push nothing later.
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

        with pushing(_at_once(push), finish):
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


def _at_once(push: Push) -> Callable[[object, str | None], None]:
    """What `Daemon.push` does."""

    def push_at_once(value: object, to: str | None) -> None:
        if value is not None:
            push(AtOnce(value, to))

    return push_at_once


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


class Code:
    """What a daemon must know of the user's code before it can connect.

    Args:
        wiring: of the daemon.
        folder: of the run; the bundles are in it.
        foreign: makes what runs in a process of its own.
        loop: runs what is written with `async def`.
        load: gives functions and daemon classes.
        sheets: what reads memory of the controller; None if nothing does.

    Attributes:
        programs: per hosted instance, by (task, candidate).
        decoders: per link into a hosted instance.
        annotations: per link out of a hosted instance, the type it carries.
        keys: per such link with the policy `key`, what gives the key of a value.
        traits: of the hosted instances that do more than handle.
        methods: of those with methods that are called without a push.
    """

    def __init__(
        self,
        wiring: Wiring,
        folder: Path,
        foreign: Callable[[Hosted], Program],
        loop: EventLoop | None = None,
        load: Load = load_program,
        *,
        sheets: SeenSheets | None = None,
    ) -> None:
        self._load_program = load
        self._loop = loop or EventLoop()
        self._wiring = wiring
        self._folder = folder
        self.programs = Programs()
        self.decoders: dict[int, Decoder] = {}
        self.annotations: dict[int, Any] = {}
        self.traits: dict[Place, Trait] = {}
        self.methods: dict[Place, Methods] = {}
        self._give_one: set[Place] = set()
        self._functions: dict[int, ReadFunction] = {}
        modules = {module.name: module for module in wiring.topology.modules}
        self.keys = {
            link: key_function(key, modules, folder)
            for hosted in wiring.hosted.values()
            for link in hosted.outputs
            if (key := wiring.link(link).key) is not None
        }
        for place, hosted in wiring.hosted.items():
            if hosted.module.kind in FOREIGN:
                self._take_foreign(hosted)
                self.programs[place] = foreign(hosted)
            else:
                self.programs[place] = self._start(hosted)
            if hosted.loops:
                program = self.programs[place]
                self.programs[place] = LoopedProgram(
                    hosted, wiring, self.decoders, program, sheets=sheets
                )

    @property
    def reads(self) -> dict[int, str]:
        """Per link into a hosted instance, the schema of what its code reads."""
        return {link: declared(decoder.annotation) for link, decoder in self.decoders.items()}

    def gives_one(self, place: Place) -> bool:
        """Whether a call of this function gives one value, and not a stream of them."""
        return place in self._give_one

    def borrow(self, hosted: Hosted) -> Mapping[int, Any]:
        """Make the code of another worker's instance ready; per link out of it, what it carries.

        It raises nothing: what cannot be loaded fails when it is run.
        """
        place = (hosted.spec.task, hosted.spec.candidate)
        if place not in self.programs.borrowed:
            program: Program
            try:
                program = BorrowedProgram(self._start(hosted), self._wiring, self.decoders)
            except CannotStart as error:
                program = BrokenProgram(error)
            self.programs.borrow(place, program)
        carried = self.annotations
        return {link: carried[link] for link in hosted.outputs if link in carried}

    def _take_foreign(self, hosted: Hosted) -> None:
        """Code that runs in a process of its own is given anything, as plain data."""
        self.decoders |= {link: Decoder(Any) for link in (*hosted.inputs, *hosted.loops)}
        self.annotations |= (
            pushed_by(hosted, self._wiring)
            if hosted.module.kind != "script"
            else dict.fromkeys(hosted.outputs, Any)
        )

    def _start(self, hosted: Hosted) -> Program:
        try:
            return self._load(hosted)
        except (Exception, SystemExit) as error:  # The user's own code runs when it is imported.
            problem = ": ".join(filter(None, (type(error).__name__, message_of(error))))
            name = hosted.spec.name
            raise CannotStart(name, hosted.module.name, " ".join(problem.split())) from error

    def _load(self, hosted: Hosted) -> Program:
        if hosted.module.kind == "daemon":  # it is alone in its process
            set_environment(environment_of(hosted.task, os.environ))
        program = self._load_program(hosted.module, self._folder)
        if hosted.module.kind == "daemon":
            return self._load_daemon(hosted, program)
        read = self._read(program)
        for index in (*hosted.inputs, *hosted.loops):
            link = self._wiring.link(index)
            self.decoders[index] = read.decoder(link.port, gather=link.gather)
        self._take_outputs(hosted, read.yields.members)
        if not read.yields.stream:
            self._give_one.add((hosted.spec.task, hosted.spec.candidate))
        constants = {
            name: self._constant(hosted, constant, read.hints.get(name, Any))
            for name, constant in hosted.task.inputs.items()
        }
        return FunctionProgram(read, constants, self._loop)

    def _read(self, function: Callable[..., Any]) -> ReadFunction:
        known = self._functions.get(id(function))
        if known is None:
            known = self._functions[id(function)] = ReadFunction(function)
        return known

    def _load_daemon(self, hosted: Hosted, daemon: type[Daemon]) -> Program:
        self._take_daemon(hosted, daemon)
        place = hosted.spec.task, hosted.spec.candidate
        trait, methods = trait_of(daemon, fed=bool(hosted.inputs)), methods_of(daemon)
        if trait is not None:
            self.traits[place] = trait
        if methods is not None:
            self.methods[place] = methods
        source = trait in (Trait.PRODUCES, Trait.REPLAYS)
        return (SourceProgram if source else DaemonProgram)(daemon(), self._loop)

    def _take_daemon(self, hosted: Hosted, daemon: type[Daemon]) -> None:
        handlers = {handler.__name__: handler for handler in handlers_of(daemon)}
        for index in hosted.inputs:
            port = self._wiring.link(index).port
            bound = None if port is None else functools.partial(handlers[port], None)
            self.decoders[index] = Decoder(Any if bound is None else taken_by(bound)[1])
        self._take_outputs(
            hosted,
            [
                *(kind for one in pushing_of(daemon) for kind in yields_of(one).members),
                *union_members(daemon.pushes),
            ],
        )

    def _take_outputs(self, hosted: Hosted, kinds: Sequence[Annotation]) -> None:
        for index in hosted.outputs:
            declared = self._wiring.type_of(index)
            if declared is None:
                continue
            # A script takes anything: a link to it is of type Any, whatever the code says.
            for kind in (*kinds, union_of(kinds), Any):
                if describe(kind).fingerprint == declared.fingerprint:
                    self.annotations[index] = kind
                    break
            else:
                yields = ", ".join(describe(kind).name for kind in kinds) or "nothing"
                raise BundleError(
                    hosted.module.name,
                    f"the topology says that it yields {declared.name}, the code says {yields}; "
                    "compile the swarm again",
                )

    def _constant(self, hosted: Hosted, constant: Constant, annotation: Annotation) -> Any:
        if constant.blob is None:
            return msgspec.convert(constant.value, annotation)
        blob = read_bundle(self._folder, constant.blob, hosted.module.name)
        return decode_blob(blob, annotation)


def set_environment(environment: Mapping[str, str]) -> None:
    """Make this the environment of the process, before any library reads it."""
    for name in os.environ.keys() - environment.keys():
        del os.environ[name]
    os.environ.update(environment)


def taken_by(handler: Callable[..., Any]) -> tuple[str, Annotation]:
    """The parameter of a bound handler that takes the push: its name and type."""
    injected = injected_into(handler)
    name = next(name for name in inspect.signature(handler).parameters if name not in injected)
    return name, hints_of(handler).get(name, Any)
