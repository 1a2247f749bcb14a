"""What went not the straight way while a daemon lived, by the names that people give to it."""

from __future__ import annotations

from collections import Counter

import msgspec

from swarmdsl.topology.model import Topology
from swarmdsl.wire.session.events import Counts
from swarmdsl.wire.session.terms import Terms


def irregular(counts: Counts) -> dict[str, int]:
    """The counts of its sessions that are not zero.

    >>> irregular(Counts(gaps=2))
    {'gaps': 2}
    """
    return {name: count for name, count in msgspec.structs.asdict(counts).items() if count}


def tally(topology: Topology, terms: Terms) -> dict[str, dict[str, int]]:
    """The counts of each link that are not zero, by `source -> destination`.

    Where a task yields several types, several links lead to one destination: they count as one.
    """
    found: dict[str, Counter[str]] = {}
    for index, counts in terms.all_counts.items():
        if index < 0:
            continue  # the system's own
        link = topology.links[index]
        name = f"{link.source} -> {link.destination}"
        found.setdefault(name, Counter()).update(msgspec.structs.asdict(counts))
    nonzero = {name: {what: n for what, n in one.items() if n} for name, one in found.items()}
    return {name: one for name, one in nonzero.items() if one}
