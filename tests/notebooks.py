"""The notebooks, run anew: `make notebooks`.

What differs from run to run is taken out of what they show, so that a test can compare it.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import nbformat
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient

REPOSITORY = Path(__file__).resolve().parents[1]
NOTEBOOKS = sorted((REPOSITORY / "notebooks").glob("*.ipynb"))
TIMEOUT_S = 100  # of one cell

_SCRUBBED = (
    (re.compile(r"\b\d{8}-\d{6}-[0-9a-f]{4}\b"), "20260101-120000-0000"),  # a run
    (
        re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|\+00:00)?"),
        "2026-01-01 12:00:00",
    ),
    (re.compile(r"\b\d+(?:\.\d+)? (?:s|ms|us|ns)\b"), "0.00 s"),
    (re.compile(r"/[\w/.-]*/ipykernel_\d+/"), ""),  # where the source of a cell is kept
    (re.compile(r"^ +(?=\^+$)", re.MULTILINE), " " * 8),  # below it: that was as long as its place
)
_KEPT = ("name", "output_type", "data", "text", "ename", "evalue", "traceback")


def executed(source: Path) -> Any:
    """The notebook with the outputs that it has now, scrubbed."""
    notebook = nbformat.read(source, as_version=4)
    with TemporaryDirectory(prefix="notebook-") as folder:
        kept = {name: os.environ.get(name) for name in ("XDG_STATE_HOME", "IPYTHONDIR")}
        os.environ.update(XDG_STATE_HOME=folder, IPYTHONDIR=folder)
        try:
            socket = str(Path(folder, "kernel"))  # its front end is in another folder
            kernel = AsyncKernelManager(kernel_name="python3", transport="ipc", ip=socket)
            place = {"metadata": {"path": folder}}
            NotebookClient(notebook, kernel, timeout=TIMEOUT_S, resources=place).execute()
        finally:
            restored(kept)
    for cell in notebook.cells:
        cell.metadata = {}
        if cell.cell_type == "code":
            cell.outputs = [*scrubbed(cell.outputs)]
            cell.execution_count = None
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}
    }
    return notebook


def restored(kept: Mapping[str, str | None]) -> None:
    """Put variables back to what they were."""
    for name, value in kept.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


def scrubbed(outputs: list[Any]) -> Iterator[Any]:
    """The outputs without numbers of cells and what differs from run to run."""
    for output in outputs:
        kept = {name: clean(value) for name, value in output.items() if name in _KEPT}
        if output.output_type in {"display_data", "execute_result"}:
            kept["metadata"] = {}
        if output.output_type == "execute_result":
            kept["execution_count"] = None
        yield nbformat.from_dict(kept)


def clean(value: Any) -> Any:
    """Texts, wherever they are in it, scrubbed."""
    if isinstance(value, str):
        for pattern, text in _SCRUBBED:
            value = pattern.sub(text, value)
        return value
    if isinstance(value, dict):
        return {name: clean(one) for name, one in value.items()}
    return [clean(one) for one in value] if isinstance(value, list) else value


def outputs_of(notebook: Any) -> list[Any]:
    """What each cell shows; an order of streams that the front end would not keep is joined."""
    return [joined(cell.get("outputs", [])) for cell in notebook.cells]


def joined(outputs: list[Any]) -> dict[str, Any]:
    """The streams of a cell each in one piece, and what it displays in order."""
    streams: dict[str, str] = {}
    shown: list[Any] = []
    for output in outputs:
        if output.output_type == "stream":
            streams[output.name] = streams.get(output.name, "") + output.text
        else:
            shown.append(dict(output))
    return {"streams": streams, "shown": shown}


def main(argv: list[str]) -> None:
    """Run one and write it elsewhere, or run them all and write each in its place."""
    pairs = [(Path(argv[0]), Path(argv[1]))] if argv else [(one, one) for one in NOTEBOOKS]
    for source, target in pairs:
        nbformat.write(executed(source), target)


if __name__ == "__main__":
    main(sys.argv[1:])
