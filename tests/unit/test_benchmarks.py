"""The frame around the benchmarks: its help, its tables and its drawings."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from benchmarks import compiled, drawing, tasks, telescopes
from benchmarks.__main__ import main
from benchmarks.benchmark import Row
from benchmarks.daemons import pss_mib
from benchmarks.dots import dots
from benchmarks.hop import quantile_us
from benchmarks.machine import facts
from benchmarks.processor_time import seconds_by_role
from benchmarks.registry import BENCHMARKS
from benchmarks.report import as_json, charts, from_json, table

ROW = Row(
    benchmark="b", case="c", system="s", metric="m", unit="u", min=1, median=2.5, max=3e6, runs=3
)


def test_help_names_every_benchmark_and_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    said = capsys.readouterr().out
    assert "example:\n  python -m benchmarks" in said
    for benchmark in BENCHMARKS.values():
        assert benchmark.name in said


@pytest.mark.parametrize("name", BENCHMARKS)
def test_help_of_a_benchmark_says_what_it_asks(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main([name, "--help"])
    said = " ".join(capsys.readouterr().out.split())
    assert BENCHMARKS[name].question in said


def test_a_peer_that_is_not_known_is_told_before_anything_is_measured() -> None:
    with pytest.raises(SystemExit, match="push: it measures no rabbits; it can measure zenoh,"):
        main(["push", "--peers", "rabbits"])


def test_without_compiled_modules_it_is_told_how_to_make_them() -> None:
    with pytest.raises(SystemExit, match=r"`make compiled` makes an environment .*--peer-python"):
        BENCHMARKS["compiled"].run(0.0, print, {})


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"compiled": False}, "the second compiled"),
        ({"sources": "b"}, r"the two differ in sources; `make compiled`"),
        ({"sources": "b", "pyzmq": "26"}, "differ in sources, pyzmq"),
    ],
)
def test_two_builds_that_differ_in_more_than_being_compiled_are_not_compared(
    changed: dict[str, object], told: str
) -> None:
    ours: dict[str, object] = {"compiled": False, "sources": "a", "pyzmq": "27"}
    compiled.refuse_unlike(ours, {**ours, "compiled": True})
    with pytest.raises(SystemExit, match=told):
        compiled.refuse_unlike(ours, {**ours, "compiled": True, **changed})


def test_rows_are_a_table_and_json_with_the_machine() -> None:
    assert table([ROW]).splitlines()[-1] == "| c | s | m | u | 1 | 2.5 | 3e+06 |"
    document = json.loads(as_json([ROW], facts()))
    assert document["rows"][0]["median"] == 2.5
    assert "cores" in document["machine"]["processor"]


def test_the_first_pushes_of_a_hop_are_its_warm_up() -> None:
    assert quantile_us([9_000_000] * 10 + [1_000] * 50 + [3_000] * 40, 0.5) == 1.0
    assert quantile_us([9_000_000] * 10 + [1_000] * 50 + [3_000] * 40, 0.99) == 3.0


def test_memory_counts_what_is_shared_in_part() -> None:
    assert 0 < pss_mib(os.getpid()) < 4_096


def test_a_drawing_may_be_over_something_else_than_seconds() -> None:
    svg = drawing.lines("Arrived", "%", [0.0, 100.0], {"a": [0, 100]}, "microseconds")
    texts = [element.text for element in ET.fromstring(svg).iter()]
    assert "microseconds" in texts
    assert "seconds" not in texts


def test_a_drawing_is_well_formed_and_holds_every_series() -> None:
    svg = drawing.lines("Memory", "MiB", [0.0, 1.0, 2.0], {"a": [0, 5, 7], "b": [1, 1, 1]})
    names = {element.tag.rpartition("}")[2] for element in ET.fromstring(svg).iter()}
    texts = [element.text for element in ET.fromstring(svg).iter()]
    assert {"svg", "polyline", "text"} <= names
    assert {"a", "b", "Memory (MiB)", "10"} <= set(texts)


def test_figures_are_drawn_case_by_case_over_powers_of_ten() -> None:
    first = replace(ROW, min=2.0, max=3.0)
    other = replace(ROW, system="floor:a < b", min=20.0, median=30.0, max=400.0)
    svg = ET.fromstring(dots("Rate", [first, other]))
    circles = [one for one in svg.iter() if one.tag.endswith("circle")]
    places = [float(one.attrib["cx"]) for one in circles]
    assert places == sorted(places)
    texts = [element.text for element in svg.iter()]
    assert {f"Rate ({ROW.unit})", ROW.case, ROW.system, "floor:a < b", "30"} <= set(texts)
    assert {"1", "10", "100", "1,000"} <= set(texts)


def test_figures_of_an_earlier_run_are_drawn_and_nothing_is_measured(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [replace(ROW, metric="handled"), replace(ROW, metric="beside the floor")]
    (tmp_path / "push.json").write_bytes(as_json(rows, facts()))
    words = ["push", "--measured", str(tmp_path / "push.json"), "--drawings", str(tmp_path)]
    assert main(words) == 0
    assert "beside the floor" in capsys.readouterr().out
    texts = [element.text for element in ET.parse(tmp_path / "push.svg").iter()]
    assert texts.count(ROW.system) == 1


@pytest.mark.parametrize("name", [one.name for one in BENCHMARKS.values() if one.chart])
def test_the_drawing_of_a_page_shows_the_figures_of_the_page(name: str) -> None:
    folder = Path(__file__).parents[2] / "docs" / "benchmarks"
    rows = from_json((folder / f"{name}.json").read_bytes())
    drawn = charts(BENCHMARKS[name], rows)
    assert (folder / f"{name}.svg").read_text("utf-8") == drawn[f"{name}.svg"]
    assert f"]({name}.svg)" in (folder / f"{name}.md").read_text("utf-8")


@pytest.mark.e2e
def test_telescopes_are_measured_and_nothing_is_lost() -> None:
    outcome = telescopes.measure(rate=50.0, seconds=2.0)
    assert outcome.verdict.endswith("So nothing is lost.")
    spent = {row.system for row in outcome.rows if row.metric == "processors at work"}
    assert "swarmdsl: calibrate" in spent
    events = next(row for row in outcome.rows if row.metric == "events")
    assert events.median > 0
    assert "polyline" in outcome.drawings["telescopes.svg"]


def test_processor_time_is_told_of_processes_that_log_below_a_folder(tmp_path: Path) -> None:
    with (tmp_path / "camera_3@node1#0.log").open("w") as log:
        turning = subprocess.Popen(["sh", "-c", "while :; do :; done"], stderr=log)
        try:
            while not (spent := seconds_by_role(tmp_path)) or not spent["camera"]:
                assert turning.poll() is None
        finally:
            turning.kill()
            turning.wait()
    assert spent.keys() == {"camera"}
    assert seconds_by_role(tmp_path) == {}


def test_uneven_tasks_are_also_done_where_none_is_stolen() -> None:
    found = tasks.measure(["few"], 0.0, rounds_min=1)
    done = {row.system for row in found.rows if row.metric == "done"}
    assert done == {tasks.BASE, f"swarmdsl: {tasks.OURS}", f"swarmdsl: {tasks.KEPT}"}
    assert {row.metric for row in found.rows if row.unit == "times"} == {
        "beside the floor",
        "beside itself without stealing",
    }


def test_tasks_of_a_small_graph_are_done_by_the_floor_a_swarm_and_a_pool() -> None:
    found = tasks.measure(["small"], 0.0, {"pool": sys.executable}, rounds_min=1)
    done = {row.system for row in found.rows if row.metric == "done"}
    assert done == {tasks.BASE, f"swarmdsl: {tasks.OURS}", "pool"}
    assert {row.metric for row in found.rows if row.unit == "times"} == {
        "beside the floor",
        "beside pool",
    }
