"""Daemons written one by one: PhoenixSwarm's `[[daemon]]` tables, in a document of ours."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

from swarmdsl.errors import DocumentWrong
from swarmdsl.topology.codec import from_text, from_toml, to_text, to_toml
from swarmdsl.topology.forms import Form, dumped, loaded
from swarmdsl.topology.model import DaemonGroup, Topology

FORMS: tuple[Form, ...] = get_args(Form)
BEFORE = """\
name = "flat"
modules = []
tasks = []
links = []
nodes = [
  { name = "camera", host = "lst1.example.org" },
  { name = "here" },
]
"""
# As the sample of PhoenixSwarm's documentation has it, but for keys that are told elsewhere.
PHOENIX = """
[[daemon]]
name = "Daemon1"
description = "The first daemon"
hostname = "localhost"
receiving_port = 3391

[[daemon]]
name = "Daemon2"
description = "The second daemon"
hostname = "localhost"
receiving_port = 3391
"""


def told(text: str) -> list[tuple[int | None, str]]:
    """The line and the text of each problem of a document."""
    with pytest.raises(DocumentWrong) as caught:
        from_toml(BEFORE + text)
    return list(caught.value.places)


def test_an_entry_is_a_group_of_one_on_the_node_of_its_host() -> None:
    found = from_toml(
        BEFORE + '[[daemon]]\nname = "D"\ndescription = "x"\nhost = "LST1.example.org"\n'
        "receiving_port = 3391\n"
    )
    assert found.groups == (
        DaemonGroup(
            name="D",
            kind="daemon",
            nodes=("camera",),
            per_node=(1,),
            description="x",
            receiving_port=3391,
        ),
    )


def test_entry_without_a_host_is_on_this_machine() -> None:
    [group] = from_toml(BEFORE + '[[daemon]]\nname = "D"\n').groups
    assert (group.nodes, group.receiving_port) == (("here",), None)


def test_entries_come_after_the_groups_that_are_written() -> None:
    group = '[[groups]]\nname = "g"\nkind = "worker"\nnodes = ["here"]\nper_node = [2]\n'
    found = from_toml(f'{BEFORE}[[daemon]]\nname = "D"\n{group}')
    assert [one.name for one in found.groups] == ["g", "D"]


@pytest.mark.parametrize("form", FORMS)
def test_entries_are_read_in_every_form_and_written_as_groups(form: Form) -> None:
    text = BEFORE + PHOENIX.replace("3391", "3392", 1)
    found = from_text(dumped(loaded(text, "toml"), form), form, "t")
    assert [(one.name, one.receiving_port) for one in found.groups] == [
        ("Daemon1", 3392),
        ("Daemon2", 3391),
    ]
    assert "daemon:" not in to_text(found, "yaml")
    assert from_toml(to_toml(found)) == found


def test_the_sample_of_phoenixswarm_gives_one_port_to_two_daemons() -> None:
    [(line, problem)] = told(PHOENIX)
    assert line == 20
    assert problem == (
        "daemon[1].receiving_port: is 3391 for Daemon2@here#0, and Daemon1@here#0 has it too, at "
        "daemon[0].receiving_port (line 14); both are on host 'localhost', so give one of them "
        "another"
    )
    assert (BEFORE + PHOENIX).splitlines()[20 - 1] == "receiving_port = 3391"
    assert (BEFORE + PHOENIX).splitlines()[14 - 1] == "receiving_port = 3391"


@pytest.mark.parametrize(
    ("key", "instead"),
    [
        ('log_file = "daemon1.log"', "each daemon writes to logs/"),
        ('log_level = "INFO"', "code sets the level of its own logger"),
        ("stat_nb_bin = 100", "every run measures itself"),
        ("stat_hist_lower_bound = 0.0", "every run measures itself"),
        ("stat_hist_upper_bound = 100.0", "every run measures itself"),
        ("stat_timer_period = 1000", "every run measures itself"),
        ("daemon_required_response_timeout = 100", "a link has a bound"),
    ],
)
def test_what_else_phoenixswarm_says_of_a_daemon_is_told_with_its_line(
    key: str, instead: str
) -> None:
    [(line, problem)] = told(f'[[daemon]]\nname = "D"\n{key}\n')
    assert line == 11
    assert problem.startswith(f"daemon[0].{key.partition(' ')[0]}: is not carried out: {instead}")
    assert problem.endswith("; take it out")


def test_the_daemon_of_statistics_is_not_carried_out() -> None:
    [(line, problem)] = told('[[daemon]]\nname = "D"\n[statistics]\nstat_daemon_name = "S"\n')
    assert line == 11
    assert problem.startswith("statistics: is not carried out: every run measures itself")


@pytest.mark.parametrize(
    ("entry", "place", "problem"),
    [
        (
            'host = "lst9.example.org"',
            "host",
            "no node has host 'lst9.example.org'; did you mean 'lst1.example.org'?",
        ),
        (
            'hostname = "camera"',
            "hostname",
            "no node has host 'camera'; 'camera' is a node, whose host is 'lst1.example.org'",
        ),
        (
            'host = "10.0.0.7"',
            "host",
            "no node has host '10.0.0.7'; say host = ... of the node that it is",
        ),
        ('host = "a:1"', "host", "is 'a:1', not a name such as"),
        ('host = ""', "host", "is '', not a name such as"),
        ("receiving_port = 0", "receiving_port", "is 0, not a whole number from 1 to 65535"),
        ("receiving_port = true", "receiving_port", "expected a whole number, found true"),
        ('receiving_port = "80"', "receiving_port", "expected a whole number, found the text '80'"),
        (
            "receiving_port = 3391.0",
            "receiving_port",
            "expected a whole number, found the number 3391.0",
        ),
        ("recieving_port = 1", "recieving_port", "no such key; did you mean 'receiving_port'?"),
    ],
)
def test_what_is_wrong_with_an_entry_is_told_with_its_line(
    entry: str, place: str, problem: str
) -> None:
    [(line, text)] = told(f'[[daemon]]\nname = "D"\n{entry}\n')
    assert line == 11
    assert text.startswith(f"daemon[0].{place}: {problem}")


def test_host_and_hostname_together_are_one_too_many() -> None:
    [(line, problem)] = told('[[daemon]]\nname = "D"\nhost = "localhost"\nhostname = "lst1"\n')
    assert line == 12
    assert problem.startswith("daemon[0].hostname: is the text 'lst1', and host is the text")


def test_a_name_that_two_entries_have_is_told_at_the_second() -> None:
    [(line, problem)] = told('[[daemon]]\nname = "D"\n[[daemon]]\nname = "D"\n')
    assert (line, problem) == (12, "daemon[1].name: is 'D', which daemon[0] is named already")


def test_a_name_that_a_group_has_already_is_told() -> None:
    group = '[[groups]]\nname = "D"\nkind = "worker"\nnodes = ["here"]\nper_node = [2]\n'
    [(_, problem)] = told(f'[[daemon]]\nname = "D"\n{group}')
    assert problem == "groups: 'D' is there 2 times"


def test_a_host_of_several_nodes_does_not_say_which() -> None:
    more = BEFORE.replace('{ name = "here" }', '{ name = "here" }, { name = "too" }')
    with pytest.raises(DocumentWrong) as caught:
        from_toml(more + '[[daemon]]\nname = "D"\n')
    [(line, problem)] = caught.value.places
    assert line == 9
    assert problem == (
        "daemon[0]: 'localhost' is the host of 2 nodes, 'here' and 'too': write a group that "
        "names one, as in nodes = ['here']"
    )


@pytest.mark.parametrize("value", ["3", '"D"', "[3]", "{ name = 'D' }"])
def test_what_is_no_list_of_tables_is_refused(value: str) -> None:
    assert len(told(f"daemon = {value}\n")) == 1


def test_a_daemon_whose_host_is_lost_is_not_missed_by_its_tasks_too() -> None:
    task = 'alias = "t", module = "m", method = "any", candidates = ["D@x#0"], count = 1'
    text = BEFORE.replace("tasks = []", f"tasks = [{{ {task} }}]")
    with pytest.raises(DocumentWrong) as caught:
        from_toml(text + '[[daemon]]\nname = "D"\nhost = "x"\n')
    assert len(caught.value.places) == 1


def test_document_with_entries_alone_needs_no_groups() -> None:
    assert isinstance(from_toml(f'{BEFORE}daemon = [{{ name = "D" }}]\n'), Topology)
    with pytest.raises(DocumentWrong, match="the key 'groups' is missing"):
        from_toml(BEFORE)


def test_what_the_page_shows_is_read_and_told_as_it_says() -> None:
    page = (Path(__file__).resolve().parents[3] / "docs/topology.md").read_text("utf-8")
    section = page.partition("## Coming from PhoenixSwarm\n")[2]
    shown, clash = re.findall(r"^```(?:toml)?\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)[:2]
    assert [one.receiving_port for one in from_toml(shown).groups] == [3391]
    second = shown[shown.index("[[daemon]]") :].replace("Daemon1", "Daemon2")
    with pytest.raises(DocumentWrong) as caught:
        from_toml(f"{shown}\n{second}", "stereo.toml")
    assert f"{caught.value}\n" == clash
