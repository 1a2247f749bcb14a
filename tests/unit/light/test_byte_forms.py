"""Arrays, dicts and models as bytes and back; what has no such form is refused with a reason."""

from __future__ import annotations

import io
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from swarmdsl.errors import ConversionFailed, PackageMissing
from swarmdsl.light import (
    bytes_to_dict,
    bytes_to_numpy,
    bytes_to_torchmodel,
    dict_to_bytes,
    numpy_to_bytes,
    torchmodel_to_bytes,
)
from swarmdsl.light.content import Content

# ------------------------------------------------------------------------------------------ arrays


@pytest.mark.parametrize(
    "array",
    [
        np.arange(6, dtype="<f4").reshape(2, 3),
        np.asfortranarray(np.arange(6).reshape(2, 3)),
        np.array(3.5),
        np.zeros((0, 3), dtype=bool),
        np.array(["a", "één"]),
        np.array([1 + 2j]),
        np.array(["2026-11-28"], dtype="M8[D]"),
        np.array([(1, 2.0)], dtype=[("count", "i4"), ("größe", "f8")]),
    ],
    ids=lambda array: f"{array.dtype}{array.shape}",
)
@pytest.mark.filterwarnings("ignore:Stored array in format 3.0")
def test_array_comes_back_as_it_was(array: np.ndarray[Any, Any]) -> None:
    back = bytes_to_numpy(numpy_to_bytes(array))
    assert (back.dtype, back.shape) == (array.dtype, array.shape)
    assert np.array_equal(back, array)
    assert back.flags.writeable


def test_bytes_of_an_array_are_a_npy_file() -> None:
    found = np.load(io.BytesIO(numpy_to_bytes([[1, 2], [3, 4]])), allow_pickle=False)
    assert found.tolist() == [[1, 2], [3, 4]]


def test_file_of_numpy_itself_is_read() -> None:
    file = io.BytesIO()
    np.save(file, np.arange(3))
    assert bytes_to_numpy(file.getvalue()).tolist() == [0, 1, 2]
    assert bytes_to_numpy(Content(file.getvalue())).tolist() == [0, 1, 2]


def test_dict_of_arrays_is_a_dict_of_bytes() -> None:
    made = numpy_to_bytes({"layer": {"w": np.ones(2)}, "b": [0.5]})
    assert isinstance(made["layer"]["w"], bytes)
    back = bytes_to_numpy(made)
    assert (back["layer"]["w"].tolist(), back["b"].tolist()) == ([1.0, 1.0], [0.5])


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        ([object()], "the list is no array of plain numbers or texts"),
        ([[1], [1, 2]], "the list is no array of plain numbers or texts"),
        (None, "got NoneType; give an array, a list, or a dict of such"),
        ("text", "got str"),
        ({"w": "text"}, "got str"),
    ],
)
def test_what_is_no_array_has_no_bytes(data: Any, problem: str) -> None:
    with pytest.raises(ConversionFailed, match=f"numpy_to_bytes: {problem}"):
        numpy_to_bytes(data)


def test_pickled_objects_are_not_read() -> None:
    file = io.BytesIO()
    np.save(file, np.array([object()], dtype=object), allow_pickle=True)
    with pytest.raises(ConversionFailed, match="Object arrays cannot be loaded"):
        bytes_to_numpy(file.getvalue())


@pytest.mark.parametrize("cut", [0, 5, 9, 100, -1])
def test_half_a_file_is_no_array(cut: int) -> None:
    with pytest.raises(ConversionFailed, match=r"these are not the bytes of a \.npy file"):
        bytes_to_numpy(numpy_to_bytes([1, 2])[:cut])


def test_what_stands_behind_an_array_is_told() -> None:
    with pytest.raises(ConversionFailed, match="3 bytes stand behind the end"):
        bytes_to_numpy(numpy_to_bytes([1, 2]) + b"and")


@given(at=st.integers(0, 127), byte=st.integers(0, 255))
@pytest.mark.filterwarnings("ignore")
def test_altered_file_is_read_or_refused(at: int, byte: int) -> None:
    altered = bytearray(numpy_to_bytes(np.array([(1, 2.0)], dtype=[("a", "i4"), ("b", "f8")])))
    altered[at] = byte
    with suppress(ConversionFailed):
        bytes_to_numpy(bytes(altered))


# ------------------------------------------------------------------------------------------- dicts


@dataclass
class Score:
    loss: float


class Name(str):
    """A text of the user's own class."""

    __slots__ = ()


def test_dict_comes_back_with_its_arrays() -> None:
    back = bytes_to_dict(
        dict_to_bytes({"w": np.ones((2, 2)), "n": 3, "deep": [{"b": b"x", "none": None}]})
    )
    assert back["w"].tolist() == [[1.0, 1.0], [1.0, 1.0]]
    assert back["w"].flags.writeable
    assert (back["n"], back["deep"]) == (3, [{"b": b"x", "none": None}])


def test_plain_dict_is_plain_messagepack() -> None:
    assert msgspec.msgpack.decode(dict_to_bytes({"epochs": 10, 3: "c"})) == {"epochs": 10, 3: "c"}


def test_array_in_a_dict_is_a_npy_file_in_an_extension() -> None:
    [found] = msgspec.msgpack.decode(dict_to_bytes({"w": np.arange(2)})).values()
    assert found.code == 2
    assert np.load(io.BytesIO(found.data)).tolist() == [0, 1]


def test_other_values_arrive_as_plain_ones() -> None:
    sent = {"score": Score(0.5), "name": Name("x"), "n": np.float32(2), "raw": Content(b"y")}
    plain = {"score": {"loss": 0.5}, "name": "x", "n": 2.0, "raw": b"y"}
    assert bytes_to_dict(dict_to_bytes(sent)) == plain


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        ([1], "got list; give a dict"),
        ({"a": object()}, "object in it is neither a plain value nor an array"),
        ({"a": np.array([object()])}, "is no array of plain numbers or texts"),
        ({"a": 2**70}, "can't serialize ints"),
    ],
)
def test_what_has_no_form_is_refused(data: Any, problem: str) -> None:
    with pytest.raises(ConversionFailed, match=problem):
        dict_to_bytes(data)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xc1",
        msgspec.msgpack.encode([1]),
        msgspec.msgpack.encode({"a": msgspec.msgpack.Ext(7, b"")}),
        msgspec.msgpack.encode({"a": msgspec.msgpack.Ext(2, b"no array")}),
        msgspec.msgpack.encode({"a": 1}) + b"\x00",
    ],
)
def test_bytes_of_something_else_are_no_dict(data: bytes) -> None:
    with pytest.raises(ConversionFailed, match="bytes_to_dict: it is no dict as bytes"):
        bytes_to_dict(data)


# ------------------------------------------------------------------------------------------ models


class Tensor:
    """As much of a tensor as a model's state shows."""

    def __init__(self, array: np.ndarray[Any, Any], dtype: str = "torch.float32") -> None:
        self.array, self.dtype = array, dtype

    def detach(self) -> Tensor:
        return self

    cpu = detach

    def numpy(self) -> np.ndarray[Any, Any]:
        if self.dtype == "torch.bfloat16":
            raise TypeError("Got unsupported ScalarType BFloat16")
        return self.array


class Net:
    """A model with the state that it is given."""

    def __init__(self, state: Mapping[str, Any] | None = None) -> None:
        self.state = dict(state or {})

    def state_dict(self) -> Mapping[str, Any]:
        return self.state

    def load_state_dict(self, state_dict: Mapping[str, Any], /) -> None:
        self.state = dict(state_dict)


@pytest.fixture
def torch(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stands in for PyTorch, which the tests do not install."""
    stand_in = SimpleNamespace(Tensor=Tensor, from_numpy=Tensor)
    monkeypatch.setitem(sys.modules, "torch", stand_in)


@pytest.mark.usefixtures("torch")
def test_model_takes_the_arrays_of_another_one() -> None:
    net = Net({"w": Tensor(np.ones((2, 2))), "steps": Tensor(np.array(7))})
    fresh = Net()
    assert bytes_to_torchmodel(torchmodel_to_bytes(net), fresh) is fresh
    assert {name: one.array.tolist() for name, one in fresh.state.items()} == {
        "w": [[1.0, 1.0], [1.0, 1.0]],
        "steps": 7,
    }


@pytest.mark.usefixtures("torch")
def test_bytes_of_a_model_are_a_dict_of_arrays() -> None:
    found = bytes_to_dict(torchmodel_to_bytes(Net({"w": Tensor(np.ones(2))})))
    assert found["w"].tolist() == [1.0, 1.0]


@pytest.mark.usefixtures("torch")
def test_bytes_alone_make_no_model() -> None:
    with pytest.raises(ConversionFailed, match="no code; hand in a model that takes them"):
        bytes_to_torchmodel(torchmodel_to_bytes(Net()))


@pytest.mark.usefixtures("torch")
@pytest.mark.parametrize(
    ("model", "problem"),
    [
        (Net({"w": Tensor(np.ones(1), "torch.bfloat16")}), r"w .* torch\.bfloat16.*model\.float"),
        (Net({"w": 3}), "w of the model's state is no tensor but int"),
        (object(), r"got object; give a torch\.nn\.Module"),
    ],
)
def test_state_that_numpy_does_not_know_is_refused(model: Any, problem: str) -> None:
    with pytest.raises(ConversionFailed, match=problem):
        torchmodel_to_bytes(model)


def test_without_pytorch_the_remedy_is_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(PackageMissing, match=r"torchmodel_to_bytes needs torch.*pip install torch"):
        torchmodel_to_bytes(Net())
    with pytest.raises(PackageMissing, match="bytes_to_torchmodel needs torch"):
        bytes_to_torchmodel(b"", Net())


def test_real_model_comes_back_if_pytorch_is_here() -> None:
    torch = pytest.importorskip("torch")
    net, fresh = torch.nn.Linear(2, 3), torch.nn.Linear(2, 3)
    bytes_to_torchmodel(torchmodel_to_bytes(net), fresh)
    assert torch.equal(net.weight, fresh.weight)
    assert torch.equal(net.bias, fresh.bias)
