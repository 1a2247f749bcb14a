"""Network faults, put on one container: packets are lost, late, held up, or stopped altogether.

They are made in the network namespace of the container, so only root can make them, and nobody
else on the machine notices. Where the kernel has no `netem`, `tests/delaying.py` delays.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.docker_case import NEEDED

REPOSITORY = Path(__file__).resolve().parent.parent
COMMAND_S = 10.0
QUEUE = 77
BURST_BYTES = 16_384
QUEUED_MS = 300  # what a full link holds up before it drops
DEVICE = "eth0"
DIRECTIONS = (("INPUT", "-i"), ("OUTPUT", "-o"))


def need_faults() -> None:
    """Skip the test where no faults can be made, or fail it if they must be."""
    missing = [tool for tool in ("nsenter", "iptables", "tc") if shutil.which(tool) is None]
    if os.geteuid() != 0 or missing:
        why = f"needs the commands {', '.join(missing)}" if missing else "needs root"
        if NEEDED:
            pytest.fail(f"SWARM_ENGINES asks for docker, and a network fault {why}")
        pytest.skip(f"a network fault {why}")


class Faults:
    """The network of a container, and what is wrong with it.

    Args:
        pid: of the container's first process, as this machine counts.
    """

    def __init__(self, pid: int) -> None:
        self._enter = ["nsenter", "--target", str(pid), "--net", "--"]

    def lose(self, share: float) -> None:
        """Lose packets, as many of those that come and of those that go."""
        for chain, device in DIRECTIONS:
            rule = (chain, device, DEVICE, "-m", "statistic", "--mode", "random")
            self._do("iptables", "-A", *rule, "--probability", str(share), "-j", "DROP")

    def limit(self, rate: str) -> None:
        """Let so much out and no more: `2mbit` is a quarter of a megabyte a second."""
        shape = ("tbf", "rate", rate, "burst", str(BURST_BYTES), "latency", f"{QUEUED_MS}ms")
        self._do("tc", "qdisc", "add", "dev", DEVICE, "root", *shape)

    @contextmanager
    def delayed(self, milliseconds: int) -> Iterator[None]:
        """Have packets arrive so much later, for as long as the block lasts."""
        rule = ("INPUT", "-i", DEVICE, "-j", "NFQUEUE", "--queue-num", str(QUEUE))
        command = [sys.executable, "-m", "tests.delaying", str(QUEUE), str(milliseconds)]
        with subprocess.Popen(
            [*self._enter, *command], stdout=subprocess.PIPE, text=True, cwd=REPOSITORY
        ) as delaying:
            try:
                assert delaying.stdout is not None
                assert delaying.stdout.readline() == "delaying\n"
                self._do("iptables", "-A", *rule)
                yield
            finally:
                delaying.kill()  # the rule ends with the container

    def part(self) -> None:
        """Let nothing in or out."""
        for chain, device in DIRECTIONS:
            self._do("iptables", "-I", chain, device, DEVICE, "-j", "DROP")

    def join(self) -> None:
        """Let all in and out again, after `part`."""
        for chain, device in DIRECTIONS:
            self._do("iptables", "-D", chain, device, DEVICE, "-j", "DROP")

    def _do(self, *words: str) -> None:
        done = subprocess.run(
            [*self._enter, *words], capture_output=True, text=True, check=False, timeout=COMMAND_S
        )
        assert done.returncode == 0, f"{' '.join(words)}: {done.stderr}"
