"""What is computed to see how long a first result takes: two tasks, the second of which may wait.

The environment says how long it waits (STARTUP_PAUSE_S), so that there is time to weigh all
processes. The result is told with the time at which it was there.
"""

from __future__ import annotations

import json
import os
import time

PAUSE = "STARTUP_PAUSE_S"
PROCESSES = 2


def first() -> int:
    """The first task."""
    return 1


def then(value: int) -> int:
    """The second one."""
    time.sleep(float(os.environ.get(PAUSE, "0")))
    return value + 1


def tell(result: int) -> None:
    """Print when the result was there, if it is right."""
    assert result == 2, f"the result is {result}"
    print(json.dumps(time.monotonic()))
