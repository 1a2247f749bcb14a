"""What was measured, as people read it in Python and in a notebook."""

from __future__ import annotations

from swarmdsl.stats.histogram import Histogram
from swarmdsl.stats.summary import (
    DaemonStatistics,
    HandlerStatistics,
    LinkStatistics,
    RunStatistics,
)
from swarmdsl.stats.tables import ROWS_MAX

NEVER = Histogram()


def halves(count: int) -> Histogram:
    """So many durations of half a second."""
    found = Histogram()
    for _ in range(count):
        found.add(0.5)
    return found


def handler(instance: str, failed: int = 0) -> HandlerStatistics:
    return HandlerStatistics(
        task=instance.partition("@")[0],
        instance=instance,
        handler="take",
        failed=failed,
        rate=2.0,
        computing=halves(2),
        queue_wait=NEVER,
    )


def link(type_name: str) -> LinkStatistics:
    return LinkStatistics(
        source="read",
        destination="sum",
        type=type_name,
        sent=7,
        sent_bytes=2_048,
        frames=1,
        rate=7.0,
        resent=0,
        received=7,
        duplicates=0,
        unconfirmed=0,
        queued=3,
        missed={"dropped": 2},
        round_trip=NEVER,
    )


def measured() -> RunStatistics:
    return RunStatistics(
        handlers=[handler("sum@n1#0", failed=1), handler("sum@n2#0")],
        links=[link("dict[str, int]")],
        daemons=[DaemonStatistics(daemon="worker@n1#0", alive_s=4.0, busy_s=1.0, blocked_s=0.0)],
    )


def test_printed_it_is_the_tables_of_the_command_line_with_the_instances_together() -> None:
    assert str(measured()).splitlines() == [
        "handler   calls  per s  computing  p50     p99     max     waited p50  p99",
        "sum.take  4      4      500 ms     500 ms  500 ms  500 ms  -           -",
        "sum.take: 1 failed",
        "",
        "link         type            pushes  per s  bytes     frames  round trip  p99  max",
        "read -> sum  dict[str, int]  7       7      2.00 KiB  1       -           -    -",
        "read -> sum: 3 queued, 2 dropped",
        "",
        "daemon       at work  busy  blocked  idle",
        "worker@n1#0  4.00 s   25%   0%       75%",
    ]


def test_a_notebook_shows_it_as_tables_in_which_nothing_is_markup() -> None:
    page = measured()._repr_html_()
    assert page.count("<table>") == 3
    assert "<td>read -&gt; sum</td><td>dict[str, int]</td><td>7</td>" in page
    assert "<p>sum.take: 1 failed</p>" in page


def test_ipython_shows_the_printed_form() -> None:
    written: list[str] = []

    class Printer:
        text = staticmethod(written.append)

    measured()._repr_pretty_(Printer(), cycle=False)
    assert written == [str(measured())]


def test_a_long_table_says_how_much_is_left() -> None:
    several = RunStatistics(links=[link(f"T{number}") for number in range(ROWS_MAX + 2)])
    assert "and 2 more" in str(several).splitlines()
    assert "and 2 more" in several._repr_html_()


def test_nothing_is_said_to_be_measured_where_nothing_is() -> None:
    assert str(RunStatistics()) == "nothing has been measured"
    assert RunStatistics()._repr_html_() == "<p>nothing has been measured</p>"
