"""What is to be done so that what is deployed is what is wanted: operations in order, with causes.

A plan is a value. It can be printed, compared and carried out (`swarmdsl.deploy.executor`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

UNKNOWN = "(named once its base is here)"
NOTHING = "nothing to do"


@dataclass(frozen=True, slots=True, kw_only=True)
class PullImage:
    """Fetch an image that others are made from and that is not here."""

    image: str
    cause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MakeImage:
    """Make an image, and the one below it with the packages if that is not here either.

    Attributes:
        image: its name; "" while nobody can know it.
        base: what it is made from in the end, or the image of a module that it is made from.
        cause: why.
    """

    image: str
    base: str
    cause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StopRun:
    """End the run that stands, and with it its daemons, its containers and its network."""

    run: str
    cause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StartDaemon:
    """Start a daemon of a run that begins; of what image, "" if it needs none."""

    daemon: str
    image: str
    cause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BeginRun:
    """Begin a run in the background.

    Attributes:
        swarm: that runs.
        engine: that starts its daemons.
        daemons: all of them.
        cause: why.
    """

    swarm: str
    engine: str
    daemons: tuple[StartDaemon, ...]
    cause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ResumeRun:
    """Go on with the run that stands, which nobody looks after."""

    run: str
    cause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplaceDaemon:
    """Put another in the place of a daemon, in the run that stands: its container has this image.

    Attributes:
        daemon: its name, which stays.
        image: of the next container; "" while nobody can know it.
        cause: why.
    """

    daemon: str
    image: str
    cause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveTask:
    """A task leaves nodes for others, in the run that stands: it has as many instances as before.

    Attributes:
        task: its alias.
        nodes: those that it leaves.
        to: those that it goes to.
        cause: when, for people.
    """

    task: str
    nodes: tuple[str, ...]
    to: tuple[str, ...]
    cause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepTask:
    """A task stays where another run would not have it."""

    task: str
    nodes: tuple[str, ...]
    cause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceTasks:
    """Have tasks of the run that stands take their nodes in another order.

    Attributes:
        run: its id.
        orders: per task that is to have another order, by alias: its nodes, best first. There is
            none where all that the weights want is kept from it.
        moves: the tasks that are on other nodes by it.
        kept: the tasks that would be on other nodes in a run that began now.
        cause: why.
    """

    run: str
    orders: Mapping[str, tuple[str, ...]]
    moves: tuple[MoveTask, ...]
    kept: tuple[KeepTask, ...]
    cause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveContainer:
    """Remove a container that nobody needs any more, by its name."""

    container: str
    cause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveNetwork:
    """Remove a network that nobody needs any more, by its name."""

    network: str
    cause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveImage:
    """Remove an image that nobody needs any more, by its name."""

    image: str
    cause: str


Operation = (
    PullImage
    | MakeImage
    | StopRun
    | BeginRun
    | ResumeRun
    | ReplaceDaemon
    | PlaceTasks
    | RemoveContainer
    | RemoveNetwork
    | RemoveImage
)
Part = StartDaemon | MoveTask | KeepTask
"""What an operation is made of, shown below it."""
_WORDS: dict[type, str] = {
    PullImage: "pull image",
    MakeImage: "make image",
    StopRun: "stop run",
    StartDaemon: "start daemon",
    BeginRun: "begin run",
    ResumeRun: "resume run",
    ReplaceDaemon: "replace daemon",
    PlaceTasks: "place tasks",
    MoveTask: "move task",
    KeepTask: "keep task",
    RemoveContainer: "remove container",
    RemoveNetwork: "remove network",
    RemoveImage: "remove image",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Operations, in the order in which they are carried out.

    >>> print(Plan(operations=(StopRun(run="20261121-040600-3f9a", cause="it is not wanted"),)))
    stop run         20261121-040600-3f9a: it is not wanted
    >>> print(Plan())
    nothing to do
    """

    operations: tuple[Operation, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether all is as it should be."""
        return not self.operations

    def stops(self) -> list[StopRun]:
        """The runs that it ends."""
        return [one for one in self.operations if isinstance(one, StopRun)]

    def __str__(self) -> str:
        """A line per operation; those of a run that begins have one per daemon below it."""
        lines = [line for one in self.operations for line in lines_of(one)]
        return "\n".join(lines) if lines else NOTHING


def line_of(operation: Operation | Part) -> str:
    """An operation in one line.

    >>> line_of(RemoveImage(image="swarm-words:1f2e", cause="no run needs it"))
    'remove image     swarm-words:1f2e: no run needs it'
    """
    word = _WORDS[type(operation)]
    return f"{word:<16} {_what(operation)}: {operation.cause}"


def lines_of(operation: Operation) -> Iterator[str]:
    """An operation, and below it what it is made of."""
    yield line_of(operation)
    yield from (f"  {line_of(part)}" for part in _parts_of(operation))


def _parts_of(operation: Operation) -> Sequence[Part]:
    match operation:
        case BeginRun(daemons=daemons):
            return daemons
        case PlaceTasks(moves=moves, kept=kept):
            return (*moves, *kept)
        case _:
            return ()


def documents_of(operations: Sequence[Operation]) -> list[dict[str, Any]]:
    """Operations as plain data, each with what it is under `operation`.

    >>> documents_of([StopRun(run="r", cause="it is not wanted")])
    [{'operation': 'stop run', 'run': 'r', 'cause': 'it is not wanted'}]
    """
    return [{"operation": _WORDS[type(one)], **msgspec.to_builtins(one)} for one in operations]


def _what(operation: Operation | Part) -> str:
    match operation:
        case PullImage(image=image) | RemoveImage(image=image):
            return image
        case MakeImage(image=image, base=base):
            return f"{image or UNKNOWN} from {base}"
        case StopRun(run=run) | ResumeRun(run=run) | PlaceTasks(run=run):
            return run
        case MoveTask(task=task, nodes=nodes, to=to):
            return f"{task} from {', '.join(nodes)} to {', '.join(to)}"
        case KeepTask(task=task, nodes=nodes):
            return f"{task} on {', '.join(nodes)}"
        case StartDaemon(daemon=daemon, image="", cause=_):
            return daemon
        case StartDaemon(daemon=daemon, image=image) | ReplaceDaemon(daemon=daemon, image=image):
            return f"{daemon} of {image or UNKNOWN}"
        case BeginRun(swarm=swarm, engine=engine, daemons=daemons):
            count = len(daemons)
            return f"{swarm} by {engine}, {count} daemon{'' if count == 1 else 's'}"
        case RemoveContainer(container=name) | RemoveNetwork(network=name):
            return name
