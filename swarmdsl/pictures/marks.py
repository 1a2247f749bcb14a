"""Which box or arrow a finding is drawn at."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise

from swarmdsl.compiler.diagnostics import Diagnostic
from swarmdsl.pictures.diagram import Diagram, Mark

_ARROW = " -> "


def mark_of(finding: Diagnostic) -> Mark:
    """A finding as a picture shows it."""
    return Mark(
        code=finding.code,
        severity=finding.severity,
        path=finding.graph_path,
        text=finding.message,
    )


def marked(diagram: Diagram, findings: Iterable[Diagnostic]) -> Diagram:
    """The diagram with its findings: at the arrow they concern, or else at the box.

    One about the whole swarm, or about what is not drawn, only stands in the list.
    """
    marks = tuple(mark_of(one) for one in findings)
    ends = {(one.source, one.destination) for one in diagram.arrows}
    at_arrows, at_boxes = (
        defaultdict[tuple[str, str], list[Mark]](list),
        defaultdict[str, list[Mark]](list),
    )
    for mark in marks:
        path = mark.path.split(_ARROW)
        steps = [step for step in pairwise(path) if step in ends]
        for step in steps:
            at_arrows[step].append(mark)
        if not steps:
            at_boxes[path[-1]].append(mark)
    return replace(
        diagram,
        marks=marks,
        boxes=tuple(replace(one, marks=tuple(at_boxes.get(one.id, ()))) for one in diagram.boxes),
        arrows=tuple(
            replace(one, marks=tuple(at_arrows.get((one.source, one.destination), ())))
            for one in diagram.arrows
        ),
    )
