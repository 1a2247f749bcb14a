"""What to write where a parameter bears the name of what is handed in, and no annotation."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from swarmdsl.compiler.interface import meant_as_handed_in


def handed_in(*functions: Callable[..., Any], of: Collection[str] | None = None) -> str:
    """How to annotate such parameters; empty if there are none.

    Args:
        functions: that have the parameters.
        of: the parameters that are asked about; all, if nothing is said.

    >>> def summarize(local, world, lines: list[str]): ...
    >>> handed_in(summarize, of=["local"])
    'write local: Local (from swarmdsl.light import Local), for it to be handed in'
    """
    meant = {
        name: kind
        for function in functions
        for name, kind in meant_as_handed_in(function).items()
        if of is None or name in of
    }
    if not meant:
        return ""
    written = ", ".join(f"{name}: {kind}" for name, kind in meant.items())
    them = "it" if len(meant) == 1 else "them"
    return (
        f"write {written} (from swarmdsl.light import {', '.join(meant.values())}), for {them} to "
        "be handed in"
    )
