"""How much processor time the daemons of a run have spent, from what the kernel says of them."""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

TICKS_PER_S = os.sysconf("SC_CLK_TCK")
ROLE = re.compile(r"(.+?)[_\d]*(?:@.*)?\.log")


def seconds_by_role(home: Path) -> dict[str, float]:
    """Of each kind of daemon that lives now and logs below this folder: alias without number."""
    spent: defaultdict[str, float] = defaultdict(float)
    for log, seconds in _living(home):
        found = ROLE.fullmatch(log)
        if found is not None:
            spent[found[1]] += seconds
    return dict(spent)


def _living(home: Path) -> Iterator[tuple[str, float]]:
    """The name of the log of each process below a folder, and its seconds so far."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            log = (process / "fd/2").readlink()
            fields = (process / "stat").read_text("utf-8").rpartition(")")[2].split()
        except OSError:  # It has ended, or is none of ours.
            continue
        if home in log.parents:
            user, system = fields[11:13]  # utime and stime: proc(5)
            yield log.name, (int(user) + int(system)) / TICKS_PER_S
