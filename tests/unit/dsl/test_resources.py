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
    assert "node, number 1, name (line 2): is missing" in found
    assert "node, number 2, colour (line 6): no such key" in found
    assert any(one.startswith("node, number 1, slots (line 3):") for one in found)


def test_a_key_that_is_misspelt_is_told_the_one_that_was_meant(tmp_path: Path) -> None:
    text = '[[node]]\nname = "a"\n[node.dataset]\nwords = "words.txt"\n'
    [problem] = problems(tmp_path, text)
    assert problem == "node, number 1, dataset (line 3): no such key; did you mean 'datasets'?"
    assert "nodes: no such key; did you mean 'node'?" in problems(tmp_path, "[[nodes]]\n")


@pytest.mark.parametrize("name", ["", "a b", "-a", ".a", "é", "a" * 65, "a\n"])
def test_bad_name_is_told_in_words(tmp_path: Path, name: str) -> None:
    text = f"[[node]]\nname = {json.dumps(name)}\n"
    [problem] = problems(tmp_path, text)
    assert problem == (
        "node, number 1, name (line 2): a name has 1 to 64 letters, digits, dots, dashes or "
        "underscores, "
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
    assert problems(tmp_path, text) == (
        "two nodes are named 'a' (lines 2 and 4): give each a name of its own",
    )


def test_file_says_what_a_node_has(tmp_path: Path) -> None:
    text = """
    [[node]]
    name = "gpu1"
    slots = 4
    cpus = 16
    memory = "64GiB"
    gpus = 2
    labels = { zone = "a", disk = "ssd" }
    [[node]]
    name = "plain"
    slots = 3
    """
    rich, plain = load_inventory(written(tmp_path, text)).nodes
    assert (rich.processors, rich.memory_bytes, rich.gpus) == (16, 64 * 1024**3, 2)
    assert rich.labels == {"zone": "a", "disk": "ssd"}
    assert (plain.processors, plain.memory, plain.gpus, plain.labels) == (3, None, 0, {})


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ('memory = "64 gigs"', "memory (line 4): must be a number of bytes, or a text with a unit"),
        ("memory = -1", "memory (line 4): must be a number of bytes, or a text with a unit"),
        ("memory = true", "memory (line 4): must be a number of bytes, or a text with a unit"),
        ("memory = 1.5", "memory (line 4): must be a number of bytes, or a text with a unit"),
        ("gpus = -1", "gpus (line 4): input should be greater than or equal to 0, got -1"),
        ("gpus = true", "gpus (line 4): input should be a valid integer, got True"),
        ("cpus = 0", "cpus (line 4): input should be greater than 0, got 0"),
        ("cpus = inf", "cpus (line 4): input should be a finite number, got inf"),
        ("labels = { zone = 1 }", "labels, zone (line 4): input should be a valid string, got 1"),
        ("[node.labels]\nzone = 1", "labels, zone (line 5): input should be a valid string"),
    ],
)
def test_a_problem_names_table_key_and_line(tmp_path: Path, line: str, problem: str) -> None:
    [found] = problems(tmp_path, f'\n[[node]]\nname = "a"\n{line}\n')
    assert found.startswith(f"node, number 1, {problem}")


def test_what_is_not_toml_is_told_with_its_line(tmp_path: Path) -> None:
    [problem] = problems(tmp_path, '[[node]]\nname = "a"\nslots = \n')
    assert "line 3" in problem


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
