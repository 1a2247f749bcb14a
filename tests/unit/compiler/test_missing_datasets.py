"""A dataset of an inventory file that is not where the file says, while that can be known."""

from __future__ import annotations

from pathlib import Path

import pytest

from swarmdsl.api import inventory_of
from swarmdsl.compiler.diagnostics import Diagnostic
from swarmdsl.dsl import Inventory, Module, Node, Task
from tests.unit.compiler.building import compiled


def total() -> int:
    return 1


def found(inventory: Inventory, *datasets: str) -> list[Diagnostic]:
    """What is found of a task that needs these datasets."""
    return list(compiled(Task(Module(total, datasets=list(datasets))), inventory).diagnostics)


def written(folder: Path, node: str) -> Inventory:
    file = folder / "nodes.toml"
    file.write_text(f'[[node]]\nname = "north"\n{node}\n')
    return inventory_of(file)


NUMBERS = 'datasets = { numbers = "data/numbers.txt" }'


def test_it_is_told_with_the_file_the_node_the_name_and_the_path(tmp_path: Path) -> None:
    [one] = found(written(tmp_path, NUMBERS), "numbers")
    assert (one.code, one.severity) == ("SW321", "warning")
    assert one.message == (
        "nodes.toml says that dataset 'numbers' of node 'north' is at data/numbers.txt, and "
        "nothing is there"
    )
    assert "a relative path starts at the folder of nodes.toml" in one.hint
    assert one.primary is not None
    assert (one.primary.file, one.primary.line) == (str(tmp_path / "nodes.toml"), 3)


def test_a_path_elsewhere_is_told_as_a_whole(tmp_path: Path) -> None:
    [one] = found(written(tmp_path, 'datasets = { numbers = "/nowhere/numbers" }'), "numbers")
    assert "is at /nowhere/numbers, and nothing is there" in one.message
    assert one.hint == "put it there, or write where it is"


def test_a_dataset_that_is_there_is_no_finding(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "numbers.txt").touch()
    assert found(written(tmp_path, NUMBERS), "numbers") == []


def test_a_dataset_that_nobody_asks_for_is_no_finding(tmp_path: Path) -> None:
    assert found(written(tmp_path, NUMBERS)) == []


@pytest.mark.parametrize("said", ['host = "10.0.0.7"', "expected = true"])
def test_of_other_machines_and_of_nodes_that_come_later_nothing_is_known(
    tmp_path: Path, said: str
) -> None:
    here = '[[node]]\nname = "here"\ndatasets = { numbers = "." }'
    codes = {one.code for one in found(written(tmp_path, f"{NUMBERS}\n{said}\n{here}"), "numbers")}
    assert "SW321" not in codes


def test_nodes_that_are_written_in_python_are_taken_as_they_are() -> None:
    nodes = (Node(name="north", datasets={"numbers": "/nowhere"}),)
    assert found(Inventory(nodes=nodes), "numbers") == []
