"""A process that owns an engine and is killed by a test; says which processes hang on it."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from tests.contracts.engine_case import bench_for, options_for, parent_of


def main(engine: str, folder: str, *, forks: bool) -> None:
    bench = bench_for(engine, options_for(Path(folder)))
    daemons = bench.running("waits@a#0", "waits@a#1", "refuses@a#0")
    copy = os.fork() if forks else 0
    if forks and copy == 0:
        live_on()
    words = [bench.options.socket_folder, copy, parent_of(daemons[0]), *daemons]
    print(*words, flush=True)
    live_on()


def live_on() -> None:
    while True:
        signal.pause()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], forks=sys.argv[3:] == ["forks"])
