"""The code of an instance that runs several functions (`swarmdsl.topology.fused`).

Each of them is called as the task that it is: with a context, inputs and a name of its own, and
what it gives is judged as that of any. What travels to functions of another such instance is
encoded once, with its function's number, and read by each that takes it as it says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any, NamedTuple

from swarmdsl.daemon.borrowed_program import BorrowedProgram
from swarmdsl.daemon.packed import bind
from swarmdsl.daemon.policies import Chunk
from swarmdsl.daemon.program import Along, Bound, Program, Push
from swarmdsl.daemon.refusals import refused
from swarmdsl.daemon.shown import shown_arguments
from swarmdsl.daemon.unreadable_push import told_of_input
from swarmdsl.daemon.wiring import Hosted
from swarmdsl.daemon.work import Handle, Run, Runnable
from swarmdsl.errors import (
    ContentsWrong,
    DecodeError,
    InputUnreadable,
    PushRefused,
    ValueTooLarge,
)
from swarmdsl.topology.expand import instance_name
from swarmdsl.topology.fused import Inflow, Part
from swarmdsl.wire.codec import Decoder, Payload, pack_payload, unpack_payload
from swarmdsl.wire.contents import contents_of
from swarmdsl.wire.types import is_decided_by_class, matcher, type_of_value

LOOK_AROUND_NS = 2_000_000
"""How long functions are called in a row before others are heard, and given what there is."""

_BARE = 0x91  # the first byte of a value that is encoded alone; what has arrays begins otherwise


class Around(NamedTuple):
    """What the process does for an instance of several functions.

    Attributes:
        as_task: a block in which the code at work is another task.
        look_around: hears others, and lets go what has been pushed; raises if the run is over.
        now_ns: a clock.
    """

    as_task: Callable[[Run], AbstractContextManager[object]]
    look_around: Callable[[], None]
    now_ns: Callable[[], int]


NUMBERED = tuple[int, bytes]
"""What travels to functions of another instance: who gave it, and the value, encoded."""
NUMBER_BYTES = 16
"""What the number and the length take, at most, beside the bytes that a value may have."""


class Form:
    """How values of a type are encoded, one by one.

    Args:
        kind: the type.
        name: of the type, for people.
        chunk: what may leave together.
    """

    def __init__(self, kind: Any, name: str, chunk: Chunk) -> None:
        self.name, self.kind = name, kind
        self.batch = chunk._replace(contents=contents_of(kind), values=1).batch()
        self._matches = matcher(kind)
        self._by_class = is_decided_by_class(kind)
        self._right: set[type] = set()

    def accepts(self, value: object) -> bool:
        """Whether a value has the type, judged by its class where that says all."""
        kind = type(value)
        if kind in self._right:
            return True
        found = self._matches(value)
        if found and self._by_class and value.__class__ is kind:
            self._right.add(kind)
        return found


class Given(NamedTuple):
    """What one function gives.

    Attributes:
        instance: that gives it.
        form: of what it declares.
    """

    instance: str
    form: Form

    def check(self, value: object) -> None:
        """Let a value pass that is of the type.

        Raises:
            PushRefused: it is of another one.
        """
        if not self.form.accepts(value):
            raise PushRefused(self.instance, type_of_value(value), [self.form.name])

    def encoded(self, value: object) -> bytes:
        """The value in one piece; it is of the type.

        Raises:
            SwarmError: it holds something else than its type says, is too large, or cannot travel.
        """
        batch = self.form.batch
        try:
            batch.add(value)
        except (ContentsWrong, ValueTooLarge) as error:
            raise refused(self.instance, value, error) from None
        payload = batch.payload()
        batch.clear()
        return pack_payload(payload) if payload.buffers else bytes(payload.body)


class Taken(NamedTuple):
    """One input of a function; `decoder` reads what came with a number."""

    inflow: Inflow
    decoder: Decoder

    def values(self, blobs: Iterable[bytes], receiver: str) -> list[Any]:
        """What these were before they were encoded: new ones each time.

        Raises:
            InputUnreadable: they are not of the type that the receiver takes.
        """
        decode, link = self.decoder.decode, self.inflow.link
        try:
            return [value for blob in blobs for value in decode(_payload(blob))]
        except DecodeError as error:
            told = told_of_input(link, receiver, error)
            raise InputUnreadable(receiver, link.port or "", told) from None


def _payload(blob: bytes) -> Payload:
    return Payload(blob, ()) if blob[0] == _BARE else unpack_payload(blob)


class Member(NamedTuple):
    """One of the functions.

    Attributes:
        hosted: as if it were an instance of its own.
        program: calls it.
        number: among those that it runs with.
        inputs: in the order of the topology.
        given: judges and encodes what it gives; None if nobody takes it.
        bundles: the links on which it travels so.
        plain: the links on which it travels as it is.
    """

    hosted: Hosted
    program: Program
    number: int
    inputs: tuple[Taken, ...]
    given: Given | None
    bundles: tuple[int, ...]
    plain: tuple[int, ...]


def member_of(hosted: Hosted, part: Part) -> Hosted:
    """One of the functions that an instance runs, as an instance of its own at the same place."""
    spec, alias = hosted.spec, part.task.alias
    return Hosted(
        spec=replace(spec, name=instance_name(alias, spec.daemon), alias=alias),
        task=part.task,
        module=part.module,
        inputs=(),
        outputs=(),
        loops=(),
    )


class FusedProgram:
    """Several functions: each is called once, in the order of the topology.

    Args:
        members: the functions.
        around: what the process does for it.
    """

    def __init__(self, members: Sequence[Member], around: Around) -> None:
        self._members = members
        self._around = around
        self._at: tuple[Member, Run] | None = None
        ports = (one.inflow for member in members for one in member.inputs)
        self._ports = {one.port for one in ports if one.number is not None}

    def run(self, work: Runnable, push: Push) -> list[int]:
        """Call them; returns how long each took, in nanoseconds."""
        around = self._around
        came = {port: _by_number(work.arguments.get(port, ())) for port in self._ports}
        took: list[int] = []
        heard_ns = around.now_ns()
        for member in self._members:
            run = Run(member.hosted, work.round, {}, {})
            self._at = member, run
            for one in member.inputs:
                port, number = one.inflow.port, one.inflow.number
                if number is None:
                    values = work.arguments.get(port, [])
                else:
                    values = one.values(came[port].get(number, ()), member.hosted.spec.name)
                bind(one.inflow.link, values, run.arguments)
            begun_ns = around.now_ns()
            given = self._called(member, run, push)
            ended_ns = around.now_ns()
            took.append(ended_ns - begun_ns)
            for blob in given:
                for link in member.bundles:
                    push(Along((member.number, blob), link))
            if ended_ns - heard_ns > LOOK_AROUND_NS:
                around.look_around()
                heard_ns = around.now_ns()
        self._at = None
        return took

    def _called(self, member: Member, run: Run, push: Push) -> list[bytes]:
        """What one call gives, encoded for those that take it with a number.

        What others take is pushed as it comes, for it may be altered by what comes after it.
        """
        blobs: list[bytes] = []
        given = member.given

        def take(value: object) -> None:
            if given is None:
                raise PushRefused(member.hosted.spec.name, type_of_value(value), [])
            given.check(value)
            if member.bundles:
                blobs.append(given.encoded(value))
            for link in member.plain:
                push(Along(value, link))

        with self._around.as_task(run):
            member.program.run(run, take)
        return blobs

    def told(self) -> str:
        """Which function it was at, and with what it was called; as the end of a sentence."""
        if self._at is None:
            return ""
        member, run = self._at
        constants = member.program.constants if isinstance(member.program, Bound) else {}
        arguments = shown_arguments({**constants, **run.arguments})
        called = f", called with {arguments}" if arguments else ""
        return f"in {member.hosted.spec.alias}{called}"

    def handle(self, work: Handle, push: Push) -> None:
        """Functions have no handlers."""
        raise AssertionError(f"{work.hosted.spec.name} runs functions")


def _by_number(came: Iterable[tuple[int, bytes]]) -> Mapping[int, list[bytes]]:
    """What came of each function, by its number."""
    found: dict[int, list[bytes]] = {}
    for number, blob in came:
        known = found.get(number)
        if known is None:
            found[number] = [blob]
        else:
            known.append(blob)
    return found


class BorrowedFused(BorrowedProgram):
    """Several functions that are given their inputs as they came to the worker that hosts them."""

    def told(self) -> str:
        """Which function it was at."""
        assert isinstance(self.program, FusedProgram), "it was borrowed as one"
        return self.program.told()
