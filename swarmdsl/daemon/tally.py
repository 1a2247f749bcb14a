"""What became of a daemon's pushes, by the names that people give to links."""

from __future__ import annotations

from collections import Counter

import msgspec

from swarmdsl.topology.model import Topology
from swarmdsl.wire.session.terms import Terms


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
