"""What a task may use is handed in where a parameter says so (rule 13)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from swarmdsl.light import Globals, Local, Results, World
from swarmdsl.wire.annotations import Annotation, hints_of, normal

INJECTED: tuple[type, ...] = (World, Local, Globals, Results)


def injected_into(
    function: Callable[..., Any], hints: Mapping[str, Annotation] | None = None
) -> dict[str, type]:
    """The parameters that are given what a task may use, not a push.

    Args:
        function: that has them.
        hints: their types, if they are known already.

    >>> def look(value: int, world: World) -> None: ...
    >>> injected_into(look)
    {'world': <class 'swarmdsl.light.world.World'>}
    """
    known = hints_of(function) if hints is None else hints
    return {name: normal(kind) for name, kind in known.items() if normal(kind) in INJECTED}
