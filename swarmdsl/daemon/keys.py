"""From a link's key, as the topology has it, to a function that gives the key of a value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from swarmdsl.daemon.bundle import load_program
from swarmdsl.errors import KeyMissing
from swarmdsl.topology.model import Key, ModuleSpec

KeyOf = Callable[[object], object]


def key_function(key: Key, modules: Mapping[str, ModuleSpec], folder: Path) -> KeyOf:
    """The function that gives the key of each value.

    Raises:
        BundleError: the code of a key function is missing, altered or cannot be imported.
    """
    if key.field is None:
        assert key.module is not None, "a key is a field or a module"
        found: KeyOf = load_program(modules[key.module], folder)
        return found
    return _Field(key.field)


class _Field:
    """Reads one field, entry or item."""

    def __init__(self, field: str | int) -> None:
        self._field = field

    def __call__(self, value: object) -> object:
        """The key of a value.

        Raises:
            KeyMissing: it has none.
        """
        field = self._field
        try:
            if isinstance(field, str) and not isinstance(value, Mapping):
                return getattr(value, field)
            return value[field]  # type: ignore[index]  # what has no items raises TypeError
        except (LookupError, AttributeError, TypeError) as error:
            raise KeyMissing(type(value).__qualname__, field) from error
