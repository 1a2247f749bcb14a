"""What a run has measured, shown."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

from swarmdsl.control.statistics_table import StatisticsRow, StatisticsTable
from swarmdsl.stats.histogram import Histogram
from swarmdsl.stats.totals import (
    ConnectionTotals,
    DaemonTotals,
    HandlerTotals,
    LinkTotals,
    encode_totals,
)
from tests.kept import kept
from tests.unit.cli.command_line import CommandLine

DOUBLE = "double@n2#0"


def seen(seconds: float, times: int) -> Histogram:
    histogram = Histogram()
    histogram.add(seconds, times)
    return histogram


def totals(calls: int, alive_s: float) -> DaemonTotals:
    return DaemonTotals(
        alive_s,
        alive_s / 4,
        alive_s / 2,
        [HandlerTotals(DOUBLE, "take", seen(0.002, calls), seen(0.00004, calls), failed=1)],
        [
            LinkTotals(
                1,
                sent=calls,
                sent_bytes=calls * 2_048,
                frames=3,
                resent=2,
                round_trip=seen(0.01, calls),
                missed={"timed_out": 5},
            )
        ],
        {"shared": 5, "full": 2},
    )


def tell(folder: Path, *told: DaemonTotals) -> None:
    path = kept(folder / "home", "r1").path / "run.sqlite"
    with closing(sqlite3.connect(path)) as connection, connection:
        for number, one in enumerate(told):
            row = StatisticsRow(DOUBLE, 0, float(number), encode_totals(one))
            StatisticsTable(connection).add(row)


def test_handlers_links_and_daemons_are_shown(swarm: CommandLine, folder: Path) -> None:
    tell(folder, totals(100, 1.0), totals(600, 4.0))
    ended = swarm("stats", "--home", "home")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.splitlines() == [
        "handler      calls  per s  computing  p50      p99      max      waited p50  p99",
        "double.take  600    150    2.00 ms    2.00 ms  2.00 ms  2.00 ms  40.0 us     40.0 us",
        "double.take: 1 failed",
        "",
        "link             type  pushes  per s  bytes     frames  round trip  p99      max",
        "double -> total  int   600     150    1.17 MiB  3       10.0 ms     10.0 ms  10.0 ms",
        "double -> total: 2 resent, 5 timed_out",
        "",
        "daemon       at work  busy  blocked  idle",
        "double@n2#0  4.00 s   25%   50%      25%",
        "double@n2#0: large arrays 5 shared, 2 full",
    ]


def test_the_last_second_may_be_asked_for(swarm: CommandLine, folder: Path) -> None:
    tell(folder, totals(100, 1.0), totals(600, 2.0))
    lines = swarm("stats", "--home", "home", "--recent").out.splitlines()
    assert lines[1].split()[:3] == ["double.take", "500", "500"]
    assert "failed" not in lines[2]


def test_instances_may_be_shown_one_by_one(swarm: CommandLine, folder: Path) -> None:
    tell(folder, totals(100, 1.0))
    lines = swarm("stats", "--home", "home", "--instances").out.splitlines()
    assert lines[1].split()[0] == f"{DOUBLE}.take"


def test_json_has_all_with_the_buckets(swarm: CommandLine, folder: Path) -> None:
    tell(folder, totals(100, 1.0))
    document = json.loads(swarm("stats", "--home", "home", "--format", "json").out)
    (handler,), (link,), (daemon,) = (document[one] for one in ("handlers", "links", "daemons"))
    assert (handler["task"], handler["handler"], handler["calls"]) == ("double", "take", 100)
    assert handler["computing_s"]["p99"] == 0.002
    assert handler["computing_s"]["buckets"] == {"-144": 100}
    assert (link["source"], link["sent_bytes"], link["missed"]) == (
        "double",
        204_800,
        {"timed_out": 5},
    )
    assert daemon == {
        "daemon": DOUBLE,
        "alive_s": 1.0,
        "busy_s": 0.25,
        "blocked_s": 0.5,
        "arrays": {"shared": 5, "full": 2},
    }


def over_tcp(*connections: ConnectionTotals) -> DaemonTotals:
    return DaemonTotals(1.0, 0.5, 0.0, [], [], connections=list(connections))


def test_where_the_network_lost_most_stands_first(swarm: CommandLine, folder: Path) -> None:
    well = ConnectionTotals("controller", 1, 900, 0, seen(0.0002, 4))
    badly = ConnectionTotals("total@n2#0", 2, 1_000, 50, seen(0.05, 4))
    tell(folder, over_tcp(well, badly))
    lines = swarm("stats", "--home", "home").out.splitlines()
    assert lines[:3] == [
        "network                    opened  segments  sent again  round trip  p99      max",
        "double@n2#0 -> total@n2#0  2       1000      50          50.0 ms     50.0 ms  50.0 ms",
        "double@n2#0 -> controller  1       900       0           200 us      200 us   200 us",
    ]
    document = json.loads(swarm("stats", "--home", "home", "--format", "json").out)
    (calm, lossy) = document["connections"]
    assert (calm["destination"], calm["retransmitted"]) == ("controller", 0)
    assert (lossy["source"], lossy["opened"], lossy["segments"]) == (DOUBLE, 2, 1_000)
    assert lossy["round_trip_s"]["max"] == 0.05


def test_of_many_connections_the_worst_are_shown(swarm: CommandLine, folder: Path) -> None:
    told = [ConnectionTotals(f"d@n{number}#0", 1, 9, 0, seen(0.001, 1)) for number in range(20)]
    tell(folder, over_tcp(*told))
    lines = swarm("stats", "--home", "home").out.splitlines()
    assert lines[11:13] == ["and 10 more: --format json has all", ""]


def test_a_run_that_has_told_nothing_says_when_it_will(swarm: CommandLine, folder: Path) -> None:
    kept(folder / "home", "r1")
    ended = swarm("stats", "--home", "home")
    assert (ended.code, ended.out) == (0, "")
    assert ended.err == (
        "run r1 has no statistics yet: a daemon tells them a second after its first work\n"
    )
