from swarmdsl.compiler.diagnostics import Diagnostic
from swarmdsl.pictures.marks import marked
from tests.unit.pictures.graphs import diagram


def finding(path: str) -> Diagnostic:
    return Diagnostic(
        code="SW101", severity="error", message="wrong", hint="mend it", graph_path=path
    )


def codes_at(path: str) -> tuple[list[str], list[str]]:
    found = marked(diagram(3, (0, 1), (1, 2), (2, 0)), [finding(path)])
    return (
        [one.id for one in found.boxes if one.marks],
        [f"{one.source} {one.destination}" for one in found.arrows if one.marks],
    )


def test_one_about_two_tasks_is_drawn_at_the_arrow_between_them() -> None:
    assert codes_at("b0 -> b1") == ([], ["b0 b1"])


def test_one_about_a_cycle_is_drawn_at_each_of_its_arrows() -> None:
    assert codes_at("b0 -> b1 -> b2 -> b0") == ([], ["b0 b1", "b1 b2", "b2 b0"])


def test_one_about_a_task_is_drawn_at_its_box() -> None:
    assert codes_at("b1") == (["b1"], [])


def test_one_about_tasks_with_no_arrow_between_them_is_drawn_at_the_last() -> None:
    assert codes_at("b1 -> b0") == (["b0"], [])


def test_one_about_the_whole_swarm_is_only_listed() -> None:
    found = marked(diagram(1), [finding("")])
    assert not found.boxes[0].marks
    assert [one.code for one in found.marks] == ["SW101"]
