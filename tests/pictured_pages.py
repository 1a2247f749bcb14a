"""Swarms of the guide, drawn as they stand on their pages."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

REPOSITORY = Path(__file__).resolve().parents[1]
GUIDE = REPOSITORY / "docs/guide"
TIMEOUT_S = 60

_FILE = re.compile(r'^```\w+ title="([^"]+)"\n(.*?)^```$', re.MULTILINE | re.DOTALL)
_ON_TWO_NODES = ("--nodes", "2", "--slots", "1")
_DAEMONS = ("--level", "daemon")


@dataclass(frozen=True, slots=True)
class Pictured:
    """A swarm of a page of the guide, and what `swarm graph` is told beside its file."""

    page: str
    file: str
    words: tuple[str, ...] = ()


PICTURED: Mapping[str, Pictured] = {
    "calls": Pictured("calls", "board.py"),
    "capacity": Pictured("capacity", "cameras.py", ("--nodes", "51")),
    "containers": Pictured("containers", "shouts.py", (*_ON_TWO_NODES, *_DAEMONS)),
    "daemon_modules": Pictured("daemon-modules", "thermostat.py"),
    "loop": Pictured("first-swarm", "average.py", _ON_TWO_NODES),
    "manta": Pictured("coming-from-manta", "federated.py", _ON_TWO_NODES),
    "nodes": Pictured("nodes", "training.py", ("--nodes", "nodes.toml", *_DAEMONS)),
    "processes": Pictured(
        "when-processes-die", "bearing.py", ("--nodes", "3", "--slots", "1", *_DAEMONS)
    ),
    "programs": Pictured("programs", "words.py"),
    "statistics": Pictured("statistics", "orders.py"),
    "streams": Pictured("streams", "sort.py"),
    "transports": Pictured("transports", "greet.py", (*_ON_TWO_NODES, *_DAEMONS)),
    "words": Pictured("pictures", "words.py"),
}


@cache
def drawn(pictured: Pictured) -> str:
    """What `swarm graph` makes of it, beside the other files of its page."""
    text = (GUIDE / f"{pictured.page}.md").read_text("utf-8")
    paths = os.pathsep.join(map(str, (REPOSITORY, REPOSITORY / ".ci/path")))
    with TemporaryDirectory(prefix="page-") as folder:
        for name, source in _FILE.findall(text):
            place = Path(folder, name)
            place.parent.mkdir(exist_ok=True)
            place.write_text(source, encoding="utf-8")
        command = [sys.executable, "-m", "swarmdsl", "graph", pictured.file, "--format", "svg"]
        return subprocess.run(
            [*command, *pictured.words],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": paths},
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            check=True,
        ).stdout
