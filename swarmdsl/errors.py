"""Every exception that swarmdsl raises on purpose, drawn as one tree.

```
SwarmError
├── CompileError          the graph has findings of severity error
├── TargetError           `file.py:Class` names nothing that can be compiled
├── TopologyError         a topology document cannot be read
│   └── DocumentWrong     it can, and is wrong in some places; all of them are listed
├── InventoryError        a description of nodes is wrong
├── BundleError           packaged code is missing, altered or cannot be imported
├── WireError             bytes that break the protocol
│   ├── EncodeError       a value has a type that cannot travel
│   └── DecodeError       a value does not have its declared type
├── TransportError        an address cannot be used
├── PushRefused           a pushed value that no link accepts
├── DestinationUnknown    a handler pushed to a task that does not come after its own
├── KeyMissing            a pushed value has no such key
├── SpillFailed           what must be kept beyond memory cannot be kept on disk
├── PushTimedOut          a push found no credit for too long
├── SnapshotTooLarge      a daemon module's snapshot is larger than a run keeps
├── InputMissing          a required parameter received nothing in a round
├── TimeLimitExceeded     a run took longer than its task's `timeout`
├── ScriptRaised          a script's `main()` raised
├── ScriptEnded           a script's process ended before its `main()` returned
├── ProgramNotStarted     a program in any language could not be executed
├── ProgramEnded          it ended with another exit code than 0, or by a signal
├── ProgramWroteWrong     it wrote what is no value, or none of its type
├── OutsideTask           code that only works inside a running task was called elsewhere
├── DatasetLeft           a path leads out of the dataset that it begins in
├── ConversionFailed      a value has no such bytes, or bytes are not what they should be
├── PackageMissing        a call needs a package of the user's that is not installed
├── CallFailed            the controller answered a call with an error
│   └── CallTimedOut      the controller did not answer in time
├── EngineError           a daemon could not be started or stopped
│   ├── KindNotStarted    an engine does not start modules of some kind
│   ├── PortsNotOpened    an engine does not open the ports that daemons were given
│   └── EngineGone        nothing of a run lives that an engine could be attached to
├── PlatformUnsupported   this operating system cannot run daemons
├── ExtraMissing          an optional part of swarmdsl is not installed
├── SimulationImpossible  something cannot be simulated
├── SimulationFailed      a simulated run broke a promise; it says how to repeat it
├── RunRefused            a run was started in a daemon, or while a target was loaded
├── RunUnkept             the folder of a run takes no more: full, or not writable
├── RunNotResumable       a run has ended, or somebody looks after it
├── RunNotFound           no stored run has this id
├── StoreUnreadable       a file is not the store of a run, or a newer version wrote it
└── RunFailed             a run ended in another state than COMPLETED
```

Every class carries its facts as fields and writes its own message.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol


class Finding(Protocol):
    """What a compile error is made of; `swarmdsl.compiler.diagnostics.Diagnostic` is one."""

    @property
    def code(self) -> str:
        """The stable code, `SW101`."""


class SwarmError(Exception):
    """The root of every error that swarmdsl raises on purpose.

    >>> issubclass(RunFailed, SwarmError)
    True
    """


class CompileError(SwarmError):
    """The graph has at least one finding of severity error.

    Attributes:
        findings: every diagnostic of the compilation, warnings included, in report order.
        report: the findings as the text a user reads.

    >>> print(CompileError((), "SW104 error: the graph is empty"))
    SW104 error: the graph is empty
    """

    def __init__(self, findings: Sequence[Finding], report: str) -> None:
        super().__init__(report)
        self.findings = tuple(findings)
        self.report = report


class TargetError(SwarmError):
    """A target such as `file.py:Class` names nothing that can be compiled."""

    def __init__(self, target: str, problem: str, remedy: str) -> None:
        super().__init__(f"{target}: {problem}. {remedy}")
        self.target, self.problem, self.remedy = target, problem, remedy


class TopologyError(SwarmError):
    """A topology document cannot be read."""

    def __init__(self, where: str, problem: str) -> None:
        super().__init__(f"{where}: {problem}")
        self.where, self.problem = where, problem


class DocumentWrong(TopologyError):
    """A topology document is wrong in some places; each is told with its line.

    Attributes:
        where: the file.
        places: every problem as its line (None if that is not known) and a sentence.

    >>> print(DocumentWrong("t.toml", [(3, "nodes[0].slot: no such key"), (7, "tasks: ...")]))
    t.toml: 2 problems
      t.toml:3: nodes[0].slot: no such key
      t.toml:7: tasks: ...
    """

    SHOWN_MAX = 50

    def __init__(self, where: str, places: Sequence[tuple[int | None, str]]) -> None:
        lines = [f"{line}: {problem}" if line else f" {problem}" for line, problem in places]
        told = [f"{where}:{line}" for line in lines[: self.SHOWN_MAX]]
        if len(lines) > self.SHOWN_MAX:
            told.append(f"and {len(lines) - self.SHOWN_MAX} more")
        head = "".join(f"\n  {one}" for one in told)
        super().__init__(where, f"{len(lines)} problems{head}")
        if len(told) == 1:
            self.args = (told[0],)
        self.places = tuple(places)


class InventoryError(SwarmError):
    """A description of nodes is wrong; all problems are listed."""

    def __init__(self, where: str, problems: Sequence[str]) -> None:
        super().__init__(f"{where}: " + "; ".join(problems))
        self.where, self.problems = where, tuple(problems)


class BundleError(SwarmError):
    """Packaged code is missing, altered or cannot be imported."""

    def __init__(self, module: str, problem: str) -> None:
        super().__init__(f"module {module}: {problem}")
        self.module, self.problem = module, problem


class WireError(SwarmError):
    """Bytes that break the protocol; the frame is dropped and counted."""


class EncodeError(WireError):
    """A value has a type that cannot travel between processes."""

    def __init__(self, value_type: str, problem: str) -> None:
        super().__init__(
            f"a {value_type} cannot be pushed or stored: {problem}. Use plain types, numpy "
            "arrays, dataclasses, TypedDicts, NamedTuples or pydantic models of such"
        )
        self.value_type, self.problem = value_type, problem


class DecodeError(WireError):
    """A value does not have the type that its link declares."""

    def __init__(self, declared: str, problem: str) -> None:
        super().__init__(f"a value on a link of type {declared} cannot be decoded: {problem}")
        self.declared, self.problem = declared, problem


class TransportError(SwarmError):
    """An address cannot be used."""

    def __init__(self, address: str, problem: str) -> None:
        super().__init__(f"{address}: {problem}")
        self.address, self.problem = address, problem


class PushRefused(SwarmError):
    """A task pushed a value that none of its links accepts."""

    def __init__(self, instance: str, value_type: str, accepted: Sequence[str]) -> None:
        links = ", ".join(accepted) or "no link at all"
        super().__init__(
            f"{instance} pushed a {value_type}, but its links accept {links}. "
            f"Push one of these types, or declare {value_type} where the task says what it yields."
        )
        self.instance, self.value_type, self.accepted = instance, value_type, tuple(accepted)


class DestinationUnknown(SwarmError):
    """A handler pushed to a task that does not come after its own."""

    def __init__(self, instance: str, to: str, destinations: Sequence[str]) -> None:
        after = ", ".join(destinations) or "nothing"
        super().__init__(f"{instance} pushed to {to!r}, but what comes after it is {after}")
        self.instance, self.to, self.destinations = instance, to, tuple(destinations)


class KeyMissing(SwarmError):
    """A pushed value has no such key, so no instance can be chosen for it."""

    def __init__(self, value_type: str, key: str | int) -> None:
        super().__init__(
            f"a {value_type} was pushed on a link with key={key!r}, and has no such key"
        )
        self.value_type, self.key = value_type, key


class SpillFailed(SwarmError):
    """What must be kept of a large round, and is too much for memory, cannot be kept on disk."""

    def __init__(self, folder: str, size: int, problem: str) -> None:
        super().__init__(
            f"{size} bytes of pushes that are not confirmed yet cannot be kept in {folder}: "
            f"{problem}. Make room there, choose another folder with --home (`home=` of "
            "Swarm.run), or keep more in memory: limits.unconfirmed_messages, "
            "limits.unconfirmed_bytes"
        )
        self.folder, self.size, self.problem = folder, size, problem


class PushTimedOut(SwarmError):
    """A push found no credit for too long."""

    def __init__(self, instance: str, timeout_s: float) -> None:
        super().__init__(
            f"{instance} could not push for {timeout_s:g} s: its receivers take nothing in"
        )
        self.instance, self.timeout_s = instance, timeout_s


class SnapshotTooLarge(SwarmError):
    """A daemon module's snapshot, or a source's position, is larger than a run keeps."""

    def __init__(self, instance: str, size: int, bound: int, what: str = "snapshot") -> None:
        super().__init__(
            f"the {what} of {instance} has {size} bytes, and at most {bound} are kept; keep "
            f"large data in files, and their names in the {what}"
        )
        self.instance, self.size, self.bound = instance, size, bound


class InputMissing(SwarmError):
    """A required parameter received nothing in a round."""

    def __init__(self, instance: str, parameter: str) -> None:
        super().__init__(
            f"{instance} received no value for its parameter {parameter!r}: what feeds it returned "
            "None. Give the parameter a default, or always return a value"
        )
        self.instance, self.parameter = instance, parameter


class TimeLimitExceeded(SwarmError):
    """A run took longer than its task may, or a push longer than its handler may."""

    def __init__(self, instance: str, timeout_s: float) -> None:
        super().__init__(
            f"{instance} took more than its {timeout_s:g} s and was interrupted; give the task a "
            "larger timeout=, or let it do less at a time"
        )
        self.instance, self.timeout_s = instance, timeout_s


class ScriptRaised(SwarmError):
    """A script's `main()` raised, in the process of the script."""

    def __init__(self, error: str, problem: str, traceback: str) -> None:
        super().__init__(problem)
        self.error, self.problem, self.traceback = error, problem, traceback


class ScriptEnded(SwarmError):
    """A script's process ended before its `main()` returned."""

    def __init__(self, instance: str, code: int) -> None:
        how = f"with exit code {code}" if code >= 0 else f"by signal {-code}"
        super().__init__(
            f"the process of {instance} ended {how} before main() returned; "
            "what it wrote is in the log of its daemon"
        )
        self.instance, self.code = instance, code


class ProgramNotStarted(SwarmError):
    """A program in any language could not be executed where its task runs."""

    def __init__(self, instance: str, program: str, problem: str) -> None:
        super().__init__(
            f"program {program} of {instance} cannot be started: {problem}. It must be there, and "
            "executable, on the node; a script must begin with #! and its interpreter"
        )
        self.instance, self.program, self.problem = instance, program, problem


class ProgramEnded(SwarmError):
    """A program ended with another exit code than 0, or by a signal."""

    def __init__(self, instance: str, program: str, code: int, signal: str = "") -> None:
        how = (
            f"was ended by signal {-code} ({signal})" if signal else f"ended with exit code {code}"
        )
        super().__init__(
            f"program {program} of {instance} {how}; "
            "what it wrote to standard error is in the log of its daemon"
        )
        self.instance, self.program, self.code, self.signal = instance, program, code, signal


class ProgramWroteWrong(SwarmError):
    """A program wrote something to standard output that is no value, or none of its type."""

    def __init__(self, instance: str, place: str, text: str, problem: str) -> None:
        super().__init__(
            f"{place} of what {instance} wrote cannot be pushed: {problem}: {text}. Standard "
            "output is for values alone, in the format of the module; write all else to standard "
            "error"
        )
        self.instance, self.place, self.text, self.problem = instance, place, text, problem


class OutsideTask(SwarmError):
    """Code that only works inside a running task was called elsewhere."""

    def __init__(self, what: str) -> None:
        super().__init__(
            f"{what} works only while a swarm runs this code as a task; "
            "for a test, wrap the call in `swarmdsl.light.entered(context)`"
        )
        self.what = what


class DatasetLeft(SwarmError):
    """A path of a task leads out of the dataset that it begins in.

    >>> str(DatasetLeft("images / '../x'", "it goes up, with '..'"))
    "images / '../x': it goes up, with '..'; a path ends within its dataset: ask for one \
that holds both"
    """

    def __init__(self, path: str, problem: str) -> None:
        super().__init__(
            f"{path}: {problem}; a path ends within its dataset: ask for one that holds both"
        )
        self.path, self.problem = path, problem


class ConversionFailed(SwarmError):
    """A value cannot be made into bytes, or bytes into a value, as a task asked."""

    def __init__(self, what: str, problem: str) -> None:
        super().__init__(f"{what}: {problem}")
        self.what, self.problem = what, problem


class PackageMissing(SwarmError):
    """A call needs a package that is the user's to install.

    >>> str(PackageMissing("torchmodel_to_bytes", "torch"))
    'torchmodel_to_bytes needs torch, which is not installed here: pip install torch'
    """

    def __init__(self, what: str, package: str) -> None:
        super().__init__(
            f"{what} needs {package}, which is not installed here: pip install {package}"
        )
        self.what, self.package = what, package


class CallFailed(SwarmError):
    """The controller answered a call of a task with an error."""

    def __init__(self, method: str, problem: str) -> None:
        super().__init__(f"{method}: {problem}")
        self.method, self.problem = method, problem


class CallTimedOut(CallFailed):
    """The controller did not answer a call in time."""

    def __init__(self, method: str, timeout_s: float) -> None:
        super().__init__(method, f"no answer from the controller within {timeout_s:g} s")
        self.timeout_s = timeout_s


class EngineError(SwarmError):
    """An engine could not start or stop a daemon."""

    def __init__(self, engine: str, problem: str) -> None:
        super().__init__(f"engine {engine}: {problem}")
        self.engine, self.problem = engine, problem


class KindNotStarted(EngineError):
    """A topology has tasks that this engine does not start; nothing was started."""

    def __init__(self, engine: str, tasks: Sequence[str]) -> None:
        super().__init__(engine, f"the swarm cannot be run: {'; '.join(tasks)}")
        self.tasks = tuple(tasks)


class PortsNotOpened(EngineError):
    """A topology says at which ports daemons listen, and this engine opens none; nothing ran.

    >>> print(PortsNotOpened("process", ["keeper@node1#0 at port 3391 of localhost"]))
    engine process: the swarm cannot be run: it opens no ports (SW416), and these daemons have one:
      keeper@node1#0 at port 3391 of localhost
    Leave port= (receiving_port, in a topology) out, and the engine chooses where they listen
    """

    SHOWN_MAX = 10

    def __init__(self, engine: str, daemons: Sequence[str]) -> None:
        lines = [f"\n  {one}" for one in daemons[: self.SHOWN_MAX]]
        if len(daemons) > self.SHOWN_MAX:
            lines.append(f"\n  and {len(daemons) - self.SHOWN_MAX} more")
        super().__init__(
            engine,
            "the swarm cannot be run: it opens no ports (SW416), and these daemons have one:"
            f"{''.join(lines)}\nLeave port= (receiving_port, in a topology) out, and the engine "
            "chooses where they listen",
        )
        self.daemons = tuple(daemons)


class EngineGone(EngineError):
    """No daemon of a run lives that an engine could be attached to: they may be started anew."""


class PlatformUnsupported(SwarmError):
    """This operating system cannot run daemons; compiling and validating work everywhere."""

    def __init__(self, platform: str) -> None:
        super().__init__(
            f"daemons need Linux, and this is {platform}: `swarm validate` and `swarm compile` "
            "work here; run the swarm on a Linux machine or in a Linux container"
        )
        self.platform = platform


class ExtraMissing(SwarmError):
    """An optional part of swarmdsl is not installed.

    >>> str(ExtraMissing("testing", "greenlet"))
    "greenlet is not installed, and this needs it: pip install 'swarmdsl[testing]'"
    """

    def __init__(self, extra: str, package: str) -> None:
        super().__init__(
            f"{package} is not installed, and this needs it: pip install 'swarmdsl[{extra}]'"
        )
        self.extra, self.package = extra, package


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

    >>> print(SimulationFailed(7, ["stall, at 300.000000 s: the run has not ended"],
    ...                        ["0.250000 kill worker@node1#0"], "swarm simulate x.py --seed 7"))
    seed 7 broke a promise: stall, at 300.000000 s: the run has not ended
      with 0.250000 kill worker@node1#0
      again: swarm simulate x.py --seed 7
    """

    def __init__(
        self, seed: int, violations: Sequence[str], faults: Sequence[str], again: str
    ) -> None:
        withs = "".join(f"\n  with {fault}" for fault in faults) or "\n  with no fault at all"
        super().__init__(
            f"seed {seed} broke a promise: {'; '.join(violations)}{withs}\n  again: {again}"
        )
        self.seed, self.violations = seed, tuple(violations)
        self.faults, self.again = tuple(faults), again


class RunRefused(SwarmError):
    """A run was started in a process that is part of a run, or that only loads the swarm."""

    def __init__(self, where: str) -> None:
        super().__init__(
            f"{where} must not start a run: it is part of one, or only loads this file. Put what "
            'starts a run behind `if __name__ == "__main__":`, and outside of tasks'
        )
        self.where = where


class RunUnkept(SwarmError):
    """The folder of a run takes no more; the run has ended, and nothing of it is left running."""

    def __init__(self, home: str, problem: str) -> None:
        super().__init__(
            f"the run cannot be kept under {home}: {problem}. It was ended. Make room there, or "
            "choose another folder with --home (`home=` of Swarm.run)"
        )
        self.home, self.problem = home, problem


class RunNotFound(SwarmError):
    """No stored run has this id."""

    def __init__(self, run_id: str, home: str, known: Sequence[str]) -> None:
        newest = ", ".join(known[:5]) or "none yet"
        super().__init__(f"no run {run_id!r} under {home}; the newest runs are: {newest}")
        self.run_id, self.home, self.known = run_id, home, tuple(known)


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
    """A run ended in another state than COMPLETED.

    Attributes:
        run_id: the run.
        state: the name of the state it ended in.
        reason: what ended it, as a sentence.

    >>> str(RunFailed("r1", "FAILED", "task merge raised ValueError"))
    'run r1 ended FAILED: task merge raised ValueError'
    """

    def __init__(self, run_id: str, state: str, reason: str) -> None:
        super().__init__(f"run {run_id} ended {state}: {reason}")
        self.run_id, self.state, self.reason = run_id, state, reason
