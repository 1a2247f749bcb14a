"""`python -m swarmdsl`: the same as the command `swarm`."""

from __future__ import annotations

import sys

from swarmdsl.cli import main

if __name__ == "__main__":
    sys.exit(main())
