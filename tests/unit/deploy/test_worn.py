"""What a process has of its own in an interpreter that others share."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

from swarmdsl.deploy.cooperative.script import ScriptModules
from swarmdsl.deploy.cooperative.worn import Variables, Wardrobe
from swarmdsl.topology.model import ModuleSpec


@pytest.fixture(autouse=True)
def unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHARED", "by all")
    monkeypatch.delenv("OWN", raising=False)


def test_variables_are_there_while_they_are_worn() -> None:
    wardrobe = Wardrobe()
    with wardrobe.wearing(Variables({"OWN": "1", "SHARED": "mine"})):
        assert (os.environ["OWN"], os.environ["SHARED"]) == ("1", "mine")
        with wardrobe.taken_off():
            assert (os.environ.get("OWN"), os.environ["SHARED"]) == (None, "by all")
        assert os.environ["SHARED"] == "mine"
    assert (os.environ.get("OWN"), os.environ["SHARED"]) == (None, "by all")


def test_what_a_process_has_changed_in_its_own_is_kept_for_it() -> None:
    wardrobe = Wardrobe()
    with wardrobe.wearing(Variables({"OWN": "1"})):
        os.environ["OWN"] = "2"
        with wardrobe.taken_off():
            assert "OWN" not in os.environ
        assert os.environ["OWN"] == "2"


def test_an_environment_is_worn_by_what_is_different_in_it() -> None:
    environment = {**os.environ, "OWN": "1"}
    del environment["SHARED"]
    wardrobe = Wardrobe()
    with wardrobe.wearing(Variables.of(environment)):
        assert dict(os.environ) == environment
    assert (os.environ.get("OWN"), os.environ["SHARED"]) == (None, "by all")


def test_what_is_worn_over_another_is_taken_off_first() -> None:
    wardrobe = Wardrobe()
    with wardrobe.wearing(Variables({"SHARED": "below"}), Variables({"SHARED": "above"})):
        with wardrobe.taken_off():
            assert os.environ["SHARED"] == "by all"
        assert os.environ["SHARED"] == "above"
    assert os.environ["SHARED"] == "by all"


def test_all_is_taken_off_when_the_code_inside_raises() -> None:
    wardrobe = Wardrobe()
    with pytest.raises(OSError, match="broken"), wardrobe.wearing(Variables({"OWN": "1"})):
        raise OSError("broken")
    assert "OWN" not in os.environ


@pytest.fixture
def modules(tmp_path: Path) -> ScriptModules:
    """Of a script `work_` with a module beside it."""
    bundle = tmp_path / "bundles" / ("0" * 64)
    bundle.parent.mkdir()
    with ZipFile(bundle, "w") as file:
        file.writestr("work_.py", "import beside_\n")
        file.writestr("beside_.py", "count = 0\n")
    spec = ModuleSpec(
        name="work_", kind="script", bundle=bundle.name, encoding="zip", entry="work_"
    )
    return ScriptModules(spec, tmp_path)


def test_a_script_finds_its_own_modules_and_leaves_none(modules: ScriptModules) -> None:
    before = sys.argv, list(sys.path)
    modules.put_on()
    import work_  # type: ignore[import-not-found]

    assert (sys.argv, work_.beside_.count) == (["work_"], 0)
    modules.take_off()
    assert (sys.argv, sys.path) == before
    assert not {"work_", "beside_"} & set(sys.modules)


def test_a_script_that_goes_on_finds_what_it_has_imported(modules: ScriptModules) -> None:
    modules.put_on()
    import work_

    modules.take_off()
    modules.put_on()
    assert sys.modules["work_"] is work_
    modules.take_off()


def test_a_module_of_the_same_name_is_hidden_from_the_script(
    modules: ScriptModules, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "beside_", sys)
    modules.put_on()
    assert "beside_" not in sys.modules
    modules.take_off()
    assert sys.modules["beside_"] is sys
