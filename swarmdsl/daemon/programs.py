"""The user's code as a daemon holds it: what it takes, what it yields, and how to call it."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import msgspec

from swarmdsl.daemon.borrowed_program import BorrowedProgram, BrokenProgram, Programs
from swarmdsl.daemon.bundle import Load, load_program, read_bundle
from swarmdsl.daemon.command_program import pushed_by
from swarmdsl.daemon.daemon_program import (
    DaemonProgram,
    SourceProgram,
    methods_of,
    taken_by,
    trait_of,
)
from swarmdsl.daemon.event_loop import EventLoop
from swarmdsl.daemon.function_program import FunctionProgram
from swarmdsl.daemon.fused_program import (
    NUMBERED,
    Around,
    BorrowedFused,
    Form,
    FusedProgram,
    Given,
    Member,
    Taken,
    member_of,
)
from swarmdsl.daemon.instance import Methods
from swarmdsl.daemon.keys import key_function
from swarmdsl.daemon.looped import LoopedProgram
from swarmdsl.daemon.outputs import chunk_of
from swarmdsl.daemon.program import Program
from swarmdsl.daemon.read_function import ReadFunction
from swarmdsl.daemon.recovery import Trait
from swarmdsl.daemon.sheet import SeenSheets
from swarmdsl.daemon.task_environment import environment_of
from swarmdsl.daemon.trace import message_of
from swarmdsl.daemon.wiring import Hosted, Place, Wiring
from swarmdsl.errors import BundleError, CannotStart
from swarmdsl.light import Daemon
from swarmdsl.light.daemon import handlers_of, pushing_of
from swarmdsl.topology.fused import Part
from swarmdsl.topology.model import Constant, DataType
from swarmdsl.wire.annotations import Annotation
from swarmdsl.wire.codec import Decoder, decode_blob
from swarmdsl.wire.signatures import yields_of
from swarmdsl.wire.structure import declared
from swarmdsl.wire.types import describe, union_members, union_of

FOREIGN = frozenset({"script", "program", "image"})
"""The kinds of modules whose code runs in a process of its own."""


class Code:
    """What a daemon must know of the user's code before it can connect.

    Args:
        wiring: of the daemon.
        folder: of the run; the bundles are in it.
        foreign: makes what runs in a process of its own.
        loop: runs what is written with `async def`.
        load: gives functions and daemon classes.
        sheets: what reads memory of the controller; None if nothing does.
        fused: the functions of the instances that run several, by alias.
        around: what the process does for those.

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
        fused: Mapping[str, Sequence[Part]] = MappingProxyType({}),
        around: Around | None = None,
    ) -> None:
        self._load_program = load
        self._fused, self._around = fused, around
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
        self._forms: dict[int, Form] = {}
        self._numbered = Decoder(NUMBERED)
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
            borrowed = BorrowedFused if hosted.spec.alias in self._fused else BorrowedProgram
            try:
                program = borrowed(self._start(hosted), self._wiring, self.decoders)
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
        if hosted.spec.alias in self._fused:
            return self._load_fused(hosted, self._fused[hosted.spec.alias])
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
        return self._function(hosted, read)

    def _function(self, hosted: Hosted, read: ReadFunction) -> FunctionProgram:
        constants = {
            name: self._constant(hosted, constant, read.hints.get(name, Any))
            for name, constant in hosted.task.inputs.items()
        }
        return FunctionProgram(read, constants, self._loop)

    def _load_fused(self, hosted: Hosted, parts: Sequence[Part]) -> FusedProgram:
        """The functions of an instance that runs several."""
        assert self._around is not None, "a process that runs several knows how"
        self.annotations |= dict.fromkeys(hosted.outputs, NUMBERED)
        self.decoders |= dict.fromkeys(hosted.inputs, self._numbered)
        members = [self._member(hosted, number, part) for number, part in enumerate(parts)]
        self._give_one.add((hosted.spec.task, hosted.spec.candidate))
        return FusedProgram(members, self._around)

    def _member(self, hosted: Hosted, number: int, part: Part) -> Member:
        own = member_of(hosted, part)
        read = self._read(self._load_program(part.module, self._folder))
        inputs = []
        for one in part.inputs:
            decoder = read.decoder(one.link.port, gather=one.link.gather)
            inputs.append(Taken(one, decoder))
            if one.number is None:
                link = next(at for at in hosted.inputs if self._wiring.link(at).port == one.port)
                self.decoders[link] = decoder
        given = None
        if part.given is not None:
            kind = self._kind_of(part.module.name, part.given, read.yields.members)
            self.annotations |= dict.fromkeys(part.plain, kind)
            given = Given(own.spec.name, self._form(kind, part.given))
        program = self._function(own, read)
        return Member(own, program, number, tuple(inputs), given, part.bundles, part.plain)

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

    def _form(self, kind: Annotation, declared: DataType) -> Form:
        """How values of a type are encoded: found once for all functions that give it."""
        known = self._forms.get(id(kind))  # a form keeps its kind alive
        if known is None:
            chunk = chunk_of(self._wiring.topology.limits)
            known = self._forms[id(kind)] = Form(kind, declared.name, chunk)
        return known

    def _take_outputs(self, hosted: Hosted, kinds: Sequence[Annotation]) -> None:
        for index in hosted.outputs:
            declared = self._wiring.type_of(index)
            if declared is None:
                continue
            self.annotations[index] = self._kind_of(hosted.module.name, declared, kinds)

    def _kind_of(self, module: str, declared: DataType, kinds: Sequence[Annotation]) -> Annotation:
        """Which of the types that code yields the topology means."""
        # A script takes anything: a link to it is of type Any, whatever the code says.
        for kind in (*kinds, union_of(kinds), Any):
            if describe(kind).fingerprint == declared.fingerprint:
                return kind
        yields = ", ".join(describe(kind).name for kind in kinds) or "nothing"
        raise BundleError(
            module,
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
