"""Rows of cells as lines: columns as wide as they must be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from swarmdsl.cli.streams import Streams
from swarmdsl.stats.tables import laid_out


def table(columns: Sequence[str], rows: Sequence[Sequence[str]], streams: Streams) -> Iterator[str]:
    """The head and a line for each row."""
    head, *lines = laid_out(columns, rows)
    yield streams.paint(head, "strong", streams.out)
    yield from lines
