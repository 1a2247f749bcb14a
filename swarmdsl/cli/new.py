"""`swarm new`: a small project to start from, with tests and a check for each commit."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from types import MappingProxyType

from swarmdsl.cli.command import Command
from swarmdsl.cli.exits import Exit, UsageError

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """A project that can be made.

    Attributes:
        about: what its swarm does, in a sentence.
        nodes: the value of `nodes` in `[tool.swarm]`, as TOML.
        next: what to change first.
    """

    about: str
    nodes: str
    next: str


TEMPLATES: Mapping[str, Template] = MappingProxyType(
    {
        "minimal": Template(
            about="Counts the words of some lines: two tasks, and one that adds up.",
            nodes="2",
            next="Change `count` in `swarm.py`, and its tests with it.",
        ),
        "mapreduce": Template(
            about="Finds the most frequent words of the files in `texts/` by MapReduce.",
            nodes="4",
            next="Put your own files into `texts/`, and your own `words` into `swarm.py`.",
        ),
        "federated": Template(
            about="Three nodes that keep their measurements learn a line together.",
            nodes='"nodes.toml"',
            next="`nodes.toml` says which data each node has; `train` in `swarm.py` reads it.",
        ),
        "telescope": Template(
            about="Three telescopes, and a builder that finds what they saw at the same time.",
            nodes="2",
            next="Let `Camera.produce` in `swarm.py` read a real one.",
        ),
        "stream": Template(
            about="A sensor, a moving mean and an alarm, which survive the death of a process.",
            nodes="1",
            next="Let `Sensor.produce` in `swarm.py` read a real one.",
        ),
    }
)
_COMMON: Mapping[str, str] = MappingProxyType(
    {
        "README.md.in": "README.md",
        "pyproject.toml.in": "pyproject.toml",
        "gitignore.in": ".gitignore",
        "pre-commit-config.yaml.in": ".pre-commit-config.yaml",
        "ci.yml.in": ".github/workflows/ci.yml",
    }
)


def new(command: Command) -> Exit:
    """Make a project in a new folder; what is there already is never touched.

    Raises:
        UsageError: the name is none for a project, its folder is there, or cannot be made.
    """
    folder, kind = Path(command.arguments.name), command.arguments.template
    if not _NAME.fullmatch(folder.name):
        raise UsageError(
            f"{str(folder)!r} is no name for a project: its last part begins with a letter or a "
            "digit, and has letters, digits, dots, dashes and underscores, 64 at most"
        )
    contents = project(kind, folder.name)
    try:
        folder.mkdir(parents=True)
        for name, text in contents.items():
            file = folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
    except FileExistsError as problem:
        raise UsageError(f"{folder} is there already: choose another name") from problem
    except OSError as problem:
        raise UsageError(f"{folder} cannot be made: {problem.strerror or problem}") from problem
    command.streams.say(
        f"made {folder}: {TEMPLATES[kind].about}\n\n"
        f"  cd {folder}\n"
        "  swarm graph    what it looks like\n"
        "  swarm run      run it here\n"
        "  pytest         run its tests"
    )
    return Exit.OK


def project(kind: str, name: str) -> dict[str, str]:
    """The files of a project by their paths in it.

    >>> sorted(project("minimal", "words"))[-3:]
    ['pyproject.toml', 'swarm.py', 'tests/test_swarm.py']
    """
    template, folder = TEMPLATES[kind], files("swarmdsl.cli") / "templates"
    words = {
        "name": name,
        "about": template.about,
        "nodes": template.nodes,
        "next": template.next,
    }
    made: dict[str, str] = {}
    for source, target in _COMMON.items():
        text = (folder / "common" / source).read_text("utf-8")
        made[target] = re.sub(r"\{\{(\w+)\}\}", lambda found: words[found[1]], text)
    return made | dict(_own(folder / kind))


def _own(folder: Traversable, path: str = "") -> Iterator[tuple[str, str]]:
    for one in sorted(folder.iterdir(), key=lambda each: each.name):
        if one.name == "__pycache__":
            continue
        if one.is_dir():
            yield from _own(one, f"{path}{one.name}/")
        else:
            yield f"{path}{one.name}", one.read_text("utf-8")
