"""`python -m benchmarks NAME`: measure, show the figures, and keep them as JSON and drawings."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path

from benchmarks.machine import facts
from benchmarks.peers import PeerUnusable, Pythons, chosen_of, interpreters
from benchmarks.registry import BENCHMARKS
from benchmarks.report import as_json, charts, from_json, table

EPILOG = """\
Figures of two different runs are never compared: machines have busy and quiet hours. Compare
systems within one run, as ratios.

example:
  python -m benchmarks backpressure --seconds 30 --json backpressure.json --drawings .
  python -m benchmarks push --measured docs/benchmarks/push.json --drawings docs/benchmarks
  python -m benchmarks rounds --peer-python flower=/opt/flower/bin/python
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
                metavar="NAMES",
                help=f"measure these as well: {', '.join(one.peers)}; those that are installed "
                "unless given, none if empty",
            )
            its.add_argument(
                "--peer-python",
                action="append",
                default=[],
                metavar="NAME=PATH",
                help="the interpreter that runs a peer whose packages do not go with ours",
            )
        its.add_argument("--json", type=Path, metavar="FILE", help="write the figures there")
        its.add_argument("--drawings", type=Path, metavar="FOLDER", help="write SVG files there")
        if one.chart:
            its.add_argument(
                "--measured",
                type=Path,
                metavar="FILE",
                help="measure nothing: show and draw the figures that --json wrote before",
            )
    return reader


def peers_of(chosen: argparse.Namespace) -> Pythons:
    """The peers that were asked for, or are there, each with the interpreter that runs it.

    Raises:
        SystemExit: one is unknown, or not installed.
    """
    measurable = BENCHMARKS[chosen.name].peers
    asked: str | None = getattr(chosen, "peers", None)
    names = None if asked is None else [name for name in asked.split(",") if name]
    try:
        own = interpreters(getattr(chosen, "peer_python", ()))
        return chosen_of(names, measurable, own)
    except PeerUnusable as error:
        raise SystemExit(f"{chosen.name}: {error}") from None


def main(words: list[str]) -> int:
    """Do what the words of the command line say."""
    chosen = parser().parse_args(words)
    if chosen.drawings is not None:
        chosen.drawings.mkdir(parents=True, exist_ok=True)  # not after minutes of measuring
    benchmark = BENCHMARKS[chosen.name]
    if getattr(chosen, "measured", None) is not None:
        rows = from_json(chosen.measured.read_bytes())
        print(table(rows))
        _draw(charts(benchmark, rows), chosen.drawings)
        return 0
    peers = peers_of(chosen)
    machine = facts()
    print("\n".join(f"{name}: {value}" for name, value in machine.items()))
    outcome = benchmark.run(chosen.seconds, print, peers)
    print(f"\n{table(outcome.rows)}\n\n{outcome.verdict}")
    if chosen.json is not None:
        chosen.json.write_bytes(as_json(outcome.rows, machine))
    _draw({**charts(benchmark, outcome.rows), **outcome.drawings}, chosen.drawings)
    return 0


def _draw(drawings: Mapping[str, str], folder: Path | None) -> None:
    if folder is not None:
        for name, svg in drawings.items():
            (folder / name).write_text(svg, "utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
