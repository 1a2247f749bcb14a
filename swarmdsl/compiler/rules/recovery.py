"""SW211: what a daemon module defines so that it can go on in another process."""

from __future__ import annotations

from collections.abc import Iterator

from swarmdsl.compiler.diagnostics import Diagnostic, finding
from swarmdsl.compiler.draft import Draft
from swarmdsl.dsl import Module
from swarmdsl.dsl.module import definition_span

PAIRS = (("snapshot", "restore"),)
"""One of them is of no use without the other."""


def check_pairs(draft: Draft) -> Iterator[Diagnostic]:
    """SW211: one method of a pair without the other."""
    for module in _daemons(draft):
        for pair in PAIRS:
            has = [name for name in pair if hasattr(module.python_program, name)]
            if len(has) == 1:
                (missing,) = set(pair) - set(has)
                yield finding(
                    "SW211",
                    f"daemon {module.name} has {has[0]} and no {missing}",
                    at=definition_span(module),
                    hint=f"define {missing} as well, or give {has[0]} another name",
                )


def _daemons(draft: Draft) -> Iterator[Module]:
    """The modules of daemon classes, each once."""
    modules = {id(draft.module(alias)): draft.module(alias) for alias in draft.graph}
    yield from (module for module in modules.values() if module.kind == "daemon")
