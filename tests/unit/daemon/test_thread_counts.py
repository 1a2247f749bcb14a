"""How many threads libraries use: one, what the task asks for, or what the user says."""

from __future__ import annotations

from dataclasses import replace

import pytest

from swarmdsl.daemon.task_environment import environment_of
from swarmdsl.daemon.thread_counts import THREAD_COUNTS, with_thread_counts
from swarmdsl.topology.resources import Resources
from tests.handmade import task


def counts(environment: dict[str, str]) -> dict[str, str]:
    return {name: environment[name] for name in THREAD_COUNTS if name in environment}


def test_every_library_has_one_thread() -> None:
    assert counts(with_thread_counts({})) == dict.fromkeys(THREAD_COUNTS, "1")


@pytest.mark.parametrize(
    ("cpu", "count"), [(0.0, "1"), (0.5, "1"), (1.0, "1"), (1.01, "2"), (4.0, "4")]
)
def test_a_process_of_its_own_has_as_many_as_its_task_asks_processors_for(
    cpu: float, count: str
) -> None:
    spec = replace(task("fit")[0], resources=Resources(cpu=cpu))
    made = environment_of(spec, with_thread_counts({"HOME": "/h"}))
    assert counts(made) == dict.fromkeys(THREAD_COUNTS, count)
    assert made["HOME"] == "/h"


def test_what_the_environment_says_of_one_library_holds() -> None:
    made = with_thread_counts(with_thread_counts({"MKL_NUM_THREADS": "6"}), cpu=3)
    assert counts(made) == {**dict.fromkeys(THREAD_COUNTS, "3"), "MKL_NUM_THREADS": "6"}


def test_one_that_the_user_says_is_kept_though_it_is_the_default() -> None:
    made = with_thread_counts(with_thread_counts({"OPENBLAS_NUM_THREADS": "1"}), cpu=3)
    assert made["OPENBLAS_NUM_THREADS"] == "1"
    assert made["OMP_NUM_THREADS"] == "3"


def test_who_says_how_many_for_openmp_says_it_for_all() -> None:
    """OpenBLAS and MKL would rather read their own variables, so those must not be there."""
    assert counts(with_thread_counts({"OMP_NUM_THREADS": "4"})) == {"OMP_NUM_THREADS": "4"}


def test_what_a_task_says_holds_for_its_process() -> None:
    spec = replace(task("fit")[0], resources=Resources(cpu=2.0), env={"OMP_NUM_THREADS": "8"})
    assert counts(environment_of(spec, with_thread_counts({}))) == {"OMP_NUM_THREADS": "8"}
    spec = replace(spec, env={"MKL_NUM_THREADS": "1"})
    made = environment_of(spec, with_thread_counts({}))
    assert counts(made) == {**dict.fromkeys(THREAD_COUNTS, "2"), "MKL_NUM_THREADS": "1"}


def test_an_environment_that_was_made_so_before_is_made_the_same_again() -> None:
    once = with_thread_counts({"MKL_NUM_THREADS": "6", "A": "b"})
    assert with_thread_counts(once) == once
