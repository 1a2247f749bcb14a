"""`python -m benchmarks NAME`: measure, show the figures, and keep them as JSON and drawings."""

from __future__ import annotations

import argparse
import sys
from importlib.util import find_spec
from pathlib import Path

from benchmarks.machine import facts
from benchmarks.registry import BENCHMARKS
from benchmarks.report import as_json, table

EPILOG = """\
Figures of two different runs are never compared: machines have busy and quiet hours. Compare
systems within one run, as ratios.

example:
  python -m benchmarks backpressure --seconds 30 --json backpressure.json --drawings .
"""


def parser() -> argparse.ArgumentParser:
    """The reader of the command line."""
    reader = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Measure swarmdsl on this machine.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    names = reader.add_subparsers(dest="name", metavar="NAME", required=True)
    for one in BENCHMARKS.values():
        its = names.add_parser(one.name, help=one.summary, description=one.question)
        its.add_argument(
            "--seconds",
            type=float,
            default=one.seconds,
            help=f"how long to measure; {one.seconds:g} unless given",
        )
        if one.peers:
            its.add_argument(
                "--peers",
                default=",".join(name for name in one.peers if find_spec(name)),
                metavar="NAMES",
                help=f"measure these as well: {', '.join(one.peers)}; those that are installed "
                "unless given, none if empty",
            )
        its.add_argument("--json", type=Path, metavar="FILE", help="write the figures there")
        its.add_argument("--drawings", type=Path, metavar="FOLDER", help="write SVG files there")
    return reader


def peers_of(chosen: argparse.Namespace) -> list[str]:
    """The peers that were asked for, or are there.

    Raises:
        SystemExit: one is unknown, or not installed.
    """
    names = [name for name in getattr(chosen, "peers", "").split(",") if name]
    for name in names:
        if name not in BENCHMARKS[chosen.name].peers:
            raise SystemExit(f"{chosen.name} measures no {name}: --help names those it can measure")
        if find_spec(name) is None:
            raise SystemExit(f"{name} is not installed: pip install 'swarmdsl[peers]'")
    return names


def main(words: list[str]) -> int:
    """Do what the words of the command line say."""
    chosen = parser().parse_args(words)
    if chosen.drawings is not None:
        chosen.drawings.mkdir(parents=True, exist_ok=True)  # not after minutes of measuring
    machine = facts()
    print("\n".join(f"{name}: {value}" for name, value in machine.items()))
    outcome = BENCHMARKS[chosen.name].run(chosen.seconds, print, peers_of(chosen))
    print(f"\n{table(outcome.rows)}\n\n{outcome.verdict}")
    if chosen.json is not None:
        chosen.json.write_bytes(as_json(outcome.rows, machine))
    if chosen.drawings is not None:
        for name, svg in outcome.drawings.items():
            (chosen.drawings / name).write_text(svg, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
