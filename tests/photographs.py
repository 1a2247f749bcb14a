"""What a browser shows, for the documents: part of `make pictures`.

A photograph looks a little otherwise in each version of the browser and with other fonts. So what
the tests compare is not the photograph but a digest of what it is of.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import nbformat
from nbconvert import HTMLExporter

REPOSITORY = Path(__file__).resolve().parents[1]
DRAWINGS = REPOSITORY / "docs/pictures"
RECORD = "photographs.json"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
SCALE = 2  # dots of the photograph for each of the page
TIMEOUT_S = 120

_SETTINGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND",  # a page must need nothing
    "--hide-scrollbars",
)
_MEASURE = """<script>addEventListener("load", () => {
document.documentElement.dataset.height = document.documentElement.scrollHeight })</script>"""
_BOTH = """<!doctype html><style>body{{margin:0}}img{{display:block}}</style>
<img style="color-scheme:light" src="{0}"><img style="color-scheme:dark" src="{0}">"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Photograph:
    """A page, as a browser shows it.

    Attributes:
        of: what it is of; another text asks for another photograph.
        page: as HTML.
        width: of the window.
    """

    of: Callable[[], str]
    page: Callable[[], str]
    width: int

    def digest(self) -> str:
        """Changes with what it is of."""
        return hashlib.sha256(self.of().encode()).hexdigest()[:16]


def cells(notebook: str, first: int, last: int) -> Any:
    """A part of a notebook, its cells of code numbered anew."""
    found = nbformat.read(REPOSITORY / "notebooks" / notebook, as_version=4)
    found.cells = found.cells[first : last + 1]
    for number, cell in enumerate((one for one in found.cells if one.cell_type == "code"), start=1):
        cell.execution_count = number
        for output in cell.outputs:
            if output.output_type == "execute_result":
                output.execution_count = number
    return found


def notebook_page(part: Any) -> str:
    """A notebook as a page."""
    page: str = HTMLExporter(template_name="lab").from_notebook_node(part)[0]
    return page


def both_themes(drawing: Path) -> str:
    """A page that shows a drawing as on a light and as on a dark one."""
    return _BOTH.format(
        f"data:image/svg+xml;base64,{b64encode(drawing.read_bytes()).decode('ascii')}"
    )


def _notebook() -> Any:
    return cells("first_swarm.ipynb", 1, 9)


_THEMES = DRAWINGS / "federated_digits_daemons.svg"

PHOTOGRAPHS: Mapping[str, Photograph] = {
    "notebook": Photograph(
        of=lambda: json.dumps(_notebook().cells, sort_keys=True),
        page=lambda: notebook_page(_notebook()),
        width=900,
    ),
    "themes": Photograph(
        of=lambda: _THEMES.read_text("utf-8"), page=lambda: both_themes(_THEMES), width=800
    ),
}


def browser(path: str | None = None) -> str | None:
    """The program of a browser, if there is one in the folders of `path`, or of PATH."""
    return next((found for one in BROWSERS if (found := shutil.which(one, path=path))), None)


def take(program: str, folder: Path) -> None:
    """Photograph everything with a browser, and note what of."""
    for name, photograph in PHOTOGRAPHS.items():
        with TemporaryDirectory(prefix="browser-") as own:
            _photographed(program, photograph, Path(own), folder / f"{name}.png")
    noted = {name: one.digest() for name, one in PHOTOGRAPHS.items()}
    (folder / RECORD).write_text(json.dumps(noted, indent=2) + "\n", encoding="utf-8")


def _photographed(program: str, photograph: Photograph, own: Path, target: Path) -> None:
    page = own / "page.html"
    page.write_text(photograph.page() + _MEASURE, encoding="utf-8")
    settings = (*_SETTINGS, f"--user-data-dir={own / 'profile'}")
    width = f"--window-size={photograph.width}"
    shown = _said(program, *settings, f"{width},600", "--dump-dom", page.as_uri())
    measured = re.search(r'<html[^>]* data-height="(\d+)"', shown)
    assert measured is not None, f"{program} has not said how high {target.name} is"
    size = f"{width},{measured[1]}"
    scale = f"--force-device-scale-factor={SCALE}"
    _said(program, *settings, size, scale, f"--screenshot={target}", page.as_uri())


def _said(*command: str) -> str:
    return subprocess.run(
        command, capture_output=True, text=True, timeout=TIMEOUT_S, check=True
    ).stdout


def size_of(png: bytes) -> Sequence[int]:
    """How wide and high a PNG is, in dots."""
    assert png[:8] == b"\x89PNG\r\n\x1a\n", "it is no PNG"
    return int.from_bytes(png[16:20]), int.from_bytes(png[20:24])
