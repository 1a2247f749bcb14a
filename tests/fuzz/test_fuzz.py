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

GIANTS_AT_ONCE = 4
"""The three that one connection sends, of which the first may still be judged when the last has
come, and the text that is made of the last."""
GROWTH_BYTES_MAX = GIANTS_AT_ONCE * STRANGERS * GIANT_BYTES
"""What strangers may have in a process at once, for an allocator keeps the memory in which it was.
A minute brings each process some two hundred connections with giants, in all about 5 GiB: what
keeps one of twenty is found."""

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
