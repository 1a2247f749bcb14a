import re
from xml.etree import ElementTree as ET

from swarmdsl import Swarm, Task
from swarmdsl.pictures.grouped import BOXES_MAX
from swarmdsl.pictures.of_runs import ROWS_MAX, mimebundle_of, with_counts
from swarmdsl.stats.histogram import Histogram
from swarmdsl.stats.summary import HandlerStatistics, LinkStatistics, RunStatistics
from swarmdsl.topology.model import Topology
from tests.unit.pictures.test_of_tasks import Sum, one

TITLE = "run 20260101-120000-0000 COMPLETED: 1 round finished"


class Many(Swarm):
    def execute(self) -> list[Task]:
        return [Task(one) for _ in range(BOXES_MAX + 1)]


def topology(swarm: Swarm) -> Topology:
    made = swarm.compile(nodes=2).topology
    assert made is not None
    return made


def seen(times: int) -> Histogram:
    found = Histogram()
    for _ in range(times):
        found.add(0.25)
    return found


def handler(task: str, calls: int, failed: int = 0, name: str = "") -> HandlerStatistics:
    return HandlerStatistics(
        task=task,
        instance=f"{task}@node1#0",
        handler=name,
        failed=failed,
        rate=1.0,
        computing=seen(calls),
        queue_wait=Histogram(),
    )


def link(source: str, destination: str, sent: int, **missed: int) -> LinkStatistics:
    return LinkStatistics(
        source=source,
        destination=destination,
        type="int",
        sent=sent,
        sent_bytes=2048,
        frames=sent,
        rate=1.0,
        resent=0,
        received=sent,
        duplicates=0,
        unconfirmed=0,
        queued=0,
        missed=missed,
        round_trip=seen(sent),
    )


MEASURED = RunStatistics(
    handlers=[handler("ones", 2), handler("sum", 1)],
    links=[link("ones", "sum", 1_200), link("sum", "run", 1)],
)


def test_a_task_tells_how_often_it_was_called() -> None:
    ones, total, _ = with_counts(topology(Sum()), MEASURED).boxes
    assert ones.lines[-1] == "2 calls"
    assert total.lines[-1] == "1 call"


def test_calls_of_several_handlers_and_instances_are_added() -> None:
    told = RunStatistics(handlers=[handler("ones", 2, name="a"), handler("ones", 3, 1, name="b")])
    assert with_counts(topology(Sum()), told).boxes[0].lines[-1] == "5 calls, 1 failed"


def test_a_link_tells_how_many_pushes_it_carried() -> None:
    arrows = with_counts(topology(Sum()), MEASURED).arrows
    assert [each.label for each in arrows] == ["int, 1,200 pushes", "int, 1 push"]


def test_a_link_tells_what_did_not_arrive() -> None:
    told = RunStatistics(links=[link("ones", "sum", 9, dropped=3, lost=0)])
    assert with_counts(topology(Sum()), told).arrows[0].label == "int, 9 pushes, 3 dropped"


def test_what_has_told_nothing_is_drawn_without_counts() -> None:
    made = with_counts(topology(Sum()), RunStatistics())
    assert [each.label for each in made.arrows] == ["int", "int"]
    assert not any("call" in line for box in made.boxes for line in box.lines)


def test_a_large_run_is_drawn_with_those_alike_as_one() -> None:
    assert len(with_counts(topology(Many()), RunStatistics()).boxes) <= BOXES_MAX


def test_a_run_in_a_cell_is_shown_as_a_drawing_a_page_and_text() -> None:
    shown = mimebundle_of(TITLE, topology(Sum()), MEASURED)
    assert ET.fromstring(shown["image/svg+xml"]).tag.endswith("svg")
    assert shown["text/plain"].splitlines()[0] == TITLE
    assert "<- ones (int, 1,200 pushes)" in shown["text/plain"]
    assert f"<b>{TITLE}</b>" in shown["text/html"]
    assert "<script" not in shown["text/html"]


def test_what_it_took_is_folded_away_in_tables() -> None:
    shown = mimebundle_of(TITLE, topology(Sum()), MEASURED)["text/html"]
    rows = re.findall(r"<tr>(.*?)</tr>", shown)
    assert [re.findall(r"<td>(.*?)</td>", row) for row in rows if "<td>" in row] == [
        ["ones", "2", "250 ms", "250 ms", "250 ms", "-", "-"],
        ["sum", "1", "250 ms", "250 ms", "250 ms", "-", "-"],
        ["ones -&gt; sum", "1,200", "2.00 KiB", "250 ms", "250 ms", "250 ms"],
        ["sum -&gt; run", "1", "2.00 KiB", "250 ms", "250 ms", "250 ms"],
    ]


def test_of_many_handlers_the_first_are_listed_and_the_rest_counted() -> None:
    told = RunStatistics(handlers=[handler("ones", 1, name=f"m{n}") for n in range(ROWS_MAX + 2)])
    shown = mimebundle_of(TITLE, topology(Sum()), told)["text/html"]
    assert "and 2 more" in shown
    assert shown.count("<tr>") == ROWS_MAX + 2  # with the head, and the count


def test_the_reason_of_a_run_is_no_markup() -> None:
    shown = mimebundle_of("FAILED: <b>", topology(Sum()), RunStatistics())["text/html"]
    assert "FAILED: &lt;b&gt;" in shown
    assert "<details>" not in shown


def test_a_run_that_really_ran_shows_what_it_did() -> None:
    shown = Sum().run(nodes=2)._repr_mimebundle_()
    assert "COMPLETED: 1 round finished" in shown["text/plain"]
    assert "<- ones (int, 2 pushes)" in shown["text/plain"]
    assert ">2 calls</text>" in shown["image/svg+xml"]
