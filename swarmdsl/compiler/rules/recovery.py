"""SW211, SW212: sources, and what a daemon module defines to go on in another process."""

from __future__ import annotations

from collections.abc import Iterator

from swarmdsl.compiler.diagnostics import Diagnostic, Related, finding
from swarmdsl.compiler.draft import Draft
from swarmdsl.dsl import Module
from swarmdsl.dsl.module import definition_span
from swarmdsl.light.daemon import ROUND_END, handlers_of, timers_of

PAIRS = (("snapshot", "restore"), ("position", "seek"))
"""One of them is of no use without the other. The second pair is a source's."""


GOES_ON = (
    "define position(self) and seek(self, position) instead of snapshot() and restore(): a source "
    "goes on from where it was"
)
_DEFINED = {
    "snapshot": "define snapshot(self) as well, which returns the state as a value",
    "restore": "define restore(self, state) as well, which takes what snapshot() returned",
    "position": "define position(self) as well, which returns how far it has come",
    "seek": "define seek(self, position) as well, which goes on from what position() returned",
}


def check_halves(draft: Draft) -> Iterator[Diagnostic]:
    """SW211: one method of a pair without the other."""
    for module, source in _daemons(draft):
        for pair in PAIRS if source else PAIRS[:1]:
            has = [name for name in pair if hasattr(module.python_program, name)]
            if len(has) == 1:
                (missing,) = set(pair) - set(has)
                yield finding(
                    "SW211",
                    f"daemon {module.name} has {has[0]} and no {missing}",
                    at=definition_span(module),
                    hint=f"{_DEFINED[missing]}; or give {has[0]} another name",
                )


def check_sources(draft: Draft) -> Iterator[Diagnostic]:
    """SW212: a source that takes pushes as well, or that keeps what only handlers change."""
    for alias, interface in draft.interfaces.items():
        before = list(draft.graph.predecessors(alias)) if interface.source else []
        if before:
            name = draft.module(alias).name
            yield finding(
                "SW212",
                f"{alias} comes after {', '.join(before)}, but {name} produces what it pushes",
                at=draft.edges(before[0], alias)[0].span,
                related=[Related(text=name, span=definition_span(draft.module(alias)))],
                hint=f"take {', '.join(before)} out of the call, as in Task({name}): a source "
                "comes after no task, and starts by itself",
                path=f"{before[0]} -> {alias}",
            )
    for module, source in _daemons(draft):
        if source:
            yield from _mixed(module)
    yield from _timed(draft)


def _mixed(module: Module) -> Iterator[Diagnostic]:
    """A source whose class is something else as well."""
    daemon = module.python_program
    assert isinstance(daemon, type)
    if handlers_of(daemon):
        also, hint = "handlers", "put the handlers into a daemon module of their own"
    elif timers_of(daemon) or hasattr(daemon, ROUND_END):
        also = "timers" if timers_of(daemon) else ROUND_END
        hint = "let produce() look at the clock, and yield its last value, itself"
    elif hasattr(daemon, "snapshot"):
        also, hint = "a snapshot", GOES_ON
    else:
        return
    at = definition_span(module)
    yield finding("SW212", f"daemon {module.name} has produce and {also}", at=at, hint=hint)


def _timed(draft: Draft) -> Iterator[Diagnostic]:
    """Sources by their timers alone that keep what only handlers change."""
    for alias, module in draft.graph.daemons.items():
        interface = draft.interfaces[alias]
        unfed = interface.timed and not interface.source and not draft.graph.into[alias]
        if unfed and hasattr(module.python_program, "snapshot"):
            yield finding(
                "SW212",
                f"{alias} comes after no task, so {module.name} is a source, and has a snapshot",
                at=draft.task(alias).span,
                related=[Related(text=module.name, span=definition_span(module))],
                hint=GOES_ON,
                path=alias,
            )


def _daemons(draft: Draft) -> Iterator[tuple[Module, bool]]:
    """The modules of daemon classes, each once, and whether it has `produce`."""
    modules = {id(module): alias for alias, module in draft.graph.daemons.items()}
    for alias in modules.values():
        yield draft.module(alias), draft.interfaces[alias].source
