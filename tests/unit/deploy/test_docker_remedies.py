"""What Docker says is passed on with what to do about it, if that is known."""

from __future__ import annotations

import pytest

from swarmdsl.deploy.engines.docker_remedies import gone, unreachable, with_remedy, words_of


@pytest.mark.parametrize(
    ("said", "remedy"),
    [
        ("write /var/lib: No space left on device", "`swarm prune --images`"),
        ("network with name swarm-a already exists", "`docker network rm swarm-a`"),
        (
            'Conflict. The container name "/swarm-a-1" is already in use by container "3f9a".',
            "`docker rm --force swarm-a-1`",
        ),
        ("could not find an available, non-overlapping IPv4 address pool", "`swarm prune`"),
    ],
)
def test_what_is_said_stays_and_the_remedy_follows(said: str, remedy: str) -> None:
    told = with_remedy(said)
    assert told.startswith(f"{said}; ")
    assert remedy in told


def test_what_is_not_known_is_passed_on_as_it_is() -> None:
    assert with_remedy("a riddle") == "a riddle"


def test_an_engine_that_is_not_there_and_one_that_is_forbidden_need_different_things() -> None:
    absent = unreachable("unix:///a", FileNotFoundError(2, "No such file or directory"))
    forbidden = unreachable("unix:///a", PermissionError(13, "Permission denied"))
    assert "is it running?" in absent
    assert "group" in forbidden
    assert "is it running?" not in forbidden


def test_an_engine_that_goes_is_told_by_the_innermost_reason() -> None:
    error = OSError("wrapped")
    error.__cause__ = ConnectionResetError(104, "Connection reset by peer")
    assert "does not answer any more ([Errno 104] Connection reset by peer)" in gone("x", error)


def test_a_reason_without_words_is_told_by_its_kind() -> None:
    assert words_of(ConnectionResetError()) == "ConnectionResetError"
