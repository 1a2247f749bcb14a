"""What goes wrong while a task works."""

from __future__ import annotations

from collections.abc import Sequence

from swarmdsl.errors.root import SwarmError


class PushRefused(SwarmError):
    """A task pushed a value that none of its links accepts."""

    def __init__(self, instance: str, value_type: str, accepted: Sequence[str]) -> None:
        links = ", ".join(accepted) or "no link at all"
        super().__init__(
            f"{instance} pushed a {value_type}, but its links accept {links}. "
            f"Push one of these types, or declare {value_type} where the task says what it yields."
        )
        self.instance, self.value_type, self.accepted = instance, value_type, tuple(accepted)


class ContentsRefused(PushRefused):
    """A task pushed a value of the right class that holds something else than its type says.

    >>> print(ContentsRefused("split@n1#0", "list", "list[int]", "at [1] the type is str, not int"))
    split@n1#0 pushed a list that is no list[int]: at [1] the type is str, not int. Push what the \
task says that it yields, or mend its annotation
    """

    def __init__(self, instance: str, value_type: str, declared: str, problem: str) -> None:
        super().__init__(instance, value_type, (declared,))
        self.problem = problem

    def __str__(self) -> str:
        return (
            f"{self.instance} pushed a {self.value_type} that is no {self.accepted[0]}: "
            f"{self.problem}. Push what the task says that it yields, or mend its annotation"
        )


class ReturnedWhole(PushRefused):
    """A task that says that it yields values returned something else, which no link accepts.

    >>> refused = PushRefused("split@n1#0", "list", ["int"])
    >>> print(ReturnedWhole(refused, "split", "int", "list[int]"))
    split@n1#0 pushed a list, but its links accept int. split says that it yields int: let it \
yield the items one by one, or write `-> list[int]`
    """

    def __init__(self, refused: PushRefused, function: str, declared: str, instead: str) -> None:
        super().__init__(refused.instance, refused.value_type, refused.accepted)
        self.function, self.declared, self.instead = function, declared, instead

    def __str__(self) -> str:
        links = ", ".join(self.accepted) or "no link at all"
        what = "the value" if self.instead == self.value_type else "the items one by one"
        return (
            f"{self.instance} pushed a {self.value_type}, but its links accept {links}. "
            f"{self.function} says that it yields {self.declared}: let it yield {what}, or write "
            f"`-> {self.instead}`"
        )


class NothingReturned(SwarmError):
    """A task returned None, and says that it returns something.

    >>> print(NothingReturned("double@node1#0", "double", "int"))
    double@node1#0 got None from double, which says that it gives int. Does a `return` lack? If \
there may be nothing to push, say so: `int | None`
    """

    def __init__(self, instance: str, function: str, declared: str) -> None:
        super().__init__(
            f"{instance} got None from {function}, which says that it gives {declared}. Does a "
            f"`return` lack? If there may be nothing to push, say so: `{declared} | None`"
        )
        self.instance, self.function, self.declared = instance, function, declared


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


class PushTooLarge(SwarmError):
    """A pushed value has more bytes than one may have; `highest` is what the limit may say at most.

    >>> print(PushTooLarge("read@n1#0", "bytes", 70, 64, highest=64))
    read@n1#0 pushed a value of type bytes and 70 bytes, and one may have 64, which is as much \
as limits.push_bytes may say; push it in parts, or the name of a file
    """

    def __init__(
        self, instance: str, value_type: str, size: int, bound: int, *, highest: int | None = None
    ) -> None:
        may_grow = highest is None or bound < highest
        known = "" if may_grow else ", which is as much as limits.push_bytes may say"
        grow = ", or raise limits.push_bytes" if may_grow else ""
        super().__init__(
            f"{instance} pushed a value of type {value_type} and {size} bytes, and one may have "
            f"{bound}{known}; push it in parts, or the name of a file{grow}"
        )
        self.instance, self.value_type, self.size, self.bound = instance, value_type, size, bound


class SnapshotTooLarge(SwarmError):
    """A daemon module's snapshot, or a source's position, is larger than a run keeps."""

    def __init__(self, instance: str, size: int, bound: int, what: str = "snapshot") -> None:
        super().__init__(
            f"the {what} of {instance} has {size} bytes, and at most {bound} are kept; keep "
            f"large data in files, and their names in the {what}"
        )
        self.instance, self.size, self.bound = instance, size, bound


class CannotStart(SwarmError):
    """What a daemon is to run cannot be imported, or its `__init__` raises."""

    def __init__(self, instance: str, module: str, problem: str) -> None:
        super().__init__(f"{instance} of module {module} cannot start: {problem}")
        self.instance, self.module, self.problem = instance, module, problem


class InputMissing(SwarmError):
    """A required parameter received nothing in a round."""

    def __init__(self, instance: str, parameter: str) -> None:
        super().__init__(
            f"{instance} received no value for its parameter {parameter!r}: what feeds it returned "
            "None. Give the parameter a default, or always return a value"
        )
        self.instance, self.parameter = instance, parameter


class InputUnreadable(SwarmError):
    """What came for a parameter of a function has not its type."""

    def __init__(self, instance: str, parameter: str, told: str) -> None:
        super().__init__(told)
        self.instance, self.parameter = instance, parameter


class TimeLimitExceeded(SwarmError):
    """A run took longer than its task may, or a push longer than its handler may.

    Attributes:
        caught: its code caught the interruption, and went on.

    >>> print(TimeLimitExceeded("fit@node1#0", 0.5, caught=True))
    fit@node1#0 took more than its 0.5 s and was interrupted, and its code caught the \
interruption: write `except Exception:` instead of `except:` or `except BaseException:`; give the \
task a larger timeout=, or let it do less at a time
    """

    def __init__(self, instance: str, timeout_s: float, *, caught: bool = False) -> None:
        how = (
            ", and its code caught the interruption: write `except Exception:` instead of "
            "`except:` or `except BaseException:`"
            if caught
            else ""
        )
        super().__init__(
            f"{instance} took more than its {timeout_s:g} s and was interrupted{how}; give the "
            "task a larger timeout=, or let it do less at a time"
        )
        self.instance, self.timeout_s, self.caught = instance, timeout_s, caught


class MemoryLimitExceeded(SwarmError):
    """A task asked for more memory than it may have.

    Attributes:
        limit: as people write it, as in 512MiB.
        problem: what was refused, as far as that was said.

    >>> print(MemoryLimitExceeded("train@node1#0", "512MiB", ""))
    train@node1#0 asked for more memory than its limit of 512MiB (resources memory); give it more \
with resources={'memory': ...}, or let it hold less at a time
    """

    def __init__(self, instance: str, limit: str, problem: str) -> None:
        said = f": {problem}" if problem else ""
        super().__init__(
            f"{instance} asked for more memory than its limit of {limit} (resources memory){said}; "
            "give it more with resources={'memory': ...}, or let it hold less at a time"
        )
        self.instance, self.limit, self.problem = instance, limit, problem


class ScriptRaised(SwarmError):
    """A script's `main()` raised, in the process of the script."""

    def __init__(self, error: str, problem: str, traceback: str) -> None:
        super().__init__(problem)
        self.error, self.problem, self.traceback = error, problem, traceback


class ScriptEnded(SwarmError):
    """A script's process ended before its `main()` returned.

    Attributes:
        limit: of its memory, as in 512MiB; empty for none.
    """

    def __init__(self, instance: str, code: int, limit: str = "") -> None:
        how = f"with exit code {code}" if code >= 0 else f"by signal {-code}"
        super().__init__(
            f"the process of {instance} ended {how} before main() returned; "
            f"what it wrote is in the log of its daemon{_of_memory(limit)}"
        )
        self.instance, self.code, self.limit = instance, code, limit


class ProgramNotStarted(SwarmError):
    """A program in any language could not be executed where its task runs."""

    def __init__(self, instance: str, program: str, problem: str) -> None:
        super().__init__(f"program {program} of {instance} cannot be started: {problem}")
        self.instance, self.program, self.problem = instance, program, problem


class ProgramEnded(SwarmError):
    """A program ended with another exit code than 0, or by a signal.

    Attributes:
        written: the end of what it wrote to standard error; empty if that is not known.
        limit: of its memory, as in 512MiB; empty for none.

    >>> print(ProgramEnded("sort@n1#0", "./sort", 3, written=""))
    program ./sort of sort@n1#0 ended with exit code 3; it wrote nothing to standard error
    """

    def __init__(
        self,
        instance: str,
        program: str,
        code: int,
        signal: str = "",
        written: str | None = None,
        limit: str = "",
    ) -> None:
        how = (
            f"was ended by signal {-code} ({signal})" if signal else f"ended with exit code {code}"
        )
        told = "what it wrote to standard error is in the log of its daemon"
        told = told if written is None or written.strip() else "it wrote nothing to standard error"
        super().__init__(f"program {program} of {instance} {how}; {told}{_of_memory(limit)}")
        self.instance, self.program, self.code, self.signal = instance, program, code, signal
        self.written, self.limit = written or "", limit


class ProgramWroteWrong(SwarmError):
    """A program wrote something to standard output that is no value, or none of its type.

    Attributes:
        written: the end of what it wrote to standard error; empty if that is not known.
    """

    def __init__(self, instance: str, place: str, text: str, problem: str) -> None:
        super().__init__(
            f"{place} of what {instance} wrote cannot be pushed: {problem}: {text}. Standard "
            "output is for values alone, in the format of the module; write all else to standard "
            "error"
        )
        self.instance, self.place, self.text, self.problem = instance, place, text, problem
        self.written = ""


def _of_memory(limit: str) -> str:
    """A hint for a process that ended, and may have been refused memory."""
    return f". Its memory was limited to {limit} (resources memory)" if limit else ""
