"""A diagram that people can take in, of one with thousands of boxes."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

from swarmdsl.pictures.diagram import Arrow, Box, Diagram, Mark, many, some
from swarmdsl.pictures.ranks import ranks_of

BOXES_MAX = 300


def grouped(diagram: Diagram, boxes_max: int = BOXES_MAX) -> Diagram:
    """The same, with boxes of one kind and code that stand side by side drawn as one.

    If that leaves too many, so are those that stand behind one another: a chain of a thousand
    becomes a short one of long pieces. Boxes with findings stay alone, as long as they are few.
    """
    if len(diagram.boxes) <= boxes_max:
        return diagram
    ranks = ranks_of(len(diagram.boxes), _ends(diagram))
    stretch, last = 1, max(ranks)
    while True:
        keys = _keys(diagram, ranks, stretch, boxes_max)
        if len(set(keys)) <= boxes_max or stretch > last:
            return _merged(diagram, keys)
        stretch *= 2


def _ends(diagram: Diagram) -> list[tuple[int, int]]:
    number = {box.id: index for index, box in enumerate(diagram.boxes)}
    return [
        (number[one.source], number[one.destination])
        for one in diagram.arrows
        if one.style != "loop"
    ]


def _keys(diagram: Diagram, ranks: list[int], stretch: int, boxes_max: int) -> list[str]:
    """Which boxes become one: those of the same key."""
    alone = {box.id for box in diagram.boxes if box.marks}
    apart = alone if len(alone) < boxes_max // 2 else set()
    return [
        box.id if box.id in apart else f"{ranks[index] // stretch} {box.kind} {_code(box)}"
        for index, box in enumerate(diagram.boxes)
    ]


def _code(box: Box) -> str:
    """What boxes have in common that are alike: all they say but for their names."""
    return " ".join(box.lines)


def _merged(diagram: Diagram, keys: list[str]) -> Diagram:
    members = defaultdict[str, list[Box]](list)
    for box, key in zip(diagram.boxes, keys, strict=True):
        members[key].append(box)
    of = {box.id: found[0].id for found in members.values() for box in found}
    between = defaultdict[tuple[str, str, str], list[Arrow]](list)
    inside = defaultdict[str, int](int)
    for arrow in diagram.arrows:
        ends = of[arrow.source], of[arrow.destination]
        if ends[0] == ends[1] and arrow.source != arrow.destination:
            inside[ends[0]] += 1
        else:
            between[*ends, arrow.style].append(arrow)
    return replace(
        diagram,
        summary=f"{diagram.summary}; those alike are drawn as one",
        boxes=tuple(_box(found, inside[found[0].id]) for found in members.values()),
        arrows=tuple(_arrow(source, to, found) for (source, to, _), found in between.items()),
    )


def _box(found: list[Box], inside: int) -> Box:
    first = found[0]
    if len(found) == 1:
        return first
    links = (f"{many(inside, 'link')} inside",) if inside else ()
    return replace(
        first,
        title=f"{first.title} and {len(found) - 1:,} more",
        lines=(*first.lines, *links),
        detail=some(tuple(one.title for one in found), 20),
        marks=_marks([mark for one in found for mark in one.marks]),
    )


def _arrow(source: str, destination: str, found: list[Arrow]) -> Arrow:
    first = replace(found[0], source=source, destination=destination)
    if len(found) == 1:
        return first
    labels = tuple(dict.fromkeys(one.label for one in found if one.label))
    return replace(
        first,
        label=f"{many(len(found), 'link')}, {labels[0]}" if len(labels) == 1 else "",
        detail=some(tuple(one.detail for one in found), 5),
        marks=_marks([mark for one in found for mark in one.marks]),
    )


def _marks(marks: list[Mark]) -> tuple[Mark, ...]:
    return tuple(dict.fromkeys(marks))
