"""What code inside a task did wrong, or was refused."""

from __future__ import annotations

from collections.abc import Iterable

from swarmdsl.errors.root import SwarmError


class OutsideTask(SwarmError):
    """Code that only works inside a running task was called elsewhere."""

    def __init__(self, what: str) -> None:
        super().__init__(
            f"{what} works only while a swarm runs this code as a task: let the task do it, in its "
            "function or in a method; a test of it wraps the call in "
            "`swarmdsl.light.entered(context)`"
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


class DatasetUnknown(SwarmError, KeyError):
    """A task names a dataset that it has not asked for; it is a `KeyError`, as of a dict.

    >>> print(DatasetUnknown("acess", ["access", "users"]))
    dataset 'acess' was not asked for (asked: access, users); add it to the module: \
datasets=['acess']
    """

    def __init__(self, dataset: str, asked: Iterable[str]) -> None:
        known = tuple(sorted(asked))
        super().__init__(
            f"dataset {dataset!r} was not asked for (asked: {', '.join(known) or 'none'}); "
            f"add it to the module: datasets=[{dataset!r}]"
        )
        self.dataset, self.asked = dataset, known

    def __str__(self) -> str:  # a KeyError would show it as a key, in quotes
        return str(self.args[0])


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


_WRITTEN = {
    "globals.get": "World.globals",
    "globals.set": "World.globals",
    "globals.tags": "World.globals",
    "results.add": "World.results",
    "results.select": "World.results",
    "round.request": "schedule_next_iter",
    "round.stop": "stop_swarm",
    "secrets.get": "secret",
}
"""What a task in Python writes for a call of the protocol."""


class CallFailed(SwarmError):
    """The controller answered a call of a task with an error.

    Attributes:
        method: as the protocol calls it; the message has what a task in Python writes.

    >>> print(CallFailed("round.request", "no task or module is named 'trainer'"))
    schedule_next_iter: no task or module is named 'trainer'
    """

    def __init__(self, method: str, problem: str) -> None:
        super().__init__(f"{_WRITTEN.get(method, method)}: {problem}")
        self.method, self.problem = method, problem


class GlobalMissing(CallFailed, KeyError):
    """A task reads a global that nobody has set; it is a `KeyError`, as of a dict.

    >>> print(GlobalMissing("globals.get", "no global is named 'epoch'; set so far: epochs"))
    World.globals: no global is named 'epoch'; set so far: epochs
    """

    def __str__(self) -> str:  # a KeyError would show it as a key, in quotes
        return str(self.args[0])


class CallRefused(SwarmError):
    """A daemon module does not carry out a call; the message is for whoever called."""


class CallTimedOut(CallFailed):
    """A call was not answered in time: by the controller, unless `problem` says who was asked."""

    def __init__(self, method: str, timeout_s: float, problem: str = "") -> None:
        nobody = f"no answer from the controller within {timeout_s:g} s"
        super().__init__(method, problem or nobody)
        self.timeout_s = timeout_s
