"""Arrays, dicts and models as bytes, in forms that other programs read as well.

Globals, results and pushes carry arrays and dicts as they are; these are for code that wants bytes
itself. An array is a `.npy` file. A dict is a MessagePack map; an array in it is the extension 2,
whose data is the `.npy` file. A model is such a dict of its named arrays. Nothing is ever pickled,
and what is pickled is refused.
"""

from __future__ import annotations

import io
import sys
import tokenize
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, cast, overload

from swarmdsl.errors import ConversionFailed, PackageMissing

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.generic]

NPY_EXTENSION = 2  # 1 is that of arrays on the wire, whose data lies elsewhere
# What NumPy raises for bytes that are no file of its own: it has Python parse their head.
_UNREADABLE = (
    ValueError,
    TypeError,
    MemoryError,
    OverflowError,
    RecursionError,
    SyntaxError,
    tokenize.TokenError,
)
_PLAIN: tuple[type[Any], ...] = (bytes, str, int, float, dict, list, tuple)


class Model(Protocol):
    """What we use of a `torch.nn.Module`."""

    def state_dict(self) -> Mapping[str, Any]:
        """Its tensors, by name."""

    def load_state_dict(self, state_dict: Mapping[str, Any], /) -> object:
        """Take others."""


SomeModel = TypeVar("SomeModel", bound=Model)


@overload
def numpy_to_bytes(data: Array | Sequence[Any]) -> bytes: ...
@overload
def numpy_to_bytes(data: Mapping[str, Any]) -> dict[str, Any]: ...
def numpy_to_bytes(data: Array | Sequence[Any] | Mapping[str, Any]) -> bytes | dict[str, Any]:
    r"""The bytes of a `.npy` file for an array, or for a list as an array; for a dict, of each.

    Raises:
        ConversionFailed: it holds Python objects, or rows of different lengths.

    >>> numpy_to_bytes([1, 2])[:6]
    b'\x93NUMPY'
    >>> bytes_to_numpy(numpy_to_bytes({"w": [[1.0, 2.0]]}))
    {'w': array([[1., 2.]])}
    """
    if isinstance(data, Mapping):
        return {name: numpy_to_bytes(one) for name, one in data.items()}
    import numpy as np

    if not isinstance(data, np.ndarray | np.generic | list | tuple):
        problem = f"got {type(data).__qualname__}; give an array, a list, or a dict of such"
        raise ConversionFailed("numpy_to_bytes", problem)
    file = io.BytesIO()
    try:
        np.lib.format.write_array(file, np.asarray(data), allow_pickle=False)
    except ValueError as error:
        problem = f"the {type(data).__qualname__} is no array of plain numbers or texts: {error}"
        raise ConversionFailed("numpy_to_bytes", problem) from error
    return file.getvalue()


@overload
def bytes_to_numpy(data: bytes) -> Array: ...
@overload
def bytes_to_numpy(data: Mapping[str, Any]) -> dict[str, Any]: ...
def bytes_to_numpy(data: bytes | Mapping[str, Any]) -> Array | dict[str, Any]:
    """The array that `numpy_to_bytes` made bytes of, to be altered at will; for a dict, each.

    Raises:
        ConversionFailed: the bytes are no whole `.npy` file, or one with pickled objects.

    >>> bytes_to_numpy(numpy_to_bytes([1, 2]))
    array([1, 2])
    """
    if isinstance(data, Mapping):
        return {name: bytes_to_numpy(one) for name, one in data.items()}
    import numpy as np

    try:
        file = io.BytesIO(data)
        array: Array = np.lib.format.read_array(file, allow_pickle=False)
        rest = len(file.read())
    except _UNREADABLE as error:
        problem = f"these are not the bytes of a .npy file: {error}"
        raise ConversionFailed("bytes_to_numpy", problem) from error
    if rest:
        problem = f"{rest} bytes stand behind the end of the .npy file"
        raise ConversionFailed("bytes_to_numpy", problem)
    return array


def dict_to_bytes(data: Mapping[Any, Any]) -> bytes:
    """A dict as MessagePack: plain values, dataclasses, and arrays as the extension 2.

    Raises:
        ConversionFailed: it is no dict, or something in it has no such form.

    >>> dict_to_bytes({"epochs": 10}).hex(" ")
    '81 a6 65 70 6f 63 68 73 0a'
    >>> bytes_to_dict(dict_to_bytes({"epochs": 10}))
    {'epochs': 10}
    """
    import msgspec

    if not isinstance(data, Mapping):
        raise ConversionFailed("dict_to_bytes", f"got {type(data).__qualname__}; give a dict")
    try:
        return msgspec.msgpack.encode(dict(data), enc_hook=_encode_other)
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        raise ConversionFailed("dict_to_bytes", str(error)) from error


def _encode_other(value: Any) -> Any:
    import msgspec

    numpy = sys.modules.get("numpy")
    if numpy is not None and isinstance(value, numpy.ndarray):
        return msgspec.msgpack.Ext(NPY_EXTENSION, numpy_to_bytes(value))
    if numpy is not None and isinstance(value, numpy.generic):
        return value.item()
    for kind in _PLAIN:
        if isinstance(value, kind):  # of a class that the user derived from it
            return kind(value)
    raise TypeError(f"{type(value).__qualname__} in it is neither a plain value nor an array")


def bytes_to_dict(data: bytes) -> dict[Any, Any]:
    """The dict that `dict_to_bytes` made bytes of; its arrays can be altered at will.

    Raises:
        ConversionFailed: the bytes are no MessagePack map.

    >>> import numpy
    >>> bytes_to_dict(dict_to_bytes({"w": numpy.zeros(2)}))
    {'w': array([0., 0.])}
    """
    import msgspec

    try:
        found = msgspec.msgpack.decode(data, type=dict[Any, Any], ext_hook=_decode_extension)
    except (msgspec.MsgspecError, ConversionFailed, *_UNREADABLE) as error:
        raise ConversionFailed("bytes_to_dict", f"it is no dict as bytes: {error}") from error
    return found


def _decode_extension(code: int, data: memoryview) -> Array:
    if code != NPY_EXTENSION:
        raise ValueError(f"unknown MessagePack extension {code}")
    return bytes_to_numpy(bytes(data))


def torchmodel_to_bytes(model: Model) -> bytes:
    """The named arrays of a model of PyTorch, as `dict_to_bytes` writes them; not its code.

    Raises:
        PackageMissing: PyTorch is not installed here.
        ConversionFailed: a part of its state is no tensor that NumPy knows.

    >>> torchmodel_to_bytes(net)                                         # doctest: +SKIP
    """
    torch = _torch("torchmodel_to_bytes")
    if not hasattr(model, "state_dict"):
        problem = f"got {type(model).__qualname__}; give a torch.nn.Module"
        raise ConversionFailed("torchmodel_to_bytes", problem)
    return dict_to_bytes(
        {name: _array(torch, name, one) for name, one in model.state_dict().items()}
    )


def _array(torch: Any, name: str, tensor: Any) -> Array:
    if not isinstance(tensor, torch.Tensor):
        problem = f"{name} of the model's state is no tensor but {type(tensor).__qualname__}"
        raise ConversionFailed("torchmodel_to_bytes", problem)
    try:
        return cast("Array", tensor.detach().cpu().numpy())
    except (TypeError, RuntimeError) as error:  # as of bfloat16, or sparse
        problem = f"{name} of the model's state, of {tensor.dtype}, is no array of NumPy: {error}"
        raise ConversionFailed(
            "torchmodel_to_bytes", f"{problem}; convert it, as with model.float()"
        ) from error


def bytes_to_torchmodel(data: bytes, model: SomeModel | None = None) -> SomeModel:
    """Give a model the named arrays that `torchmodel_to_bytes` took from one of its kind.

    Bytes hold no code, so they cannot make a model: hand in one, as it is made anew.

    Args:
        data: what `torchmodel_to_bytes` gave.
        model: takes the arrays, and is returned.

    Raises:
        PackageMissing: PyTorch is not installed here.
        ConversionFailed: the bytes are something else, or no model is given.

    >>> net = bytes_to_torchmodel(data, Net())                           # doctest: +SKIP
    """
    torch = _torch("bytes_to_torchmodel")
    if model is None:
        problem = "the bytes hold named arrays and no code; hand in a model that takes them"
        raise ConversionFailed("bytes_to_torchmodel", f"{problem}, as Net() in (data, Net())")
    arrays = bytes_to_dict(data)
    model.load_state_dict({name: torch.from_numpy(one) for name, one in arrays.items()})
    return model


def _torch(what: str) -> Any:
    try:
        return import_module("torch")
    except ImportError as error:
        raise PackageMissing(what, "torch") from error
