"""Another network on this machine: a namespace, joined to ours by a pair of virtual interfaces."""

from __future__ import annotations

import ctypes
import fcntl
import os
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from swarmdsl.daemon.arguments import DaemonArguments
from swarmdsl.daemon.life import daemons_of
from swarmdsl.deploy.engine import EngineOptions
from swarmdsl.deploy.engines.process import ProcessEngine

NAME = "swarm-elsewhere"
HERE, THERE = "10.213.77.1", "10.213.77.2"
OUR_END, THEIR_END = "swarm-here", "swarm-there"
LOCK = Path(tempfile.gettempdir(), f"{NAME}.lock")
CLONE_NEWNET = 0x4000_0000


def ip(*words: str, check: bool = True) -> None:
    subprocess.run(["ip", *words], check=check, capture_output=True, timeout=10)


@contextmanager
def another_network() -> Iterator[None]:
    """The namespace, for as long as the block lasts; there is one at a time on a machine."""
    with LOCK.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with _made():
            yield


@contextmanager
def _made() -> Iterator[None]:
    ip("netns", "delete", NAME, check=False)
    ip("netns", "add", NAME)
    try:
        ip("link", "add", OUR_END, "type", "veth", "peer", "name", THEIR_END, "netns", NAME)
        ip("address", "add", f"{HERE}/24", "dev", OUR_END)
        ip("link", "set", OUR_END, "up")
        ip("-netns", NAME, "address", "add", f"{THERE}/24", "dev", THEIR_END)
        ip("-netns", NAME, "link", "set", THEIR_END, "up")
        ip("-netns", NAME, "link", "set", "lo", "up")
        yield
    finally:
        ip("link", "delete", OUR_END, check=False)
        ip("netns", "delete", NAME, check=False)


def daemons_elsewhere(topology_json: bytes, folder: str) -> Callable[[DaemonArguments], int]:
    """What a fork server loads that is to live, with all its daemons, in the namespace."""
    opened = os.open(f"/run/netns/{NAME}", os.O_RDONLY | os.O_CLOEXEC)
    if ctypes.CDLL(None, use_errno=True).setns(opened, CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")
    os.close(opened)
    return daemons_of(topology_json, folder)


class ElsewhereEngine(ProcessEngine):
    """A process engine whose daemons are in the namespace; the controller stays here."""

    def __init__(self, options: EngineOptions) -> None:
        entry = f"{__name__}:{daemons_elsewhere.__name__}"
        access = replace(options.access, host=THERE)
        super().__init__(replace(options, entry=entry, access=access))


def why_not() -> str:
    """Why there can be no other network here; empty if there can."""
    if os.geteuid() != 0:
        return "only root may make network namespaces"
    if not any(Path(folder, "ip").exists() for folder in os.get_exec_path()):
        return "the command ip is not installed"
    name = f"{NAME}-{os.getpid()}"  # others may be asking at the same time
    words = ["ip", "netns", "add", name]
    made = subprocess.run(words, check=False, capture_output=True, text=True)
    ip("netns", "delete", name, check=False)
    return "" if made.returncode == 0 else f"no network namespaces here: {made.stderr.strip()}"
