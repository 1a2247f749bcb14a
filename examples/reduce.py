"""The reducer of map_reduce_guide.py: adds up what the mappers found."""

from __future__ import annotations

from typing import cast

from swarmdsl.light import World


def main() -> dict[str, int]:
    # A mapper is scheduled on `all` nodes, so each alias has a list with one value per node.
    found = cast("dict[str, list[list[int]]]", World().inputs)
    primes = {prime for values in found.values() for value in values for prime in value}
    return {"primes": len(primes), "largest": max(primes), "below": 1000 * len(found)}
