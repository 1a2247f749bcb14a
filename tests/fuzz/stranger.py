"""A stranger's process: `python -m tests.fuzz.stranger FOLDER SEED SECONDS TRANSPORT`.

It finds the run in the folder, attacks its processes for so long, and says as JSON what each of
them must have counted for it.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from random import Random
from threading import Event

from swarmdsl.topology.codec import read
from tests.fuzz.attacks import FROM_ANYBODY, wild_session
from tests.fuzz.victim import Run, Victim

LISTENING = 5  # the controller, three stages and the sink; nobody dials the source
OWNER = "owner"  # of the fork server: no endpoint of a transport
LOOK_S = 0.05
LOOKS_MAX = 1_200


def find(folder: Path) -> tuple[Run, list[Path]]:
    """The run in the folder, and its sockets, once all of them listen and pushes flow."""
    for _ in range(LOOKS_MAX):
        sockets = [one for one in folder.glob("swarm-*/*") if one.is_socket() and one.name != OWNER]
        counters = folder / "counters"
        if len(sockets) == LISTENING and counters.exists() and any(counters.read_bytes()):
            (home,) = (folder / "home" / "runs").iterdir()
            topology, _ = read(home / "topology.toml")
            return Run(id=home.name, topology=topology), sorted(sockets)
        Event().wait(LOOK_S)
    raise TimeoutError(f"no run in {folder}")


def main(folder: Path, seed: int, seconds: float, scheme: str) -> None:
    """Attack, and tell."""
    random = Random(seed)
    run, sockets = find(folder)
    victims = [Victim(run=run, path=path, scheme=scheme) for path in sockets]
    # A name has one session, so that only one stranger may use it.
    attacks = (*FROM_ANYBODY, wild_session) if seed == 0 else FROM_ANYBODY
    end_s = time.monotonic() + seconds
    while time.monotonic() < end_s:
        random.choice(attacks)(random, random.choice(victims))
    print(json.dumps({victim.name: victim.counted for victim in victims}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), sys.argv[4])
