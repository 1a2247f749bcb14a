"""The command `swarm`: the only place that reads the arguments and the environment.

This file imports nothing, so that a command can print its help at once.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence

INTERRUPTED = 130  # as in `exits.Exit`, which may not be loaded yet


def main(argv: Sequence[str] | None = None, environment: Mapping[str, str] | None = None) -> int:
    """Carry out one command line; returns the exit code.

    Args:
        argv: the arguments after the command's name; by default those of this process.
        environment: by default that of this process.
    """
    try:
        from swarmdsl.cli.entry import carry_out

        return carry_out(
            sys.argv[1:] if argv is None else list(argv),
            os.environ.copy() if environment is None else dict(environment),
        )
    except KeyboardInterrupt:  # So early, or so late, that nothing else is there to heed it.
        return INTERRUPTED
