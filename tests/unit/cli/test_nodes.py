from pathlib import Path

import pytest

from swarmdsl.cli.exits import UsageError
from swarmdsl.cli.nodes import inventory_from
from swarmdsl.cli.settings import Settings

FILE = '[[node]]\nname = "left"\nslots = 3\n[[node]]\nname = "right"\n'


def nodes(**flags: str) -> list[tuple[str, int]]:
    inventory = inventory_from(Settings(flags=flags))
    return [(node.name, node.slots) for node in inventory.nodes]


def test_default_is_one_node() -> None:
    assert [name for name, _ in nodes()] == ["node1"]


def test_slots_do_not_depend_on_the_machine() -> None:
    assert nodes(nodes="2", slots="3") == [("node1", 3), ("node2", 3)]
    assert nodes(slots="7") == [("node1", 7)]


def test_file_says_it_all(tmp_path: Path) -> None:
    (tmp_path / "nodes.toml").write_text(FILE)
    assert nodes(nodes=str(tmp_path / "nodes.toml")) == [("left", 3), ("right", 1)]


def test_slots_of_a_file_are_its_own(tmp_path: Path) -> None:
    (tmp_path / "nodes.toml").write_text(FILE)
    with pytest.raises(UsageError, match=r"in .*nodes.toml each node has its own slots"):
        nodes(nodes=str(tmp_path / "nodes.toml"), slots="2")


def test_slots_meant_for_other_commands_leave_a_file_alone(tmp_path: Path) -> None:
    (tmp_path / "nodes.toml").write_text(FILE)
    told = Settings(flags={"nodes": str(tmp_path / "nodes.toml")}, project={"slots": "9"})
    assert [node.slots for node in inventory_from(told).nodes] == [3, 1]


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        ({"nodes": "0"}, "--nodes 0: must be a number from 1 to 10000"),
        ({"nodes": "-2"}, "--nodes -2: must be a number"),
        ({"nodes": "four"}, "neither a number nor a file. Write --nodes 4"),
        ({"slots": "0"}, "--slots 0: must be a number from 1 to 4096"),
        ({"slots": "many"}, "--slots many: must be a number"),
    ],
)
def test_nonsense_is_refused(flags: dict[str, str], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        nodes(**flags)
