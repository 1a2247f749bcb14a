"""The owner of an engine dies: its daemons end with it, or wait for the next owner."""

from __future__ import annotations

import math
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest

from swarmdsl.daemon.owner_key import KEY_FILE, read_key, write_key
from swarmdsl.deploy.engine import (
    DaemonExited,
    DaemonSuspended,
    EndedDaemon,
    EngineAttached,
    EngineLost,
    RunningDaemon,
)
from swarmdsl.deploy.registry import engine_factory
from swarmdsl.errors import EngineError, EngineGone
from tests.contracts.engine_case import (
    REPOSITORY,
    Bench,
    attached,
    descriptors_of,
    later_options,
    lives,
    members_of,
    watch,
)

ENGINE = "process"  # whose daemons are processes that this test can see
LONG_S = 600.0  # no test takes so long
DAEMONS = ("waits@a#0", "waits@a#1", "refuses@a#0")

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(sys.platform != "linux", reason="daemons need Linux"),
]


@dataclass
class Estate:
    """An owner in a process of its own, and what hangs on it."""

    owner: subprocess.Popen[bytes]
    folder: Path
    sockets: Path
    copy: int
    server: int
    daemons: list[int]

    def bereave(self) -> None:
        """Kill the owner."""
        self.owner.kill()
        self.owner.wait()

    def tell(self, word: str) -> None:
        """Have the owner do something, and wait until it has."""
        assert self.owner.stdin is not None
        assert self.owner.stdout is not None
        self.owner.stdin.write(f"{word}\n".encode())
        self.owner.stdin.flush()
        assert self.owner.stdout.readline() == b"done\n"

    def ends(self) -> list[Callable[[], bool]]:
        """Questions that wait until the server and each daemon have ended."""
        return [watch(pid) for pid in (self.server, *self.daemons)]

    def leaves_nothing(self) -> bool:
        return not (
            members_of(self.server) or self.sockets.exists() or (self.folder / KEY_FILE).exists()
        )


Settle = Callable[..., Estate]


@pytest.fixture
def settle(tmp_path: Path) -> Iterator[Settle]:
    """Makes owners, and sees to it that nothing of them outlives the test."""
    with ExitStack() as undo:

        def settled(grace_s: float, *forks: str, engine: str = ENGINE) -> Estate:
            estate = settled_in(tmp_path / "run", engine, grace_s, *forks)
            undo.callback(clear, estate)
            return estate

        yield settled


def settled_in(folder: Path, engine: str, grace_s: float, *forks: str) -> Estate:
    module = [sys.executable, "-m", "tests.contracts.engine_owner"]
    owner = subprocess.Popen(
        [*module, engine, folder, str(grace_s), *forks],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
    )
    assert owner.stdout is not None
    sockets, *pids = owner.stdout.readline().decode().split()
    copy, server, *daemons = map(int, pids)
    return Estate(owner, folder, Path(sockets), copy, server, daemons)


def clear(estate: Estate) -> None:
    with estate.owner:
        estate.owner.kill()
    for pid in [*([estate.copy] if estate.copy else []), *members_of(estate.server)]:
        with suppress(ProcessLookupError):  # It is ending, perhaps.
            os.kill(pid, signal.SIGKILL)
    # Where owner and server were killed both, nobody is left who would do it.
    shutil.rmtree(estate.sockets, ignore_errors=True)


@pytest.fixture
def follow(tmp_path: Path) -> Iterator[Callable[..., Bench]]:
    """Attaches to the run, and closes what was attached."""
    benches: list[Bench] = []

    def followed(grace_s: float = 0.0) -> Bench:
        benches.append(attached(ENGINE, tmp_path / "run", grace_s))
        return benches[-1]

    yield followed
    for bench in benches:
        bench.leave()


Follow = Callable[..., Bench]

# ------------------------------------------------------------------------------ without a grace


@pytest.mark.parametrize("forks", [(), ("forks",)], ids=["alone", "with a forked copy of itself"])
def test_death_of_the_owner_leaves_nothing(settle: Settle, forks: tuple[str, ...]) -> None:
    estate = settle(0.0, *forks)
    ends = estate.ends()
    estate.owner.kill()
    assert all(ended() for ended in ends)
    assert estate.leaves_nothing()


def test_a_stopped_server_goes_on_when_its_owner_dies_and_leaves_nothing(settle: Settle) -> None:
    estate = settle(0.0)
    ends = estate.ends()
    os.kill(estate.server, signal.SIGSTOP)
    estate.owner.kill()
    assert all(ended() for ended in ends)
    assert estate.leaves_nothing()


def test_without_a_grace_there_is_no_key(settle: Settle) -> None:
    estate = settle(0.0)
    assert not (estate.folder / KEY_FILE).exists()
    assert not (estate.sockets / "owner").exists()


# --------------------------------------------------------------------------------- with a grace


def test_a_new_owner_hears_of_every_daemon_that_runs_and_how_the_others_ended(
    settle: Settle, follow: Follow
) -> None:
    estate = settle(LONG_S)
    first, second, third = estate.daemons
    estate.tell("suspend")
    estate.bereave()
    ended = watch(second)
    os.kill(second, signal.SIGKILL)
    assert ended()
    (found,) = follow().wait_for(EngineAttached)
    assert found.running == (
        RunningDaemon(name="waits@a#0", pid=first, incarnation=0, is_suspended=False),
        RunningDaemon(name="refuses@a#0", pid=third, incarnation=0, is_suspended=True),
    )
    told_before, untold = found.ended
    assert (told_before.name, told_before.exit_code) == ("exits_3@a#0", 3)
    assert untold == EndedDaemon(
        name="waits@a#1", pid=second, incarnation=0, exit_code=None, signal=signal.SIGKILL
    )


@pytest.mark.parametrize("grace_s", [LONG_S, 1e9, math.inf])
def test_the_daemons_neither_end_nor_change_when_their_owner_does(
    settle: Settle, follow: Follow, grace_s: float
) -> None:
    estate = settle(grace_s)
    estate.bereave()
    (found,) = follow().wait_for(EngineAttached)
    assert [one.pid for one in found.running] == estate.daemons
    assert all(lives(pid) for pid in estate.daemons)


def test_under_a_new_owner_all_goes_on_as_before(settle: Settle, follow: Follow) -> None:
    estate = settle(LONG_S)
    estate.bereave()
    bench = follow()
    bench.stop("waits@a#0", signal.SIGKILL)
    assert bench.exit_of("waits@a#0").signal == signal.SIGKILL
    bench.start("waits@a#0", incarnation=1)
    bench.hear("waits@a#0 waits 1")
    os.kill(estate.daemons[1], signal.SIGSTOP)
    assert bench.wait_for(DaemonSuspended)[0].name == "waits@a#1"
    bench.close()
    assert {one.name for one in bench.wait_for(DaemonExited, 4)} == set(DAEMONS)
    assert not bench.told(EngineLost)
    assert estate.leaves_nothing()


def test_the_next_owner_hears_of_the_latest_incarnations(settle: Settle, follow: Follow) -> None:
    estate = settle(LONG_S)
    estate.tell("start anew")
    estate.bereave()
    (found,) = follow().wait_for(EngineAttached)
    assert {one.name: one.incarnation for one in found.running} == {
        "waits@a#0": 5,
        "waits@a#1": 0,
        "refuses@a#0": 0,
    }
    assert [(one.name, one.incarnation) for one in found.ended] == [("exits_3@a#0", 1)]


def test_owner_may_follow_owner_follow_owner(settle: Settle, follow: Follow) -> None:
    first = settle(LONG_S)
    first.bereave()
    second = settle(LONG_S, engine=f"attach:{ENGINE}")
    assert (second.server, second.daemons) == (first.server, first.daemons)
    second.bereave()
    (found,) = follow().wait_for(EngineAttached)
    assert [one.pid for one in found.running] == first.daemons


def test_the_grace_is_the_last_owners(settle: Settle) -> None:
    settle(LONG_S).bereave()
    second = settle(0.0, engine=f"attach:{ENGINE}")
    ends = second.ends()
    second.bereave()
    assert all(ended() for ended in ends)
    assert second.leaves_nothing()


def test_a_forked_copy_of_the_owner_keeps_nobody_out(settle: Settle, follow: Follow) -> None:
    estate = settle(LONG_S, "forks")
    estate.bereave()
    (found,) = follow().wait_for(EngineAttached)
    assert [one.pid for one in found.running] == estate.daemons


def test_when_nobody_comes_within_the_grace_nothing_is_left(settle: Settle) -> None:
    estate = settle(0.1)
    ends = estate.ends()
    estate.bereave()
    assert all(ended() for ended in ends)
    assert estate.leaves_nothing()


def test_an_owner_that_closes_ends_all_at_once_whatever_the_grace(settle: Settle) -> None:
    estate = settle(LONG_S)
    ends = estate.ends()
    estate.tell("close")
    assert all(ended() for ended in ends)
    assert estate.leaves_nothing()


def test_a_server_that_is_told_to_end_while_it_waits_leaves_nothing(settle: Settle) -> None:
    estate = settle(LONG_S)
    ends = estate.ends()
    estate.bereave()
    os.kill(estate.server, signal.SIGTERM)
    assert all(ended() for ended in ends)
    assert estate.leaves_nothing()


# --------------------------------------------------------------------------------- who may follow


def test_nobody_follows_an_owner_that_lives(settle: Settle, follow: Follow) -> None:
    estate = settle(LONG_S)
    with pytest.raises(EngineError, match=f"process {estate.owner.pid} owns the daemons"):
        follow()
    assert all(lives(pid) for pid in estate.daemons)


def test_of_two_that_follow_the_second_is_refused(settle: Settle, follow: Follow) -> None:
    estate = settle(LONG_S)
    estate.bereave()
    bench = follow()
    with pytest.raises(EngineError, match=f"process {os.getpid()} owns the daemons"):
        follow()
    bench.stop("waits@a#0", signal.SIGKILL)
    bench.exit_of("waits@a#0")


def test_a_wrong_token_is_refused_and_the_right_one_still_opens(
    settle: Settle, follow: Follow
) -> None:
    estate = settle(LONG_S)
    estate.bereave()
    key = read_key(estate.folder)
    for token in ("", "gu\u00e9ss", key.token[:-1]):
        write_key(estate.folder, msgspec.structs.replace(key, token=token))
        with pytest.raises(EngineError, match="the token is wrong"):
            follow()
    write_key(estate.folder, key)
    assert follow().wait_for(EngineAttached)


def test_the_key_is_for_this_user_alone(settle: Settle) -> None:
    estate = settle(LONG_S)
    modes = [path.stat().st_mode & 0o777 for path in (estate.folder / KEY_FILE, estate.sockets)]
    assert modes == [0o600, 0o700]
    assert (estate.sockets / "owner").stat().st_mode & 0o777 == 0o600


def test_those_who_knock_and_say_nothing_or_nonsense_keep_nobody_out(
    settle: Settle, follow: Follow
) -> None:
    estate = settle(LONG_S)
    estate.bereave()
    before = descriptors_of(estate.server)
    with ExitStack() as visits:
        for word in [b"", b"\0", b"\xff" * 64, b"x" * 100_000] * 5:
            visitor = visits.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
            visitor.setblocking(False)
            if visitor.connect_ex(str(read_key(estate.folder).door)) == 0 and word:
                visitor.send(word)
        bench = follow()
    bench.wait_for(EngineAttached)
    bench.start("reports@a#0")
    bench.exit_of("reports@a#0")
    assert "descriptors [0, 1, 2]" in bench.log("reports@a#0")
    assert descriptors_of(estate.server) <= before + 2  # its line to the owner, and the process


def test_following_and_being_refused_leaves_no_descriptor_open(
    settle: Settle, follow: Follow
) -> None:
    estate = settle(LONG_S)
    before = descriptors_of(os.getpid())
    servers = descriptors_of(estate.server)
    for _ in range(10):
        with pytest.raises(EngineError, match="owns the daemons"):
            follow()
    estate.bereave()
    bench = follow()
    bench.wait_for(EngineAttached)
    assert descriptors_of(estate.server) == servers
    bench.close()
    assert descriptors_of(os.getpid()) == before + 1  # the pipe of the bench


# ------------------------------------------------------------------------------ the server's end


def test_a_server_that_was_killed_is_not_followed_and_what_it_left_is_removed(
    settle: Settle, follow: Follow
) -> None:
    estate = settle(LONG_S)
    ends = estate.ends()
    estate.bereave()
    os.kill(estate.server, signal.SIGKILL)
    assert all(ended() for ended in ends)
    with pytest.raises(EngineGone, match="the fork server is gone"):
        follow()
    assert estate.leaves_nothing()


def test_a_server_that_does_not_answer_is_killed_with_all_its_daemons(
    settle: Settle, follow: Follow
) -> None:
    estate = settle(LONG_S)
    ends = estate.ends()
    estate.bereave()
    os.kill(estate.server, signal.SIGSTOP)
    with pytest.raises(EngineGone, match=f"process {estate.server}\\) did not answer"):
        follow()
    assert all(ended() for ended in ends)
    assert estate.leaves_nothing()


@pytest.mark.parametrize("signum", [signal.SIGKILL, signal.SIGSTOP, signal.SIGTERM])
def test_the_loss_of_the_server_is_told_to_the_new_owner_too(
    settle: Settle, follow: Follow, signum: signal.Signals
) -> None:
    estate = settle(LONG_S)
    estate.bereave()
    bench = follow(LONG_S)
    bench.wait_for(EngineAttached)
    ends = estate.ends()
    os.kill(estate.server, signum)
    bench.wait_for(EngineLost)
    assert all(ended() for ended in ends)
    bench.close()
    assert estate.leaves_nothing()


@pytest.mark.parametrize("name", ["forks@a#0", "forks_regrouped@a#0"])
def test_what_a_daemon_started_ends_even_if_the_server_is_killed(
    settle: Settle, follow: Follow, name: str
) -> None:
    estate = settle(LONG_S)
    estate.bereave()
    bench = follow()
    bench.running(name)
    ended = watch(int(bench.hear(name)))
    os.kill(estate.server, signal.SIGKILL)
    bench.wait_for(EngineLost)
    assert ended()


def test_a_run_without_a_key_has_nothing_to_follow(settle: Settle) -> None:
    estate = settle(0.0)
    with pytest.raises(EngineGone, match="no daemons wait for an owner"):
        engine_factory(ENGINE).attach(later_options(estate.folder, estate.sockets))


def test_a_key_that_cannot_be_read_is_told(settle: Settle) -> None:
    estate = settle(LONG_S)
    (estate.folder / KEY_FILE).write_text("rust")
    with pytest.raises(EngineError, match=f"cannot read {estate.folder / KEY_FILE}"):
        engine_factory(ENGINE).attach(later_options(estate.folder, estate.sockets))
