"""Rows of cells as lines: columns as wide as they must be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from swarmdsl.cli.streams import Streams


def table(columns: Sequence[str], rows: Sequence[Sequence[str]], streams: Streams) -> Iterator[str]:
    """The head and a line for each row."""
    widths = [max(len(cell) for cell in cells) for cells in zip(columns, *rows, strict=True)]
    yield streams.paint(_line(columns, widths), "strong", streams.out)
    yield from (_line(row, widths) for row in rows)


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()
