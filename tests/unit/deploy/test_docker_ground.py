"""What containers stand on: keys that their user alone can read, and nothing left afterwards."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import pytest

from swarmdsl.daemon.contained_protocol import unpacked_keys
from swarmdsl.deploy.engines.docker_client import DAEMON_LABEL, FOLDER_LABEL, RUN_LABEL
from swarmdsl.deploy.engines.docker_ground import Ground, ground, key_folder_of
from swarmdsl.errors import EngineError
from swarmdsl.transport.keys import KeyPair

KEYS = KeyPair(public=b"p" * 32, secret=b"s" * 32)


class Networks:
    """As much of Docker as a ground needs: networks by run."""

    def __init__(self, problem: str = "") -> None:
        self.there: dict[str, Mapping[str, str]] = {}
        self._problem = problem

    def make_network(self, name: str, labels: Mapping[str, str]) -> str:
        if self._problem:
            raise EngineError("docker", self._problem)
        self.there[name] = labels
        return "172.18.0.1"

    def remove_run(self, run: str) -> int:
        found = [name for name, labels in self.there.items() if labels[RUN_LABEL] == run]
        for name in found:
            del self.there[name]
        return len(found)


@pytest.fixture
def run(tmp_path: Path) -> str:
    return f"ground-{os.getpid()}-{tmp_path.name}"


def made(networks: Networks, run: str, folder: Path) -> Any:
    return ground(cast("Any", networks), run, folder, {"w@a#0": "image"}, {}, {})


def test_keys_can_be_read_by_the_user_of_the_container_alone(tmp_path: Path, run: str) -> None:
    with made(Networks(), run, tmp_path) as stands:
        file = stands.key_file("1", KEYS)
        status = file.stat()
        assert stat.S_IMODE(status.st_mode) == 0o400
        assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
        assert status.st_uid == stands.user[0] != 0
        assert unpacked_keys(file.read_bytes()) == KEYS


def test_a_successor_has_its_keys_written_anew(tmp_path: Path, run: str) -> None:
    with made(Networks(), run, tmp_path) as stands:
        stands.key_file("1", KEYS)
        other = KeyPair(public=b"q" * 32, secret=b"t" * 32)
        assert unpacked_keys(stands.key_file("1", other).read_bytes()) == other


def test_nothing_is_left_after_the_block_whatever_ended_it(tmp_path: Path, run: str) -> None:
    networks = Networks()
    with pytest.raises(KeyboardInterrupt), made(networks, run, tmp_path) as stands:
        stands.key_file("1", KEYS)
        assert networks.there
        raise KeyboardInterrupt
    assert not networks.there
    assert not key_folder_of(run).exists()


def test_a_network_that_cannot_be_made_leaves_no_keys(tmp_path: Path, run: str) -> None:
    with (
        pytest.raises(EngineError, match="could not find an available"),
        made(Networks("could not find an available address pool"), run, tmp_path),
    ):
        pass
    assert not key_folder_of(run).exists()


def test_everything_is_labelled_with_its_run(tmp_path: Path, run: str) -> None:
    networks = Networks()
    with made(networks, run, tmp_path) as stands:
        [labels] = networks.there.values()
        assert labels == {RUN_LABEL: run, FOLDER_LABEL: str(tmp_path)}
        assert stands.labels("w@a#0") == {**labels, DAEMON_LABEL: "w@a#0"}


def test_a_daemon_sees_its_own_datasets_beside_what_all_see(tmp_path: Path) -> None:
    stands = Ground(
        client=cast("Any", Networks()),
        run="r",
        folder=tmp_path,
        network="n",
        host="h",
        keys=tmp_path,
        user=(1, 1),
        images={"w@a#0": "one"},
        datasets={"w@a#0": {"/data": "/data"}},
        read_only={"/all": "/all"},
    )
    assert stands.seen_by("w@a#0") == {"/all": "/all", "/data": "/data"}
    assert stands.seen_by("x@a#0") == {"/all": "/all"}
    assert stands.image_of("x@a#0") == "one"
