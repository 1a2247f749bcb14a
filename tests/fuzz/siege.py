"""A run under siege: several strangers attack all its processes while it does its work."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from benchmarks.backpressure import Measured, measure
from swarmdsl.control.happenings import Happening, IrregularitiesCounted

REPOSITORY = Path(__file__).resolve().parents[2]
STRANGERS = 3
QUIET_S = 4.0  # after the strangers have left, before the source is done


@dataclass(frozen=True, slots=True, kw_only=True)
class Siege:
    """How it went: what the run did, what its daemons counted, and what they must have."""

    measured: Measured
    counted: Mapping[str, Mapping[str, int]]
    expected: Mapping[str, Mapping[str, int]]


def besiege(seconds: float, folder: Path, transport: str) -> Siege:
    """Run the swarm of the benchmark, attacked for so many seconds by strangers."""
    counted: dict[str, Mapping[str, int]] = {}

    def observe(happening: Happening) -> None:
        if isinstance(happening, IrregularitiesCounted):
            counted[happening.daemon] = happening.counts

    former, tempfile.tempdir = tempfile.tempdir, str(folder)  # where the run's sockets will be
    try:
        with ExitStack() as stack:
            strangers = [
                _stranger([str(folder), str(seed), str(seconds), transport], stack)
                for seed in range(STRANGERS)
            ]
            measured = measure(seconds + QUIET_S, folder, [observe], transport)
            said = [json.loads(one.communicate()[0]) for one in strangers]
    finally:
        tempfile.tempdir = former
    return Siege(measured=measured, counted=counted, expected=_sums(said))


def _stranger(words: list[str], stack: ExitStack) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.fuzz.stranger", *words]
    process = subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE)
    return stack.enter_context(process)


def _sums(said: list[dict[str, dict[str, int]]]) -> dict[str, dict[str, int]]:
    """By daemon, what all strangers together expect it to have counted."""
    names = {name for one in said for name in one} - {"controller"}
    sums = {name: sum((Counter(one[name]) for one in said), Counter()) for name in names}
    return {name: {kind: n for kind, n in total.items() if n} for name, total in sums.items()}
