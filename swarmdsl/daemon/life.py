"""The life of any daemon of a topology: what is done once for all of them, and what by each."""

from __future__ import annotations

import functools
import gc
import importlib
import os
import signal
import sys
import time
from pathlib import Path

from swarmdsl.daemon.arena import Arena
from swarmdsl.daemon.arguments import DaemonArguments
from swarmdsl.daemon.assembly import TERMINATED_EXIT_CODE, Assembly
from swarmdsl.daemon.borrowed_arenas import BorrowedArenas
from swarmdsl.daemon.child import Life
from swarmdsl.daemon.garbage import containers_before_collection
from swarmdsl.daemon.lasting import make_lasting
from swarmdsl.daemon.memory_limit import DataLimit
from swarmdsl.daemon.precompiled import precompile
from swarmdsl.daemon.processors import processors
from swarmdsl.daemon.rehearsal import rehearse
from swarmdsl.daemon.stopping import Stopped, stop_on_terminate
from swarmdsl.daemon.task_log import show_task_log
from swarmdsl.daemon.time_limit import Alarm
from swarmdsl.light.context import forbid_runs
from swarmdsl.topology.codec import from_sent, topology_hash
from swarmdsl.topology.expand import expand_daemons
from swarmdsl.topology.fused import Executed, executed
from swarmdsl.topology.model import Topology
from swarmdsl.transport import transport_for
from swarmdsl.wire.arena.sharing import Sharing

SHARED = ("swarmdsl.api",)
"""What nearly every daemon imports as it starts, for users' code."""

DAEMONS_PER_REHEARSAL = 8  # one costs what it saves some eight daemons
LASTING_MIN = 32  # daemons; to make all immortal that they share costs what it saves some thirty

SPINNING_MIN = 2  # processors: with fewer, whoever is waited for needs the one that there is

LAST = 19
"""The lowest priority. A hundred sources by the clock, each late, would leave their receiver one
hundredth of the processor, and be later still."""


def daemons_of(topology_json: bytes, folder: str = "") -> Life:
    """What all daemons of a topology share, got ready once: the life of any of them.

    No code of a user runs: that is for each daemon to do, in its own process.

    Args:
        topology_json: of the run.
        folder: of the run; what it keeps of the user's code is compiled beforehand.
    """
    topology = _prepared(topology_json, folder)
    daemons = sum(1 for _ in expand_daemons(topology))
    rehearse(daemons // DAEMONS_PER_REHEARSAL, time.monotonic)
    life = functools.partial(_live, topology, executed(topology), topology_hash(topology))
    if daemons >= LASTING_MIN:
        make_lasting()
    return life


def daemon_of(topology_json: bytes, folder: str = "") -> Life:
    """The same where one daemon is forked, as in a container: nothing is worth sharing."""
    topology = _prepared(topology_json, folder)
    return functools.partial(_live, topology, executed(topology), topology_hash(topology))


def _prepared(topology_json: bytes, folder: str) -> Topology:
    for name in SHARED:
        importlib.import_module(name)
    show_task_log(sys.stderr)
    processors()  # looked up once, for all of them
    topology = from_sent(topology_json)
    if folder:
        precompile(topology.modules, Path(folder))
    return topology


def run_daemon(arguments: DaemonArguments, topology_json: bytes) -> int:
    """Be a daemon, from loading the user's code to the end of the run; returns the exit code."""
    return daemon_of(topology_json)(arguments)


def _live(topology: Topology, found: Executed, digest: str, arguments: DaemonArguments) -> int:
    signal.signal(signal.SIGTERM, stop_on_terminate)
    forbid_runs(f"daemon {arguments.name}")
    thresholds = gc.get_threshold()
    try:
        arena = Arena(topology.limits.arena_bytes, new_id=lambda: os.urandom(16))
        sharing = Sharing(arena, BorrowedArenas(os.getpid()))
        assembly = Assembly(arguments, topology, digest=digest, found=found, sharing=sharing)
        address = arguments.address
        transport = transport_for(address, arguments.tcp)
        endpoint = transport.listen(address) if assembly.is_dialled else transport.leaf()
        if assembly.gives_way:
            os.nice(LAST)
    except Stopped:
        return TERMINATED_EXIT_CODE
    if gc.get_threshold() == thresholds:  # else users' code, which is loaded now, has set them
        usual, *older = thresholds
        gc.set_threshold(containers_before_collection(assembly.functions, usual), *older)
    try:
        return assembly.live(
            endpoint,
            time.monotonic,
            Alarm(),
            DataLimit(),
            stopwatch_ns=time.perf_counter_ns,
            give_way=os.sched_yield if processors() >= SPINNING_MIN else None,
        )
    finally:
        arena.close()
