"""A place in a dataset that is a folder; it never leads out of it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Self

from swarmdsl.errors import DatasetLeft, DatasetUnknown
from swarmdsl.light.content import Content
from swarmdsl.light.context import current


def root_of(dataset: str, datasets: Mapping[str, str]) -> Path:
    """Where a dataset lies on this node.

    Raises:
        DatasetUnknown: the task did not ask for this dataset; the message lists those it did.
    """
    if dataset not in datasets:
        raise DatasetUnknown(dataset, datasets)
    return Path(datasets[dataset])


def dataset_of(path: str, datasets: Mapping[str, str]) -> str:
    """The dataset that a path begins with; a name may hold slashes itself.

    >>> dataset_of("a/b/c", {"a/b": "/data/b"}), dataset_of("x/y", {})
    ('a/b', 'x')
    """
    fitting = [name for name in datasets if path == name or path.startswith(f"{name}/")]
    return max(fitting, key=len, default=path.partition("/")[0])


class MantaPath:
    """A dataset, or a place in one: the name of the dataset first, then the way within it.

    Its reach ends with the dataset: `..`, an absolute path and a link that leads elsewhere are
    refused. `open()`, `numpy.load()` and whatever else takes a path take it as it is. It holds for
    the node that runs the task, so it cannot be pushed.

    >>> import tempfile, pathlib
    >>> from swarmdsl.light.context import TaskContext, entered
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = pathlib.Path(folder, "first.txt").write_text("cats")
    ...     task = TaskContext(run="r", instance="a@n#0", alias="a", node="n", iteration=0,
    ...                        call=lambda method, arguments: None, datasets={"notes": folder})
    ...     with entered(task):
    ...         notes = MantaPath("notes")
    ...         [str(path) for path in notes.iterdir()], (notes / "first.txt").read_text()
    (['notes/first.txt'], 'cats')
    """

    __slots__ = ("_dataset", "_root", "_within")

    def __init__(self, path: str) -> None:
        """A place by its name.

        Raises:
            DatasetUnknown: the task did not ask for this dataset; it is a `KeyError`.
            DatasetLeft: the way leads out of it.
        """
        datasets = current("MantaPath").datasets
        self._dataset: str = dataset_of(path, datasets)
        self._root: Path = root_of(self._dataset, datasets)
        self._within: PurePosixPath = _checked(path, path[len(self._dataset) + 1 :])

    def __truediv__(self, other: str) -> Self:
        """A place below this one."""
        if not isinstance(other, str):
            return NotImplemented
        return self._at(self._within / _checked(f"{self} / {other!r}", other))

    def _at(self, within: PurePosixPath) -> Self:
        path = object.__new__(type(self))
        path._dataset, path._root, path._within = self._dataset, self._root, within
        return path

    @property
    def name(self) -> str:
        """The last part: of a dataset itself, its name."""
        return self._within.name or self._dataset

    @property
    def stem(self) -> str:
        """The name without its suffix."""
        return PurePosixPath(self.name).stem

    @property
    def suffix(self) -> str:
        """What the name ends with, from its last dot on; empty if it has none."""
        return PurePosixPath(self.name).suffix

    def exists(self) -> bool:
        """Whether there is something."""
        return self._real().exists()

    def is_file(self) -> bool:
        """Whether it is a file."""
        return self._real().is_file()

    def is_dir(self) -> bool:
        """Whether it is a folder."""
        return self._real().is_dir()

    def read_bytes(self) -> Content:
        """The bytes of the file, which can be read as a file is, too."""
        return Content(self._real().read_bytes())

    def read_text(
        self, encoding: str | None = None, errors: str | None = None, newline: str | None = None
    ) -> str:
        """The text of the file: UTF-8 unless `encoding` says otherwise; the rest as in `open`."""
        with self._real().open(
            encoding=encoding or "utf-8", errors=errors, newline=newline
        ) as file:
            return file.read()

    def iterdir(self) -> list[Self]:
        """What is in the folder, by name."""
        names = [path.name for path in self._real().iterdir()]
        return [self._at(self._within / name) for name in sorted(names)]

    async def async_exists(self) -> bool:
        """`exists`, to be awaited."""
        return self.exists()

    async def async_read_bytes(self) -> Content:
        """`read_bytes`, to be awaited."""
        return self.read_bytes()

    async def async_read_text(
        self, encoding: str | None = None, errors: str | None = None, newline: str | None = None
    ) -> str:
        """`read_text`, to be awaited."""
        return self.read_text(encoding, errors, newline)

    async def async_iterdir(self) -> list[Self]:
        """`iterdir`, to be awaited."""
        return self.iterdir()

    def __fspath__(self) -> str:
        """Where it lies on this node, for whatever opens files itself."""
        return str(self._real())

    def _real(self) -> Path:
        """Where it lies, once all links are followed.

        Raises:
            DatasetLeft: a link leads out of the dataset.
        """
        real = (self._root / self._within).resolve()
        if not real.is_relative_to(self._root.resolve()):
            raise DatasetLeft(str(self), f"it is a link, or lies behind one, that leads to {real}")
        return self._root / self._within

    def __str__(self) -> str:
        return "/".join((self._dataset, *self._within.parts))

    def __repr__(self) -> str:
        return f"MantaPath({str(self)!r})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, MantaPath):
            return NotImplemented
        return (self._root, str(self)) == (other._root, str(other))

    def __hash__(self) -> int:
        return hash((self._root, str(self)))


def _checked(said: str, way: str) -> PurePosixPath:
    """A way that goes down from where it starts.

    Raises:
        DatasetLeft: it begins elsewhere, or goes up; `said` is how the user wrote it.
    """
    path = PurePosixPath(way)
    if path.is_absolute():
        raise DatasetLeft(said, "it begins at the root of the file system")
    if ".." in path.parts:
        raise DatasetLeft(said, "it goes up, with '..'")
    return path


def place_of(name: str | MantaPath, what: str) -> MantaPath:
    """A place that is there already, or the one of this name.

    Raises:
        OutsideTask: no task runs; `what` names the caller in the message.
    """
    if isinstance(name, MantaPath):
        return name
    current(what)
    return MantaPath(name)
