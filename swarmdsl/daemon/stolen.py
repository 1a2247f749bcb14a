"""What two workers of a node say to one another when one of them runs what waits at the other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from swarmdsl.daemon.held import Parcel
from swarmdsl.daemon.instance import Decode
from swarmdsl.daemon.packed import Packed
from swarmdsl.daemon.wiring import Place
from swarmdsl.daemon.work import Borrowed, Completed, PackedInputs, PackedValues, Run
from swarmdsl.errors import DecodeError
from swarmdsl.wire.codec import Payload, decode_blob, encode_blob, pack_payload
from swarmdsl.wire.frames import Buffer, Frames
from swarmdsl.wire.messages import Reply

WANTED = "work.wanted"  # an idle worker asks another one of its node for runs, or takes that back
LENT = "work.lent"  # a worker gives an idle one a run; the answer is what comes of it
SETTLED = "work.settled"  # the answer has arrived, and need not be kept any more

LENT_BYTES_MAX = 262_144  # of a run's inputs: more are not sent on, but used where they are
LENT_MAX = 64  # runs that wait at one thief


class LentRun(msgspec.Struct, frozen=True, kw_only=True):
    """The arguments of `LENT`.

    Attributes:
        place: of the instance.
        incarnation: of the worker that lends it.
        inputs: what it is given.
    """

    place: Place
    incarnation: int
    inputs: PackedInputs


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to `LENT`, also if the run is given back; the values are in frames behind it.

    Attributes:
        incarnation: of the worker that lent it: numbers begin anew with each of its processes.
        seconds: that the run took.
        pushed: how many values came of it.
        parcels: per piece of them its link, how many values it holds, and in how many frames.
    """

    incarnation: int
    seconds: float = 0.0
    pushed: int = 0
    parcels: tuple[tuple[int, int, int], ...] = ()


def size_of(inputs: Mapping[int, Sequence[Decode]]) -> int:
    """Bytes of the inputs of a run."""
    decodes = (decode for ones in inputs.values() for decode in ones)
    return sum(one.payload.size for one in decodes if isinstance(one, Packed))


def packed_inputs(inputs: Mapping[int, Sequence[Decode]]) -> PackedInputs:
    """The inputs of a run as they are sent on."""
    return tuple((link, tuple(_packed(ones))) for link, ones in inputs.items())


def _packed(decodes: Sequence[Decode]) -> Iterator[PackedValues]:
    for decode in decodes:
        assert isinstance(decode, Packed), "what came from a peer was packed by it"
        yield pack_payload(decode.payload), decode.count, decode.skip


def outcome_of(
    run: Borrowed, seconds: float, pushed: int, parcels: Sequence[Parcel]
) -> tuple[Reply, Frames]:
    """What came of a run, as it is sent back: a message, and the frames behind it."""
    frames: list[Buffer] = []
    told: list[tuple[int, int, int]] = []
    for parcel in parcels:
        payload = parcel.batch.payload()
        frames += [payload.body, *payload.buffers]
        told.append((parcel.link, parcel.batch.count, 1 + len(payload.buffers)))
    outcome = Outcome(
        incarnation=run.incarnation, seconds=seconds, pushed=pushed, parcels=tuple(told)
    )
    return Reply(0, run.number, ok=True, payload=encode_blob(outcome)), frames


def given_back(run: Borrowed) -> Reply:
    """That a run has not begun, and never will here."""
    outcome = Outcome(incarnation=run.incarnation)
    return Reply(0, run.number, ok=False, payload=encode_blob(outcome))


def read_outcome(answer: bytes) -> Outcome:
    """What an answer says.

    Raises:
        DecodeError: it makes no sense.
    """
    outcome: Outcome = decode_blob(answer, Outcome)
    return outcome


def completed(run: Run, outcome: Outcome, behind: Frames) -> Completed:
    """The run of an instance, as another worker has done it.

    Raises:
        DecodeError: the outcome is not that of such a run.
    """
    frames, parcels = [*behind], list[tuple[int, Payload, int]]()
    for link, count, used in outcome.parcels:
        if link not in run.hosted.outputs or not 1 <= used <= len(frames):
            raise DecodeError("outcome", f"it has no {used} frames for link {link}")
        body, *buffers = frames[:used]
        del frames[:used]
        parcels.append((link, Payload(body, tuple(buffers)), count))
    return Completed(
        run.hosted, run.round, run.consumed, outcome.seconds, outcome.pushed, tuple(parcels)
    )


Key = tuple[str, int, int]
"""A run that was lent: by whom, which process of it, and its number there."""


def key_of(run: Borrowed) -> Key:
    """Which of all the runs that were lent this is."""
    return run.lender, run.incarnation, run.number
