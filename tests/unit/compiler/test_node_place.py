"""Findings about nodes: where the inventory says what they have, and what to write there."""

from __future__ import annotations

from pathlib import Path

import pytest

from swarmdsl.compiler.diagnostics import Diagnostic
from swarmdsl.dsl import Inventory, Node, Task, load_inventory
from swarmdsl.errors import InventoryError
from tests.unit.compiler.building import compiled

FILE = """
[[node]]
name = "big"
memory = "2GiB"

[[node]]
slots = 2
name = "small"
memory = "1GiB"
"""


def one() -> int:
    return 1


def only(task: Task, inventory: Inventory) -> Diagnostic:
    [found] = compiled(task, inventory).diagnostics
    return found


@pytest.fixture
def written(tmp_path: Path) -> Inventory:
    (tmp_path / "nodes.toml").write_text(FILE)
    return load_inventory(tmp_path / "nodes.toml")


def test_what_a_node_has_is_told_with_the_line_of_the_file(written: Inventory) -> None:
    found = only(Task(one, "any", resources={"memory": "3GiB"}), written)
    [related] = found.related
    assert (found.code, related.text) == ("SW309", "big has memory 2GiB")
    assert related.span is not None
    assert (Path(related.span.file).name, related.span.line) == ("nodes.toml", 4)


def test_key_that_a_table_does_not_have_is_told_with_the_line_of_its_name(
    written: Inventory,
) -> None:
    found = only(Task(one, "any", resources={"cpu": 3}), written)
    [related] = found.related
    assert related.span is not None
    assert (related.text, related.span.line) == ("small has cpu 2", 8)


def test_remedy_is_written_as_the_inventory_is(written: Inventory) -> None:
    in_code = Inventory(nodes=(Node(name="a"),))
    virtual = Inventory.local(nodes=1, cores=1)
    hints = [only(Task(one, gpu=True), each).hint for each in (written, in_code, virtual)]
    assert [hint.partition(" write ")[2].partition(";")[0] for hint in hints] == [
        "gpus = 1 in the [[node]] table of 'big'",
        "gpus=1 in the Node(...) of 'a'",
        "gpus = 1 in the [[node]] table of an inventory file, and use that: --nodes nodes.toml",
    ]


def test_label_that_no_node_has_can_be_written_as_the_hint_says(
    written: Inventory, tmp_path: Path
) -> None:
    task = Task(one, "any", labels={"zone": "a b"})
    line = only(task, written).hint.removeprefix("write ").partition(" in the ")[0]
    (tmp_path / "nodes.toml").write_text(f"{FILE}{line}\n")
    assert compiled(task, load_inventory(tmp_path / "nodes.toml")).valid


def test_nodes_that_are_given_by_themselves_stand_where_they_are_given() -> None:
    inventory = Inventory(nodes=(Node(name="a"), Node(name="b", slots=0)))
    found = only(Task(one, "any"), inventory)
    assert found.primary is not None
    line = Path(__file__).read_text().splitlines()[found.primary.line - 1]
    assert line[found.primary.column - 1 : found.primary.end_column - 1] == "0"


def test_of_two_nodes_of_one_name_the_second_is_told() -> None:
    same = Node(name="a")
    inventory = Inventory(nodes=(same, Node(name="a"), same))
    found = compiled(Task(one, "any"), inventory).diagnostics
    assert [each.message for each in found] == ["there is a node 'a' already"] * 2


def test_names_that_a_file_repeats_are_told_with_their_lines(tmp_path: Path) -> None:
    (tmp_path / "nodes.toml").write_text(FILE.replace("small", "big"))
    with pytest.raises(InventoryError, match=r"two nodes are named 'big' \(lines 3 and 8\)"):
        load_inventory(tmp_path / "nodes.toml")
