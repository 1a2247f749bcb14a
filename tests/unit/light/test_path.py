"""A place in a dataset, and that it leads nowhere else."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from swarmdsl.errors import DatasetLeft
from swarmdsl.light import MantaPath, entered
from tests.unit.light.asked import Asked


@pytest.fixture(autouse=True)
def dataset(tmp_path: Path) -> Iterator[Path]:
    """The folder `pets`, as a dataset of a task that runs, with a secret beside it."""
    folder = tmp_path / "pets"
    (folder / "cats").mkdir(parents=True)
    (folder / "cats/tom.tar.gz").write_bytes(b"meow")
    (folder / "dogs.txt").write_text("woof")
    (tmp_path / "secret").write_text("hush")
    with entered(Asked().context(datasets={"pets": str(folder), "a/b": str(folder / "cats")})):
        yield folder


def test_way_is_written_with_slashes_either_way() -> None:
    tom = MantaPath("pets") / "cats" / "tom.tar.gz"
    assert tom == MantaPath("pets/cats/tom.tar.gz")
    assert hash(tom) == hash(MantaPath("pets/cats/tom.tar.gz"))
    assert tom != MantaPath("pets/cats")
    assert tom != "pets/cats/tom.tar.gz"
    assert (str(tom), repr(tom)) == ("pets/cats/tom.tar.gz", "MantaPath('pets/cats/tom.tar.gz')")


def test_parts_of_a_name_are_told_apart() -> None:
    tom = MantaPath("pets/cats/tom.tar.gz")
    assert (tom.name, tom.stem, tom.suffix) == ("tom.tar.gz", "tom.tar", ".gz")
    assert (MantaPath("pets").name, MantaPath("pets").suffix) == ("pets", "")


def test_files_and_folders_are_known() -> None:
    pets = MantaPath("pets")
    assert [(str(one), one.is_dir(), one.is_file()) for one in pets.iterdir()] == [
        ("pets/cats", True, False),
        ("pets/dogs.txt", False, True),
    ]
    assert [(pets / name).exists() for name in ("cats", "cows")] == [True, False]


def test_files_are_read() -> None:
    assert MantaPath("pets/cats/tom.tar.gz").read_bytes() == b"meow"
    assert MantaPath("pets/dogs.txt").read_text() == "woof"


def test_whatever_opens_files_takes_it() -> None:
    with open(MantaPath("pets/dogs.txt")) as file:
        assert file.read() == "woof"


def test_dataset_may_have_a_slash_in_its_name() -> None:
    assert [str(one) for one in MantaPath("a/b").iterdir()] == ["a/b/tom.tar.gz"]
    assert MantaPath("a/b/tom.tar.gz").read_bytes() == b"meow"


def test_only_a_text_leads_further() -> None:
    with pytest.raises(TypeError):
        MantaPath("pets") / 3  # type: ignore[operator]


@pytest.mark.parametrize(
    ("way", "problem"),
    [
        ("..", "goes up"),
        ("cats/../../secret", "goes up"),
        ("/etc/passwd", "begins at the root of the file system"),
    ],
)
def test_way_out_of_the_dataset_is_refused(way: str, problem: str) -> None:
    with pytest.raises(DatasetLeft, match=problem):
        MantaPath("pets") / way
    with pytest.raises(DatasetLeft, match="ask for one that holds both"):
        MantaPath(f"pets/{way}")


def test_link_out_of_the_dataset_is_not_followed(dataset: Path) -> None:
    (dataset / "link").symlink_to(dataset.parent)
    link = MantaPath("pets/link/secret")
    for look in (link.read_bytes, link.exists, link.__fspath__, MantaPath("pets/link").iterdir):
        with pytest.raises(DatasetLeft, match="that leads to"):
            look()


def test_link_within_the_dataset_is_followed(dataset: Path) -> None:
    (dataset / "link").symlink_to(dataset / "cats")
    assert MantaPath("pets/link/tom.tar.gz").read_bytes() == b"meow"


def test_dataset_may_be_reached_by_a_link(dataset: Path) -> None:
    (dataset.parent / "link").symlink_to(dataset)
    with entered(Asked().context(datasets={"pets": str(dataset.parent / "link")})):
        assert MantaPath("pets/dogs.txt").read_text() == "woof"


def test_it_can_be_used_in_a_loop_of_the_task() -> None:
    async def work() -> None:
        dogs = MantaPath("pets/dogs.txt")
        assert await dogs.async_exists()
        assert (await dogs.async_read_bytes(), await dogs.async_read_text()) == (b"woof", "woof")
        assert len(await MantaPath("pets").async_iterdir()) == 2

    asyncio.run(work())
