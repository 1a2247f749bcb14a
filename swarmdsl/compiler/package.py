"""The second pass: package the code of every task; what cannot be packaged is a finding."""

from __future__ import annotations

from dataclasses import replace

from swarmdsl.compiler.argument import Steps, of_edge, of_module
from swarmdsl.compiler.bundle import Bundle, bundle_of
from swarmdsl.compiler.diagnostics import Diagnostic, Related, finding
from swarmdsl.compiler.draft import Draft
from swarmdsl.compiler.unpackable import Unpackable
from swarmdsl.dsl import Module
from swarmdsl.dsl.module import definition_span


def package(draft: Draft) -> Draft:
    """Package each module once, however many tasks it has."""
    made: dict[int, Bundle | Diagnostic] = {}
    for module in {id(one): one for one in draft.graph.modules.values()}.values():
        made[id(module)] = _packaged(module, draft)
    outcome = {alias: made[id(module)] for alias, module in draft.modules()}
    keys = _key_modules(draft)
    for module in keys.values():
        if id(module) not in made:
            made[id(module)] = _packaged(module, draft, of_edge("key"))
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
    for source, destination, (edge, *_) in draft.outspoken():
        if edge.policy == "key" and callable(edge.key):
            if id(edge.key) not in made:
                made[id(edge.key)] = edge.key if isinstance(edge.key, Module) else Module(edge.key)
                made[id(edge.key)].span = edge.span
            found[source, destination] = made[id(edge.key)]
    return found


def _packaged(module: Module, draft: Draft, steps: Steps = ()) -> Bundle | Diagnostic:
    try:
        return bundle_of(module, draft.read)
    except Unpackable as problem:
        return _explained(module, problem, steps or of_module(problem.argument))
    except OSError as problem:
        return finding(
            "SW204",
            f"module {module.name}: {problem}",
            at=module.span,
            steps=steps or of_module("python_program"),
            hint="let the user who compiles read it",
        )


def _explained(module: Module, problem: Unpackable, steps: Steps) -> Diagnostic:
    """At the line of the script itself if that is wrong, else at the one that names the module."""
    if problem.at is not None:
        related = [Related(text=f"used as module {module.name}", span=module.span)]
    elif definition_span(module) != module.span:
        related = [Related(text=f"{module.name} is defined", span=definition_span(module))]
    else:
        related = []
    return finding(
        problem.code,
        str(problem),
        at=problem.at or module.span,
        steps=steps if problem.at is None else (),
        related=related,
        hint=problem.hint,
    )
