"""Graphs for the tests of pictures."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st

from swarmdsl.pictures.diagram import Arrow, Box, Diagram, Mark

Ends = tuple[int, int]


def diagram(count: int, *arrows: Ends, loops: tuple[Ends, ...] = ()) -> Diagram:
    """Boxes `b0`, `b1`, ... with arrows between them."""
    boxes = tuple(
        Box(id=f"b{number}", title=f"box {number}", lines=("function",)) for number in range(count)
    )
    return Diagram(
        name="graph",
        summary=f"{count} boxes",
        boxes=boxes,
        arrows=(
            *(Arrow(source=f"b{one}", destination=f"b{two}", label="int") for one, two in arrows),
            *(Arrow(source=f"b{one}", destination=f"b{two}", style="loop") for one, two in loops),
        ),
    )


@st.composite
def graphs(draw: st.DrawFn) -> Diagram:
    """Any small graph: with cycles, loops, findings, arrows that repeat or lead back to a box."""
    count = draw(st.integers(1, 12))
    ends = st.tuples(st.integers(0, count - 1), st.integers(0, count - 1))
    arrows = draw(st.lists(ends, max_size=24))
    loops = draw(st.lists(ends, max_size=3))
    made = diagram(count, *arrows, loops=tuple(loops))
    found = draw(st.lists(st.integers(0, 4), min_size=len(made.arrows), max_size=len(made.arrows)))
    labels = st.sampled_from(["", "int", "dict[str, list[Measurement]]", "x" * 80])
    return replace(
        made,
        arrows=tuple(
            replace(one, marks=(_FOUND,) * number, label=draw(labels))
            for one, number in zip(made.arrows, found, strict=True)
        ),
    )


_FOUND = Mark(code="SW201", severity="error", path="", text="wrong")
