"""A file that cannot be imported is told once, with the user's own lines and nobody else's."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from swarmdsl.compiler import load_target
from swarmdsl.errors import TargetError

Refused = Callable[..., list[str]]


@pytest.fixture
def refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Refused]:
    """The lines that are said of `job.py`, with other files beside it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    before = set(sys.modules)

    def told(job: str, **others: str) -> list[str]:
        for name, text in {"job": job, **others}.items():
            (tmp_path / f"{name}.py").write_text(text)
        with pytest.raises(TargetError) as caught:
            load_target("job.py")
        return str(caught.value).splitlines()

    yield told
    for name in set(sys.modules) - before:
        if str(getattr(sys.modules[name], "__file__", "")).startswith(str(tmp_path)):
            del sys.modules[name]


def test_what_python_cannot_read_is_shown_with_a_caret(refused: Refused) -> None:
    assert refused("class Job(object)\n    pass\n") == [
        (
            "job.py: importing it raised SyntaxError: expected ':'. Mend the line that is shown: "
            "Python cannot read it."
        ),
        "  --> job.py:1:18   class Job(object)",
        "                                     ^",
    ]
    _, place, carets = refused("x = 1\nnumber = (1 +* 2)\n")
    assert place == "  --> job.py:2:14   number = (1 +* 2)"
    assert carets.index("^") == place.index("*")


def test_an_error_in_an_import_is_told_with_each_line_that_leads_there(refused: Refused) -> None:
    beside = "def build():\n    raise ValueError('no good')\n\nbuild()\n"
    first, *way = refused("import parts_of_job\n", parts_of_job=beside)
    assert "importing it raised ValueError: no good." in first
    assert way == [
        "  --> job.py:1:1   import parts_of_job",
        "  --> parts_of_job.py:4:1   build()",
        "  --> parts_of_job.py:2:5   raise ValueError('no good')",
    ]


def test_a_file_beside_it_that_python_cannot_read_is_told_with_both_lines(refused: Refused) -> None:
    _, importing, wrong, _ = refused("import unread_part\n", unread_part="def f(:\n")
    assert importing == "  --> job.py:1:1   import unread_part"
    assert wrong == "  --> unread_part.py:1:7   def f(:"


def test_what_a_library_raises_is_told_at_the_users_line(refused: Refused) -> None:
    _, place, _ = refused("import json\nvalue = json.loads('{')\n")
    assert place == "  --> job.py:2:9   value = json.loads('{')"


def test_of_a_long_way_the_middle_is_left_out(refused: Refused) -> None:
    told = refused("def again(n):\n    return again(n)\n\nagain(1)\n")
    assert "RecursionError" in told[0]
    assert told[1] == "  --> job.py:4:1   again(1)"
    assert told[2].endswith("more lines")
    assert len(told) < 20


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("from swarmdsl import Swarm, World\n", "from swarmdsl.light import World."),
        ("from swarmdsl import Tsk\n", "Did you mean 'Task'?"),
        ("import jsno\n", "Did you mean 'json'?"),
        ("class Job(Swarm): ...\n", "Write at the top: from swarmdsl import Swarm."),
        ("def f(world: World): ...\n", "Write at the top: from swarmdsl.light import World."),
    ],
)
def test_an_import_that_is_wrong_is_told_what_to_write(
    refused: Refused, text: str, remedy: str
) -> None:
    assert remedy in refused(text)[0]
