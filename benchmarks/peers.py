"""Others that are measured beside swarmdsl: what each needs, and which interpreter runs it.

A peer may want packages that do not go with ours, so each can have an interpreter of its own:
`--peer-python flower=/opt/flower/bin/python`. Its half of a benchmark is a module that is started
with that interpreter and prints what it found; it imports nothing of swarmdsl. One of them is
swarmdsl itself, built in another way.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).parents[1]
RUN_S_MAX = 300.0  # of one measurement; what takes longer has failed
LOOK_S_MAX = 60.0  # for a package, with another interpreter
_LOOK = """
import sys
from importlib.util import find_spec
sys.path = [one for one in sys.path if one]  # what lies beside us is not installed
sys.exit(find_spec(sys.argv[1]) is None)
"""
_BEHIND = """
import runpy, sys
sys.path.append({root!r})
runpy.run_module({module!r}, run_name="__main__", alter_sys=True)
"""

Pythons = Mapping[str, str]
"""By the name of a peer, the interpreter that runs it; in the order in which they are measured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """One of them.

    Attributes:
        name: as it is called here.
        package: what is imported.
        remedy: what installs it.
        program: an executable that it needs beside that, and what installs it; empty if none.
    """

    name: str
    package: str
    remedy: str
    program: tuple[str, str] = ("", "")

    def lacks(self, python: str) -> str | None:
        """What is missing, with its remedy; None if the interpreter can run it."""
        if not _finds(python, self.package):
            return f"{self.name} is not installed for {python}: {self.remedy}"
        program, remedy = self.program
        if program and program_of(program) is None:
            return f"{self.name} needs the program {program}: {remedy}"
        return None


def _finds(python: str, package: str) -> bool:
    if python == sys.executable:
        return find_spec(package) is not None
    words = [python, "-c", _LOOK, package]
    return subprocess.run(words, check=False, timeout=LOOK_S_MAX).returncode == 0


def program_of(name: str) -> str | None:
    """Where an executable is: on the path, or where services are kept."""
    return shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")


_EXTRA = "pip install 'swarmdsl[peers]'"
_APART = "pip install {0}, best in an environment of its own, and say --peer-python {1}=PATH"

PEERS: dict[str, Peer] = {
    one.name: one
    for one in (
        Peer(name="zenoh", package="zenoh", remedy=_EXTRA),
        Peer(
            name="nats",
            package="nats",
            remedy=_EXTRA,
            program=("nats-server", "install it, for example from the package nats-server"),
        ),
        Peer(name="dask", package="distributed", remedy=_EXTRA),
        Peer(name="ray", package="ray", remedy=_APART.format("ray", "ray")),
        Peer(name="dora", package="dora", remedy=_APART.format("dora-rs dora-rs-cli", "dora")),
        Peer(
            name="flower",
            package="flwr",
            remedy=_APART.format("'flwr[simulation]'", "flower"),
        ),
        Peer(name="pool", package="multiprocessing", remedy="it comes with Python"),
        Peer(name="parsl", package="parsl", remedy=_APART.format("parsl", "parsl")),
        Peer(
            name="compiled",
            package="swarmdsl.compiled__mypyc",
            remedy="make compiled, and say --peer-python compiled=build/compiled/bin/python",
        ),
        Peer(
            name="executorlib",
            package="executorlib",
            remedy=_APART.format("executorlib", "executorlib"),
        ),
    )
}


def said_by(python: str, module: str, *words: str) -> str:
    """The last line that a module of ours prints when an interpreter runs it.

    Raises:
        RuntimeError: it failed.
    """
    return _said(f"{module} with {python}", [python, "-m", module, *words])


def said_as_installed(python: str, module: str, *words: str) -> str:
    """The same, with swarmdsl from where the interpreter has it installed, not from beside us.

    Raises:
        RuntimeError: it failed.
    """
    code = _BEHIND.format(root=str(ROOT), module=module)
    environment = {**os.environ, "PYTHONSAFEPATH": "1"}  # also for the daemons that it starts
    return _said(f"{module} with {python}", [python, "-c", code, *words], environment)


def _said(told: str, words: Sequence[str], environment: Mapping[str, str] | None = None) -> str:
    done = subprocess.run(
        words,
        cwd=ROOT,
        env=environment,
        check=False,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=RUN_S_MAX,
    )
    if done.returncode != 0:
        raise RuntimeError(f"{told} failed: {done.stderr[-2_000:]}")
    return done.stdout.strip().splitlines()[-1]


class PeerUnusable(Exception):
    """A peer was asked for that cannot be measured; the text says how to mend that."""


def interpreters(given: Iterable[str]) -> dict[str, str]:
    """What `--peer-python` says: which peers have an interpreter of their own.

    Raises:
        PeerUnusable: one is no NAME=PATH, names nobody, or there is no such file.

    >>> interpreters([f"ray={sys.executable}"]) == {"ray": sys.executable}
    True
    """
    chosen = {}
    for one in given:
        name, _, path = one.partition("=")
        if name not in PEERS or not path:
            known = ", ".join(PEERS)
            raise PeerUnusable(f"--peer-python {one}: say NAME=PATH, with a NAME of {known}")
        if not Path(path).is_file():
            raise PeerUnusable(f"--peer-python {one}: there is no file {path}")
        chosen[name] = path
    return chosen


def chosen_of(
    names: Iterable[str] | None, measurable: Iterable[str], own: Mapping[str, str]
) -> dict[str, str]:
    """The peers to measure, each with its interpreter: these, or all that can be measured here.

    Raises:
        PeerUnusable: one of the names cannot be measured.
    """
    pythons = {name: own.get(name, sys.executable) for name in measurable}
    if names is None:
        return {name: path for name, path in pythons.items() if PEERS[name].lacks(path) is None}
    chosen = {}
    for name in names:
        if name not in pythons:
            known = ", ".join(pythons) or "no peers"
            raise PeerUnusable(f"it measures no {name}; it can measure {known}")
        lacking = PEERS[name].lacks(pythons[name])
        if lacking is not None:
            raise PeerUnusable(lacking)
        chosen[name] = pythons[name]
    return chosen
