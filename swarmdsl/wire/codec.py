"""Values to bytes and back: MessagePack, with the data of numpy arrays beside it.

A batch is one MessagePack array of values and, out of band, one buffer per numpy array in it, so
that large arrays are neither copied nor escaped. Nothing here ever unpickles.
"""

from __future__ import annotations

import functools
import re
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec

from swarmdsl.errors import DecodeError, EncodeError
from swarmdsl.wire.annotations import is_array, name_of, normal
from swarmdsl.wire.arrays import ArrayType, array_type, dtype_of_array
from swarmdsl.wire.frames import Buffer
from swarmdsl.wire.models import fields_of_model, is_model, reader_of_model
from swarmdsl.wire.readable import readable
from swarmdsl.wire.scalars import travels_as_scalar
from swarmdsl.wire.unreadable import unreadable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

ARRAY_EXTENSION = 1  # MessagePack extension: dtype, shape and the number of its buffer
# Neither is below 0, which Python and NumPy would take for "from the end" and "guess it".
_Natural = Annotated[int, msgspec.Meta(ge=0)]
_ArrayHead = tuple[str, tuple[_Natural, ...], _Natural]
# What `dtype.str` is for arrays that hold plain values.
_DTYPE = re.compile(r"[<>|](?:[biufcSU]\d+|[mM]8(?:\[\d*[A-Za-z]+\])?)")


_SCALARS = (int, float, str, bytes)
_NAMES_SHOWN_MAX = 8  # of the fields of an array, in a message

NOT_ENCODABLE = (TypeError, OverflowError, ValueError, RecursionError)
"""What msgspec raises of a value that cannot travel."""


class Payload(msgspec.Struct, frozen=True, gc=False):
    """Encoded values: the MessagePack body and the buffers that it refers to by number."""

    body: Buffer
    buffers: tuple[Buffer, ...] = ()

    @property
    def size(self) -> int:
        """Bytes altogether."""
        size = len(self.body)
        for buffer in self.buffers:
            size += memoryview(buffer).nbytes
        return size


def encode_values(values: Sequence[object]) -> Payload:
    """One payload for these values.

    Raises:
        EncodeError: one of them has a type that cannot travel.

    >>> Decoder(int).decode(encode_values([1, 2, 3]))
    [1, 2, 3]
    """
    buffers: list[Buffer] = []
    return Payload(_encode(values, buffers, values), tuple(buffers))


def _encode(
    value: object,
    buffers: list[Buffer],
    blamed: Sequence[object],
    order: Literal["deterministic"] | None = None,
) -> bytes:
    """The MessagePack of a value; the data of its arrays is appended to `buffers`."""

    def encode_other(inner: object) -> object:
        return _encode_other(inner, buffers)

    try:
        return msgspec.msgpack.encode(value, enc_hook=encode_other, order=order)
    except NOT_ENCODABLE as error:
        raise EncodeError(_names_of(blamed), str(error)) from error


def encoder_into(buffers: list[Buffer]) -> Callable[[object, bytearray, int], None]:
    """What appends the MessagePack of a value to bytes, and the data of its arrays to `buffers`.

    It raises what is in `NOT_ENCODABLE`.
    """

    def encode_other(inner: object) -> object:
        return _encode_other(inner, buffers)

    return msgspec.msgpack.Encoder(enc_hook=encode_other).encode_into


def array_header(count: int) -> bytes:
    """The head of a MessagePack array: fixarray, array 16 or array 32 of its specification."""
    if count < 16:
        return bytes([0x90 | count])
    return b"\xdc" + count.to_bytes(2) if count < 65_536 else b"\xdd" + count.to_bytes(4)


def _names_of(values: Sequence[object]) -> str:
    return " or ".join(sorted({type(value).__qualname__ for value in values}))


_is_model: Callable[[Any], bool] = functools.lru_cache(maxsize=1_024)(is_model)


def _encode_other(value: object, buffers: list[Buffer]) -> object:
    if _is_model(type(value)):
        return fields_of_model(value)
    numpy = sys.modules.get("numpy")
    if numpy is not None and isinstance(value, numpy.ndarray):
        return _encode_array(value, buffers)
    if numpy is not None and isinstance(value, numpy.generic):
        return _plain_number(value)
    if isinstance(value, tuple | list | dict | str | int | float | bytes):
        return _as_builtin(value)
    raise EncodeError(type(value).__qualname__, "there is no encoding for this type")


def _plain_number(scalar: np.generic) -> object:
    if not travels_as_scalar(type(scalar)):
        raise EncodeError(f"numpy {type(scalar).__name__}", "as one value it has no plain form")
    return scalar.item()


def _as_builtin(value: object) -> object:
    """A subclass of a builtin type as that type."""
    builtins: tuple[type[Any], ...] = (int, float, str, bytes, dict, list, tuple)
    return next(kind(value) for kind in builtins if isinstance(value, kind))


def _encode_array(array: NDArray[Any], buffers: list[Buffer]) -> msgspec.msgpack.Ext:
    if array.dtype.kind in "OV":
        raise _not_plain(array)
    import numpy as np

    masked = sys.modules.get("numpy.ma")
    if masked is not None and isinstance(array, masked.MaskedArray):
        raise EncodeError("masked array", "its mask would be lost; push data and mask apart")
    contiguous = np.ascontiguousarray(array)
    head = msgspec.msgpack.encode((array.dtype.str, array.shape, len(buffers)))
    buffers.append(contiguous.reshape(-1).view(np.uint8).data if array.size else b"")
    return msgspec.msgpack.Ext(ARRAY_EXTENSION, head)


def _not_plain(array: NDArray[Any]) -> EncodeError:
    """Why an array of records, of bytes without meaning, or of objects cannot be encoded."""
    if array.dtype.names:
        names = ", ".join(array.dtype.names[:_NAMES_SHOWN_MAX])
        more = ", ..." if len(array.dtype.names) > _NAMES_SHOWN_MAX else ""
        advice = "Push a dict of its columns: {name: array[name] for name in array.dtype.names}"
        return EncodeError("structured array", f"it has the fields {names}{more}", advice)
    if array.dtype.kind == "V":
        return EncodeError("numpy array", f"its dtype is {array.dtype}", "Push array.tobytes()")
    problem = f"its dtype is {array.dtype}, which holds no plain numbers"
    return EncodeError("numpy array", problem)


class Decoder:
    """Turns payloads into lists of values of one declared type, in C where the type allows it.

    Arrays are read-only views of the payload's buffers.
    """

    def __init__(self, annotation: Any) -> None:
        self._buffers: tuple[Buffer, ...] = ()
        self.annotation = annotation
        self.name = name_of(annotation)
        problem = unreadable(annotation)
        if problem:
            raise DecodeError(self.name, problem)
        wanted: Any = readable(annotation)
        try:
            self._decoder: msgspec.msgpack.Decoder[list[Any]] = msgspec.msgpack.Decoder(
                list[wanted], dec_hook=_decode_other, ext_hook=self._decode_extension
            )
        except TypeError as error:
            raise DecodeError(self.name, str(error).partition(" - type")[0]) from error

    def decode(self, payload: Payload, count: int | None = None) -> list[Any]:
        """The values of a payload, which says that it holds so many.

        Raises:
            DecodeError: one of them is not of the declared type, or there are more or fewer.
        """
        outer, self._buffers = self._buffers, payload.buffers  # a value's own code may decode, too
        try:
            values = self._decoder.decode(payload.body)
        except (
            msgspec.MsgspecError,
            ValueError,
            TypeError,
            LookupError,
            OverflowError,
            RuntimeError,
        ) as error:
            raise DecodeError(self.name, str(error)) from error
        finally:
            self._buffers = outer
        if count is not None and len(values) != count:
            problem = f"it says that it holds {count} values, and holds {len(values)}"
            raise DecodeError("batch", problem)
        return values

    def _decode_extension(self, code: int, data: memoryview) -> object:
        if code != ARRAY_EXTENSION:
            raise ValueError(f"unknown MessagePack extension {code}")
        dtype, shape, number = msgspec.msgpack.decode(data, type=_ArrayHead)
        return _array(dtype, shape, self._buffers[number])


def is_readable(annotation: Any) -> bool:
    """Whether plain data can be made into this type: a union may hold two that look the same.

    >>> is_readable(int | str | None), is_readable(list[int] | set[int])
    (True, False)
    """
    try:
        Decoder(annotation)
    except DecodeError:
        return False
    return True


def _array(dtype: str, shape: tuple[int, ...], buffer: Buffer) -> NDArray[np.generic]:
    import numpy as np

    # NumPy reads far more than a sender may write, some of it by Python's own parser.
    if not _DTYPE.fullmatch(dtype):
        raise ValueError(f"an array of dtype {dtype} is refused")
    kind = np.dtype(dtype)
    array: NDArray[np.generic] = np.frombuffer(buffer, dtype=kind).reshape(shape)
    if not array.flags.aligned:  # it lies somewhere within a blob
        array = array.copy()
    array.flags.writeable = False
    return array


def _decode_other(annotation: Any, value: Any) -> Any:
    """A value of a type that msgspec does not know by itself."""
    try:
        read = _known_reader_of(annotation)
    except TypeError:  # it cannot be hashed, and so not be remembered
        read = _reader_of(annotation)
    return read(value)


def _reader_of(annotation: Any) -> Callable[[Any], Any]:
    """What reads values of such a type: made once, as finding out what it is takes longer."""
    if is_model(annotation):
        return reader_of_model(annotation, _decode_other)
    origin: Any = getattr(annotation, "__origin__", annotation)
    found = normal(annotation)
    wanted = array_type(found) if is_array(found) else None
    return lambda value: _read(value, origin, wanted)


_known_reader_of = functools.lru_cache(maxsize=1_024)(_reader_of)


def _read(value: Any, origin: Any, wanted: ArrayType | None) -> Any:
    if isinstance(value, origin):
        return value if wanted is None else _as_annotated(wanted, value)
    numpy = sys.modules.get("numpy")
    if numpy is not None and issubclass(origin, numpy.generic):
        return origin(value)  # it was sent as the builtin type
    if type(value) in origin.__mro__ and type(value) in _SCALARS:
        return origin(value)  # so was a class made from a builtin type
    raise ValueError(f"expected {origin.__qualname__}, got {type(value).__qualname__}")


def _as_annotated(wanted: ArrayType, array: NDArray[Any]) -> NDArray[Any]:
    """The array, if it has the dtype and the number of dimensions that its annotation asks for."""
    problem = wanted.problem(dtype_of_array(array), array.ndim)
    if problem is not None:
        raise ValueError(problem)
    return array


_blob_encoder = msgspec.msgpack.Encoder()
_blob_decoder = msgspec.msgpack.Decoder(tuple[memoryview, list[memoryview]])


def pack_payload(payload: Payload) -> bytes:
    """A payload as one piece of bytes, to be stored."""
    return _blob_encoder.encode((payload.body, payload.buffers))


def unpack_payload(blob: Buffer) -> Payload:
    """The payload that `pack_payload` packed: views of those bytes, which they keep alive.

    Raises:
        DecodeError: the bytes are something else.
    """
    try:
        body, buffers = _blob_decoder.decode(blob)
    except msgspec.MsgspecError as error:
        raise DecodeError("stored value", str(error)) from error
    return Payload(body, tuple(buffers))


def encode_blob(value: object) -> bytes:
    """One value as one piece of bytes, arrays included.

    >>> decode_blob(encode_blob({"epochs": 10}))
    {'epochs': 10}
    """
    return pack_payload(encode_values([value]))


def encode_constant(value: object) -> bytes:
    """As `encode_blob`, but equal values give equal bytes: sets and dicts are sorted.

    >>> encode_constant({"b", "a"}) == encode_constant({"a", "b"})
    True
    """
    buffers: list[Buffer] = []
    body = _encode([value], buffers, (value,), "deterministic")
    return pack_payload(Payload(body, tuple(buffers)))


def canonical_bytes(value: object) -> bytes:
    """The MessagePack of a value, mappings and sets in order, with the data of its arrays behind.

    Equal values of one type give equal bytes. It is for hashing, and cannot be read back.

    Raises:
        EncodeError: it has a type that cannot travel.

    >>> canonical_bytes({"b": 1, "a": None}).hex(" ")
    '82 a1 61 c0 a1 62 01'
    """
    buffers: list[Buffer] = []
    return b"".join((_encode(value, buffers, (value,), "deterministic"), *buffers))


def decode_blob(blob: Buffer, annotation: Any = Any) -> Any:
    """The value that `encode_blob` encoded, as `annotation` where one is given.

    Raises:
        DecodeError: the bytes are something else, or of another type.
    """
    decoder = _taken(annotation)
    values = decoder.decode(unpack_payload(blob))
    _give_back(decoder)
    if len(values) != 1:
        raise DecodeError("stored value", f"{len(values)} values where one was expected")
    return values[0]


CLASSES_MAX = 256
"""Of which decoders are kept: to make one takes longer than to decode most values."""

DECODERS_MAX = 4  # of one class: as many as decode at the same time, in threads or in one another

_kept: dict[Any, list[Decoder]] = {}


def _taken(annotation: Any) -> Decoder:
    """A decoder that nobody else has now, for it knows whose buffers it is at."""
    kept = _kept.get(annotation) if _is_class(annotation) else None
    try:
        return kept.pop() if kept else Decoder(annotation)
    except IndexError:  # another thread has just taken the last
        return Decoder(annotation)


def _give_back(decoder: Decoder) -> None:
    if not _is_class(decoder.annotation):
        return
    if len(_kept) >= CLASSES_MAX and decoder.annotation not in _kept:
        _kept.clear()
    kept = _kept.setdefault(decoder.annotation, [])
    if len(kept) < DECODERS_MAX:
        kept.append(decoder)


def _is_class(annotation: Any) -> bool:
    """Whether it can be told apart from others by itself, as not all that annotates can."""
    return annotation is Any or isinstance(annotation, type)
