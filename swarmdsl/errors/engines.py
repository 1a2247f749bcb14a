"""What keeps daemons from being started."""

from __future__ import annotations

from collections.abc import Sequence

from swarmdsl.errors.root import SwarmError


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
