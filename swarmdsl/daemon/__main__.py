"""Where a fork server, or the process of one script, begins: `python -m swarmdsl.daemon`."""

from __future__ import annotations

import pkgutil
import sys

from swarmdsl.daemon.forkserver import serve

USAGE = "usage: python -m swarmdsl.daemon (serve | script) DESCRIPTOR"


def main(words: list[str]) -> int:
    """Do what the words of the command line say; the descriptor is an inherited socket."""
    match words:
        case ["serve", descriptor]:
            serve(int(descriptor))
        case ["script", descriptor]:
            pkgutil.resolve_name("swarmdsl.daemon.script:run_script")(int(descriptor))
        case _:
            sys.stderr.write(f"{USAGE}\n")
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
