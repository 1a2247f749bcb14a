"""What the annotation of a numpy array says: the dtypes and the number of dimensions."""

from __future__ import annotations

import functools
import sys
from typing import Any, NamedTuple, get_args

from swarmdsl.wire.annotations import Annotation, class_of, dtype_of, is_union, normal

# The abstract scalar types of NumPy, as the kinds of dtype that they stand for.
_ABSTRACT = {
    "generic": "",
    "number": "iufc",
    "integer": "iu",
    "signedinteger": "i",
    "unsignedinteger": "u",
    "inexact": "fc",
    "floating": "f",
    "complexfloating": "c",
    "flexible": "SU",
    "character": "SU",
}
_NAMES = {kinds: name for name, kinds in reversed(_ABSTRACT.items()) if kinds}
_KINDS = {"i": "int", "u": "uint", "f": "float", "c": "complex"}


class ArrayType(NamedTuple):
    """The arrays that an annotation allows: of any dtype if `dtypes` is empty.

    A dtype is the kinds that it may be, and the bytes of an item where that is fixed.
    """

    dtypes: tuple[str, ...]
    ndim: int | None

    def problem(self, dtype: str, ndim: int) -> str | None:
        """What is wrong with an array of this concrete dtype (`f8`); None if nothing is.

        >>> ArrayType(("f8",), 2).problem("f4", 2), ArrayType(("f",), None).problem("f4", 2)
        ('expected an array of float64, got one of float32', None)
        """
        if self.dtypes and not any(within(dtype, wanted) for wanted in self.dtypes):
            wanted = " or ".join(map(dtype_name, self.dtypes))
            return f"expected an array of {wanted}, got one of {dtype_name(dtype)}"
        if self.ndim not in (None, ndim):
            return f"expected an array of {self.ndim} dimensions, got one of {ndim}"
        return None


def within(dtype: str, wanted: str) -> bool:
    """Whether every array of one dtype is of another.

    >>> within("f8", "f8"), within("f8", "iuf"), within("f", "f8"), within("f4", "f8")
    (True, True, False, False)
    """
    kinds, size = _split(dtype)
    wanted_kinds, wanted_size = _split(wanted)
    return set(kinds) <= set(wanted_kinds) and wanted_size in ("", size)


def dtype_of_array(array: Any) -> str:
    """The concrete dtype of an array, such as `f8`."""
    return concrete(array.dtype)


def concrete(dtype: Any) -> str:
    """A dtype of NumPy's as it is written here, such as `f8`."""
    return f"{dtype.kind}{dtype.itemsize}"


def dtype_name(dtype: str) -> str:
    """A dtype as NumPy names it, where it has a name.

    >>> dtype_name("f8"), dtype_name("b1"), dtype_name("iu"), dtype_name("M8")
    ('float64', 'bool', 'integer', 'M8')
    """
    kinds, size = _split(dtype)
    if dtype == "b1":
        return "bool"
    if not size:
        return _NAMES.get(kinds, kinds)
    return f"{_KINDS[kinds]}{8 * int(size)}" if kinds in _KINDS else dtype


def _split(dtype: str) -> tuple[str, str]:
    kinds = dtype.rstrip("0123456789")
    return kinds, dtype[len(kinds) :]


@functools.lru_cache(maxsize=256)
def array_type(annotation: Annotation) -> ArrayType:
    """What a normal annotation of an array allows."""
    scalar = dtype_of(annotation)
    members = get_args(scalar) if is_union(scalar) else (scalar,)
    dtypes = [_dtype(normal(member)) for member in members]
    known = () if "" in dtypes else tuple(sorted(set(dtypes)))
    return ArrayType(known, _dimensions(annotation))


def _dtype(scalar: Annotation) -> str:
    found: Any = class_of(scalar)
    numpy = sys.modules.get("numpy")
    if found is None or numpy is None or not issubclass(found, numpy.generic):
        return ""
    if found.__name__ in _ABSTRACT:
        return _ABSTRACT[found.__name__]
    dtype = numpy.dtype(found)
    return f"{dtype.kind}{dtype.itemsize or ''}"


def _dimensions(annotation: Annotation) -> int | None:
    arguments = get_args(annotation)
    shape = normal(arguments[0]) if len(arguments) == 2 else Any
    lengths = get_args(shape) if class_of(shape) is tuple else ()
    return len(lengths) if lengths and Ellipsis not in lengths else None
