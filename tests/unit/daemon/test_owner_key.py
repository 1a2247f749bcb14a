"""The key of a run is written, read and removed."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from swarmdsl.daemon.owner_key import (
    KEY_FILE,
    OwnerKey,
    read_key,
    remove_key,
    remove_own_key,
    write_key,
)

KEY = OwnerKey(socket_folder="/tmp/swarm-0123abcd", token="t")


def test_it_is_read_as_it_was_written_and_for_this_user_alone(tmp_path: Path) -> None:
    file = write_key(tmp_path, KEY)
    assert read_key(tmp_path) == KEY
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_later_key_replaces_the_earlier_whatever_its_mode(tmp_path: Path) -> None:
    (tmp_path / KEY_FILE).write_text("old")
    file = write_key(tmp_path, KEY)
    assert read_key(tmp_path) == KEY
    assert file.stat().st_mode & 0o777 == 0o600


def test_what_is_no_key_is_an_error(tmp_path: Path) -> None:
    (tmp_path / KEY_FILE).write_text("{}")
    with pytest.raises(msgspec.DecodeError):
        read_key(tmp_path)


def test_removing_it_twice_does_nothing(tmp_path: Path) -> None:
    file = write_key(tmp_path, KEY)
    remove_key(file)
    remove_key(file)
    with pytest.raises(FileNotFoundError):
        read_key(tmp_path)


def test_a_server_that_ends_late_leaves_the_key_of_its_successor(tmp_path: Path) -> None:
    file = write_key(tmp_path, OwnerKey(socket_folder="s", token="second"))
    remove_own_key(file, "first")
    assert read_key(tmp_path).token == "second"
    remove_own_key(file, "second")
    assert not file.exists()
    remove_own_key(file, "second")  # gone already
