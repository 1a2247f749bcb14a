"""The globals that a topology begins with, in the store of a new run."""

from __future__ import annotations

from collections.abc import Mapping

from swarmdsl.control.store import Store
from swarmdsl.topology.model import Constant, Topology
from swarmdsl.wire.codec import encode_blob


def keep_first_globals(store: Store, topology: Topology, bundles: Mapping[str, bytes]) -> None:
    """Put the globals that the topology begins with into a new store."""
    with store.batch():
        for tag, constant in topology.globals.items():
            store.set_global(tag, _encoded(constant, bundles))


def _encoded(constant: Constant, bundles: Mapping[str, bytes]) -> bytes:
    return encode_blob(constant.value) if constant.blob is None else bundles[constant.blob]
