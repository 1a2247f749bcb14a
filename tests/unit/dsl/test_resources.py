from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from swarmdsl.dsl import Inventory, Node, load_inventory
from swarmdsl.errors import InventoryError

GOOD = """
[[node]]
name = "one"
slots = 2
datasets = { digits = "data/digits.npz", whole = "/data/whole" }

[[node]]
name = "two"
"""


def written(folder: Path, text: str) -> Path:
    file = folder / "nodes.toml"
    file.write_text(text)
    return file


def problems(folder: Path, text: str) -> tuple[str, ...]:
    with pytest.raises(InventoryError) as caught:
        load_inventory(written(folder, text))
    return caught.value.problems


def test_file_gives_its_nodes_in_order(tmp_path: Path) -> None:
    first, second = load_inventory(written(tmp_path, GOOD)).nodes
    assert (first.name, first.slots) == ("one", 2)
    assert second == Node(name="two")


def test_dataset_paths_start_at_the_file(tmp_path: Path) -> None:
    datasets = load_inventory(written(tmp_path, GOOD)).nodes[0].datasets
    assert datasets == {"digits": str(tmp_path / "data/digits.npz"), "whole": "/data/whole"}


def test_all_problems_are_told_at_once(tmp_path: Path) -> None:
    text = 'nodes = 1\n[[node]]\nslots = 0\n[[node]]\nname = "a b"\ncolour = "red"\n'
    found = problems(tmp_path, text)
    assert len(found) == 5
    assert "node, number 1, name: is missing" in found
    assert "node, number 2, colour: no such key" in found
    assert any(one.startswith("node, number 1, slots:") and "got 0" in one for one in found)


@pytest.mark.parametrize("name", ["", "a b", "-a", ".a", "é", "a" * 65, "a\n"])
def test_bad_name_is_told_in_words(tmp_path: Path, name: str) -> None:
    text = f"[[node]]\nname = {json.dumps(name)}\n"
    [problem] = problems(tmp_path, text)
    assert problem == (
        "node, number 1, name: a name has 1 to 64 letters, digits, dots, dashes or underscores, "
        f"and begins with a letter or digit, got {name!r}"
    )


def test_longest_name_is_taken(tmp_path: Path) -> None:
    name = "9" + "aZ._-" * 12 + "xyz"
    assert len(name) == 64
    [node] = load_inventory(written(tmp_path, f'[[node]]\nname = "{name}"\n')).nodes
    assert node.name == name


@pytest.mark.parametrize("text", ["", "node = []", "[[node]", "\n[node]\nname = 'a'\n"])
def test_file_without_nodes_is_refused(tmp_path: Path, text: str) -> None:
    assert problems(tmp_path, text)


def test_two_nodes_of_one_name_are_refused(tmp_path: Path) -> None:
    text = '[[node]]\nname = "a"\n[[node]]\nname = "a"\n'
    assert problems(tmp_path, text) == ("two nodes are named 'a'",)


def test_missing_file_is_an_inventory_error(tmp_path: Path) -> None:
    with pytest.raises(InventoryError, match="No such file"):
        load_inventory(tmp_path / "none.toml")


def test_local_nodes_share_the_cores() -> None:
    assert [node.slots for node in Inventory.local(nodes=3, cores=8).nodes] == [2, 2, 2]
    assert Inventory.local(nodes=4, cores=2).nodes[3] == Node(name="node4", slots=1)


def test_dsl_loads_pydantic_only_to_read_a_file() -> None:
    script = "import sys, swarmdsl.dsl; print('pydantic' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={"PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "False\n"
