"""The data of the node that runs a task."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from swarmdsl.light import Local, entered
from tests.unit.light.asked import Asked


def test_a_dataset_lies_where_the_node_says() -> None:
    with entered(Asked().context(datasets={"digits": "/data/digits"})):
        assert (Local().node, Local().path("digits")) == ("n1", Path("/data/digits"))


def test_a_dataset_that_was_not_asked_for_is_refused_with_the_remedy() -> None:
    asked = pytest.raises(KeyError, match=r"asked: a, b.*datasets=\['c'\]")
    with entered(Asked().context(datasets={"b": "", "a": ""})), asked:
        Local().path("c")


def test_an_array_is_read_as_it_was_saved(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.arange(3))
    with entered(Asked().context(datasets={"x": str(tmp_path / "x.npy")})):
        found = Local().get_numpy_data("x")
    assert isinstance(found, np.ndarray)
    assert found.tolist() == [0, 1, 2]


def test_several_arrays_are_read_by_name(tmp_path: Path) -> None:
    np.savez(tmp_path / "x.npz", images=np.zeros(2), labels=np.ones(1))
    with entered(Asked().context(datasets={"x": str(tmp_path / "x.npz")})):
        found = Local().get_numpy_data("x")
    assert isinstance(found, dict)
    assert {name: array.tolist() for name, array in found.items()} == {
        "images": [0.0, 0.0],
        "labels": [1.0],
    }


def test_pickled_objects_are_refused(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.array([object()], dtype=object), allow_pickle=True)
    refused = pytest.raises(ValueError, match="allow_pickle")
    with entered(Asked().context(datasets={"x": str(tmp_path / "x.npy")})), refused:
        Local().get_numpy_data("x")
