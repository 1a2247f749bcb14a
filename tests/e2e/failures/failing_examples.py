"""The three examples as they are, but small, and with one task that fails as the environment says.

`FAILURE` names a function of `WAYS`. With `FAILURE_ONCE`, a file, it happens until that is there.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event
from types import ModuleType
from typing import Any, TypeVar
from unittest.mock import patch

from examples import federated_digits, telescopes, wordcount
from swarmdsl import Limits, Module, Task, module, on
from swarmdsl.light import Local, World
from swarmdsl_modules.fl import Update
from tests.e2e.gated_swarm import pass_gate

T = TypeVar("T")
PACE_S = float(os.environ.get("FAILURE_PACE", "0"))  # how long functions take, at least
FILES = 40  # whose words are counted
ROUNDS = 3
RATE, SECONDS = 50.0, 1.0
IN_A_BUNDLE = "/bundles/" in __file__
OPTIONS: dict[str, Any] = json.loads(os.environ.get("FAILURE_OPTIONS", "{}"))  # of the task
LIMITS = Limits(**json.loads(os.environ.get("FAILURE_LIMITS", "{}")))


def raises() -> None:
    """Raise."""
    raise ValueError("the instrument is out of order")


def exits() -> None:
    """End as a program does that has gone wrong."""
    sys.exit(3)


def ends_its_process() -> None:
    """End the process, past Python."""
    os._exit(3)


def is_killed() -> None:
    """Die as when memory is short."""
    os.kill(os.getpid(), signal.SIGKILL)


def takes_too_long() -> None:
    """Never come back."""
    while True:
        pass


def catches_its_interruption() -> None:
    """Never come back but when it is interrupted, and then as if nothing had happened."""
    with suppress(BaseException):
        takes_too_long()


def cannot_be_interrupted() -> None:
    """Never come back from code in C that looks for no signals."""
    sum(range(10**12))


def takes_too_much_memory() -> None:
    """Ask for far more than the task may have."""
    bytearray(2**32)


def waits() -> None:
    """Stand at a gate until it is opened."""
    os.environ["GATES"] = os.environ["FAILURE_GATES"]
    pass_gate("waits")


def returns_a_wrong_type() -> str:
    """Give what nobody takes."""
    return "no value"


def returns_nothing() -> None:
    """Forget to return; see `fail_or`."""


def returns_wrong_contents() -> None:
    """Give what is right outside and wrong inside; see `fail_or`."""


MISSING: Any = object()
WAYS: dict[str, Callable[[], Any]] = {
    each.__name__: each
    for each in (
        raises,
        exits,
        ends_its_process,
        is_killed,
        takes_too_long,
        catches_its_interruption,
        cannot_be_interrupted,
        takes_too_much_memory,
        waits,
        returns_a_wrong_type,
        returns_nothing,
        returns_wrong_contents,
    )
}


def fail_or(right: Callable[[], T], wrong_inside: Any) -> T:
    """Fail, if it is time, or give something wrong; otherwise what is right."""
    way = os.environ.get("FAILURE")
    once = os.environ.get("FAILURE_ONCE")
    if way not in WAYS or (once and Path(once).exists()):
        return right()
    if once:
        Path(once).touch()
    instead: T = {"returns_nothing": None, "returns_wrong_contents": wrong_inside}.get(way, MISSING)
    return wrong_or(WAYS[way](), right) if instead is MISSING else instead


def wrong_or(wrong: Any, right: Callable[[], T]) -> T:
    """What a failure gave instead, if it gave anything."""
    found: T = right() if wrong is None else wrong
    return found


FILE_BYTES = int(os.environ.get("FAILURE_FILE_BYTES", "0"))
if FILE_BYTES:  # No file may grow beyond it, which is how a full disk looks.
    resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_BYTES, FILE_BYTES))

if IN_A_BUNDLE and os.environ.get("FAILURE") == "cannot_be_imported":
    raises()


@contextmanager
def replacing(example: ModuleType, victims: dict[str, Any]) -> Iterator[None]:
    """Make the tasks of an example with other modules, by the names of those that it has."""

    def task(module: Any, *args: Any, **options: Any) -> Task:
        name = getattr(module, "__name__", None) or module.name
        if name not in victims:
            return Task(module, *args, **options)
        return Task(victims[name], *args, **(options | OPTIONS))

    with patch.object(example, "Task", task):
        yield


BESIDE = {
    "script": Module("import sys\n\ndef main():\n    sys.exit(3)\n", name="beside"),
    "program": Module(command=["sh", "-c", "echo no luck >&2; exit 3"], name="beside"),
    "killed": Module(command=["sh", "-c", "kill -9 $$"], name="beside"),
    "works": Module(
        "from threading import Event\nfrom swarmdsl.light import Results\n\n"
        "def main():\n    Event().wait(0.5)\n    Results().add('beside', 'done')\n",
        name="beside",
    ),
}


def with_beside(graph: Task) -> Any:
    """The graph, and beside it a task in a process of its own, if that is asked for.

    The one that works may be tried again; all others fail.
    """
    beside = os.environ.get("FAILURE_BESIDE")
    if not beside:
        return graph
    retries = 2 if beside == "works" else 0
    return [graph, Task(BESIDE[beside], "any", alias="beside", retries=retries)]


# ------------------------------------------------------------------------------------ MapReduce


def files_of(mapper: int) -> list[Path]:
    """Some of the files of a mapper."""
    return wordcount.sources()[:FILES][mapper :: wordcount.MAPPERS]


def count(mapper: int) -> dict[str, int]:
    """As the example counts; the second one may fail."""
    Event().wait(PACE_S)

    def right() -> dict[str, int]:
        return wordcount.words_of(files_of(mapper))

    return fail_or(right, {"the": "often"}) if mapper == 1 else right()


class Words(wordcount.StandardLibrary):
    """The words of few files."""

    limits = LIMITS

    def execute(self) -> Any:
        """The graph of the example."""
        with replacing(wordcount, {"count": count}):
            return with_beside(super().execute())


# ----------------------------------------------------------------------------------- the digits


def trained(world: World, local: Local) -> Update:
    """As the example trains."""
    program: Any = federated_digits.train.python_program
    found: Update = program(world, local)
    return found


def train(world: World, local: Local) -> Update:
    """As the example trains; the second node may fail in the second round."""
    Event().wait(PACE_S)

    def right() -> Update:
        return trained(world, local)

    wrong_inside = Update(parameters=[], samples="many")  # type: ignore[arg-type]
    failing = (world.node, world.iteration) == ("node2", 1)
    return fail_or(right, wrong_inside) if failing else right()


class Digits(federated_digits.FederatedDigits):
    """Few rounds."""

    limits = LIMITS

    def execute(self) -> Any:
        """The graph of the example."""
        trainer = module(datasets=["digits"])(train)
        with (
            replacing(federated_digits, {"train": trainer}),
            patch.object(federated_digits, "ROUNDS_MAX", ROUNDS),
        ):
            return with_beside(super().execute())


# ------------------------------------------------------------------------------- the telescopes


class Stereo(telescopes.Stereo):
    """As the example builds events; it may fail at its hundredth image, or as it starts."""

    def __init__(self) -> None:
        super().__init__()
        self.seen = 0
        if os.environ.get("FAILURE") == "raises_in_init":
            raises()

    def on_start(self) -> None:
        """Begin."""
        if os.environ.get("FAILURE") == "raises_on_start":
            raises()

    @on
    def add(self, one: telescopes.Parameters) -> Iterator[telescopes.Shower]:
        """Take what one camera saw."""
        self.seen += 1
        if self.seen == 100:
            wrong = fail_or(lambda: MISSING, telescopes.Shower(0, ["LST1"], 1.0, 0, whole=True))  # type: ignore[list-item]
            if wrong is not MISSING:
                yield wrong
        yield from super().add(one)


class Sky(telescopes.Telescopes):
    """A second of sky, as fast as it goes, or at its pace."""

    limits = LIMITS

    def __init__(self) -> None:
        super().__init__(RATE, SECONDS, 1.0 if PACE_S else 0.0)

    def execute(self) -> Any:
        """The graph of the example."""
        with replacing(telescopes, {"Stereo": Stereo}):
            return with_beside(super().execute())
