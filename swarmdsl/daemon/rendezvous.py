"""Which of several names a key belongs to: the same in every process, however they are ordered."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from swarmdsl.wire.codec import canonical_bytes

REMEMBERED_MAX = 65_536  # keys whose choice is kept; beyond, it is worked out again
_DIGEST_BYTES = 8
_EXACT_MAX = 2**53  # floats below are whole numbers exactly


class Rendezvous:
    """Rendezvous hashing: each name draws a lot for the key, and the highest has it.

    So a name that goes or comes moves its own keys and no others.

    >>> Rendezvous(["a", "b", "c"]).choose("word") == Rendezvous(["a", "b", "c"]).choose("word")
    True
    """

    def __init__(self, names: Sequence[str]) -> None:
        self._names = names
        self._started = [
            hashlib.blake2b(name.encode() + b"\0", digest_size=_DIGEST_BYTES) for name in names
        ]
        self._remembered: dict[bytes, int] = {}

    def choose(self, key: object) -> int:
        """The position of the name that has this key.

        Raises:
            EncodeError: the key has a type that cannot travel, so it has no canonical form.
        """
        canonical = canonical_bytes(plain_key(key))
        index = self._remembered.get(canonical)
        if index is None:
            if len(self._remembered) >= REMEMBERED_MAX:
                self._remembered.clear()
            index = self._remembered[canonical] = self._draw(canonical)
        return index

    def _draw(self, canonical: bytes) -> int:
        lots: list[tuple[bytes, str]] = []
        for name, started in zip(self._names, self._started, strict=True):
            lot = started.copy()
            lot.update(canonical)
            lots.append((lot.digest(), name))
        return lots.index(max(lots))


def plain_key(key: object) -> object:
    """The key with equal numbers made the same, as in a dict: 1, 1.0 and True are one key.

    >>> plain_key((True, 2.0, "a")), plain_key(0.5)
    ([1, 2, 'a'], 0.5)
    """
    if isinstance(key, bool):
        return int(key)
    if isinstance(key, float) and key.is_integer() and abs(key) < _EXACT_MAX:
        return int(key)
    if isinstance(key, tuple | list):
        return [plain_key(one) for one in key]
    return key
