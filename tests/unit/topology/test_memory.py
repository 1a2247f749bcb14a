from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swarmdsl.topology.memory import MEMORY_MAX, memory_of, memory_text


@pytest.mark.parametrize(
    ("written", "amount"),
    [
        (0, 0),
        (17, 17),
        ("17", 17),
        ("17B", 17),
        ("1kB", 1000),
        ("1k", 1000),
        ("2M", 2_000_000),
        ("3 GB", 3_000_000_000),
        ("1KiB", 1024),
        ("4Gi", 4 * 1024**3),
        ("64GiB", 64 * 1024**3),
        ("0.5 TiB", 512 * 1024**3),
        ("1.0001kB", 1001),
    ],
)
def test_amount_is_read_in_decimal_and_binary_units(written: int | str, amount: int) -> None:
    assert memory_of(written) == amount


@pytest.mark.parametrize(
    "written", ["", "GiB", "-1", "4gb", "4 gigabytes", "1e3", "4  GiB", "0x10", "٤", -1, True]
)
def test_anything_else_is_refused(written: int | str) -> None:
    with pytest.raises(ValueError, match="is no amount of memory"):
        memory_of(written)


def test_more_than_a_document_can_say_is_refused() -> None:
    assert memory_of(MEMORY_MAX) == MEMORY_MAX
    with pytest.raises(ValueError, match="no amount"):
        memory_of("99999PiB")


@given(st.integers(0, MEMORY_MAX))
def test_text_of_an_amount_is_read_back_as_the_same(amount: int) -> None:
    assert memory_of(memory_text(amount)) == amount
