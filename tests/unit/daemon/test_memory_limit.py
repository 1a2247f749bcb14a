"""The memory that the user's code may take: it is refused there, and nowhere else."""

from __future__ import annotations

import errno
import gc
import mmap
import resource
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from swarmdsl.daemon.memory_limit import (
    DataLimit,
    NoMemoryLimit,
    limit_of_new_process,
    limit_text,
    limited,
    private_bytes,
)
from swarmdsl.daemon.wiring import Hosted, Wiring
from swarmdsl.errors import MemoryLimitExceeded
from swarmdsl.topology.model import ModuleKind
from swarmdsl.topology.resources import Resources
from tests.handmade import task, topology

MIB = 2**20
BLOCK = 40  # MiB
NAME = "train@n1#0"


@pytest.fixture(autouse=True)
def nothing_is_left_behind() -> Iterator[None]:
    gc.collect()  # what tests before have left is not given back in the middle of one of these
    before = resource.getrlimit(resource.RLIMIT_DATA)
    yield
    assert resource.getrlimit(resource.RLIMIT_DATA) == before


def take(mebibytes: int = BLOCK) -> mmap.mmap:
    """Takes memory of the system: malloc may have kept some from tests before."""
    return mmap.mmap(-1, mebibytes * MIB, flags=mmap.MAP_PRIVATE)


def take_much() -> bytearray:
    return bytearray(1024 * MIB)


def taking() -> None:
    take(1024)  # more than may have been given back since the process was first looked at


def hoard() -> list[bytes]:
    """Takes small pieces until there is nothing left at all."""
    held: list[bytes] = []
    while True:
        held.append(bytes(len(held) % 1_000))


def test_what_keeps_to_its_limit_is_done_and_its_result_handed_on() -> None:
    assert len(DataLimit().of_run(NAME, 48 * MIB, take)) == BLOCK * MIB


@pytest.mark.parametrize("work", [take, take_much, hoard])
def test_what_asks_for_more_is_refused_it(work: Any) -> None:
    with pytest.raises(MemoryLimitExceeded, match=f"{NAME} .* limit of 16MiB"):
        DataLimit().of_run(NAME, 16 * MIB, work)


def test_the_refusal_shows_the_line_that_asked() -> None:
    with pytest.raises(MemoryLimitExceeded) as refused:
        DataLimit().of_run(NAME, MIB, take)
    assert refused.traceback[-1].name == "take"


def test_a_refusal_by_the_number_of_the_kernel_counts_as_one() -> None:
    with pytest.raises(MemoryLimitExceeded, match="Cannot allocate memory; give it more"):
        DataLimit().of_run(NAME, MIB, take)


@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "full"), ValueError("no"), SystemExit(3)])
def test_other_errors_are_what_they_were(error: BaseException) -> None:
    def work() -> None:
        raise error

    with pytest.raises(type(error)) as raised:
        DataLimit().of_run(NAME, MIB, work)
    assert raised.value is error


def test_each_run_is_measured_from_where_it_begins() -> None:
    limit = DataLimit()
    assert len([limit.of_run(NAME, 48 * MIB, take) for _ in range(4)]) == 4


def test_a_process_is_measured_from_where_it_began() -> None:
    limit = DataLimit()
    kept = [limit.of_process(NAME, 100 * MIB, take) for _ in range(2)]
    with pytest.raises(MemoryLimitExceeded, match="limit of 100MiB"):
        kept.append(limit.of_process(NAME, 100 * MIB, take))


def test_where_it_is_lifted_nothing_is_refused_and_behind_it_all_is_as_before() -> None:
    limit, held = DataLimit(), []

    def work() -> None:
        with limit.lifted():
            held.append(take(64))
        held.append(take())
        held.append(take())

    with pytest.raises(MemoryLimitExceeded):
        limit.of_run(NAME, 48 * MIB, work)
    assert len(held) == 2


def test_what_was_given_back_while_it_was_lifted_is_not_the_runs_to_take() -> None:
    limit, held = DataLimit(), [take()]

    def work() -> None:
        with limit.lifted():
            held.clear()
        take()

    with pytest.raises(MemoryLimitExceeded):
        limit.of_run(NAME, 16 * MIB, work)


def test_a_process_holds_what_it_took_while_it_was_lifted() -> None:
    limit, held = DataLimit(), []

    def work() -> None:
        with limit.lifted():
            held.append(take())
        take()

    with pytest.raises(MemoryLimitExceeded):
        limit.of_process(NAME, 64 * MIB, work)
    assert len(held) == 1


def test_lifting_no_limit_or_one_that_is_lifted_changes_nothing() -> None:
    limit = DataLimit()
    with limit.lifted(), limit.lifted():
        assert len(take()) == BLOCK * MIB


def test_a_lower_limit_that_the_process_has_already_stays() -> None:
    usual = resource.getrlimit(resource.RLIMIT_DATA)
    lower = private_bytes() + 48 * MIB
    resource.setrlimit(resource.RLIMIT_DATA, (lower, usual[1]))
    try:
        limit = DataLimit()
        seen = limit.of_run(NAME, 64 * MIB, lambda: resource.getrlimit(resource.RLIMIT_DATA)[0])
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, usual)
    assert seen == lower


def test_the_largest_amount_that_can_be_written_is_a_limit_too() -> None:
    assert len(DataLimit().of_run(NAME, 2**63 - 1, take)) == BLOCK * MIB


@pytest.mark.parametrize(("mebibytes", "code"), [(8, 0), (64, 1)])
def test_a_new_process_is_measured_as_a_whole(mebibytes: int, code: int) -> None:
    pair = limit_of_new_process(48 * MIB)
    done = subprocess.run(
        [sys.executable, "-S", "-c", f"bytearray({mebibytes * MIB})"],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_DATA, pair),
        capture_output=True,
        check=False,
    )
    assert done.returncode == code
    assert done.stderr.endswith(b"MemoryError\n" if code else b"")


def test_a_new_process_without_a_limit_has_that_of_its_parent() -> None:
    assert limit_of_new_process(0) == resource.getrlimit(resource.RLIMIT_DATA)


def hosted(kind: ModuleKind, memory: int) -> Hosted:
    spec, code = task("train", kind)
    asking = replace(spec, resources=Resources(memory=memory))
    [host] = spec.candidates
    return Wiring(topology([(asking, code)]), host).hosted[0, 0]


@pytest.mark.parametrize("kind", ["function", "daemon"])
def test_who_works_in_its_daemons_own_process_is_limited_there(kind: ModuleKind) -> None:
    with pytest.raises(MemoryLimitExceeded):
        limited(DataLimit(), hosted(kind, 16 * MIB), taking)


@pytest.mark.parametrize(
    ("kind", "memory"), [("function", 0), ("daemon", 0), ("script", MIB), ("program", MIB)]
)
def test_who_asks_for_nothing_or_works_elsewhere_is_not(kind: ModuleKind, memory: int) -> None:
    limited(DataLimit(), hosted(kind, memory), taking)


def test_a_simulation_limits_nobody() -> None:
    limit = NoMemoryLimit()
    with limit.lifted():
        for one in (limit.of_run, limit.of_process):
            assert len(one(NAME, MIB, take)) == BLOCK * MIB


def test_a_limit_is_written_as_people_write_it() -> None:
    assert limit_text(hosted("program", 512 * MIB).task) == "512MiB"
    assert limit_text(hosted("program", 0).task) == ""
