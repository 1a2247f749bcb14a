"""In which forms a picture can be had, by name and by the ending of a file."""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping
from pathlib import PurePath
from types import MappingProxyType

from swarmdsl.pictures.diagram import Diagram

FORMS: Mapping[str, str] = MappingProxyType(
    {
        "text": "swarmdsl.pictures.outline:to_text",
        "svg": "swarmdsl.pictures.svg:to_svg",
        "html": "swarmdsl.pictures.html:to_html",
        "mermaid": "swarmdsl.pictures.mermaid:to_mermaid",
        "dot": "swarmdsl.pictures.dot:to_dot",
        "json": "swarmdsl.pictures.as_json:to_json",
    }
)
ENDINGS: Mapping[str, str] = MappingProxyType(
    {
        ".txt": "text",
        ".svg": "svg",
        ".html": "html",
        ".mmd": "mermaid",
        ".mermaid": "mermaid",
        ".dot": "dot",
        ".gv": "dot",
        ".json": "json",
    }
)


def form_of(file: str) -> str | None:
    """The form that a file of this name holds; None if its ending says none.

    >>> form_of("words.svg"), form_of("words.MMD"), form_of("words.png")
    ('svg', 'mermaid', None)
    """
    return ENDINGS.get(PurePath(file).suffix.lower())


def drawn(diagram: Diagram, form: str) -> str:
    """The picture in a form, as text.

    >>> drawn(Diagram(name="none"), "mermaid").splitlines()
    ['flowchart LR']
    """
    written: str = pkgutil.resolve_name(FORMS[form])(diagram)
    return written
