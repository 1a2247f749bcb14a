from __future__ import annotations

import pytest

from swarmdsl.dsl import Swarm


class Named(Swarm):
    name = "by_attribute"


class Heir(Named):
    pass


class Unnamed(Swarm):
    pass


class UnnamedHeir(Unnamed):
    pass


class Forgetful(Swarm):
    def __init__(self) -> None:
        self.set_global("epochs", 10)


class Renamed(Swarm):
    def __init__(self) -> None:
        super().__init__(max_iteration=2)
        self.name = "by_instance"


def test_name_is_set_by_attribute_instance_or_class() -> None:
    assert [kind().name for kind in (Named, Heir, Renamed, Unnamed, UnnamedHeir)] == [
        "by_attribute",
        "by_attribute",
        "by_instance",
        "Unnamed",
        "UnnamedHeir",
    ]


def test_constructor_may_be_forgotten() -> None:
    swarm = Forgetful()
    assert swarm.max_iteration is None
    assert swarm.get_global("epochs") == 10


def test_globals_are_those_of_one_swarm() -> None:
    first, second = Unnamed(), Unnamed()
    first.set_global("seed", None)
    assert first.get_global("seed", 5) is None
    assert second.get_global("seed", 5) == 5


def test_global_knows_the_line_that_set_it() -> None:
    span = Forgetful().global_spans["epochs"]
    assert span is not None
    assert span.file == __file__


def test_swarm_without_execute_says_what_is_missing() -> None:
    with pytest.raises(NotImplementedError, match=r"Unnamed must define execute\(\)"):
        Unnamed().execute()


def test_a_class_attribute_sets_the_rounds_as_well() -> None:
    class Thrice(Swarm):
        max_iteration = 3

    assert Thrice().max_iteration == 3
    assert Thrice(max_iteration=5).max_iteration == 5
