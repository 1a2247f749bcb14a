"""The second pass: package the code of every task; what cannot be packaged is a finding."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from swarmdsl.compiler.bundle import Bundle, bundle_of
from swarmdsl.compiler.diagnostics import Diagnostic, finding
from swarmdsl.compiler.draft import Draft
from swarmdsl.dsl import Module
from swarmdsl.errors import BundleError


def package(draft: Draft) -> Draft:
    """Package each module once, however many tasks it has."""
    made: dict[int, Bundle | Diagnostic] = {}
    for alias in draft.graph:
        module = draft.module(alias)
        if id(module) not in made:
            made[id(module)] = _packaged(module, draft)
    outcome = {alias: made[id(draft.module(alias))] for alias in draft.graph}
    keys = _key_modules(draft)
    for module in keys.values():
        if id(module) not in made:
            made[id(module)] = _packaged(module, draft)
    packed = {edge: (module, made[id(module)]) for edge, module in keys.items()}
    return replace(
        draft,
        bundles={alias: one for alias, one in outcome.items() if isinstance(one, Bundle)},
        keys={
            edge: (module, one) for edge, (module, one) in packed.items() if isinstance(one, Bundle)
        },
        diagnostics=(
            *draft.diagnostics,
            *(one for one in made.values() if isinstance(one, Diagnostic)),
        ),
    )


def _key_modules(draft: Draft) -> dict[tuple[str, str], Module]:
    """The functions that give keys, each as one module however many edges it decides."""
    made: dict[int, Module] = {}
    found: dict[tuple[str, str], Module] = {}
    for source, destination in draft.graph.edges:
        edge = draft.edge(source, destination)
        if edge.policy == "key" and callable(edge.key):
            if id(edge.key) not in made:
                made[id(edge.key)] = edge.key if isinstance(edge.key, Module) else Module(edge.key)
                made[id(edge.key)].span = edge.span
            found[source, destination] = made[id(edge.key)]
    return found


def _packaged(module: Module, draft: Draft) -> Bundle | Diagnostic:
    try:
        return bundle_of(module, draft.read)
    except BundleError as problem:
        return finding("SW204", str(problem), at=module.span, hint=_remedy(module))
    except OSError as problem:
        return finding(
            "SW204", f"module {module.name}: {problem}", at=module.span, hint=_remedy(module)
        )


def _remedy(module: Module) -> str:
    if module.kind != "program" and (module.takes, module.yields) != (Any, Any):
        return "take it out: the annotations of a function say what it takes and yields"
    match module.kind:
        case "script":
            return (
                "python_program= is a file, a package's folder or source text with main(); "
                "a relative path starts at the folder of the file that says Module(...)"
            )
        case "program":
            return "command= is the program and its arguments, as in command=['./count', '--fast']"
        case None:
            return "give a function, a subclass of Daemon, or the path of a script"
        case _:
            return "move the function to the top level of a file, and hand values over with inputs="
