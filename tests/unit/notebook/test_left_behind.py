from swarmdsl.control.state import RunState
from swarmdsl.notebook.left_behind import LeftBehind
from swarmdsl.runs import BackgroundRun


class Going(BackgroundRun):
    """A run in the background that goes on until it is told to end."""

    def __init__(self, name: str) -> None:
        self.id = name
        self.ended = False

    @property
    def state(self) -> RunState:
        return RunState.COMPLETED if self.ended else RunState.RUNNING


def told(before: dict[str, object], after: dict[str, object]) -> list[str]:
    said: list[str] = []
    names = dict(before)
    watch = LeftBehind(names, said.append)
    watch.after_cell()
    names.clear()
    names.update(after)
    watch.after_cell()
    return said


def test_a_run_whose_name_is_given_to_another_is_told() -> None:
    (line,) = told({"run": Going("first")}, {"run": Going("second")})
    assert line.startswith("run first goes on, and `run` is another now.")
    assert "%swarm stop first" in line


def test_one_that_has_ended_is_not() -> None:
    first = Going("first")
    first.ended = True
    assert told({"run": first}, {"run": Going("second")}) == []


def test_one_that_still_has_a_name_is_not() -> None:
    first = Going("first")
    assert told({"run": first}, {"run": Going("second"), "kept": first}) == []


def test_one_is_told_once() -> None:
    said: list[str] = []
    names: dict[str, object] = {"run": Going("first")}
    watch = LeftBehind(names, said.append)
    watch.after_cell()
    names.clear()
    watch.after_cell()
    watch.after_cell()
    assert len(said) == 1


def test_what_the_shell_itself_keeps_is_no_name() -> None:
    assert told({"_": Going("first")}, {}) == []
