"""What is wrong with a run, or with one that is looked for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from swarmdsl.errors.root import SwarmError


class SimulationImpossible(SwarmError):
    """Something cannot be simulated."""

    def __init__(self, problem: str) -> None:
        super().__init__(f"it cannot be simulated: {problem}")
        self.problem = problem


class SimulationFailed(SwarmError):
    """A simulated run broke a promise.

    Attributes:
        seed: of the run.
        violations: what was broken, each with its checker and its virtual time.
        faults: the smallest part of the schedule that was found to break it.
        again: what repeats the run with those faults alone.
        by_timing: it only yields something else, without any fault or with some that only delay.

    >>> print(SimulationFailed(7, ["stall, at 300.000000 s: the run has not ended"],
    ...                        ["0.250000 kill worker@node1#0"], "swarm simulate x.py --seed 7"))
    seed 7 broke a promise: stall, at 300.000000 s: the run has not ended
      with 0.250000 kill worker@node1#0
      again: swarm simulate x.py --seed 7
    """

    def __init__(
        self,
        seed: int,
        violations: Sequence[str],
        faults: Sequence[str],
        again: str,
        *,
        by_timing: bool = False,
    ) -> None:
        withs = "".join(f"\n  with {fault}" for fault in faults) or "\n  with no fault at all"
        what = (
            "yields something else: what the swarm yields depends on timing and not on faults; "
            "any_outcome=True checks all but that"
        )
        what = what if by_timing else "broke a promise"
        super().__init__(f"seed {seed} {what}: {'; '.join(violations)}{withs}\n  again: {again}")
        self.seed, self.violations = seed, tuple(violations)
        self.faults, self.again, self.by_timing = tuple(faults), again, by_timing


class RunRefused(SwarmError):
    """A run was started in a process that is part of a run, or that only loads the swarm."""

    def __init__(self, where: str) -> None:
        super().__init__(
            f"{where} must not start a run: it is part of one, or only loads this file. Put what "
            'starts a run behind `if __name__ == "__main__":`, and outside of tasks'
        )
        self.where = where


class SecretsWrong(SwarmError):
    """The secrets that a run is given are not those that its tasks declare, or are none.

    >>> print(SecretsWrong(["token is declared by fetch, and was not given"]))
    nothing was started:
      token is declared by fetch, and was not given
    Give exactly what is declared: --secret NAME, NAME=env:VARIABLE or NAME=file:PATH; in Python \
secrets={"NAME": value}
    """

    def __init__(self, problems: Sequence[str]) -> None:
        told = "".join(f"\n  {one}" for one in problems)
        super().__init__(
            f"nothing was started:{told}\nGive exactly what is declared: --secret NAME, "
            'NAME=env:VARIABLE or NAME=file:PATH; in Python secrets={"NAME": value}'
        )
        self.problems = tuple(problems)


class RunUnkept(SwarmError):
    """The folder of a run takes no more; the run has ended, and nothing of it is left running."""

    def __init__(self, home: str, problem: str) -> None:
        super().__init__(
            f"the run cannot be kept under {home}: {problem}. It was ended. Make room there, and "
            "go on with `swarm resume` if it had begun, or choose another folder with --home "
            "(`home=` of Swarm.run)"
        )
        self.home, self.problem = home, problem


class RunNotFound(SwarmError):
    """No stored run is named so, or several are.

    >>> print(RunNotFound("2026", "/runs", ["20261122-1", "20261121-2"], meant=["20261122-1"]))
    no run '2026' under /runs; did you mean 20261122-1? `swarm ps --all` lists them
    >>> print(RunNotFound("2026", "/runs", [], meant=["2026-b", "2026-a"]))
    '2026' begins 2 runs under /runs: 2026-b, 2026-a; write more. `swarm ps --all` lists them
    """

    def __init__(
        self, run_id: str, home: str, known: Sequence[str], meant: Sequence[str] = ()
    ) -> None:
        super().__init__(_not_found(run_id, home, known, meant))
        self.run_id, self.home, self.known, self.meant = run_id, home, tuple(known), tuple(meant)


def _not_found(run_id: str, home: str, known: Sequence[str], meant: Sequence[str]) -> str:
    shown = ", ".join(meant[:5]) + (f" and {len(meant) - 5} more" if len(meant) > 5 else "")
    if len(meant) > 1 and meant[0].startswith(run_id):
        return (
            f"{run_id!r} begins {len(meant)} runs under {home}: {shown}; write more. "
            "`swarm ps --all` lists them"
        )
    newest = f"the newest runs are: {', '.join(known[:5]) or 'none yet'}"
    told = f"did you mean {' or '.join(meant[:5])}?" if meant else f"{newest};"
    return f"no run {run_id!r} under {home}; {told} `swarm ps --all` lists them"


class RunNotStarted(SwarmError):
    """The process that was to look after a run in the background ended, or said nothing."""

    def __init__(self, run_id: str, log: str, problem: str) -> None:
        super().__init__(f"run {run_id} did not start: {problem}\nIts log: {log}")
        self.run_id, self.log, self.problem = run_id, log, problem


class RunNotEnded(SwarmError, TimeoutError):
    """A run goes on: it has not ended in the time that it was waited for, or has no value yet."""

    def __init__(self, run_id: str, problem: str) -> None:
        super().__init__(f"run {run_id} has not ended: {problem}")
        self.run_id, self.problem = run_id, problem


class RunUnreachable(SwarmError):
    """A run cannot be told anything: its controller died, or does not listen."""

    def __init__(self, run_id: str, problem: str) -> None:
        super().__init__(f"run {run_id} cannot be told anything: {problem}")
        self.run_id, self.problem = run_id, problem


class RunNotResumable(SwarmError):
    """Nobody can take over this run."""

    def __init__(self, run_id: str, problem: str) -> None:
        super().__init__(f"run {run_id} cannot be resumed: {problem}")
        self.run_id, self.problem = run_id, problem


class StoreUnreadable(SwarmError):
    """A file is not the store of a run, or one that only a newer version can read."""

    def __init__(self, path: Path, problem: str) -> None:
        super().__init__(f"{path}: {problem}")
        self.path, self.problem = path, problem


class RunFailed(SwarmError):
    r"""A run ended in another state than COMPLETED.

    Attributes:
        run_id: the run.
        state: the name of the state it ended in.
        reason: what ended it, as a sentence.

    >>> str(RunFailed("r1", "FAILED", "task merge raised ValueError"))
    'run r1 ended FAILED: task merge raised ValueError\nswarm logs r1 shows what its tasks wrote'
    """

    def __init__(self, run_id: str, state: str, reason: str) -> None:
        super().__init__(
            f"run {run_id} ended {state}: {reason}\nswarm logs {run_id} shows what its tasks wrote"
        )
        self.run_id, self.state, self.reason = run_id, state, reason
