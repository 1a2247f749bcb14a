"""The benchmark of containers, at a tiny size: what it counts is there, and adds up."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from benchmarks.containers import measure, swarm_round
from tests.docker_case import BASE_IMAGE, docker_client, plain_image

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]


@pytest.fixture(autouse=True)
def _docker() -> None:
    client = docker_client()
    plain_image(client)
    client.close()


def test_a_run_is_measured_from_its_call_to_the_push_that_all_have_made(tmp_path: Path) -> None:
    marks = swarm_round(2, BASE_IMAGE, tmp_path)
    assert len(marks.connected_s) == 2
    assert 0 < min(marks.connected_s) <= max(marks.connected_s) < marks.pushed_s


def test_runs_stand_beside_what_docker_needs_for_the_same_containers() -> None:
    outcome = measure(2, 0.0, os.environ | {"SWARM_BASE_IMAGE": BASE_IMAGE})
    found = {(row.system, row.metric): row for row in outcome.rows}
    bare = found["floor:containers alone", "first push after"].median
    steps = [found["floor:containers alone", f"{step} one"] for step in ("create", "start")]
    assert [one.runs for one in steps] == [2, 2]
    assert sum(one.median for one in steps) * 2 / 1e3 == pytest.approx(bare, rel=0.5)
    assert outcome.verdict.startswith("To the first push ")
