"""What Docker asks a container of ours to tell whether it is healthy, and how often. Pure."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence

PROBE = ("-I", "-m", "swarmdsl.daemon.probe")
"""What a Python in the container is told to execute."""

EVERY_S = 20  # a process that is started for it takes a twentieth of a second of a processor
WITHIN_S = 10  # on a machine that has much to do
START_S = 60  # in which a failed look does not count
LOOKS = 2  # that fail in a row, and it is unhealthy
SUPERVISION_S = 60.0  # for what a run does by itself about a daemon that is stopped or gone


def healthcheck(python: Sequence[str]) -> str:
    """The line of a Dockerfile.

    Args:
        python: as the container executes it.

    >>> print(healthcheck(["python3"]))
    HEALTHCHECK --interval=20s --timeout=10s --start-period=60s --retries=2 \
CMD ["python3", "-I", "-m", "swarmdsl.daemon.probe"]
    """
    times = f"--interval={EVERY_S}s --timeout={WITHIN_S}s --start-period={START_S}s"
    return f"HEALTHCHECK {times} --retries={LOOKS} CMD {json.dumps([*python, *PROBE])}"


def looks_before_replaced(stopped_s: float) -> int:
    """How many looks must fail where an unhealthy container is replaced: the run comes first.

    Args:
        stopped_s: for how long the run waits for a daemon that is stopped.

    >>> looks_before_replaced(3.0), looks_before_replaced(3_600.0)
    (6, 185)
    """
    return LOOKS + math.ceil((stopped_s + SUPERVISION_S) / EVERY_S)
