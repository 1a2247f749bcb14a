"""The data of the node that runs a task."""

from __future__ import annotations

import asyncio
import io
import zipfile
from pathlib import Path

import numpy as np
import pytest

from swarmdsl.errors import DatasetUnknown, OutsideTask
from swarmdsl.light import Local, MantaPath, entered
from swarmdsl.wire.codec import decode_blob, encode_blob
from tests.unit.light.asked import Asked


def test_a_dataset_lies_where_the_node_says() -> None:
    with entered(Asked().context(datasets={"digits": "/data/digits"})):
        assert (Local().node, Local().path("digits")) == ("n1", Path("/data/digits"))


def test_a_dataset_that_was_not_asked_for_is_refused_with_the_remedy() -> None:
    asked = pytest.raises(DatasetUnknown, match=r"asked: a, b.*datasets=\['c'\]")
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


def test_content_of_a_file_is_bytes_and_can_be_read_as_a_file(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"one\ntwo\n")
    with entered(Asked().context(datasets={"x": str(tmp_path / "x")})):
        found = Local().get_binary_data("x")
    assert found == b"one\ntwo\n"
    assert (found.readline(), found.tell(), found.read(2), found.read()) == (
        b"one\n",
        4,
        b"tw",
        b"o\n",
    )
    assert (found.seek(-1, io.SEEK_END), found.read(), found.getvalue()) == (7, b"\n", found)
    assert found.readable()
    assert found.seekable()


def test_content_opens_as_arrays_and_archives_do(tmp_path: Path) -> None:
    """As Manta's own samples do: `np.load(self.local.get_binary_data(...))`."""
    np.savez(tmp_path / "x.npz", images=np.arange(2))
    with entered(Asked().context(datasets={"x": str(tmp_path / "x.npz")})):
        found = Local().get_binary_data("x")
    with np.load(found) as arrays:
        assert arrays["images"].tolist() == [0, 1]
    found.seek(0)
    with zipfile.ZipFile(found) as archive:
        assert archive.namelist() == ["images.npy"]


def test_content_travels_as_plain_bytes(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"abc")
    with entered(Asked().context(datasets={"x": str(tmp_path / "x")})):
        arrived = decode_blob(encode_blob(Local().get_binary_data("x")))
    assert (arrived, type(arrived)) == (b"abc", bytes)


def test_lines_of_a_text_are_read_one_by_one(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes("één\r\ntwee\n".encode())
    with entered(Asked().context(datasets={"x": str(tmp_path / "x")})):
        assert list(Local().read_file_lines("x")) == ["één\n", "twee\n"]


@pytest.mark.parametrize(
    ("encoding", "errors", "newline", "lines"),
    [
        ("latin-1", None, None, ["\xe9\n", "b\n", "c"]),
        (None, "replace", None, ["\ufffd\n", "b\n", "c"]),
        ("latin-1", None, "", ["\xe9\r\n", "b\n", "c"]),
        ("latin-1", None, "\r\n", ["\xe9\r\n", "b\nc"]),
    ],
)
def test_lines_are_read_as_open_reads_them(
    tmp_path: Path, encoding: str | None, errors: str | None, newline: str | None, lines: list[str]
) -> None:
    (tmp_path / "x").write_bytes(b"\xe9\r\nb\nc")
    with entered(Asked().context(datasets={"x": str(tmp_path / "x")})):
        assert list(Local().read_file_lines("x", encoding, errors, newline)) == lines
        assert MantaPath("x").read_text(encoding, errors, newline) == "".join(lines)


def test_folder_is_listed_by_name_and_its_files_are_read(tmp_path: Path) -> None:
    for name in ("b.npy", "a.npy"):
        np.save(tmp_path / name, np.arange(2))
    with entered(Asked().context(datasets={"x": str(tmp_path)})):
        local = Local()
        assert [str(path) for path in local.list_dir("x")] == ["x/a.npy", "x/b.npy"]
        [first, second] = (local.get_numpy_data(path) for path in local.list_dir("x"))
        assert np.array_equal(first, second)  # type: ignore[arg-type]
        assert np.array_equal(local.get_numpy_data("x/a.npy"), first)  # type: ignore[arg-type]


def test_what_is_there_exists_and_an_unasked_dataset_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    with entered(Asked().context(datasets={"x": str(tmp_path), "gone": str(tmp_path / "no")})):
        local = Local()
        found = [local.exists(name) for name in ("x", "x/a", "x/b", "gone")]
        assert found == [True, True, False, False]
        with pytest.raises(KeyError, match=r"datasets=\['other'\]"):
            local.exists("other")


def test_files_are_read_in_a_loop_of_the_task_too(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.arange(2))
    (tmp_path / "t").write_text("one\n")

    async def work() -> None:
        local = Local()
        assert await local.async_exists("x")
        assert [path.name for path in await local.async_list_dir("x")] == ["a.npy", "t"]
        assert await local.async_get_binary_data("x/t") == b"one\n"
        assert (await local.async_read_file_lines("x/t")).read() == "one\n"
        assert np.array_equal(await local.async_get_numpy_data("x/a.npy"), [0, 1])  # type: ignore[arg-type]

    with entered(Asked().context(datasets={"x": str(tmp_path)})):
        asyncio.run(work())


def test_outside_a_task_there_is_no_data() -> None:
    with pytest.raises(OutsideTask, match="MantaPath works only"):
        MantaPath("x")


@pytest.mark.parametrize(
    "method", ["exists", "get_binary_data", "get_numpy_data", "list_dir", "read_file_lines"]
)
def test_outside_a_task_the_call_that_was_written_is_named(method: str) -> None:
    with pytest.raises(OutsideTask, match=f"^Local.{method} works only while .*: let the task do"):
        getattr(Local(), method)("x")
