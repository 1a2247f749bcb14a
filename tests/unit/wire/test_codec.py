from __future__ import annotations

import enum
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple, TypedDict, get_origin

import msgspec
import numpy as np
import pydantic
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from numpy.typing import NDArray

from swarmdsl.errors import DecodeError, EncodeError
from swarmdsl.wire.codec import (
    ARRAY_EXTENSION,
    Decoder,
    Payload,
    decode_blob,
    encode_blob,
    encode_values,
    pack_payload,
    unpack_payload,
)

INTEGERS = st.integers(-(2**63), 2**64 - 1)
SCALARS = st.none() | st.booleans() | INTEGERS | st.floats(allow_nan=False) | st.text()
PLAIN = st.recursive(
    SCALARS | st.binary(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)
DTYPES = st.one_of(
    npst.integer_dtypes(endianness="?"),
    npst.unsigned_integer_dtypes(endianness="?"),
    npst.floating_dtypes(endianness="?"),
    npst.complex_number_dtypes(endianness="?"),
    npst.boolean_dtypes(),
    npst.datetime64_dtypes(endianness="?"),
    npst.timedelta64_dtypes(endianness="?"),
    npst.byte_string_dtypes(),
    npst.unicode_string_dtypes(endianness="?"),
)
ARRAYS = npst.arrays(DTYPES, npst.array_shapes(min_dims=0, min_side=0, max_side=4))


class Colour(enum.Enum):
    RED = "red"


class Level(enum.IntEnum):
    LOW = 1


@dataclass
class Weights:
    layer: NDArray[np.float32]
    count: int


class Pair(NamedTuple):
    name: str
    data: NDArray[np.int64]


class Row(TypedDict):
    key: str
    data: NDArray[np.int64]


class Settings(pydantic.BaseModel):
    epochs: int
    tags: tuple[str, ...] = ()
    raw: bytes = b""


class Batch(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(arbitrary_types_allowed=True)
    data: np.ndarray


class Aliased(pydantic.BaseModel):
    """Its aliases are the worst: one is the name of the other field, one differs by direction."""

    a: int = pydantic.Field(alias="b")
    b: int = pydantic.Field(validation_alias="x", serialization_alias="y")


class Outer(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(alias_generator=lambda _: "InnerData")
    inner: Aliased


def there_and_back(annotation: Any, value: object) -> Any:
    (result,) = Decoder(annotation).decode(encode_values([value]))
    return result


def array_payload(dtype: str, shape: list[int], number: int, *buffers: bytes) -> Payload:
    head = msgspec.msgpack.encode((dtype, shape, number))
    body = msgspec.msgpack.encode([msgspec.msgpack.Ext(ARRAY_EXTENSION, head)])
    return Payload(body, buffers)


# ------------------------------------------------------------------------------ plain values


@given(PLAIN)
def test_nested_plain_data_comes_back_equal(value: object) -> None:
    assert there_and_back(Any, value) == value


@given(st.lists(INTEGERS))
def test_a_batch_keeps_its_order(values: list[int]) -> None:
    assert Decoder(int).decode(encode_values(values)) == values


@pytest.mark.parametrize(
    ("annotation", "value"),
    [
        (Colour, Colour.RED),
        (Level, Level.LOW),
        (tuple[int, str], (1, "a")),
        (set[int], {1, 2}),
        (int | None, None),
        (Settings, Settings(epochs=3, tags=("a",), raw=b"\xff")),
        (Settings | None, Settings(epochs=3)),
        (dict[str, Settings], {"a": Settings(epochs=1)}),
    ],
    ids=str,
)
def test_a_value_of_a_declared_type_comes_back_as_that_type(annotation: Any, value: object) -> None:
    result = there_and_back(annotation, value)
    assert result == value
    assert type(result) is type(value)


class Text(str):
    __slots__ = ()


class Numbers(list[int]):
    pass


@pytest.mark.parametrize(
    ("value", "plain"),
    [(Text("a"), "a"), (Numbers([1]), [1]), (np.int64(3), 3), (np.bool_(True), True)],
)
def test_a_subclass_or_numpy_scalar_travels_as_the_builtin(value: object, plain: object) -> None:
    result = there_and_back(Any, value)
    assert result == plain
    assert type(result) is type(plain)


@pytest.mark.parametrize("value", [np.float32(0.1), np.int8(-3), np.bool_(True), np.str_("a")])
def test_a_numpy_scalar_comes_back_as_declared(value: np.generic) -> None:
    result = there_and_back(type(value), value)
    assert result == value
    assert type(result) is type(value)


def test_nan_comes_back_as_nan() -> None:
    assert there_and_back(float, float("nan")) != 0.0
    assert np.isnan(there_and_back(float, float("nan")))


# -------------------------------------------------------------------------------------- arrays


@given(ARRAYS)
def test_an_array_comes_back_bit_by_bit(array: NDArray[Any]) -> None:
    result = there_and_back(np.ndarray, array)
    assert (result.dtype, result.shape) == (array.dtype, array.shape)
    assert result.tobytes() == array.tobytes()


@pytest.mark.parametrize(
    "array",
    [
        np.arange(10)[::2],
        np.asfortranarray(np.arange(6).reshape(2, 3)),
        np.arange(6).reshape(2, 3).T,
        np.broadcast_to(np.array([1.5]), (3, 2)),
        np.arange(4)[::-1],
    ],
    ids=["strided", "fortran", "transposed", "broadcast", "reversed"],
)
def test_an_array_in_any_layout_comes_back_equal(array: NDArray[Any]) -> None:
    np.testing.assert_array_equal(there_and_back(np.ndarray, array), array)


def test_a_contiguous_array_is_sent_without_a_copy() -> None:
    array = np.arange(8.0)
    (buffer,) = encode_values([array]).buffers
    assert np.shares_memory(array, np.frombuffer(buffer))


@pytest.mark.parametrize("make", [bytes, bytearray, memoryview])
def test_an_array_that_came_is_a_read_only_view_of_its_buffer(make: Callable[..., Any]) -> None:
    buffer = make(bytes(16))
    (array,) = Decoder(np.ndarray).decode(array_payload("<i8", [2], 0, buffer))
    assert np.shares_memory(array, np.frombuffer(buffer, dtype=np.uint8))
    with pytest.raises(ValueError, match="read-only"):
        array[0] = 1


def test_arrays_inside_records_come_back_in_them() -> None:
    data = np.arange(3)
    weights = there_and_back(Weights, Weights(data.astype(np.float32), 2))
    assert (type(weights), weights.layer.dtype, weights.count) == (Weights, np.float32, 2)
    for annotation, value in ((Pair, Pair("a", data)), (Row, {"key": "a", "data": data})):
        result = there_and_back(annotation, value)
        assert (type(result), result[0] if annotation is Pair else result["key"]) == (
            type(value),
            "a",
        )


@pytest.mark.parametrize(
    ("annotation", "said"),
    [
        (NDArray[np.float64], "expected an array of float64, got one of float32"),
        (NDArray[np.integer[Any]], "expected an array of integer, got one of float32"),
        (NDArray[np.int8 | np.int16], "expected an array of int8 or int16, got one of float32"),
        (list[NDArray[np.float64]], r"got one of float32 - at `\$\[0\]\[0\]`"),
        (
            np.ndarray[tuple[int, int], np.dtype[np.float32]],
            "expected an array of 2 dimensions, got one of 1",
        ),
    ],
)
def test_an_array_of_another_dtype_or_shape_than_annotated_is_refused(
    annotation: Any, said: str
) -> None:
    array = np.zeros(3, np.float32)
    with pytest.raises(DecodeError, match=said):
        there_and_back(annotation, [array] if get_origin(annotation) is list else array)


@pytest.mark.parametrize(
    "annotation",
    [
        np.ndarray,
        NDArray[np.float32],
        NDArray[np.floating[Any]],
        NDArray[np.float32 | np.int8],
        np.ndarray[tuple[int], np.dtype[np.float32]],
        np.ndarray[tuple[int, ...], np.dtype[np.float32]],
        NDArray[Any],
    ],
)
def test_an_array_that_is_what_was_annotated_comes_back(annotation: Any) -> None:
    array = np.zeros(3, np.float32)
    np.testing.assert_array_equal(there_and_back(annotation, array), array)


@pytest.mark.parametrize("value", [1, "a", [2.5], {"k": None}])
def test_a_value_declared_as_object_may_be_any(value: object) -> None:
    assert there_and_back(dict[str, object], {"x": value}) == {"x": value}


def test_a_pydantic_model_travels_by_its_names_whatever_its_aliases_are() -> None:
    sent = Outer.model_validate({"InnerData": {"b": 1, "x": 2}})
    assert there_and_back(Outer, sent) == sent
    assert Decoder(Any).decode(encode_values([sent])) == [{"inner": {"a": 1, "b": 2}}]


def test_an_array_inside_a_pydantic_model_comes_back_in_it() -> None:
    result = there_and_back(Batch, Batch(data=np.arange(3)))
    assert isinstance(result, Batch)
    np.testing.assert_array_equal(result.data, [0, 1, 2])


def test_each_array_of_a_batch_has_its_own_buffer() -> None:
    arrays = [np.full(2, number) for number in range(3)]
    payload = encode_values(arrays)
    assert [array[0] for array in Decoder(np.ndarray).decode(payload)] == [0, 1, 2]
    assert payload.size == len(payload.body) + 3 * 16


# ------------------------------------------------------------------------------------ refusals


STRUCTURED = (
    r"a structured array cannot be pushed or stored: it has the fields a, b\. Push a dict of its "
    r"columns: \{name: array\[name\] for name in array\.dtype\.names\}$"
)


def endless() -> list[Any]:
    value: list[Any] = []
    value.append(value)
    return value


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (np.array([1, "a"], dtype=object), "dtype is object"),
        (np.zeros(2, dtype=[("a", int), ("b", float)]), STRUCTURED),
        (np.zeros(2, dtype=[(f"f{n}", int) for n in range(20)]), r"f6, f7, \.\.\.\. Push a dict"),
        (np.zeros(2, dtype="V4"), r"dtype is \|V4. Push array.tobytes"),
        (np.ma.masked_array([1, 2], [True, False]), "mask"),
        ({"a": [object()]}, "no encoding for this type"),
        (1j, "complex"),
        (len, "no encoding for this type"),
        (2**64, "ints"),
        (-(2**63) - 1, "ints"),
        (endless(), "recursion"),
        (np.longdouble(1), "no plain form"),
        (np.datetime64("2020-01-01"), "no plain form"),
    ],
    ids=lambda case: case if isinstance(case, str) else type(case).__name__,
)
def test_what_cannot_travel_is_an_encode_error(value: object, said: str) -> None:
    with pytest.raises(EncodeError, match=said):
        encode_values([value])


@pytest.mark.parametrize(
    ("annotation", "value", "declared"),
    [
        (int, "a", "int"),
        (list[int], ["a"], "list[int]"),
        (np.ndarray, [1], "NDArray[Any]"),
        (NDArray[np.float32], 1.5, "NDArray[float32]"),
        (Settings, {"epochs": "many"}, "Settings"),
        (Settings, 3, "Settings"),
        (Weights, {"layer": 1, "count": 1}, "Weights"),
        (Colour, "green", "Colour"),
        (int, 2.5, "int"),
        (np.float32, "much", "float32"),
        (np.int8, 300, "int8"),
    ],
    ids=str,
)
def test_a_wrong_value_is_a_decode_error_that_names_the_declared_type(
    annotation: Any, value: object, declared: str
) -> None:
    with pytest.raises(DecodeError) as caught:
        there_and_back(annotation, value)
    assert caught.value.declared == declared
    assert f"type {declared} " in str(caught.value)


def test_a_type_that_cannot_be_decoded_is_refused_at_once() -> None:
    with pytest.raises(DecodeError, match=r"NDArray\[Any\] \| int"):
        Decoder(np.ndarray | int)


@pytest.mark.parametrize(
    ("payload", "said"),
    [
        (array_payload("<i8", [2], 0), "tuple index out of range"),
        (array_payload("<i8", [3], 0, bytes(16)), "cannot reshape"),
        (array_payload("<i8", [1], 0, bytes(7)), "multiple of element size"),
        (array_payload("|O", [2], 0, bytes(16)), "dtype |O is refused"),
        (array_payload("|V8", [2], 0, bytes(16)), "is refused"),
        (array_payload("i4,i4", [2], 0, bytes(16)), "is refused"),
        (array_payload("04", [2], 0, bytes(16)), "is refused"),
        (Payload(msgspec.msgpack.encode([msgspec.msgpack.Ext(9, b"")])), "extension 9"),
        (Payload(msgspec.msgpack.encode([msgspec.msgpack.Ext(1, b"")])), "truncated"),
        (Payload(b"\x91" * 100_000 + b"\xc0"), "recursion"),
        (Payload(b"\x91\xa1\xff"), r"(?i)utf-8"),
        (Payload(b"\x80"), "Expected `array`"),
    ],
    ids=str,
)
def test_a_malformed_payload_is_a_decode_error(payload: Payload, said: str) -> None:
    with pytest.raises(DecodeError, match=said.replace("|", r"\|")):
        Decoder(Any).decode(payload)


@given(PLAIN.flatmap(lambda value: st.tuples(st.just(value), st.integers(0, 2**16))))
def test_truncated_bytes_are_a_decode_error(case: tuple[object, int]) -> None:
    body = bytes(encode_values([case[0]]).body)
    with pytest.raises(DecodeError):
        Decoder(Any).decode(Payload(body[: case[1] % len(body)]))


@given(st.binary(max_size=64), st.lists(st.binary(max_size=16), max_size=2))
def test_any_bytes_decode_or_are_a_decode_error(body: bytes, buffers: list[bytes]) -> None:
    try:
        Decoder(Any).decode(Payload(body, tuple(buffers)))
    except DecodeError:
        return


@given(st.text("<>|=biufcmMSUVO0123456789,()[]{}:'s -", max_size=8))
def test_any_dtype_decodes_or_is_a_decode_error(dtype: str) -> None:
    try:
        Decoder(np.ndarray).decode(array_payload(dtype, [2], 0, bytes(16)))
    except DecodeError:
        return


# A pickle that runs this line when it is loaded, written by hand.
PLANTED = b"import sys; sys.planted = True"
PICKLED = b"\x80\x04cbuiltins\nexec\n(X%c\x00\x00\x00%btR." % (len(PLANTED), PLANTED)


@pytest.mark.parametrize(
    "payload",
    [
        Payload(PICKLED),
        Payload(msgspec.msgpack.encode([msgspec.msgpack.Ext(ARRAY_EXTENSION, PICKLED)])),
        array_payload("|O", [1], 0, PICKLED),
    ],
    ids=["as a body", "as an extension", "as a buffer"],
)
def test_a_pickle_is_refused_and_never_run(payload: Payload) -> None:
    with pytest.raises(DecodeError):
        Decoder(Any).decode(payload)
    assert not hasattr(sys, "planted")


def test_the_codec_does_not_load_pickle_itself() -> None:
    names = vars(sys.modules["swarmdsl.wire.codec"])
    assert not {"pickle", "cloudpickle", "loads"} & set(names)


# --------------------------------------------------------------------------------------- blobs


@given(PLAIN)
def test_a_blob_holds_one_value(value: object) -> None:
    assert decode_blob(encode_blob(value)) == value


def test_a_blob_holds_arrays_too() -> None:
    result = decode_blob(encode_blob({"w": np.arange(3)}))
    np.testing.assert_array_equal(result["w"], [0, 1, 2])


def test_a_blob_is_decoded_as_the_type_asked_for() -> None:
    blob = encode_blob(Settings(epochs=2))
    assert decode_blob(blob, Settings) == Settings(epochs=2)
    with pytest.raises(DecodeError, match="type int "):
        decode_blob(blob, int)


def test_a_packed_payload_unpacks_to_the_same() -> None:
    payload = Payload(b"body", (b"one", b""))
    assert unpack_payload(pack_payload(payload)) == payload


def test_an_array_of_a_blob_can_be_computed_with_wherever_it_lies() -> None:
    for name in ("w", "ww", "www", "wwww"):
        found = decode_blob(encode_blob({name: np.arange(3.0)}))[name]
        assert found.flags.aligned
        assert not found.flags.writeable
        assert found.sum() == 3.0


def test_a_blob_of_several_values_is_refused() -> None:
    with pytest.raises(DecodeError, match="2 values where one was expected"):
        decode_blob(pack_payload(encode_values([1, 2])))


@given(st.binary(max_size=32))
def test_any_bytes_are_a_blob_or_a_decode_error(blob: bytes) -> None:
    try:
        decode_blob(blob)
    except DecodeError:
        return


@pytest.mark.parametrize(("shape", "number"), [([-1], 0), ([2], -1)])
def test_an_array_says_its_shape_and_buffer_itself(shape: list[int], number: int) -> None:
    with pytest.raises(DecodeError):
        Decoder(np.ndarray).decode(array_payload("<i8", shape, number, bytes(16)))


def test_a_batch_of_another_length_than_said_is_refused() -> None:
    with pytest.raises(DecodeError, match="says that it holds 3 values, and holds 2"):
        Decoder(int).decode(encode_values([1, 2]), 3)
