"""NumPy's scalars: which travel, each as the plain value that it is. NumPy is not loaded."""

from __future__ import annotations

import functools
from typing import Any

_BOOLS = ("bool", "bool_")  # of NumPy 2, of NumPy 1
_TRAVELLING = (*_BOOLS, "integer", "floating", "str_", "bytes_")
_ABSTRACT = (
    *("generic", "number", "integer", "signedinteger", "unsignedinteger"),
    *("inexact", "floating", "flexible", "character"),
)
_WIDE = ("longdouble", "clongdouble")  # a C `long double`: no plain number holds it


def is_numpy_scalar(outer: type) -> bool:
    """Whether it is a class of NumPy's scalars.

    >>> is_numpy_scalar(float)
    False
    """
    return "generic" in _numpy_bases(outer)


def is_numpy_bool(outer: type) -> bool:
    """Whether it is NumPy's bool, which a comparison of NumPy's numbers gives.

    >>> is_numpy_bool(bool)
    False
    """
    return outer.__module__ == "numpy" and outer.__name__ in _BOOLS


def travels_as_scalar(outer: type, *, concrete: bool = False) -> bool:
    """Whether each value of a class of scalars is a bool, a number, a text or bytes.

    Dates and spans of time are not: what they count is lost with their dtype. An abstract class,
    as np.floating, may have such values, but none can be made of it (`concrete`).
    """
    bases = _numpy_bases(outer)
    if not bases or bases[0] in _WIDE or (concrete and outer.__name__ in _ABSTRACT):
        return False
    if outer.__name__ in _ABSTRACT:
        return True
    return "timedelta64" not in bases and any(one in _TRAVELLING for one in bases)


@functools.lru_cache(maxsize=256)
def _numpy_bases(outer: Any) -> tuple[str, ...]:
    return tuple(base.__name__ for base in outer.__mro__ if base.__module__ == "numpy")
