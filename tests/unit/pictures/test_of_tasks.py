from dataclasses import dataclass

from swarmdsl import Daemon, Swarm, Task, on
from swarmdsl.pictures.diagram import Arrow, Diagram
from swarmdsl.pictures.of_tasks import diagram_of, tasks_of


def one() -> int:
    return 1


def total(numbers: list[int]) -> int:
    return sum(numbers)


def words(text: str) -> str:
    return text


class Meter(Daemon):
    @on
    def take(self, number: int) -> None: ...


class Sum(Swarm):
    def execute(self) -> Task:
        return Task(total, method="any", alias="sum")(Task(one, alias="ones"))


class Wrong(Swarm):
    def execute(self) -> Task:
        return Task(words, method="any")(Task(one, method="any"))


class Metered(Swarm):
    def execute(self) -> Task:
        ones = Task(one, method="any")
        meter = Task(Meter, method="any")
        return meter(ones, delivery="at_most_once", overflow="drop_oldest", wait="spin")


@dataclass
class Word:
    letter: str
    text: str


def word() -> Word:
    return Word("a", "an")


def longest(words: list[Word]) -> str:
    return max(one.text for one in words)


class Keyed(Swarm):
    def execute(self) -> Task:
        return Task(longest, method="all")(Task(word, method="all"), key="letter")


def drawn(swarm: Swarm, nodes: int = 2) -> Diagram:
    return diagram_of(swarm.compile(nodes))


def arrow(diagram: Diagram, source: str) -> Arrow:
    return next(one for one in diagram.arrows if one.source == source)


def test_tasks_are_boxes_that_say_how_they_are_scheduled() -> None:
    diagram = drawn(Sum())
    assert [(one.title, one.lines) for one in diagram.boxes] == [
        ("ones", ("function · all × 2", "one")),
        ("sum", ("function · any × 1", "total")),
        ("the run", ("keeps the value",)),
    ]
    assert diagram.summary == "2 tasks, 2 links, 2 nodes"


def test_links_are_arrows_with_the_type_of_their_pushes() -> None:
    diagram = drawn(Sum())
    assert [(one.source, one.destination, one.label) for one in diagram.arrows] == [
        ("ones", "sum", "int"),
        ("sum", "run", "int"),
    ]
    assert diagram.arrows[0].detail == "ones -> sum: list of int, broadcast, at least once"


def test_what_is_special_about_a_link_is_told_at_it() -> None:
    assert arrow(drawn(Metered()), "one").detail.endswith(
        "at most once, drop oldest, its receiver spins"
    )


def test_the_key_of_a_link_is_told_at_its_arrow() -> None:
    assert arrow(drawn(Keyed()), "word").label == "Word by letter"


def test_a_daemon_is_told_from_a_function() -> None:
    kinds = {one.id: one.kind for one in drawn(Metered()).boxes}
    assert (kinds["one"], kinds["Meter"]) == ("function", "daemon")


def test_a_swarm_with_errors_is_drawn_with_them_at_the_arrow_they_concern() -> None:
    diagram = drawn(Wrong())
    (found,) = diagram.arrows
    assert [mark.code for mark in found.marks] == ["SW201"]
    assert [mark.path for mark in diagram.marks] == ["one -> words"]
    assert not [box for box in diagram.boxes if box.marks]


def test_a_topology_alone_is_enough() -> None:
    compilation = Sum().compile(2)
    assert tasks_of(compilation.require()) == diagram_of(compilation)
