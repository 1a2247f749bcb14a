"""Findings on the screen: the compiler's reports, in colour where there is colour."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, TextIO

from swarmdsl.cli.streams import Streams, Style

if TYPE_CHECKING:
    from swarmdsl.compiler import Diagnostic

_HEAD = re.compile(r"^(SW\d{3} (error|warning|info):)", flags=re.MULTILINE)
_STYLES: dict[str, Style] = {"error": "bad", "warning": "warning", "info": "strong"}


def painted(streams: Streams, report: str, stream: TextIO) -> str:
    """A full report with its first lines in colour."""
    return _HEAD.sub(lambda head: streams.paint(head[1], _STYLES[head[2]], stream), report)


def say_findings(streams: Streams, diagnostics: Sequence[Diagnostic]) -> None:
    """Say what is worth saying before a run: warnings, not what `swarm validate` is for."""
    from swarmdsl.compiler import report

    worth = [one for one in diagnostics if one.severity != "info"]
    if worth:
        streams.say(painted(streams, report.full(worth), streams.err))
