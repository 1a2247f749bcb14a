"""What a task sees of its node: the datasets that live there."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from swarmdsl.light.content import Content
from swarmdsl.light.context import current
from swarmdsl.light.path import MantaPath, place_of, root_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Local:
    """The data of the node that runs the task. It stays there unless the task pushes it.

    A place is named by its dataset, or by the dataset and the way in it, as `images/cats/1.png`;
    a `MantaPath` will do as well. Each call has a twin whose name begins with `async_`, to be
    awaited; it reads just as the call does, and nothing else of the task's event loop runs
    meanwhile.

    >>> import tempfile, pathlib
    >>> from swarmdsl.light.context import TaskContext, entered
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = pathlib.Path(folder, "notes.txt")
    ...     _ = file.write_bytes(b"kept here")
    ...     task = TaskContext(run="r", instance="a@n#0", alias="a", node="n", iteration=0,
    ...                        call=lambda method, arguments: None,
    ...                        datasets={"notes": str(file)})
    ...     with entered(task):
    ...         Local().get_binary_data("notes")
    b'kept here'
    """

    @property
    def node(self) -> str:
        """The name of this node."""
        return current("Local.node").node

    def path(self, dataset: str) -> Path:
        """Where the dataset lies on this node.

        Raises:
            DatasetUnknown: the task did not ask for this dataset; the message lists those it did.
                It is a `KeyError`.
        """
        return root_of(dataset, current("Local.path").datasets)

    def exists(self, name: str | MantaPath) -> bool:
        """Whether there is such a file or folder; the task must have asked for its dataset."""
        return place_of(name, "Local.exists").exists()

    def get_binary_data(self, dataset: str | MantaPath) -> Content:
        """The bytes of a file, which can be read as a file is, too: `np.load(...)` takes them."""
        return place_of(dataset, "Local.get_binary_data").read_bytes()

    def get_numpy_data(
        self, dataset: str | MantaPath
    ) -> NDArray[np.generic] | dict[str, NDArray[np.generic]]:
        """The array of a `.npy` file, or the arrays by name of a `.npz` file.

        Pickled objects inside the file are refused.
        """
        import numpy as np

        loaded = np.load(place_of(dataset, "Local.get_numpy_data"), allow_pickle=False)
        if isinstance(loaded, np.lib.npyio.NpzFile):
            with loaded:
                return {name: loaded[name] for name in loaded.files}
        array: NDArray[np.generic] = loaded
        return array

    def list_dir(self, name: str | MantaPath) -> list[MantaPath]:
        """What is in a dataset that is a folder, or in a folder of it, by name."""
        return place_of(name, "Local.list_dir").iterdir()

    def read_file_lines(
        self,
        name: str | MantaPath,
        encoding: str | None = None,
        errors: str | None = None,
        newline: str | None = None,
    ) -> TextIO:
        """A text file, read already, to go through line by line or with `read()`.

        Args:
            name: the file.
            encoding: UTF-8 if None.
            errors: what is done with bytes that are no text, as in `open`.
            newline: what ends a line, as in `open`.
        """
        content = io.BytesIO(place_of(name, "Local.read_file_lines").read_bytes())
        return io.TextIOWrapper(content, encoding or "utf-8", errors, newline)

    async def async_exists(self, name: str | MantaPath) -> bool:
        """`exists`, to be awaited."""
        return self.exists(name)

    async def async_get_binary_data(self, dataset: str | MantaPath) -> Content:
        """`get_binary_data`, to be awaited."""
        return self.get_binary_data(dataset)

    async def async_get_numpy_data(
        self, dataset: str | MantaPath
    ) -> NDArray[np.generic] | dict[str, NDArray[np.generic]]:
        """`get_numpy_data`, to be awaited."""
        return self.get_numpy_data(dataset)

    async def async_list_dir(self, name: str | MantaPath) -> list[MantaPath]:
        """`list_dir`, to be awaited."""
        return self.list_dir(name)

    async def async_read_file_lines(
        self,
        name: str | MantaPath,
        encoding: str | None = None,
        errors: str | None = None,
        newline: str | None = None,
    ) -> TextIO:
        """`read_file_lines`, to be awaited."""
        return self.read_file_lines(name, encoding, errors, newline)
