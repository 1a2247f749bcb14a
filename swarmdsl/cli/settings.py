"""What a command was told: by a flag, else by a variable, else by `[tool.swarm]`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from swarmdsl.cli.exits import UsageError

PROJECT_FILE = "pyproject.toml"
TABLE = "[tool.swarm]"
SUBTABLES: Mapping[str, frozenset[str]] = MappingProxyType(
    {"docker": frozenset({"base_image", "registry"})}
)
"""Keys that are for one engine, and have a table below that one: `[tool.swarm.docker]`."""

VARIABLES: Mapping[str, str] = MappingProxyType(
    {
        "target": "SWARM_TARGET",
        "nodes": "SWARM_NODES",
        "slots": "SWARM_SLOTS",
        "engine": "SWARM_ENGINE",
        "base_image": "SWARM_BASE_IMAGE",
        "registry": "SWARM_REGISTRY",
        "transport": "SWARM_TRANSPORT",
        "home": "SWARM_HOME",
        "format": "SWARM_FORMAT",
    }
)
FORMATS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "validate": ("full", "concise", "json", "sarif", "github", "junit"),
        "compile": ("toml", "yaml", "json"),
        "graph": ("text", "svg", "html", "mermaid", "dot", "json"),
        "run": ("table", "json"),
        "up": ("table", "json"),
        "down": ("table", "json"),
        "resume": ("table", "json"),
        "simulate": ("table", "json"),
        "results": ("table", "json"),
        "nodes": ("table", "json", "toml"),
        "ps": ("table", "json"),
        "status": ("table", "json"),
        "stats": ("table", "json"),
        "globals": ("table", "json"),
        "describe": ("table", "json"),
        "call": ("table", "json"),
        "wait": ("table", "json"),
        "prune": ("table", "json"),
        "doctor": ("table", "json"),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A setting, and who gave it: a message must name what to change.

    Attributes:
        text: as it was written.
        origin: the flag, the variable, or the key of `[tool.swarm]`.
        by_flag: whether it was meant for this very command.
    """

    text: str
    origin: str
    by_flag: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The three places where a setting can come from, the strongest first.

    >>> told = Settings(environment={"SWARM_NODES": "4"}, project={"nodes": "2", "slots": "1"})
    >>> [told.find(name).origin for name in ("nodes", "slots")]
    ['SWARM_NODES', 'slots in [tool.swarm]']
    """

    flags: Mapping[str, str | None] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    project: Mapping[str, str] = field(default_factory=dict)

    def find(self, name: str) -> Given | None:
        """The setting of this name, from the strongest place that has it."""
        flag = self.flags.get(name)
        if flag is not None:
            return Given(text=flag, origin=f"--{name.replace('_', '-')}", by_flag=True)
        if variable := self.environment.get(VARIABLES[name]):
            return Given(text=variable, origin=VARIABLES[name])
        if name in self.project:
            return Given(text=self.project[name], origin=f"{name} in {_table_of(name)}")
        return None

    def format(self, verb: str) -> str:
        """The output format of a verb; its first one by default.

        A variable or `[tool.swarm]` speaks to all verbs, so a format of another verb is no error.

        Raises:
            UsageError: no verb has this format.
        """
        given = self.find("format")
        if given is None or given.text in FORMATS[verb]:
            return FORMATS[verb][0] if given is None else given.text
        known = sorted({one for formats in FORMATS.values() for one in formats})
        if given.text not in known:
            raise UsageError(f"{given.origin}: {given.text!r} is none of {', '.join(known)}")
        return FORMATS[verb][0]


def read_project(folder: Path) -> dict[str, str]:
    """What `[tool.swarm]` in the `pyproject.toml` of a folder says; nothing, if there is none.

    Raises:
        UsageError: the file cannot be read, or has a key or a value that means nothing.
    """
    import tomllib  # A command prints its help without it.

    file = folder / PROJECT_FILE
    try:
        document = tomllib.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as problem:
        raise UsageError(f"{PROJECT_FILE} cannot be read: {problem}") from problem
    table = document.get("tool", {}).get("swarm", {})
    if not isinstance(table, dict):
        raise UsageError(f"{TABLE} in {PROJECT_FILE} must be a table, and is {table!r}")
    below = {key: table.pop(key) for key in SUBTABLES if isinstance(table.get(key), dict)}
    own = [key for key in VARIABLES if _table_of(key) == TABLE]
    read = {key: _text(TABLE, own, key, value) for key, value in table.items()}
    for name, keys in below.items():
        for key, value in keys.items():
            read[key] = _text(f"[tool.swarm.{name}]", sorted(SUBTABLES[name]), key, value)
    return read


def _table_of(key: str) -> str:
    """The table of `pyproject.toml` that has a key."""
    for name, keys in SUBTABLES.items():
        if key in keys:
            return f"[tool.swarm.{name}]"
    return TABLE


def _text(table: str, known: Sequence[str], key: str, value: object) -> str:
    if key not in known:
        import difflib  # only mistakes need it

        near = difflib.get_close_matches(key, known, n=1)
        meant = f"did you mean {near[0]!r}?" if near else f"the keys are {_listed(known)}"
        raise UsageError(f"{table} in {PROJECT_FILE} has no key {key!r}; {meant}")
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise UsageError(f"{key} in {table} must be text or a number, and is {value!r}")
    return str(value)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names)
