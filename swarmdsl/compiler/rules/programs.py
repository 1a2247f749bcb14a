"""SW456: modules of an image alone, which are compiled but not run here."""

from __future__ import annotations

from collections.abc import Iterator

from swarmdsl.compiler.argument import of_module
from swarmdsl.compiler.diagnostics import Diagnostic, finding
from swarmdsl.compiler.draft import Draft


def check_foreign(draft: Draft) -> Iterator[Diagnostic]:
    """One finding for each image that could be packaged."""
    modules = {id(module): module for module in draft.graph.modules.values()}
    images = {key for key, module in modules.items() if module.kind == "image"}
    for alias, module in draft.modules() if images else ():
        if id(module) in images and alias in draft.bundles:
            yield finding(
                "SW456",
                f"module {module.name} is image {module.image!r}, "
                "which the process engine cannot start",
                at=module.span,
                steps=of_module("image"),
                hint="to run the swarm here, give the module python_program= too",
            )
