"""The page on the topology lists every key of the model."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from swarmdsl.topology.checking import expected
from swarmdsl.topology.flat_daemons import KEY, FlatDaemon
from swarmdsl.topology.model import Limits, Topology
from swarmdsl.topology.schema import records_in
from swarmdsl.topology.shapes import Items, Key, Named, Record, Shape, record_of

PAGE = Path(__file__).resolve().parents[3] / "docs" / "topology.md"
BEGIN = "test_page.py -->\n"
END = "<!-- end of what is generated -->"
ROOT = record_of(Topology)
FLAT = record_of(FlatDaemon)  # which is read, and never written


def tables() -> str:
    """A heading and a table for each record, in the order of the model."""
    lines: list[str] = []
    for record in [*records_in(ROOT), FLAT]:
        lines += ["", f"### {heading(record)}", "", "| key | holds | default | means |"]
        lines.append("|---|---|---|---|")
        lines += [row(record, name, key) for name, key in record.keys.items()]
    return "\n".join([*lines, "", ""])


def heading(record: Record) -> str:
    found = [f"{KEY}[]"] if record is FLAT else paths_to(record, ROOT)
    paths = ", ".join(f"`{one}`" for one in found)
    return f"{record.name}: {paths}" if paths else "The document itself"


def paths_to(wanted: Record, inside: Record, path: str = "") -> Iterator[str]:
    """Where records of a kind stand: `tasks[].inputs.*`."""
    for name, key in inside.keys.items():
        here, shape = f"{path}{name}", key.shape
        while isinstance(shape, Items | Named):
            here += "[]" if isinstance(shape, Items) else ".*"
            shape = shape.item
        if isinstance(shape, Record):
            if shape is wanted:
                yield here
            yield from paths_to(wanted, shape, f"{here}.")


def row(record: Record, name: str, key: Key) -> str:
    means = "[Limits](limits.md)." if record.name == Limits.__name__ else key.description
    text = means.replace("|", "\\|")
    return f"| `{name}` | {holds(key.shape)} | {default(key)} | {text[:1].upper()}{text[1:]} |"


def holds(shape: Shape) -> str:
    match shape:
        case Items():
            return f"a list of {holds(shape.item)}"
        case Named():
            return f"names, each with {holds(shape.item)}"
        case Record():
            return f"a {shape.name}"
        case _:
            return expected(shape).replace("'", "`")


def default(key: Key) -> str:
    if key.required:
        return "required"
    if key.default is None or key.default == ():
        return "optional"
    return f"`{str(key.default).lower() if isinstance(key.default, bool) else key.default}`"


def test_every_key_is_on_the_page(request: pytest.FixtureRequest) -> None:
    before, begin, rest = PAGE.read_text("utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    assert begin
    assert end
    if request.config.getoption("--update-golden"):
        PAGE.write_text(f"{before}{begin}{tables()}{end}{after}", "utf-8")
    assert tables() in PAGE.read_text("utf-8"), "pytest --update-golden writes it anew"
