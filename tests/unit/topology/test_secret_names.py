"""The names of secrets in a topology, written by the compiler or by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from swarmdsl.errors import TopologyError
from swarmdsl.topology.codec import from_toml, to_json, to_toml
from swarmdsl.topology.model import Topology
from swarmdsl.topology.secret_names import readers_of_secrets
from tests.handmade import chain


def declaring(*names: str) -> Topology:
    """The chain, of which every task declares these."""
    made = chain()
    return replace(made, tasks=tuple(replace(one, secrets=names) for one in made.tasks))


def test_a_topology_says_nothing_of_secrets_that_nobody_declares() -> None:
    assert "secrets" not in to_json(chain())
    assert readers_of_secrets(chain()) == {}


def test_names_come_back_from_a_document() -> None:
    found = from_toml(to_toml(declaring("key", "token")))
    aliases = [task.alias for task in found.tasks]
    assert readers_of_secrets(found) == {"key": aliases, "token": aliases}


@pytest.mark.parametrize(
    ("names", "problem"),
    [(("a-b",), "'a-b' is not a name"), (("key", "key"), "'key' is there 2 times")],
)
def test_a_wrong_name_in_a_document_is_told_with_its_place(
    names: tuple[str, ...], problem: str
) -> None:
    with pytest.raises(TopologyError, match="secrets") as caught:
        from_toml(to_toml(declaring(*names)))
    assert problem in str(caught.value)
    assert "tasks[0].secrets" in str(caught.value)
