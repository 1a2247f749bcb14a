"""A process that owns an engine and is killed by a test; says which processes hang on it.

`python -m tests.contracts.engine_owner ENGINE FOLDER GRACE [forks]`: a new run, or with ENGINE
`attach:process` one whose owner died.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from swarmdsl.deploy.engine import DaemonExited, DaemonSuspended, EngineAttached
from tests.contracts.engine_case import ENGINES, Bench, attached, options_for, parent_of


def main(engine: str, folder: Path, grace_s: float, *, forks: bool) -> None:
    if engine.startswith("attach:"):
        bench = attached(engine.removeprefix("attach:"), folder, grace_s)
        (found,) = bench.wait_for(EngineAttached)
        daemons = [one.pid for one in found.running]
    else:
        options = replace(options_for(folder), owner_grace_s=grace_s)
        bench = Bench(ENGINES[engine](options), options)
        daemons = newly_started(bench)
    copy = os.fork() if forks else 0
    if forks and copy == 0:
        live_on()
    words = [bench.options.socket_folder, copy, parent_of(daemons[0]), *daemons]
    print(*words, flush=True)
    for word in sys.stdin:
        OBEY[word.strip()](bench)
        print("done", flush=True)
    live_on()


def newly_started(bench: Bench) -> list[int]:
    bench.start("exits_3@a#0")
    bench.exit_of("exits_3@a#0")
    return bench.running("waits@a#0", "waits@a#1", "refuses@a#0")


def start_anew(bench: Bench) -> None:
    """A daemon that ended and one that is killed each get a successor."""
    bench.start("exits_3@a#0", incarnation=1)
    bench.wait_for(DaemonExited, 2, "exits_3@a#0")
    bench.stop("waits@a#0", signal.SIGKILL)
    bench.exit_of("waits@a#0")
    bench.start("waits@a#0", incarnation=5)
    bench.hear("waits@a#0 waits 5")


def suspend(bench: Bench) -> None:
    bench.stop("refuses@a#0", signal.SIGSTOP)
    bench.wait_for(DaemonSuspended)


OBEY: dict[str, Callable[[Bench], None]] = {
    "close": Bench.close,
    "start anew": start_anew,
    "suspend": suspend,
}


def live_on() -> None:
    while True:
        signal.pause()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), float(sys.argv[3]), forks=sys.argv[4:] == ["forks"])
