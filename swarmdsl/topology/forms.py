"""The three forms of a document: TOML, YAML and JSON of the same plain values."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path as File
from types import ModuleType
from typing import Any, Literal

from swarmdsl.errors import ExtraMissing
from swarmdsl.topology.canonical import toml_of
from swarmdsl.topology.json_lines import keys_of_json
from swarmdsl.topology.places import BrokenText, Lines, written
from swarmdsl.topology.toml_lines import lines_of_toml

Form = Literal["toml", "yaml", "json"]
SUFFIXES: Mapping[str, Form] = {".toml": "toml", ".yaml": "yaml", ".yml": "yaml", ".json": "json"}
_TOML_LINE = re.compile(r" \(at line (\d+), column \d+\)$")


def form_of(name: str | File) -> Form:
    """The form of a file, by its suffix; TOML unless it says another.

    >>> form_of("topology.yml")
    'yaml'
    """
    return SUFFIXES.get(File(name).suffix.lower(), "toml")


def dumped(document: Mapping[str, Any], form: Form) -> str:
    """The text of plain values: the same values in the same order give the same bytes.

    Raises:
        ExtraMissing: YAML is asked for, and its reader is not installed.
    """
    match form:
        case "toml":
            return toml_of(document)
        case "yaml":
            return str(_yaml().dump_yaml(document))
        case "json":
            return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def loaded(text: str, form: Form) -> Any:
    """The plain values of a text.

    Raises:
        BrokenText: it is not of this form, or says one thing twice.
        ExtraMissing: it is YAML, and its reader is not installed.
    """
    try:
        match form:
            case "toml":
                return tomllib.loads(text)
            case "yaml":
                return _yaml().load_yaml(text)[0]
            case "json":
                return json.loads(text, object_pairs_hook=_once)
    except _Twice:
        raise _told_twice(text) from None
    except tomllib.TOMLDecodeError as problem:
        line = _TOML_LINE.search(str(problem))
        why = _TOML_LINE.sub("", str(problem))
        raise BrokenText(f"is not TOML: {why}", int(line[1]) if line else None) from problem
    except json.JSONDecodeError as problem:
        raise BrokenText(f"is not JSON: {problem.msg}", problem.lineno) from problem
    except ValueError as problem:  # A number of thousands of digits.
        raise BrokenText(f"cannot be read: {problem}") from problem
    except RecursionError as problem:
        raise BrokenText("is nested too deeply") from problem


def lines_in(text: str, form: Form) -> Lines:
    """The lines of the keys of a text that has been loaded."""
    try:
        match form:
            case "toml":
                return lines_of_toml(text)
            case "yaml":
                lines: Lines = _yaml().load_yaml(text)[1]
                return lines
            case "json":
                return dict(keys_of_json(text))
    except RecursionError:  # The problem itself is told all the same, without its line.
        return {}


class _Twice(Exception):
    """A key is there twice in one object."""


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _Twice
    return found


def _told_twice(text: str) -> BrokenText:
    seen = set()
    for path, line in keys_of_json(text):
        if path in seen:
            return BrokenText(f"has the key {written(path)} twice", line)
        seen.add(path)
    raise AssertionError("a key that is there twice is found")


def _yaml() -> ModuleType:
    """The reader of YAML, which is an extra."""
    try:
        from swarmdsl.topology import yaml_form
    except ModuleNotFoundError as problem:
        if problem.name != "yaml":
            raise
        raise ExtraMissing("yaml", "PyYAML") from problem
    return yaml_form
