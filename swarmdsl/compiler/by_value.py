"""Code that lies in no file, pickled by value with all that it and its annotations name.

`cloudpickle` takes along what code uses. An annotation that is text (`from __future__ import
annotations`) is no code, so the names in it would be left behind, and a daemon could tell neither
which parameters it is to fill in nor of which types fields are. So texts are resolved first.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

import cloudpickle
import msgspec

from swarmdsl.compiler import sources
from swarmdsl.compiler.carried_source import file_shown, lines_behind
from swarmdsl.wire.annotations import own_hints

_MAIN = "__main__"
_LEFT = "__msgspec_cache__"
_TEXTS = "__annotations__"


class FieldsLost(TypeError):
    """A msgspec Struct has its fields in C, where no pickle by value finds them."""


def dumped(value: object) -> bytes:
    """A pickle of a value, without what msgspec has left in the classes that it has seen.

    Behind it are the source lines of the functions in it.

    Raises:
        FieldsLost: a Struct would have to travel by value.
        Exception: what pickling it raises.

    >>> cloudpickle.loads(dumped(lambda: 41))()
    41
    """
    file = io.BytesIO()
    pickler = _Pickler(file)
    pickler.dump(value)
    return file.getvalue() + lines_behind(pickler.codes)


class _Pickler(cloudpickle.Pickler):  # type: ignore[misc]
    """Notes the code of each function that it pickles by value, and names its file."""

    def __init__(self, file: io.BytesIO) -> None:
        super().__init__(file)
        self.codes: list[CodeType] = []

    def reducer_override(self, one: Any) -> Any:
        if isinstance(one, CodeType):
            self.codes.append(one)
            return _with_file(self.dispatch_table[CodeType](one), file_shown(one))
        reduced = _reduced(super().reducer_override, one)
        if reduced is NotImplemented or not isinstance(one, type | FunctionType):
            return reduced
        if isinstance(one, type(msgspec.Struct)):
            raise FieldsLost(one.__qualname__)
        return _with_resolved(reduced, own_hints(one))


def _with_file(reduced: Any, file: str) -> Any:
    """Reduced code with this name of its file: the first text among what code is made of."""
    make, parts = reduced
    place = next(place for place, part in enumerate(parts) if isinstance(part, str))
    return make, (*parts[:place], file, *parts[place + 1 :])


def _reduced(reduce: Callable[[Any], Any], one: Any) -> Any:
    left = vars(one).get(_LEFT) if isinstance(one, type) else None
    if left is None:
        return reduce(one)
    delattr(one, _LEFT)
    try:
        return reduce(one)
    finally:
        setattr(one, _LEFT, left)


def _with_resolved(reduced: Any, hints: Mapping[str, Any]) -> Any:
    """A reduced function or class whose state has annotations that need no names."""
    if not hints or len(reduced) < 3 or not isinstance(reduced[2], tuple):
        return reduced  # one of an installed package, say, travels by its name
    state = tuple(_resolved_in(part, hints) for part in reduced[2])
    return (*reduced[:2], state, *reduced[3:])


def _resolved_in(part: Any, hints: Mapping[str, Any]) -> Any:
    if not isinstance(part, dict) or not isinstance(part.get(_TEXTS), dict):
        return part
    return {**part, _TEXTS: {**part[_TEXTS], **hints}}


@contextmanager
def taking_along(home: str | None) -> Iterator[None]:
    """Pickle by value what comes from the user's files around a module: no daemon has them."""
    mine = [] if home in {None, _MAIN} else _users_modules(str(home))
    for module in mine:
        cloudpickle.register_pickle_by_value(module)
    try:
        yield
    finally:
        for module in mine:
            cloudpickle.unregister_pickle_by_value(module)


def _users_modules(home: str) -> list[ModuleType]:
    """The module and those loaded from its folder or package."""
    loaded = sys.modules.get(home)
    file = getattr(loaded, "__file__", None)
    if loaded is None or file is None or sources.is_installed(home):
        return []
    top = sys.modules.get(home.partition(".")[0], loaded)
    folder = Path(next(iter(getattr(top, "__path__", [])), Path(file).parent))
    return [
        module
        for name, module in list(sys.modules.items())
        if name != _MAIN
        and (path := getattr(module, "__file__", None))
        and Path(path).is_relative_to(folder)
        and not sources.is_installed(name)
    ]
