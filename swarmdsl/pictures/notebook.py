"""What a notebook shows of a swarm that stands alone in a cell."""

from __future__ import annotations

from dataclasses import replace

from swarmdsl.compiler.pipeline import Compilation
from swarmdsl.pictures.grouped import grouped
from swarmdsl.pictures.html import findings_as_html
from swarmdsl.pictures.of_tasks import diagram_of
from swarmdsl.pictures.outline import to_text
from swarmdsl.pictures.svg import to_svg

ABOUT_NODES = "SW3"  # the family of findings about nodes: a swarm that is looked at has none yet


def mimebundle_of(compilation: Compilation) -> dict[str, str]:
    """The tasks as a drawing, as a page with the findings in full, and as text.

    There is no script in it, so that it is shown wherever the notebook is read.
    """
    found = [one for one in compilation.diagnostics if not one.code.startswith(ABOUT_NODES)]
    diagram = grouped(diagram_of(replace(compilation, diagnostics=tuple(found))))
    drawing = to_svg(diagram)
    return {
        "text/plain": to_text(diagram),
        "image/svg+xml": drawing,
        "text/html": f"<div>{drawing}{findings_as_html(diagram)}</div>",
    }
