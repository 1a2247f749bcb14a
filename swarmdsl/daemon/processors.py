"""How many processors a process may use at a time."""

from __future__ import annotations

import functools
import os
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

CGROUPS = Path("/sys/fs/cgroup")
OWN = Path("/proc/self/cgroup")


@functools.cache
def processors(cgroups: Path = CGROUPS, own: Path = OWN) -> float:
    """Those that it is bound to, or what its control groups give it of them, if that is less.

    A container has a quota: it may run on every processor, and is stopped for the rest of a tenth
    of a second when it has had its share. It is looked up once.

    Args:
        cgroups: where the kernel tells of control groups, of either version.
        own: where it tells to which of them this process belongs.

    >>> 0 < processors() <= os.cpu_count()
    True
    """
    bound = getattr(os, "sched_getaffinity", None)  # not every system binds processes
    of = os.cpu_count() or 1 if bound is None else len(bound(0))
    return min([of, *_quotas(cgroups, own)])


def _quotas(cgroups: Path, own: Path) -> Iterator[float]:
    """What the groups of this process may use: its own, and those that it is part of."""
    groups = {PurePosixPath("/")}
    for line in _read(own).splitlines():
        _number, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        if not controllers or "cpu" in controllers.split(","):
            groups |= {PurePosixPath(path), *PurePosixPath(path).parents}
    for group in groups:
        inside = str(group).lstrip("/")
        quota, _, period = _read(cgroups / inside / "cpu.max").partition(" ")
        yield from _share(quota, period)
        before = cgroups / "cpu" / inside  # the first version
        yield from _share(_read(before / "cpu.cfs_quota_us"), _read(before / "cpu.cfs_period_us"))


def _share(quota: str, period: str) -> Iterator[float]:
    """The processors that a quota comes to; none if it is none, or cannot be read."""
    try:
        of, each = int(quota), int(period)
    except ValueError:  # "max", or nothing
        return
    if of > 0 and each > 0:
        yield of / each


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace")
    except OSError:
        return ""
