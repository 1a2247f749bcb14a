"""`swarm simulate`: a swarm in virtual time, with faults, seed after seed."""

from __future__ import annotations

import os
import shlex
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from swarmdsl.cli.command import Command
from swarmdsl.cli.exits import Exit, UsageError
from swarmdsl.cli.programs import Program, is_topology, program_for
from swarmdsl.cli.secrets_given import secrets_for
from swarmdsl.cli.streams import Streams
from swarmdsl.cli.values import as_json

if TYPE_CHECKING:
    from swarmdsl.testing.campaign import Verdict
    from swarmdsl.testing.faults import FaultKind
    from swarmdsl.testing.simulator import Simulator

SEEDS = 100  # tried unless somebody says how many
WIDTH = 17  # of the names in the table
SHOWN_MAX = 5  # broken seeds that are told in full
WAITED_MIN_S = 1.0  # by the real clock, in the runs without faults, before that is worth a hint
WAITED = (
    "the runs without faults waited {:.1f} s by the real clock, which a simulation does not "
    "shorten; asyncio.sleep in an `async def`, and @every, wait in virtual time"
)
BY_TIMING = (
    "What the swarm yields depends on timing, on chance or on the world outside: in these seeds",
    "nothing dies, and yet they yield something else. Let it depend on what has come and not on",
    "when: count, or go by a time in the data, and hand on the rest in on_round_end. If it is to",
    "depend on timing, say --any-outcome: then all is checked but what the swarm yields.",
)
NOT_COMPARED = (
    "runs without faults do not yield the same: where they differ, runs are not compared, "
    "as the table says"
)
BROKEN_TOO = "The same may have broken the others: deaths change the timing as well."


@dataclass(slots=True)
class Tally:
    """What became of the seeds so far.

    Attributes:
        seeds: how many were tried.
        injected: faults that hit something, by kind.
        not_compared: what of the yield differs even among runs without faults, in words.
        broken: the verdicts on seeds that broke a promise.
        by_timing: those on seeds that yield something else without any fault.
    """

    seeds: int = 0
    not_compared: Sequence[str] = ()
    injected: Counter[FaultKind] = field(default_factory=Counter)
    broken: list[Verdict] = field(default_factory=list)
    by_timing: list[Verdict] = field(default_factory=list)

    def add(self, verdict: Verdict) -> None:
        """Take one verdict in."""
        self.seeds += 1
        self.injected += verdict.injected
        if verdict.by_timing:
            self.by_timing.append(verdict)
        elif verdict.violations:
            self.broken.append(verdict)


def simulate(command: Command) -> Exit:
    """Simulate a target with many seeds, or with one, and report every promise that was broken.

    Raises:
        CompileError: the swarm has errors.
        ExtraMissing: what simulates is not installed.
        SecretsWrong: the secrets are not exactly those that the tasks declare.
        SimulationImpossible: the swarm cannot be simulated, or fails without any fault.
        UsageError: the command contradicts itself.
    """
    from swarmdsl.control.secrets import Secrets
    from swarmdsl.testing.prepared import prepared
    from swarmdsl.testing.simulator import Simulator

    kinds = _kinds(command.arguments.faults)
    seeds = _seeds(command)
    only = _positions(command.arguments.only)
    program = program_for(command)
    secrets = Secrets(secrets_for(command, program.topology).values)
    with prepared(program.topology, program.bundles, secrets) as ready:
        simulator = Simulator(ready, kinds, any_outcome=command.arguments.any_outcome)
        with _telling_of_real_waits(command):
            reference = simulator.reference
        expected = command.arguments.any_outcome or command.arguments.quiet
        if reference.not_compared and not expected:
            command.streams.say(NOT_COMPARED)
        if command.arguments.seed is None:
            tally = _campaign(command, simulator, seeds)
        else:
            tally = _one(command, simulator, seeds[0], only)
    tally.not_compared = simulator.reference.not_compared
    _report(command, tally, _again(command, program))
    return Exit.FAILED if tally.broken or tally.by_timing else Exit.OK


@contextmanager
def _telling_of_real_waits(command: Command) -> Iterator[None]:
    """Give a hint if what runs in the block has waited, which nothing but the user's code does."""
    began_s, worked_s = time.perf_counter(), time.process_time()
    yield
    worked_s = time.process_time() - worked_s
    waited_s = time.perf_counter() - began_s - worked_s
    if hint := hint_at(waited_s, worked_s):
        command.streams.say(hint)


def hint_at(waited_s: float, worked_s: float) -> str:
    """What to say of runs that have waited by the real clock; nothing if they hardly have.

    >>> hint_at(0.9, 0.1), hint_at(2.0, 5.0), hint_at(3.0, 1.0)[:40]
    ('', '', 'the runs without faults waited 3.0 s by ')
    """
    if waited_s < max(WAITED_MIN_S, worked_s):
        return ""
    return WAITED.format(waited_s)


def _seeds(command: Command) -> range:
    arguments = command.arguments
    if arguments.seed is None:
        for flag in ("trace", "only"):
            if getattr(arguments, flag) is not None:
                raise UsageError(f"--{flag} is about one seed: say which, with --seed K")
        number = SEEDS if arguments.seeds is None else arguments.seeds
        if number < 1:
            raise UsageError(f"--seeds {number}: must be at least 1")
        return range(number)
    if arguments.seeds is not None:
        raise UsageError("--seed K tries one seed, --seeds N many: leave one of them out")
    return range(arguments.seed, arguments.seed + 1)


def _kinds(text: str | None) -> Sequence[FaultKind]:
    from swarmdsl.testing import SURVIVED, FaultKind

    if text is None:
        return SURVIVED
    names = [name.strip() for name in text.split(",") if name.strip()]
    if names == ["none"]:
        return ()
    known = {kind.value: kind for kind in FaultKind}
    for name in names:
        if name not in known:
            raise UsageError(f"--faults: there is no fault {name!r}; choose of: {', '.join(known)}")
    return [known[name] for name in names]


def _positions(text: str | None) -> list[int] | None:
    if text is None:
        return None
    if text == "none":
        return []
    try:
        return [int(word) for word in text.split(",") if word.strip()]
    except ValueError as problem:
        raise UsageError(f"--only {text}: write positions, as in 0,3") from problem


def _campaign(command: Command, simulator: Simulator, seeds: range) -> Tally:
    from swarmdsl.testing.campaign import campaign

    jobs = _jobs(command)
    tally = Tally()
    with _progress(command, len(seeds)) as progress:
        for verdict in campaign(simulator, seeds, min(jobs, len(seeds))):
            tally.add(verdict)
            progress(tally)
    for verdicts in (tally.broken, tally.by_timing):
        verdicts.sort(key=lambda verdict: verdict.seed)
    return tally


def _jobs(command: Command) -> int:
    jobs: int | None = command.arguments.jobs
    if jobs is None:
        return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1
    if jobs < 1:
        raise UsageError(f"--jobs {jobs}: must be at least 1")
    return jobs


def _one(command: Command, simulator: Simulator, seed: int, only: Sequence[int] | None) -> Tally:
    """One seed, with its trace if that was asked for."""
    from swarmdsl.testing.campaign import judge

    schedule = simulator.schedule(seed)
    chosen = list(range(len(schedule))) if only is None else list(only)
    if chosen and not 0 <= min(chosen) <= max(chosen) < len(schedule):
        raise UsageError(f"--only: seed {seed} has {len(schedule)} faults, from 0")
    for position in chosen:
        command.streams.say(f"fault {position}: {schedule[position]}")
    simulation = simulator.run(seed, [schedule[position] for position in chosen])
    if command.arguments.trace is not None:
        _write(command.arguments.trace, simulation.trace.lines())
    verdict = judge(simulator, simulation)
    tally = Tally()
    tally.add(replace(verdict, kept=[chosen[position] for position in verdict.kept]))
    return tally


def _write(file: str, lines: Sequence[str]) -> None:
    try:
        Path(file).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    except OSError as problem:
        raise UsageError(f"--trace: {problem}") from problem


@contextmanager
def _progress(command: Command, seeds: int) -> Iterator[Any]:
    """What is told while seeds are tried: a bar on a terminal, a line for each tenth elsewhere."""
    streams = command.streams
    if command.arguments.quiet:
        yield lambda _tally: None
    elif streams.err.isatty() and command.environment.get("TERM") != "dumb":
        from rich.console import Console
        from rich.progress import Progress

        console = Console(file=streams.err, no_color=not streams.colored)
        with Progress(console=console, transient=True) as bar:
            task = bar.add_task("seeds", total=seeds)
            yield lambda tally: bar.update(task, completed=tally.seeds)
    else:
        step = max(1, seeds // 10)

        def tell(tally: Tally) -> None:
            if tally.seeds % step == 0:
                streams.say(f"{tally.seeds} of {seeds} seeds, {len(tally.broken)} broken")

        yield tell


def _again(command: Command, program: Program) -> str:
    """The command that repeats a seed of this one, up to the seed."""
    arguments = command.arguments
    target = command.target()
    words = ["swarm", "simulate", target]
    nodes = command.settings.find("nodes")
    if not is_topology(target):
        words += ["--nodes", "1" if nodes is None else nodes.text]
        if nodes is None or nodes.text.isdecimal():
            words += ["--slots", str(program.topology.nodes[0].slots)]
    for given in arguments.globals:
        words += ["--set", given]
    for given in arguments.secrets:
        words += ["--secret", given]
    if arguments.faults is not None:
        words += ["--faults", arguments.faults]
    if arguments.any_outcome:
        words += ["--any-outcome"]
    return shlex.join(words)


def _report(command: Command, tally: Tally, again: str) -> None:
    if command.format == "json":
        command.streams.show(as_json(_document(tally, again)))
        return
    command.streams.show("".join(f"{line}\n" for line in _lines(command.streams, tally, again)))


def _document(tally: Tally, again: str) -> dict[str, Any]:
    return {
        "seeds": tally.seeds,
        "faults": {kind.value: number for kind, number in _by_name(tally)},
        "not_compared": list(tally.not_compared),
        "broken": [_described(one, again) for one in tally.broken],
        "by_timing": [_described(one, again) for one in tally.by_timing],
    }


def _described(verdict: Verdict, again: str) -> dict[str, Any]:
    return {
        "seed": verdict.seed,
        "violations": [str(violation) for violation in verdict.violations],
        "faults": [str(fault) for fault in verdict.faults],
        "again": _repeat(verdict, again),
    }


def _by_name(tally: Tally) -> list[tuple[FaultKind, int]]:
    return sorted(tally.injected.items(), key=lambda item: item[0].value)


def _repeat(verdict: Verdict, again: str) -> str:
    kept = ",".join(str(position) for position in verdict.kept) or "none"
    return f"{again} --seed {verdict.seed} --only {kept}"


def _lines(streams: Streams, tally: Tally, again: str) -> Iterator[str]:
    yield from _told(streams, tally.broken, again)
    if tally.by_timing:
        yield from _told(streams, tally.by_timing, again)
        yield from BY_TIMING
        if tally.broken:
            yield BROKEN_TOO
    yield f"{'seeds':{WIDTH}}{tally.seeds}"
    for kind, number in _by_name(tally):
        yield f"{kind.value:{WIDTH}}{number}"
    for what in tally.not_compared:
        yield f"{'not compared':{WIDTH}}{what}"
    if tally.by_timing:
        yield f"{'by timing':{WIDTH}}{len(tally.by_timing)}"
    yield f"{'broken':{WIDTH}}{len(tally.broken)}"


def _told(streams: Streams, verdicts: Sequence[Verdict], again: str) -> Iterator[str]:
    for one in verdicts[:SHOWN_MAX]:
        yield streams.paint(f"seed {one.seed}", "bad", streams.out)
        yield from (f"  {violation}" for violation in one.violations)
        yield from (f"  with {fault}" for fault in one.faults)
        if not one.faults:
            yield "  without any fault"
        yield f"  again: {_repeat(one, again)}"
    if len(verdicts) > SHOWN_MAX:
        seeds = ", ".join(str(one.seed) for one in verdicts[SHOWN_MAX:])
        yield f"and the seeds {seeds}"
