"""Values as a program reads and writes them: JSON Lines or MessagePack, typed by its links."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import Any, get_args

import msgspec

from swarmdsl.daemon.program_stream import SHOWN_BYTES_MAX, Lines, Objects, Piece, Splitter
from swarmdsl.errors import EncodeError, ProgramWroteWrong
from swarmdsl.topology.model import StreamFormat
from swarmdsl.wire.annotations import Annotation, is_array, is_union, normal
from swarmdsl.wire.types import union_of

_NULL = {"json": b"null", "msgpack": b"\xc0"}


def encoded(value: object, form: StreamFormat) -> bytes:
    r"""A value as a program reads it.

    Raises:
        EncodeError: it has a type that cannot travel.

    >>> encoded({"a": [1, 2]}, "json"), encoded([1, 2], "msgpack")
    (b'{"a":[1,2]}\n', b'\x92\x01\x02')
    """
    try:
        if form == "json":
            return msgspec.json.encode(value, enc_hook=_plain) + b"\n"
        return msgspec.msgpack.encode(_as_text(value), enc_hook=_plain)
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        raise EncodeError(type(value).__qualname__, str(error)) from error


def _as_text(value: object) -> object:
    """The value with its dates and the like as text: programs know no extension types."""
    return msgspec.to_builtins(value, builtin_types=(bytes, bytearray, memoryview), enc_hook=_plain)


def _plain(value: Any) -> object:
    numpy = sys.modules.get("numpy")
    if numpy is not None and isinstance(value, numpy.ndarray | numpy.generic):
        return value.tolist()
    raise TypeError(f"a {type(value).__qualname__} has no form that every language can read")


class Output:
    """What a program writes, as values of the types that its links carry.

    Args:
        instance: whose program it is, for messages.
        form: of its standard output.
        annotations: of its links; a value has one of these types.
    """

    def __init__(
        self, instance: str, form: StreamFormat, annotations: Sequence[Annotation]
    ) -> None:
        self._instance = instance
        self._form = form
        self._splitter: Splitter = Lines() if form == "json" else Objects()
        self._decoders = [_decoder(form, one) for one in _readable(annotations)]

    def feed(self, data: bytes) -> Iterator[object]:
        """The values that are complete with these bytes.

        Raises:
            ProgramWroteWrong: it wrote something else.
        """
        return self._values(self._splitter.feed(data))

    def end(self) -> Iterator[object]:
        """The values that are complete now that nothing more comes.

        Raises:
            ProgramWroteWrong: it wrote something else.
        """
        return self._values(self._splitter.end())

    def _values(self, pieces: Iterable[Piece]) -> Iterator[object]:
        for piece in pieces:
            if self._form == "msgpack" or piece.data.strip():
                yield self._decoded(piece)

    def _decoded(self, piece: Piece) -> object:
        if piece.problem:
            raise self._wrong(piece, piece.problem)
        if piece.data.strip() == _NULL[self._form]:
            return None
        problems = []
        for decoder in self._decoders:
            try:
                return decoder.decode(piece.data)
            except (msgspec.MsgspecError, ValueError, RecursionError) as error:
                problems.append(str(error))
        raise self._wrong(piece, "; nor: ".join(problems))

    def _wrong(self, piece: Piece, problem: str) -> ProgramWroteWrong:
        place = f"{self._splitter.word} {piece.number}"
        return ProgramWroteWrong(self._instance, place, _shown(piece.data, self._form), problem)


def _shown(data: bytes, form: StreamFormat) -> str:
    beginning = data[:SHOWN_BYTES_MAX]
    shown = repr(beginning.decode(errors="replace")) if form == "json" else beginning.hex(" ")
    return shown if len(data) <= SHOWN_BYTES_MAX else f"{shown}…"


_Decoder = msgspec.json.Decoder[Any] | msgspec.msgpack.Decoder[Any]


def _readable(annotations: Sequence[Annotation]) -> list[Annotation]:
    """One type for all, or several that are tried in turn where no decoder can tell them apart."""
    whole = union_of(annotations)
    if not is_union(whole) or _is_readable(whole):
        return [whole]
    return list(dict.fromkeys(get_args(whole)))


def _is_readable(annotation: Annotation) -> bool:
    try:
        _decoder("json", annotation)
    except TypeError:
        return False
    return True


def _decoder(form: StreamFormat, annotation: Annotation) -> _Decoder:
    kind = msgspec.json.Decoder if form == "json" else msgspec.msgpack.Decoder
    return kind(annotation, dec_hook=_from_lists)


def _from_lists(annotation: Any, value: Any) -> Any:
    """An array, which a program writes as nested lists."""
    found = normal(annotation)
    if not is_array(found):
        raise ValueError(f"a program cannot write a {annotation.__qualname__}")
    import numpy as np

    dtype = get_args(get_args(found)[1])
    array = partial(np.array, value)
    return array() if not dtype or normal(dtype[0]) is Any else array(dtype=dtype[0])
