from swarmdsl.control.happenings import (
    DaemonConnected,
    Happening,
    InstanceFinished,
    InstanceStarted,
    RoundStarted,
    StateChanged,
)
from swarmdsl.control.state import Reason, ReasonKind, RunState
from swarmdsl.notebook.progress import PAUSE_S, Progress


class Clock:
    """Time that passes when it is told to."""

    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


class Cell:
    """The output of a cell: what is shown in it, place by place, and how often each was drawn."""

    def __init__(self) -> None:
        self.places: list[dict[str, str]] = []
        self.drawn = 0

    def show(self, picture: dict[str, str]) -> "Place":
        self.places.append(picture)
        self.drawn += 1
        return Place(self, len(self.places) - 1)


class Place:
    def __init__(self, cell: Cell, index: int) -> None:
        self.cell, self.index = cell, index

    def update(self, picture: dict[str, str], *, raw: bool) -> None:
        assert raw
        self.cell.places[self.index] = picture
        self.cell.drawn += 1


RUNNING = StateChanged(run="r", state=RunState.RUNNING)
ENDED = StateChanged(
    run="r",
    state=RunState.COMPLETED,
    reason=Reason(kind=ReasonKind.FINISHED, text="1 round finished"),
)


def shown(*happenings: Happening, step_s: float = 0.0) -> Cell:
    cell, clock = Cell(), Clock()
    progress = Progress(cell.show, clock)
    for happening in happenings:
        progress(happening)
        clock.now_s += step_s
    return cell


def test_a_run_has_one_place_in_its_cell_from_beginning_to_end() -> None:
    cell = shown(RUNNING, RoundStarted(round=0, instances={"add": 1}), ENDED)
    assert len(cell.places) == 1
    assert cell.places[0]["text/plain"].startswith("run r COMPLETED: 1 round finished")


def test_it_is_drawn_twice_a_second_at_most_but_its_end_always() -> None:
    many = [DaemonConnected(daemon=f"d{number}", missing=9) for number in range(100)]
    assert shown(RUNNING, *many, ENDED, step_s=PAUSE_S / 10).drawn <= 2 + 100 / 10 + 1
    assert shown(RUNNING, *many, ENDED).drawn == 2


def test_how_far_each_task_is_can_be_seen() -> None:
    cell = shown(
        RUNNING,
        RoundStarted(round=3, instances={"add": 1, "mappers": 4}),
        InstanceStarted(alias="mappers", instance="mappers@a#0", round=3),
        InstanceFinished(alias="mappers", instance="mappers@a#0", round=3, seconds=0.1),
        step_s=1.0,
    )
    text, html = (cell.places[0][kind] for kind in ("text/plain", "text/html"))
    assert "  mappers  █████░░░░░░░░░░░░░░░ 1/4" in text
    assert '<progress value="1" max="4">' in html
    assert ", round 3" in html


def test_of_many_tasks_those_at_work_are_shown() -> None:
    instances = {f"t{number}": 1 for number in range(40)}
    done = [
        one
        for number in range(30)
        for one in (
            InstanceStarted(alias=f"t{number}", instance=f"t{number}@a#0", round=0),
            InstanceFinished(alias=f"t{number}", instance=f"t{number}@a#0", round=0, seconds=0.1),
        )
    ]
    text = shown(RUNNING, RoundStarted(round=0, instances=instances), *done, step_s=1.0).places[0]
    assert "t35" in text["text/plain"]
    assert "and 24 more tasks" in text["text/plain"]
    assert "and 24 more tasks" in text["text/html"]


def test_names_are_text_in_the_page() -> None:
    cell = shown(RUNNING, RoundStarted(round=0, instances={"<b>": 1}), step_s=1.0)
    assert "&lt;b&gt;" in cell.places[0]["text/html"]
