"""Whether a machine and a home are fit for runs: facts in, findings with remedies out. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum

from swarmdsl.daemon.socket_folder import PARENT_BYTES_MAX, PARENT_OF_LAST_RESORT

SHARED = "/dev/shm"  # noqa: S108 - what is looked at is the folder itself
PYTHON_MIN = (3, 11)
OPEN_FILES_FEW, OPEN_FILES_SCARCE = 256, 1_024  # a controller has some for each daemon
SHARED_BYTES_SCARCE = 64_000_000  # what Docker gives a container unless told otherwise
DISK_BYTES_FEW, DISK_BYTES_SCARCE = 100_000_000, 1_000_000_000
RUNS_BYTES_MANY = 10_000_000_000  # that people have not seen pile up
WALL_MIN_S = 1_735_689_600.0  # 2025: a clock before it has never been set
CLOCKS_APART_S = 5.0  # between two looks of a moment
AHEAD_S = 60.0  # by which a run may seem to have been made in the future
OTHERS_MAY_WRITE = 0o022
SHOWN_MAX = 5


class Verdict(Enum):
    """How a check went."""

    PASS = "PASS"  # noqa: S105 - no password
    WARN = "WARN"
    FAIL = "FAIL"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a check found, and how to mend it; nothing to mend if it passed."""

    check: str
    verdict: Verdict
    text: str
    fix: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All that the checks look at.

    Attributes:
        platform: as `sys.platform`.
        implementation, python: of the interpreter.
        open_files: how many this process may have; None for as many as it likes.
        shared_bytes: free in /dev/shm; None if it cannot be written to.
        wall_s, wall_passed_s, monotonic_passed_s: the clock, and what two clocks saw pass.
        newest_run_s: when the newest run was made; None without any.
        home: where runs are kept.
        home_problem: why nothing can be written there; empty if it can.
        home_mode: its permissions; None if it is not there yet.
        runs, runs_bytes: how many folders of runs lie in it, and what they take.
        disk_bytes: free in it.
        temporary: the folder for temporary files.
        temporary_problem: why nothing can be written there; empty if it can.
        stale_sockets: folders of sockets that nobody listens in.
        lost_runs: runs that nobody looks after.
        unresumable_runs: those of them that nobody can go on with.
        unreadable_runs: runs whose store cannot be read.
    """

    platform: str
    implementation: str
    python: tuple[int, int, int]
    open_files: int | None
    shared_bytes: int | None
    wall_s: float
    wall_passed_s: float
    monotonic_passed_s: float
    newest_run_s: float | None
    home: str
    home_problem: str
    home_mode: int | None
    runs: int
    runs_bytes: int
    disk_bytes: int
    temporary: str
    temporary_problem: str
    stale_sockets: Sequence[str]
    lost_runs: Sequence[str]
    unreadable_runs: Sequence[str]
    unresumable_runs: Sequence[str] = ()


def examine(facts: Facts) -> list[Finding]:
    """What every check finds, in a fixed order."""
    return [check(facts) for check in CHECKS]


def _passed(check: str, text: str) -> Finding:
    return Finding(check=check, verdict=Verdict.PASS, text=text)


def _warned(check: str, text: str, fix: str) -> Finding:
    return Finding(check=check, verdict=Verdict.WARN, text=text, fix=fix)


def _failed(check: str, text: str, fix: str) -> Finding:
    return Finding(check=check, verdict=Verdict.FAIL, text=text, fix=fix)


def _interpreter(facts: Facts) -> Finding:
    version = ".".join(map(str, facts.python))
    text = f"{facts.implementation} {version} on {facts.platform}"
    least = ".".join(map(str, PYTHON_MIN))
    if facts.python[:2] < PYTHON_MIN:
        return _failed("interpreter", text, f"install Python {least} or newer")
    if facts.platform != "linux":
        fix = "run swarms on Linux or in a Linux container; validate and compile work here"
        return _failed("interpreter", f"{text}: daemons need Linux", fix)
    if facts.implementation != "cpython":
        return _warned("interpreter", f"{text}: only CPython is tested", "use CPython")
    return _passed("interpreter", text)


def _open_files(facts: Facts) -> Finding:
    if facts.open_files is None:
        return _passed("open files", "no limit")
    text = f"at most {facts.open_files} (ulimit -n)"
    fix = f"ulimit -n {4 * OPEN_FILES_SCARCE}, or in /etc/security/limits.conf for good"
    if facts.open_files < OPEN_FILES_FEW:
        return _failed("open files", f"{text}: too few for more than some daemons", fix)
    if facts.open_files < OPEN_FILES_SCARCE:
        return _warned("open files", f"{text}: too few for hundreds of daemons", fix)
    return _passed("open files", text)


def _shared_memory(facts: Facts) -> Finding:
    if facts.shared_bytes is None:
        fix = f"mount -t tmpfs tmpfs {SHARED}; only code of tasks that shares memory needs it"
        return _warned("shared memory", f"{SHARED} cannot be written to", fix)
    text = f"{_size(facts.shared_bytes)} free in {SHARED}"
    if facts.shared_bytes < SHARED_BYTES_SCARCE:
        fix = "docker run --shm-size=1g; only code of tasks that shares memory needs it"
        return _warned("shared memory", text, fix)
    return _passed("shared memory", text)


def _clocks(facts: Facts) -> Finding:
    apart_s = abs(facts.wall_passed_s - facts.monotonic_passed_s)
    fix = "set the clock, and keep it by NTP: timedatectl set-ntp true"
    if facts.monotonic_passed_s < 0:
        return _failed("clocks", "the monotonic clock went back", "report it to who runs the host")
    if facts.wall_s < WALL_MIN_S:
        return _warned("clocks", "the wall clock is years behind", fix)
    if apart_s > CLOCKS_APART_S:
        return _warned("clocks", f"the wall clock jumped by {apart_s:.0f} s while we looked", fix)
    if facts.newest_run_s is not None and facts.newest_run_s > facts.wall_s + AHEAD_S:
        ahead_s = facts.newest_run_s - facts.wall_s
        text = f"the newest run was made {ahead_s:.0f} s in the future: the clock was set back"
        return _warned("clocks", f"{text}, and `last` names another run than you expect", fix)
    return _passed("clocks", "the wall clock and the monotonic clock agree")


def _home(facts: Facts) -> Finding:
    fix = "choose another with --home, SWARM_HOME or home in [tool.swarm]"
    if facts.home_problem:
        return _failed("home", f"{facts.home}: {facts.home_problem}", fix)
    if facts.home_mode is not None and facts.home_mode & OTHERS_MAY_WRITE:
        text = f"{facts.home}: others may write to it (mode {facts.home_mode & 0o777:03o})"
        return _warned("home", f"{text}, and so alter code that is run", f"chmod go-w {facts.home}")
    return _passed("home", facts.home)


def _disk(facts: Facts) -> Finding:
    text = f"{_size(facts.disk_bytes)} free in {facts.home}"
    fix = "swarm prune --older-than 1d removes old runs; --home keeps runs elsewhere"
    if facts.disk_bytes < DISK_BYTES_FEW:
        return _failed("disk", text, fix)
    if facts.disk_bytes < DISK_BYTES_SCARCE:
        return _warned("disk", text, fix)
    return _passed("disk", text)


def _runs(facts: Facts) -> Finding:
    if not facts.runs:
        return _passed("runs", "none are kept")
    kept = "1 is kept" if facts.runs == 1 else f"{facts.runs} are kept"
    text = f"{kept}, in {_size(facts.runs_bytes)}; swarm prune removes those that ended a week ago"
    if facts.runs_bytes >= RUNS_BYTES_MANY:
        fix = "swarm prune --dry-run shows what can go; --older-than 1d takes more"
        return _warned("runs", text, fix)
    return _passed("runs", text)


def _sockets(facts: Facts) -> Finding:
    fix = "set TMPDIR to a short folder that you may write to, as in export TMPDIR=/tmp"
    if facts.temporary_problem:
        return _failed("sockets", f"{facts.temporary}: {facts.temporary_problem}", fix)
    if len(facts.temporary.encode()) > PARENT_BYTES_MAX:
        text = f"{facts.temporary} is too long for the path of a socket"
        return _warned("sockets", f"{text}, so they go to {PARENT_OF_LAST_RESORT}", fix)
    return _passed("sockets", f"their folders go to {facts.temporary}")


def _stale_sockets(facts: Facts) -> Finding:
    found = facts.stale_sockets
    if not found:
        return _passed("left sockets", "none")
    text = f"{len(found)} left, and nobody listens there: {_listed(found)}"
    return _warned("left sockets", text, f"rm -r {' '.join(found[:SHOWN_MAX])}")


def _lost_runs(facts: Facts) -> Finding:
    found = facts.lost_runs
    if not found:
        return _passed("lost runs", "none")
    text = f"the processes that looked after {len(found)} died: {_listed(found)}"
    one = next((each for each in found if each not in facts.unresumable_runs), "")
    resumed = f"swarm resume {one} goes on with it, " if one else ""
    fix = f"{resumed}swarm kill {one or found[0]} ends it for good"
    return _warned("lost runs", text, fix)


def _unreadable_runs(facts: Facts) -> Finding:
    found = facts.unreadable_runs
    if not found:
        return _passed("stores", "all runs can be read")
    fix = "a newer swarmdsl may have written them; else remove their folders"
    return _warned("stores", f"{len(found)} cannot be read: {_listed(found)}", fix)


CHECKS: tuple[Callable[[Facts], Finding], ...] = (
    _interpreter,
    _open_files,
    _shared_memory,
    _clocks,
    _home,
    _disk,
    _runs,
    _sockets,
    _stale_sockets,
    _lost_runs,
    _unreadable_runs,
)


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - SHOWN_MAX} more" if len(names) > SHOWN_MAX else ""
    return ", ".join(names[:SHOWN_MAX]) + more


def _size(number: int) -> str:
    if number >= 1e9:
        return f"{number / 1e9:.1f} GB"
    return f"{number / 1e6:.0f} MB" if number >= 1e7 else f"{number / 1e6:.1f} MB"
