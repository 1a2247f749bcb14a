"""SW456, SW457: modules that are no Python, and so are compiled but not run here."""

from __future__ import annotations

from collections.abc import Iterator

from swarmdsl.compiler.argument import of_module
from swarmdsl.compiler.diagnostics import Diagnostic, finding
from swarmdsl.compiler.draft import Draft


def check_foreign(draft: Draft) -> Iterator[Diagnostic]:
    """One finding for each image, and for each program, that could be packaged."""
    modules = {id(module): module for module in draft.graph.modules.values()}
    foreign = {key for key, module in modules.items() if module.kind in {"image", "program"}}
    for alias, module in draft.modules() if foreign else ():
        if id(module) not in foreign or alias not in draft.bundles:
            continue
        if module.kind == "image":
            yield finding(
                "SW456",
                f"module {module.name} is image {module.image!r}, "
                "which the process engine cannot start",
                at=module.span,
                steps=of_module("image"),
                hint="to run the swarm here, give the module python_program= too",
            )
        elif module.kind == "program":
            yield finding(
                "SW457",
                f"module {module.name} is program {list(module.command or ())}, "
                "which no engine of this version runs",
                at=module.span,
                steps=of_module("command"),
                hint="call the program from a function, with subprocess",
            )
