"""How the documents become a site: `make docs`, where every warning is an error.

The pages are those that are read in the repository: nothing in them is for Sphinx alone. What the
side bar lists is what `docs/index.md` links to, under the same headings.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from swarmdsl import __version__

if TYPE_CHECKING:
    from sphinx.application import Sphinx

ROOT = Path(__file__).resolve().parents[2]

project = "swarmdsl"
author = "the authors of swarmdsl"
release = version = __version__
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
root_doc = "docs/index"
include_patterns = ["README.md", "CHANGELOG.md", "CONTRIBUTING.md", "docs/**.md", "docs/site/*.rst"]
exclude_patterns = [".*", "build", "**/node_modules"]
myst_heading_anchors = 4
default_role = "code"
autodoc_member_order = "bysource"
autodoc_typehints = "none"
html_theme = "furo"
html_title = f"swarmdsl {__version__}"
html_extra_path = ["extra"]
html_copy_source = False

_LINK = re.compile(r"\]\((?!https?:)([^)#\s]+\.md)(?:#[^)\s]*)?\)")
_FOLDER = re.compile(r"\[([^\]]+)\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^(?:#+ (.+)|(To .+?)(?:, in this order)?:)$")


def _listed(index: str) -> Iterator[str]:
    """The lines of the side bar: one list for each heading of the index, its pages in order."""
    seen = {"docs/index"}
    for part in re.split(r"\n(?=To [^\n]+:\n)", index)[1:]:
        heading = _HEADING.match(part.partition("\n")[0])
        assert heading is not None, part
        yield from ("", "```{toctree}", f":caption: {heading[2]}", ":hidden:", "")
        for link in _LINK.findall(part):
            page = (ROOT / "docs" / link).resolve().relative_to(ROOT).with_suffix("").as_posix()
            if page not in seen:
                seen.add(page)
                yield f"/{page}"
        yield from ("```", "")
    yield from (
        "```{toctree}",
        ":caption: Reference",
        ":hidden:",
        "",
        "/docs/site/reference",
        "```",
    )


def _with_side_bar(app: Sphinx, page: str, content: list[str]) -> None:
    """Add what only the site needs, and let links to folders be their names."""
    here = (ROOT / page).parent
    content[0] = _FOLDER.sub(
        lambda found: found[1] if (here / found[2].partition("#")[0]).is_dir() else found[0],
        content[0],
    )
    if page == root_doc:
        content[0] += "\n".join(_listed(content[0]))
    if page == "docs/codes/index":
        content[0] += "\n```{toctree}\n:hidden:\n:glob:\n\nSW*\n```\n"


def setup(app: Sphinx) -> None:
    """Called by Sphinx."""
    app.connect("source-read", _with_side_bar)
