"""Where processes begin that an engine or a daemon executes: `python -m swarmdsl.daemon`.

A fork server, the process of one script, or the first process of a container; and, while an image
is made, what has its Python run from another one.
"""

from __future__ import annotations

import os
import pkgutil
import sys
from pathlib import Path

from swarmdsl.daemon.forkserver import serve
from swarmdsl.daemon.heap import keep_freed_memory

USAGE = (
    "usage: python -m swarmdsl.daemon "
    "(serve DESCRIPTOR | script DESCRIPTOR | contained [FILE] | dialled DAEMONS | "
    "composed DAEMON | transplant)"
)


def main(words: list[str]) -> int:
    """Do what the words of the command line say; the descriptor is an inherited socket."""
    keep_freed_memory(os.environ)
    match words:
        case ["serve", descriptor]:
            serve(int(descriptor))
        case ["script", descriptor]:
            pkgutil.resolve_name("swarmdsl.daemon.script:run_script")(int(descriptor))
        case ["contained", *health]:
            serve_container = pkgutil.resolve_name("swarmdsl.daemon.contained:serve_container")
            serve_container(*map(Path, health[:1]))
        case ["dialled", daemons]:
            serve_dialled = pkgutil.resolve_name("swarmdsl.daemon.dialled:serve_dialled")
            return int(serve_dialled(daemons, os.environ))
        case ["composed", daemon]:
            return int(pkgutil.resolve_name("swarmdsl.daemon.composed:serve_composed")(daemon))
        case ["transplant"]:
            own = pkgutil.resolve_name("swarmdsl.daemon.transplant:Installation").own()
            pkgutil.resolve_name("swarmdsl.daemon.transplant:transplant")(own)
        case _:
            sys.stderr.write(f"{USAGE}\n")
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
