"""TOML, YAML and JSON of one topology: the same values, the same bytes each time."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, given, settings

import swarmdsl.topology
from swarmdsl.errors import ExtraMissing, TopologyError
from swarmdsl.topology.codec import from_text, from_toml, read, to_text, topology_hash, write
from swarmdsl.topology.forms import Form, dumped, lines_in, loaded
from swarmdsl.topology.model import Constant, Topology
from tests.handmade import chain
from tests.unit.topology.generated import PLAIN, topologies

FORMS: tuple[Form, ...] = get_args(Form)
SLOW = settings(suppress_health_check=[HealthCheck.too_slow], max_examples=25)


@SLOW
@given(topologies())
def test_every_form_gives_the_topology_back_and_the_same_bytes(made: Topology) -> None:
    for form in FORMS:
        text = to_text(made, form)
        again = from_text(text, form, "t")
        assert again == made
        assert topology_hash(again) == topology_hash(made)
        assert to_text(again, form) == text


@given(PLAIN)
def test_every_constant_survives_every_form(value: Any) -> None:
    made = replace(chain(), globals={"value": Constant(value=value)})
    for form in FORMS:
        again = from_text(to_text(made, form), form, "t").globals["value"].value
        assert as_text(again) == as_text(value)


def as_text(value: Any) -> str:
    """A text that tells 1 from 1.0 and from true."""
    return json.dumps(value, sort_keys=True)


@SLOW
@given(topologies())
def test_every_key_of_a_document_has_a_line(made: Topology) -> None:
    """Whatever is in the text is found where it stands, in each of the forms."""
    for form in FORMS:
        text = to_text(made, form)
        lines = lines_in(text, form)
        assert set(lines) == set(paths_in(loaded(text, form)))
        assert all(1 <= line <= text.count("\n") + 1 for line in lines.values())


def paths_in(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    parts = value.items() if isinstance(value, dict) else enumerate(value)
    found: list[tuple[str | int, ...]] = []
    for key, one in parts:
        found.append((*path, key))
        if isinstance(one, dict | list):
            found += paths_in(one, (*path, key))
    return found


@pytest.mark.parametrize("form", FORMS)
def test_a_folder_is_read_in_the_form_it_was_written(tmp_path: Path, form: Form) -> None:
    file = write(chain(), {}, tmp_path, form)
    assert file.name == f"topology.{form}"
    assert read(tmp_path) == read(file) == (chain(), tmp_path)


def test_a_folder_with_two_documents_says_which_one_to_name(tmp_path: Path) -> None:
    write(chain(), {}, tmp_path, "toml")
    write(chain(), {}, tmp_path, "yaml")
    with pytest.raises(TopologyError, match=r"holds topology\.toml and topology\.yaml: name the"):
        read(tmp_path)


def test_yaml_without_its_reader_names_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "yaml", None)
    monkeypatch.delitem(sys.modules, "swarmdsl.topology.yaml_form", raising=False)
    monkeypatch.delattr(swarmdsl.topology, "yaml_form", raising=False)
    with pytest.raises(ExtraMissing, match=r"PyYAML is not installed.*swarmdsl\[yaml\]"):
        to_text(chain(), "yaml")
    assert from_toml(to_text(chain(), "toml")) == chain()


@pytest.mark.parametrize("word", ["no", "on", "12:30", "2001-01-01", "0o7", "1_000", "<<", "="])
def test_plain_words_of_yaml_are_text(word: str) -> None:
    assert loaded(f"a: {word}", "yaml") == {"a": word}


def test_numbers_of_yaml_are_those_of_json() -> None:
    text = "[1, -2, 1.5, 1e3, 2E-1, .5, true, null]"
    assert loaded(text, "yaml") == [1, -2, 1.5, 1000.0, 0.2, 0.5, True, None]


def test_yaml_quotes_what_other_readers_would_mistake() -> None:
    text = dumped({"a": ["no", "12:30", "2001-01-01", "1e3"]}, "yaml")
    assert text == "a:\n- 'no'\n- '12:30'\n- '2001-01-01'\n- '1e3'\n"


@pytest.mark.parametrize("text", ["\x85", "a\u2028b", "\ufeff", "\r", "\x00", "\x7f", "a\n b\n"])
def test_odd_characters_survive_as_keys_and_as_values(text: str) -> None:
    for form in FORMS:
        assert loaded(dumped({text: [text]}, form), form) == {text: [text]}


def test_json_is_written_to_be_read() -> None:
    assert dumped({"b": [1], "a": "ä"}, "json") == '{\n  "b": [\n    1\n  ],\n  "a": "ä"\n}\n'
