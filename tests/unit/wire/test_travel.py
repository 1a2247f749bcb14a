"""Which types can be sent at all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from swarmdsl.wire.travel import untravelling


class Plain:
    """Has no form that travels."""


@dataclass
class Tree:
    """Refers to itself."""

    image: NDArray[np.float32]
    children: list[Tree]


@dataclass
class Bad:
    """Holds what cannot travel."""

    place: Path


@pytest.mark.parametrize(
    "annotation", [int, str | None, dict[str, list[float]], Tree, Any, np.float32, object, None]
)
def test_plain_data_travels(annotation: Any) -> None:
    assert untravelling(annotation) is None


@pytest.mark.parametrize("inside", [list[Path], int | Path, dict[str, Path], Bad, Path])
def test_what_cannot_travel_is_found_however_deep(inside: Any) -> None:
    assert untravelling(inside) is Path


def test_a_class_without_fields_and_a_stream_cannot_travel() -> None:
    assert untravelling(Plain) is Plain
    assert untravelling(list[Iterator[int]]) == Iterator[int]
