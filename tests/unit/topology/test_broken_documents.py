"""What a person who wrote a document by hand is told: the file, the line, the place, and why."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import pytest

from swarmdsl.errors import DocumentWrong, TopologyError
from swarmdsl.topology.codec import from_text, read, to_text
from swarmdsl.topology.forms import Form, dumped, loaded
from tests.handmade import chain

FORMS: tuple[Form, ...] = get_args(Form)
Document = dict[str, Any]


def at(*path: str | int, value: Any = ...) -> Callable[[Document], None]:
    """A change of a document: another value at a path, or none."""

    def change(document: Document) -> None:
        place: Any = document
        for step in path[:-1]:
            place = place.setdefault(step, {}) if isinstance(place, dict) else place[step]
        if value is ...:
            del place[path[-1]]
        else:
            place[path[-1]] = value

    return change


BROKEN: dict[str, tuple[Callable[[Document], None], str, str]] = {
    "text for a number": (
        at("nodes", 0, "slots", value="two"),
        "nodes[0].slots: expected a whole number, found the text 'two'",
        "two",
    ),
    "a fraction for a whole number": (
        at("limits", "restarts", value=2.5),
        "limits.restarts: expected a whole number, found the number 2.5",
        "restarts",
    ),
    "true for a number": (
        at("limits", "lease_s", value=True),
        "limits.lease_s: expected a number, found true",
        "lease_s",
    ),
    "a number for text": (at("name", value=7), "name: expected text, found the number 7", "name"),
    "a word for a truth": (
        at("tasks", 1, "fixed", value="yes"),
        "tasks[1].fixed: expected true or false, found the text 'yes'",
        "yes",
    ),
    "a value for a list": (
        at("tasks", 0, "candidates", value="worker@n1#0"),
        "tasks[0].candidates: expected a list, found the text 'worker@n1#0'",
        "candidates",
    ),
    "a list for a table": (
        at("limits", value=[1]),
        "limits: expected a table, found a list of 1",
        "limits",
    ),
    "an item of another type": (
        at("groups", 0, "nodes", value=["n1", 88]),
        "groups[0].nodes[1]: expected text, found the number 88",
        "88",
    ),
    "a misspelled word": (
        at("groups", 0, "kind", value="deamon"),
        (
            "groups[0].kind: expected 'worker' or 'daemon', found the text 'deamon'; "
            "did you mean 'daemon'?"
        ),
        "deamon",
    ),
    "a misspelled key": (
        at("links", 1, "conditoin", value="result"),
        "links[1].conditoin: no such key; did you mean 'condition'?",
        "conditoin",
    ),
    "a key that nobody knows": (at("nodes", 0, "x", value=1), "nodes[0].x: no such key", "x"),
    "a missing key": (
        at("modules", 0, "entry"),
        "modules[0]: the key 'entry' is missing: expected text",
        "source",
    ),
    "a task that is not there": (
        at("links", 0, "destination", value="duoble"),
        "links[0].destination: there is no task 'duoble'; did you mean 'double'?",
        "duoble",
    ),
    "a limit out of bounds": (
        at("limits", "inbox_messages", value=0),
        "limits.inbox_messages: is 0, not a whole number from 1 to 2**53",
        "inbox_messages",
    ),
    "a host that is none": (
        at("nodes", 0, "host", value="lst1:3391"),
        (
            "nodes[0].host: is 'lst1:3391', not a name such as 'node1.example.org', or an IP "
            "address without a port"
        ),
        "lst1:3391",
    ),
    "a port that is text": (
        at("groups", 0, "receiving_port", value="80"),
        "groups[0].receiving_port: expected a whole number, found the text '80'",
        "receiving_port",
    ),
    "a port beyond the last": (
        at("groups", 0, "receiving_port", value=70_000),
        "groups[0].receiving_port: is 70000, not a whole number from 1 to 65535",
        "70000",
    ),
    "a port of workers": (
        at("groups", 0, "receiving_port", value=3391),
        (
            "groups[0].receiving_port: is for daemons of kind 'daemon'; the tasks of a worker "
            "share it"
        ),
        "3391",
    ),
    "a misspelled key of a flat daemon": (
        at("daemon", value=[{"nmae": "Daemon1"}]),
        "daemon[0].nmae: no such key; did you mean 'name'?",
        "nmae",
    ),
    "a key of PhoenixSwarm": (
        at("daemon", value=[{"name": "Daemon1", "log_file": "daemon1.log"}]),
        (
            "daemon[0].log_file: is not carried out: each daemon writes to logs/ in the folder of "
            "its run, under its own name; take it out"
        ),
        "log_file",
    ),
    "a constant with two values": (
        at("globals", "rate", value={"value": 1, "blob": "ab"}),
        "globals.rate: has either a value or a blob",
        "rate",
    ),
    "a number beyond 64 bits": (
        at("globals", "big", value={"value": [2**63]}),
        (
            "globals.big.value[0]: expected a value that TOML, YAML and JSON all have, "
            "found the number 9223372036854775808"
        ),
        str(2**63),
    ),
    "a format of the past": (
        at("format", value=0),
        "format: is 0, and the first one is 1",
        "format",
    ),
}


def broken(change: Callable[[Document], None], form: Form) -> tuple[str, DocumentWrong]:
    """The text after a change, and what is said of it."""
    document = loaded(to_text(chain(), form), form)
    change(document)
    text = dumped(document, form)
    with pytest.raises(DocumentWrong) as caught:
        from_text(text, form, f"t.{form}")
    return text, caught.value


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", BROKEN)
def test_one_mistake_is_one_line_with_its_place(name: str, form: Form) -> None:
    change, told, stands = BROKEN[name]
    text, problem = broken(change, form)
    [(line, _)] = problem.places
    assert str(problem) == f"t.{form}:{line}: {told}"
    assert line is not None
    around = text.splitlines()[line - 1 : line + 1]  # a table begins on the line before its keys
    assert any(stands in one for one in around)
    if "missing" not in name:
        assert stands in around[0]


@pytest.mark.parametrize("form", FORMS)
def test_all_mistakes_are_told_at_once_in_the_order_of_the_document(form: Form) -> None:
    def change(document: Document) -> None:
        at("nodes", 0, "slots", value="two")(document)
        at("nodes", 1, "sluts", value=2)(document)
        at("links", 0, "source", value=None if form != "toml" else 3)(document)

    _, problem = broken(change, form)
    lines = [line for line, _ in problem.places]
    assert None not in lines
    assert lines == sorted(lines, key=lambda line: line or 0)
    head, *rest = str(problem).splitlines()
    assert head == f"t.{form}: 3 problems"
    assert [one.split(": ")[1] for one in rest] == [
        "nodes[0].slots",
        "nodes[1].sluts",
        "links[0].source",
    ]


@pytest.mark.parametrize(
    ("form", "text", "told"),
    [
        ("toml", "a = 1\nb = \n", "t:2: is not TOML: Invalid value"),
        ("toml", "a = 1\na = 2\n", "t:2: is not TOML: Cannot overwrite a value"),
        ("yaml", "a: 1\nb: [\n", "t:3: is not YAML: expected the node content"),
        ("yaml", "a: 1\na: 2\n", "t:2: has the key 'a' twice in one table"),
        ("yaml", "a: &x 1\nb: *x\n", "t:2: has the alias *x: write out what it stands for"),
        ("yaml", "a: !!python/name:os.system\n", "t:1: has the tag tag:yaml.org,2002:python/name"),
        ("yaml", "a: !!binary aGk=\n", "t:1: has the tag tag:yaml.org,2002:binary"),
        ("yaml", "a: !!set {b}\n", "t:1: has the tag tag:yaml.org,2002:set"),
        ("yaml", "a: 1\n[b]: 2\n", "t:2: "),
        ("yaml", "a: 1\n---\nb: 2\n", "t:2: is not YAML: but found another document"),
        ("yaml", "a: \x07\n", "t: is not YAML: "),
        ("json", '{"a": 1,\n "b": }', "t:2: is not JSON: Expecting value"),
        ("json", '{"a": {"b": 1,\n "b": 2}}', "t:2: has the key a.b twice"),
        ("toml", "a = " + "9" * 5000, "t: cannot be read: "),
        ("json", "9" * 5000, "t: cannot be read: "),
        ("yaml", "9" * 5000, "t:1: has a number that cannot be read: "),
        ("toml", "a = " + "[" * 9000 + "]" * 9000, "t: is nested too deeply"),
        ("json", "[" * 90_000 + "]" * 90_000, "t: is nested too deeply"),
        ("yaml", "[" * 9000 + "]" * 9000, "t: is nested too deeply"),
    ],
)
def test_what_is_no_document_at_all_is_told_with_its_line(form: Form, text: str, told: str) -> None:
    with pytest.raises(TopologyError) as caught:
        from_text(text, form, "t")
    assert re.sub(r"^t: ", "t: ", str(caught.value)).startswith(told)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("value", [3, [], "text"])
def test_a_document_that_is_no_table_is_refused(form: Form, value: Any) -> None:
    text = "" if form == "toml" else dumped(value, form)
    with pytest.raises(DocumentWrong, match=r"expected a table|is missing: expected text"):
        from_text(text, form, "t")


def test_a_date_is_no_constant() -> None:
    text = to_text(chain(), "toml") + "\n[globals.day]\nvalue = 2001-01-01\n"
    with pytest.raises(DocumentWrong, match="all have, found a date"):
        from_text(text, "toml", "t")


def test_a_constant_that_nobody_can_read_is_refused() -> None:
    text = to_text(chain(), "json")
    constants = '"globals": {"a": {"value": ' + "[" * 80 + "]" * 80 + "}}"
    deep = text.replace('"limits": {', f'{constants}, "limits": {{')
    with pytest.raises(DocumentWrong, match="is nested deeper than 64 levels"):
        from_text(deep, "json", "t")
    half = text.replace('"name": "handmade"', '"name": "\\ud800"')
    with pytest.raises(DocumentWrong, match=r"name: expected text, found the text '\\ud800'"):
        from_text(half, "json", "t")


def test_toml_written_another_way_has_its_lines_too() -> None:
    text = (
        """
# by hand
name = 'x' # a name
groups = []; modules = []
""".replace(";", "\n")
        + """\
tasks = [
  # none yet
  { alias = "a#b", "module" = '''
m''', inputs.n.value = [
    1, 2,
  ], count = "1" },
]
links = []

[[nodes]]
  name = "n]1"
  slots = "a"
[nodes.datasets]
  "a.b" = 1
[[nodes]]
name = ""\"two " words""\"
slots = 2024-01-01
"""
    )
    with pytest.raises(DocumentWrong) as caught:
        from_text(text, "toml", "t")
    lines = {problem.split(": ")[0]: line for line, problem in caught.value.places}
    assert lines == {
        "tasks[0].count": 11,
        "tasks[0]": 8,
        "nodes[0].slots": 17,
        'nodes[0].datasets."a.b"': 19,
        "nodes[1].slots": 22,
    }


def test_windows_line_ends_are_line_ends() -> None:
    text = to_text(chain(), "toml").replace('method = "all"', "method = 1", 1)
    with pytest.raises(DocumentWrong) as here:
        from_text(text, "toml", "t")
    with pytest.raises(DocumentWrong) as there:
        from_text(text.replace("\n", "\r\n"), "toml", "t")
    assert str(here.value) == str(there.value)


def test_more_than_anybody_reads_is_counted() -> None:
    text, problem = broken(at("nodes", value=[{}] * 60), "json")
    assert len(problem.places) == 60
    assert str(problem).endswith("\n  and 10 more")
    assert text.count("{}") >= 60


def test_file_is_named_as_it_was_given(tmp_path: Path) -> None:
    (tmp_path / "x.yml").write_text("name: 3\n")
    with pytest.raises(DocumentWrong, match=r"x\.yml:1: name: expected text"):
        read(tmp_path / "x.yml")
