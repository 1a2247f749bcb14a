from pathlib import Path
from typing import Any

import pytest

from swarmdsl import Swarm, Task
from swarmdsl.notebook.magic import Magic


def one() -> int:
    return 1


def words(text: str) -> str:
    return text


class Ones(Swarm):
    def execute(self) -> Task:
        return Task(one)


class Wrong(Swarm):
    def execute(self) -> Task:
        return Task(words, method="any")(Task(one, method="any"))


def carried_out(line: str, **names: object) -> Any:
    return Magic(names).swarm(line)


def test_a_swarm_of_the_notebook_is_validated_by_its_name(
    capsys: pytest.CaptureFixture[str],
) -> None:
    carried_out("validate Wrong", Wrong=Wrong)
    assert capsys.readouterr().out.startswith("SW201 error: one returns int")
    carried_out("validate ones", ones=Ones())
    assert capsys.readouterr().out == "no findings\n"


def test_it_is_shown_by_its_name() -> None:
    assert isinstance(carried_out("graph Ones", Ones=Ones), Ones)


def test_a_swarm_of_the_notebook_is_a_target_with_flags_too(
    capsys: pytest.CaptureFixture[str],
) -> None:
    carried_out("graph Ones --nodes 3 --level daemon", Ones=Ones)
    assert "worker@node3#0" in capsys.readouterr().out
    carried_out("validate Wrong --format concise", Wrong=Wrong)
    assert ": SW201 error: one returns int" in capsys.readouterr().out


def test_a_name_that_is_no_swarm_is_a_target_like_any_other(
    capsys: pytest.CaptureFixture[str],
) -> None:
    carried_out("validate ones", ones=1)
    assert "there is no module ones" in capsys.readouterr().err


def test_any_other_line_is_the_command(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SWARM_HOME", str(tmp_path))
    carried_out("ps")
    assert "no run" in "".join(capsys.readouterr())
    carried_out("validate nowhere.py")
    assert "nowhere.py" in capsys.readouterr().err


def test_a_line_that_is_none_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    carried_out("validate 'Words")
    assert capsys.readouterr().err == "%swarm: No closing quotation\n"
