"""`python -m tests.fuzz --seconds 60`: attack a run for as long as you like, and see what came."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from swarmdsl.deploy.access import LOCAL, LOCALS
from tests.fuzz.siege import besiege
from tests.fuzz.test_fuzz import judge


def main(words: list[str]) -> int:
    """Do what the words of the command line say."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0, help="how long; 60 unless given")
    parser.add_argument("--transport", choices=LOCALS, default=LOCAL, help=f"{LOCAL} unless given")
    told = parser.parse_args(words)
    with TemporaryDirectory(prefix="fuzz-") as folder:
        siege = besiege(told.seconds, Path(folder), told.transport)
    for name, counts in sorted(siege.counted.items()):
        print(f"{name}: {', '.join(f'{kind} {number:,}' for kind, number in counts.items())}")
    judge(siege)
    print(f"survived: {siege.measured.tally['handled']:,} pushes came meanwhile, none was lost")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
