"""`swarm doctor`: is this machine fit for runs, and what can be done about it?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict

from swarmdsl.cli.command import Command
from swarmdsl.cli.exits import Exit
from swarmdsl.cli.streams import Streams, Style
from swarmdsl.cli.values import as_json
from swarmdsl.control.facts import gather
from swarmdsl.control.health import Finding, Verdict, examine

_STYLES: Mapping[Verdict, Style] = {
    Verdict.PASS: "good",
    Verdict.WARN: "warning",
    Verdict.FAIL: "bad",
}


def doctor(command: Command) -> Exit:
    """Look at this machine and at the home, and change nothing; 1 if a check fails."""
    findings = examine(gather(command.home))
    counted = Counter(one.verdict for one in findings)
    if command.format == "json":
        command.streams.show(as_json({"checks": [asdict(one) for one in findings]}))
    else:
        command.streams.show("\n".join(_lines(findings, command.streams)) + "\n")
        told = ", ".join(f"{counted[verdict]} {verdict.value}" for verdict in Verdict)
        command.streams.say(told)
    return Exit.FAILED if counted[Verdict.FAIL] else Exit.OK


def _lines(findings: Sequence[Finding], streams: Streams) -> Iterator[str]:
    width = max(len(one.check) for one in findings)
    for one in findings:
        verdict = streams.paint(one.verdict.value, _STYLES[one.verdict], streams.out)
        yield f"{verdict}  {one.check:<{width}}  {one.text}"
        if one.fix:
            yield f"      {'':<{width}}  fix: {one.fix}"
