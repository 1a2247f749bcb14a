"""`python -m swarmdsl.light`: the calls of a running task, for programs that are no Python.

The command itself is in `cli`, which alone reads arguments and environment.
"""

from __future__ import annotations

import pkgutil
import sys

if __name__ == "__main__":
    sys.exit(pkgutil.resolve_name("swarmdsl.cli.ask:main")())
