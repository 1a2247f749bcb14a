"""Tiny daemons for the engines' contract, and the entry that makes them."""

from __future__ import annotations

import os
import random
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from swarmdsl.daemon.arguments import DaemonArguments
from swarmdsl.transport import transport_for


def program(topology_json: bytes, _run_folder: str) -> Callable[[DaemonArguments], int]:
    """Daemons that do what the first half of their name says: `exits_3@node1#0`."""

    maker = os.getpid()

    def live(arguments: DaemonArguments) -> int:
        if arguments.name.startswith("shares"):  # 0 if what it shares was made in its parent
            return int(maker != os.getppid())
        wanted, _, number = arguments.name.partition("@")[0].partition("_")
        return PROGRAMS[wanted](arguments, topology_json, number)

    return live


def exits(arguments: DaemonArguments, topology_json: bytes, number: str) -> int:
    return int(number)


def raises(arguments: DaemonArguments, topology_json: bytes, number: str) -> int:
    raise RuntimeError("this daemon does not work")


def leaves(arguments: DaemonArguments, topology_json: bytes, number: str) -> int:
    sys.exit(int(number))


def waits(arguments: DaemonArguments, topology_json: bytes, number: str) -> int:
    """Live until signalled; the file says that every handler is in place."""
    tell(arguments, f"waits {arguments.incarnation}")
    while True:
        signal.pause()


def refuses(arguments: DaemonArguments, topology_json: bytes, number: str) -> int:
    """Live until killed: SIGTERM is ignored."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    return waits(arguments, topology_json, number)


def forks(arguments: DaemonArguments, topology_json: bytes, number: str) -> int:
    """Leave a process of one's own behind, which ignores SIGTERM, and perhaps regroups."""
    pid = os.fork()
    if pid == 0:
        if number == "regrouped":
            os.setpgid(0, 0)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        while True:
            signal.pause()
    tell(arguments, str(pid))
    while True:
        signal.pause()


def listens(arguments: DaemonArguments, topology_json: bytes, number: str) -> int:
    """Listen at one's address; leave behind a process that escapes and keeps the socket open."""
    endpoint = transport_for(arguments.address).listen(arguments.address)
    print("a line without an end", end="", flush=True)
    escaped, escape = os.pipe()
    copy = os.fork()
    if copy == 0:
        os.setsid()
        os.write(escape, b".")
        while True:
            signal.pause()
    os.read(escaped, 1)  # before that the copy still ends with this process's group
    tell(arguments, f"{arguments.incarnation} {copy} {endpoint.address}")
    while True:
        signal.pause()


def reports(arguments: DaemonArguments, topology_json: bytes, number: str) -> int:
    """Say what a daemon can see of itself."""
    print("to standard output")
    sys.stderr.write("to standard error\n")
    print("topology", topology_json.decode())
    print("random", random.random())
    print("descriptors", sorted(descriptors()))
    print("threads", os.environ.get("OMP_NUM_THREADS"))
    print("extra", os.environ.get("EXTRA"))
    print("incarnation", arguments.incarnation)
    print("interrupt", signal.getsignal(signal.SIGINT) is signal.SIG_IGN)
    print("terminate", signal.getsignal(signal.SIGTERM) is signal.SIG_DFL)
    return 0


def descriptors() -> set[int]:
    """What is open, the listing's own descriptor excepted: it is closed again by now."""
    listed = [int(path.name) for path in Path("/proc/self/fd").iterdir()]
    return {number for number in listed if Path(f"/proc/self/fd/{number}").exists()}


def tell(arguments: DaemonArguments, text: str) -> None:
    """Write a word into the pipe that the test reads, if it made one."""
    told = os.environ.get("TOLD", Path(arguments.run_folder) / "told")
    with open(told, "a", encoding="utf-8") as pipe:
        pipe.write(f"{arguments.name} {text}\n")


PROGRAMS = {
    "exits": exits,
    "raises": raises,
    "leaves": leaves,
    "waits": waits,
    "refuses": refuses,
    "forks": forks,
    "listens": listens,
    "reports": reports,
}
