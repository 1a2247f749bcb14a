"""What a task sees of its node: the datasets that live there."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from swarmdsl.light.context import current

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Local:
    """The data of the node that runs the task. It stays there unless the task pushes it.

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
            KeyError: the task did not ask for this dataset; the message lists those it did.
        """
        datasets = current("Local.path").datasets
        if dataset not in datasets:
            asked = ", ".join(sorted(datasets)) or "none"
            raise KeyError(
                f"dataset {dataset!r} was not asked for (asked: {asked}); "
                f"add it to the module: datasets=[{dataset!r}]"
            )
        return Path(datasets[dataset])

    def get_binary_data(self, dataset: str) -> bytes:
        """The bytes of a dataset that is one file."""
        return self.path(dataset).read_bytes()

    def get_numpy_data(self, dataset: str) -> NDArray[np.generic] | dict[str, NDArray[np.generic]]:
        """The array of a `.npy` file, or the arrays by name of a `.npz` file.

        Pickled objects inside the file are refused.
        """
        import numpy as np

        loaded = np.load(self.path(dataset), allow_pickle=False)
        if isinstance(loaded, np.lib.npyio.NpzFile):
            with loaded:
                return {name: loaded[name] for name in loaded.files}
        array: NDArray[np.generic] = loaded
        return array
