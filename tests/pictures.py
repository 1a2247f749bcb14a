"""The pictures of the documents, drawn from the examples: `make pictures`.

Drawings are made by our own code; the photographs of what a browser shows need one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import partial
from io import StringIO
from pathlib import Path

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.terminal_theme import SVG_EXPORT_THEME

from swarmdsl import Swarm, Task
from swarmdsl.cli.live import picture
from swarmdsl.cli.view import RunView, fold
from swarmdsl.control.happenings import (
    Happening,
    InstanceFinished,
    InstanceStarted,
    ResultAdded,
    RoundStarted,
    StateChanged,
)
from swarmdsl.control.state import RunState
from swarmdsl.pictures.diagram import Diagram
from swarmdsl.pictures.of_daemons import daemons_of
from swarmdsl.pictures.of_tasks import diagram_of, tasks_of
from swarmdsl.pictures.svg import to_svg
from swarmdsl.topology.codec import read
from tests.photographs import browser, take
from tests.pictured_pages import PICTURED, drawn

REPOSITORY = Path(__file__).resolve().parents[1]
FOLDER = REPOSITORY / "docs/pictures"


def count(line: str) -> int:
    """How many words it has."""
    return len(line.split())


def praise(poem: str) -> str:
    """What a reader says of it."""
    return f"{poem}! How beautiful."


def sign(text: str) -> str:
    """Who says so."""
    return f"{text} (a reader)"


class Wrong(Swarm):
    """The swarm with two mistakes of the front page."""

    def execute(self) -> Task:
        """The graph."""
        counter = Task(count, inputs={"line": "to be or not to be"})
        praised = Task(praise, method="any")(counter)
        return Task(sign, method="one")(praised)


def _example(name: str) -> str:
    return to_svg(_topology_tasks(name))


def _topology_tasks(name: str) -> Diagram:
    return tasks_of(read(REPOSITORY / f"examples/{name}.topology.toml")[0])


def _daemons(name: str) -> str:
    return to_svg(daemons_of(read(REPOSITORY / f"examples/{name}.topology.toml")[0]))


def _terminal() -> str:
    """What `swarm run` draws on a terminal, in the middle of a run."""
    view = RunView()
    for happening in (
        StateChanged(run="20260101-120000-0000", state=RunState.RUNNING),
        RoundStarted(round=3, instances={"trainers": 4, "aggregator": 1, "scheduler": 1}),
        *(_started("trainers", number) for number in (1, 2, 3, 4)),
        *(_finished("trainers", number, 0.31 + number / 50) for number in (1, 2, 3)),
        ResultAdded(tag="accuracy", alias="aggregator", node="node1", round=2, value=0.9022),
    ):
        view = fold(view, happening)
    console = Console(width=72, record=True, file=StringIO(), force_terminal=True)
    console.print(picture(view, elapsed_s=7.0))
    exported = console.export_svg(
        title="swarm run", theme=SVG_EXPORT_THEME, code_format=_WITHOUT_FONTS, unique_id="run"
    )
    return "\n".join(line.rstrip() for line in exported.splitlines()) + "\n"


def _started(alias: str, node: int) -> Happening:
    return InstanceStarted(alias=alias, instance=f"{alias}@node{node}#0", round=3)


def _finished(alias: str, node: int, seconds: float) -> Happening:
    name = f"{alias}@node{node}#0"
    return InstanceFinished(alias=alias, instance=name, round=3, seconds=seconds)


_WITHOUT_FONTS = re.sub(r"@font-face \{\{.*?\}\}\s*", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)
"""Rich's drawing fetches a font from elsewhere; any of fixed width will do."""


PICTURES: Mapping[str, Callable[[], str]] = {
    "federated_digits": lambda: _example("federated_digits"),
    "federated_digits_daemons": lambda: _daemons("federated_digits"),
    "telescopes": lambda: _example("telescopes"),
    "terminal": _terminal,
    "wrong": lambda: to_svg(diagram_of(Wrong().compile())),
    **{name: partial(drawn, pictured) for name, pictured in PICTURED.items()},
}


NO_BROWSER = """\
The drawings are made. The photographs of what a browser shows are not: there is no Chromium here.
On Debian: apt-get install chromium fonts-dejavu-core"""


def main(folder: Path = FOLDER, path: str | None = None) -> None:
    """Draw them all, and photograph what a browser shows.

    Args:
        folder: where they are put.
        path: where browsers are looked for, in the place of PATH.

    Raises:
        SystemExit: there is no browser. What needs none is drawn.
    """
    folder.mkdir(exist_ok=True)
    for name, draw in PICTURES.items():
        (folder / f"{name}.svg").write_text(draw(), encoding="utf-8")
    program = browser(path)
    if program is None:
        raise SystemExit(NO_BROWSER)
    take(program, folder)


if __name__ == "__main__":
    main()
