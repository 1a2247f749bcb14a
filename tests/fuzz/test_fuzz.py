"""Real daemons that strangers attack with all that a socket takes: they serve and count exactly."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from benchmarks.backpressure import Sample, bound
from swarmdsl.topology.model import Limits
from tests.fuzz.attacks import GIANT_BYTES
from tests.fuzz.siege import STRANGERS, Siege, besiege

GROWTH_BYTES_MAX = 2 * STRANGERS * GIANT_BYTES
"""Each stranger may have two giant frames in a process at once, one being read and one behind it,
and an allocator keeps memory in which such were. A leak of them would be far beyond that."""

FILES_MAX = 3  # a connection that is just closing


def judge(siege: Siege) -> None:
    """The run is right, the counts are exact, and nothing has grown."""
    tally = siege.measured.tally
    assert (tally["handled"], tally["astray"]) == (tally["pushed"], 0)
    assert max(one.on_the_way for one in siege.measured.samples) <= bound(Limits())
    assert siege.counted == siege.expected
    files = grown(siege, lambda sample: sample.files)
    assert max(files.values()) <= FILES_MAX, files
    memory = grown(siege, lambda sample: sample.memory)
    assert max(memory.values()) <= GROWTH_BYTES_MAX, memory


def grown(siege: Siege, of: Callable[[Sample], dict[str, int]]) -> dict[str, int]:
    """By process: the last sample's number less the first's."""
    samples = siege.measured.samples
    first, last = of(samples[0]), of(samples[-1])
    return {name: last[name] - first[name] for name in first}


@pytest.mark.e2e
@pytest.mark.slow
@pytest.mark.parametrize("transport", ["unix", "ipc"])
def test_a_run_that_strangers_attack_is_right_and_its_daemons_count_exactly(transport: str) -> None:
    with TemporaryDirectory(prefix="fuzz-") as folder:
        judge(besiege(4.0, Path(folder), transport))


@pytest.mark.e2e
@pytest.mark.slow
@pytest.mark.minute
@pytest.mark.timeout(300)
@pytest.mark.parametrize("transport", ["unix", "ipc"])
def test_a_minute_of_it_leaves_every_daemon_serving(transport: str) -> None:
    with TemporaryDirectory(prefix="fuzz-") as folder:
        judge(besiege(60.0, Path(folder), transport))
