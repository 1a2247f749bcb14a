from xml.etree import ElementTree as ET

from swarmdsl import Swarm, Task
from tests.unit.pictures.test_of_tasks import Sum, Wrong, one


class OnData(Swarm):
    def execute(self) -> Task:
        return Task(one, labels={"zone": "a"})


class Broken(Swarm):
    def execute(self) -> Task:
        raise ValueError("no graph today")


def test_a_swarm_in_a_cell_is_shown_as_a_drawing_a_page_and_text() -> None:
    shown = Sum()._repr_mimebundle_()
    assert ET.fromstring(shown["image/svg+xml"]).tag.endswith("svg")
    assert shown["text/plain"].startswith("Sum: 2 tasks")
    assert "<script" not in shown["text/html"]


def test_what_is_wrong_is_shown_with_it() -> None:
    shown = Wrong()._repr_mimebundle_()
    assert "SW201 error: one -> words" in shown["text/plain"]
    assert "<summary>1 finding</summary>" in shown["text/html"]


def test_what_only_nodes_can_answer_is_not_asked_yet() -> None:
    shown = OnData()._repr_mimebundle_()
    assert "SW3" not in shown["text/plain"]
    assert "one" in shown["text/plain"]


def test_a_swarm_that_cannot_even_be_traced_says_why() -> None:
    assert "no graph today" in Broken()._repr_mimebundle_()["text/plain"]
