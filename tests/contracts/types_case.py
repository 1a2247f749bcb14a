"""The contract of types, as one list: a type, a value of it, and a type that differs by little.

Of each kind the module has a function that yields it and one that takes it. They are made in a
loop, under names that a daemon finds by importing this module.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
import typing
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, make_dataclass
from decimal import Decimal
from typing import Annotated, Any, Literal, Union
from uuid import UUID

import msgspec
import numpy as np
import pydantic
from numpy.typing import NDArray

from tests.contracts import types_of_users as users
from tests.contracts.types_of_users import (
    Box,
    BoxOfInts,
    BoxPair,
    BoxRow,
    Colour,
    Level,
    Model,
    ModelBox,
    Pair,
    Point,
    Row,
    Shelf,
)


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind of type.

    Attributes:
        name: of the kind, also part of the names of its functions.
        type: the annotation.
        value: what travels.
        changed: a type of another fingerprint, which it must not feed.
        same: a way of writing the type that makes no difference.
    """

    name: str
    type: Any
    value: Any
    changed: Any
    same: Any = None


NOON = dt.datetime(2026, 1, 2, 12, 0, 0, 5)  # noqa: DTZ001 - one without a zone travels too
KEY = UUID(int=7)


def a(name: str, /, **fields: Any) -> Any:
    """A dataclass of this name with these fields."""
    return make_dataclass(name, fields.items())


def model(name: str, /, **fields: Any) -> Any:
    """A model of this name with these fields, none of which has a default."""
    given: Any = {field: (kind, ...) for field, kind in fields.items()}
    return pydantic.create_model(name, **given)


def struct(name: str, /, *fields: Any, **options: Any) -> Any:
    """A struct of this name."""
    return msgspec.defstruct(name, list(fields), **options)


def tuples(name: str, /, **fields: Any) -> Any:
    """A named tuple of this name, the order of whose fields counts."""
    made: Any = typing.NamedTuple
    return made(name, list(fields.items()))


def typed(name: str, /, **fields: Any) -> Any:
    """A TypedDict of this name, each key of which is required."""
    made: Any = typing.TypedDict
    return made(name, fields)


def kind(name: str, type_: Any, value: Any, changed: Any, same: Any = None) -> Kind:
    """A line of the list."""
    return Kind(name=name, type=type_, value=value, changed=changed, same=same)


PLAIN = [
    kind("int", int, 2**64 - 1, str),
    kind("float", float, -0.5, int),
    kind("bool", bool, True, int),
    kind("str", str, "é\0", bytes, typing.LiteralString),
    kind("bytes", bytes, b"\xff\0", str),
    kind("bytearray", bytearray, bytearray(b"a"), list[int]),
    kind("datetime", dt.datetime, NOON, dt.date),
    kind("aware", dt.datetime, NOON.replace(tzinfo=dt.UTC), str),
    kind("date", dt.date, NOON.date(), dt.datetime),
    kind("time", dt.time, NOON.time(), dt.timedelta),
    kind("timedelta", dt.timedelta, dt.timedelta(days=-1, microseconds=3), dt.time),
    kind("decimal", Decimal, Decimal("1.10"), float),
    kind("uuid", UUID, KEY, str),
    kind("newtype", users.Metres, 1.5, int, float),
    kind("subclass", users.Seconds, users.Seconds(1.5), int),
    kind("annotated", Annotated[int, "seconds"], 3, str, int),
]

CONTAINERS = [
    kind("list", list[int], [1, 2], list[str], typing.List[int]),  # noqa: UP006
    kind("bare_list", list, [1, "a"], dict, list[Any]),
    kind("alias", users.Names, ["a"], list[int], list[str]),
    kind("sequence", Sequence[Point], [Point(1, 0.5)], Sequence[str]),
    kind("iterable", Iterable[Point], [Point(1, 0.5)], Iterable[str]),
    kind("dict", dict[str, int], {"a": 1}, dict[int, int], typing.Dict[str, int]),  # noqa: UP006
    kind("keys", dict[tuple[int, int], str], {(1, 2): "a"}, dict[tuple[int, str], str]),
    kind("colours", dict[Colour, int], {Colour.RED: 1}, dict[int, int]),
    kind("mapping", Mapping[str, Point], {"a": Point(1, 0.5)}, Mapping[str, int]),
    kind("set", set[int], {1, 2}, list[int]),
    kind("frozenset", frozenset[str], frozenset({"a"}), frozenset[int]),
    kind("tuple", tuple[int, str], (1, "a"), tuple[str, int]),
    kind("tuples", tuple[int, ...], (1, 2, 3), tuple[int, int]),
    kind("no_tuple", tuple[()], (), tuple[int]),
    kind("nested", dict[str, list[Box[int]]], {"a": [Box(1)]}, dict[str, list[Box[str]]]),
]

DATACLASSES = [
    kind("dataclass", Point, Point(1, 0.5), a("Point", x=int, y=int), a("Point", y=float, x=int)),
    kind("frozen", users.Frozen, users.Frozen(1), a("Frozen", x=int, y=int)),
    kind("slots", users.Slotted, users.Slotted(1), a("Slotted")),
    kind("kw_only", users.Keyed, users.Keyed(x=1), a("Keyed", x=int, y=float)),
    kind("factory", users.Filled, users.Filled([1]), a("Filled", items=list[int])),
    kind("inherited", users.Point3, users.Point3(1, 0.5, 2.0), a("Point3", x=int, y=float)),
    kind("derived", users.Derived, users.Derived(2), a("Derived", x=int)),
    kind("perhaps", users.Perhaps, users.Perhaps(when=NOON), a("Perhaps", x=int)),
    kind("recursive", users.Tree, users.Tree(1, [users.Tree(2, [])]), a("Tree", value=int)),
    kind("mutual", users.Ping, users.Ping(users.Pong(None)), users.Pong),
    kind("generic", Box[int], Box(1), Box[str]),
    kind("generics", Box[list[Point]], Box([Point(1, 0.5)]), Box[list[int]]),
    kind("two_parameters", Shelf[int, str], Shelf([Box(1)], {"a": "b"}), Shelf[int, int]),
    kind("specialised", BoxOfInts, BoxOfInts(1), Box[str]),
    kind(
        "ledger",
        users.Ledger,
        users.Ledger(NOON, Decimal("1.1"), KEY, dt.timedelta(1), frozenset({"a"}), b"\xff", (1, 2)),
        a("Ledger", when=str),
    ),
    kind(
        "image",
        users.Image,
        users.Image(np.ones(2, np.float32), np.float64(0.5)),
        a("Image", pixels=NDArray[np.float64], exposure=np.float64),
    ),
    kind("checked", users.Checked, users.Checked(1), a("Checked", x=str)),
]

TUPLES_AND_DICTS = [
    kind("typed_dict", Row, {"x": 1, "y": 0.5}, dict[str, str], typed("Row", y=float, x=int)),
    kind("partly", users.Partly, {"x": 1}, typed("Partly", x=int, y=float)),
    kind("wide", users.Wide, {"x": 1, "y": 0.5}, typed("Wide", x=int, y=float)),
    kind("generic_dict", BoxRow[int], {"content": 1}, BoxRow[str]),
    kind("named_tuple", Pair, Pair(1), tuples("Pair", y=float, x=int)),
    kind("loose", users.Loose, users.Loose(1, "a"), tuples("Loose", x=Any)),
    kind("generic_tuple", BoxPair[int], BoxPair(1), BoxPair[str]),
]

STRUCTS = [
    kind(
        "struct",
        users.Packed,
        users.Packed(1, 0.5),
        struct("Packed", ("x", int), ("y", float), array_like=True),
        struct("Packed", ("y", float), ("x", int)),
    ),
    kind("frozen_struct", users.PackedFrozen, users.PackedFrozen(), a("PackedFrozen", x=int)),
    kind(
        "array_like",
        users.PackedArray,
        users.PackedArray(1, 0.5),
        struct("PackedArray", ("y", float), ("x", int), array_like=True),
    ),
    kind("renamed", users.PackedCamel, users.PackedCamel(1), a("PackedCamel", one_field=int)),
    kind("tagged", users.Circle, users.Circle(0.5), struct("Circle", ("radius", float), tag="C")),
    kind("one_of_structs", users.Circle | users.Square, users.Square(1.0), users.Circle),
    kind("generic_struct", users.PackedBox[int], users.PackedBox(1), users.PackedBox[str]),
    kind(
        "struct_tree",
        users.PackedTree,
        users.PackedTree([users.PackedTree([])]),
        a("PackedTree", children=list[int]),
    ),
    kind("sparse", users.Sparse, users.Sparse(), a("Sparse", x=int)),
]

CROSSED = users.Crossed.model_validate({"b": 1, "a": 2})
TWICE = users.Twice.model_validate({"x": 1, "words": "a b", "inner": [{"x": 1, "y": 0.5}]})

MODELS = [
    kind("model", Model, Model(x=1, y=0.5), model("Model", x=int), model("Model", y=float, x=int)),
    kind("aliases", users.Crossed, CROSSED, model("Crossed", a=int, b=str)),
    kind(
        "strict",
        users.Strict,
        users.Strict(path=(1, 2), tags={"a"}, when=NOON),
        model("Strict", path=tuple[int, ...], tags=set[str]),
    ),
    kind("generic_model", ModelBox[int], ModelBox[int](content=1), ModelBox[str]),
    kind("nested_model", ModelBox[Model], ModelBox[Model](content=Model(x=1, y=2)), ModelBox[int]),
    kind(
        "model_tree",
        users.ModelTree,
        users.ModelTree(children=[users.ModelTree()]),
        model("ModelTree", children=list[int]),
    ),
    kind("validators", users.Twice, TWICE, model("Twice", x=int, words=list[str])),
    kind("validators_inside", users.HoldsTwice, users.HoldsTwice(held=[TWICE]), users.Twice),
    kind("shy", users.Shy, users.Shy(secret=3), model("Shy", secret=int, shown=int)),
    kind("open", users.Open, users.Open.model_validate({"x": 1, "more": "a"}), model("Open")),
    kind("bounded", users.Bounded, users.Bounded(x=1), model("Bounded", x=float)),
    kind("root", users.Root, users.Root([1, 2]), list[int]),
    kind("union_inside", users.Tagged, users.Tagged(one=Model(x=1, y=0.5)), Model),
    kind(
        "array_inside",
        users.Scan,
        users.Scan(pixels=np.ones(2, np.float32)),
        model("Scan", pixels=list[float]),
    ),
]

CHOICES = [
    kind("enum", Colour, Colour.BLUE, enum.Enum("Colour", {"RED": 1, "BLUE": 3})),
    kind("str_enum", users.Word, users.Word.YES, enum.StrEnum("Word", {"YES": "y"})),
    kind("int_enum", Level, Level.LOW, enum.IntEnum("Level", {"LOW": 1, "HIGH": 2})),
    kind("flag", users.Right, users.Right.READ | users.Right.WRITE, enum.Flag("Right", "READ")),
    kind("literal", Literal["a", "b"], "b", Literal["a", "c"], Literal["b", "a"]),
    kind("literals", users.Choice, 1, Literal["a"] | None),
    kind("union", int | str, "1", int | bytes, Union[str, int]),  # noqa: UP007
    kind("optional", Point | None, Point(1, 0.5), users.Point3 | None),
    kind("optional_list", list[Point] | None, [Point(1, 0.5)], list[Row] | None),
    kind("optional_model", Model | None, Model(x=1, y=0.5), Point | None),
    kind("optional_array", NDArray[np.int8] | None, np.ones(1, np.int8), NDArray[np.int16] | None),
]

ARRAYS = [
    kind("array", NDArray[np.float32], np.ones(2, np.float32), NDArray[np.float64]),
    kind("vector", users.Vector, np.ones(2), users.Matrix),
    kind("matrix", users.Matrix, np.ones((2, 2)), users.Vector),
    kind("any_array", np.ndarray, np.array(["a"]), list),
    kind("family", NDArray[np.floating], np.ones(2, np.float16), NDArray[np.integer]),
    kind("bools", NDArray[np.bool_], np.array([True]), NDArray[np.uint8]),
    kind("complex", NDArray[np.complex64], np.ones(2, np.complex64), NDArray[np.float32]),
    kind("instants", NDArray[np.datetime64], np.array(["2026-01-02"], "M8[D]"), NDArray[np.int64]),
    kind("sized", Annotated[NDArray[np.int8], (2, 3)], np.ones((2, 3), np.int8), list[int]),
    kind("arrays", list[NDArray[np.int8]], [np.ones(2, np.int8)], list[NDArray[np.int16]]),
    kind("float32", np.float32, np.float32(0.1), np.float64),
    kind("int8", np.int8, np.int8(-3), np.int16),
    kind("numpy_bool", np.bool_, np.bool_(True), bool),
    kind("numpy_str", np.str_, np.str_("a"), np.bytes_),
]

KINDS = [*PLAIN, *CONTAINERS, *DATACLASSES, *TUPLES_AND_DICTS, *STRUCTS, *MODELS, *CHOICES, *ARRAYS]


def shown(value: Any) -> str:
    """A value and all types in it, as a text: two are the same if these are."""
    if isinstance(value, np.ndarray):
        return f"array {value.dtype} {value.shape} {value.tolist()!r}"
    if isinstance(value, dict):
        parts = ", ".join(f"{shown(key)}: {shown(one)}" for key, one in value.items())
        return f"{type(value).__name__}({parts})"
    if isinstance(value, list | tuple | set | frozenset):
        return f"{type(value).__name__}({', '.join(map(shown, value))})"
    if isinstance(value, pydantic.BaseModel):
        parts = shown([value.__dict__, value.model_extra, value.__pydantic_private__])
        return f"{type(value).__qualname__}{parts}"
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = [getattr(value, one.name) for one in dataclasses.fields(value)]
        return f"{type(value).__qualname__}{shown(fields)}"
    return f"{type(value).__qualname__} {value!r}"


def _sender(of: Kind) -> Callable[..., Any]:
    def send() -> Any:
        return of.value

    send.__annotations__ = {"return": of.type}
    return send


def _receiver(of: Kind) -> Callable[..., Any]:
    def receive(value: Any) -> str:
        came, sent = shown(value), shown(of.value)
        return of.name if came == sent else f"{of.name} is {came}, was {sent}"

    receive.__annotations__ = {"value": of.type, "return": str}
    return receive


def _stranger(of: Kind) -> Callable[..., Any]:
    def refuse(value: Any) -> str:
        return str(value)

    refuse.__annotations__ = {"value": of.changed, "return": str}
    return refuse


SENDERS: dict[str, Callable[..., Any]] = {}
RECEIVERS: dict[str, Callable[..., Any]] = {}
STRANGERS: dict[str, Callable[..., Any]] = {}

for _kind in KINDS:
    for _prefix, _made, _into in (
        ("send", _sender(_kind), SENDERS),
        ("receive", _receiver(_kind), RECEIVERS),
        ("refuse", _stranger(_kind), STRANGERS),
    ):
        _made.__name__ = _made.__qualname__ = f"{_prefix}_{_kind.name}"
        globals()[_made.__name__] = _made
        _into[_kind.name] = _made


def told(came: list[str]) -> list[str]:
    """What each receiver says."""
    return sorted(came)
