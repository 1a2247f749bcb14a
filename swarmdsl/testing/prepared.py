"""A swarm that is ready to be simulated many times: compiled once, its code on disk and imported.

Modules are imported once for all daemons of all simulations, so state at the level of a module is
shared, which it is not between real daemons. Objects of daemon classes are made anew for each.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from swarmdsl.control.secrets import NO_SECRETS, Secrets, require_secrets
from swarmdsl.daemon.bundle import imports_undone
from swarmdsl.deploy.kinds import IN_PYTHON
from swarmdsl.errors import SimulationImpossible
from swarmdsl.topology.codec import to_json, write
from swarmdsl.topology.model import Topology


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """What simulations of one swarm on some nodes share.

    Attributes:
        topology: that is simulated.
        topology_json: the same as a document.
        bundles: constants and code, by SHA-256.
        folder: where the bundles lie.
        secrets: what its tasks may ask for.
        moves: a daemon that is started anew listens elsewhere than before, as it does over TCP.
    """

    topology: Topology
    topology_json: bytes
    bundles: Mapping[str, bytes]
    folder: Path
    secrets: Secrets = NO_SECRETS
    moves: bool = False


@contextmanager
def prepared(
    topology: Topology, bundles: Mapping[str, bytes], secrets: Secrets = NO_SECRETS
) -> Iterator[Prepared]:
    """A swarm, ready to be simulated inside the block; then its code is forgotten.

    Raises:
        SecretsWrong: the secrets are not those that the tasks declare.
        SimulationImpossible: it has a task that cannot run in this process.
    """
    require_secrets(topology, secrets.names)
    _refuse_others(topology)
    folder = Path(tempfile.mkdtemp(prefix="swarm-simulation-"))
    try:
        write(topology, bundles, folder)
        with imports_undone(folder):
            yield Prepared(
                topology=topology,
                topology_json=to_json(topology).encode(),
                bundles=bundles,
                folder=folder,
                secrets=secrets,
            )
    finally:
        shutil.rmtree(folder)


def _refuse_others(topology: Topology) -> None:
    kinds = {module.name: module.kind for module in topology.modules}
    scripts = [task.alias for task in topology.tasks if kinds[task.module] == "script"]
    foreign = [task.alias for task in topology.tasks if kinds[task.module] not in IN_PYTHON]
    if foreign:
        raise SimulationImpossible(
            f"{', '.join(foreign)} is no Python, and only Python is simulated; "
            "put a function in its place to simulate this swarm"
        )
    if scripts:
        raise SimulationImpossible(
            f"{', '.join(scripts)} runs a script, which needs a process of its own; "
            "make it a function to simulate this swarm"
        )
