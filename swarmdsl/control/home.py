"""Where runs lie on disk: `<home>/runs/<run id>/`, and a short folder elsewhere for the sockets."""

from __future__ import annotations

import difflib
import pkgutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from swarmdsl.daemon.arguments import LOG_FOLDER
from swarmdsl.daemon.socket_folder import make_socket_folder as socket_folder
from swarmdsl.daemon.socket_folder import remove_socket_folder, socket_folder_path
from swarmdsl.errors import RunNotFound

__all__ = [
    "RunFolder",
    "default_home",
    "find_run",
    "list_runs",
    "make_run_folder",
    "new_run_id",
    "remove_socket_folder",
    "socket_folder",
    "socket_folder_path",
]

RUNS = "runs"
HOME_VARIABLE = "SWARM_HOME"
LAST = "last"  # names the newest run
TIME_CHARACTERS = len("20261121-040600")  # of an id; then comes chance


def default_home(environment: Mapping[str, str]) -> Path:
    """Where runs are kept when nobody says otherwise: `SWARM_HOME`, or the user's state folder.

    >>> default_home({"SWARM_HOME": "/data/swarms"}).as_posix()
    '/data/swarms'
    """
    if variable := environment.get(HOME_VARIABLE):
        return Path(variable).expanduser().absolute()
    user_state_path: Callable[[str], Path] = pkgutil.resolve_name("platformdirs:user_state_path")
    return user_state_path("swarmdsl")


@dataclass(frozen=True, slots=True)
class RunFolder:
    """The paths of one run.

    >>> RunFolder(Path("home/runs/20261121-040600-3f9a")).store.as_posix()
    'home/runs/20261121-040600-3f9a/run.sqlite'
    """

    path: Path

    @property
    def id(self) -> str:
        """The id of the run."""
        return self.path.name

    @property
    def store(self) -> Path:
        """What `Store` reads and writes."""
        return self.path / "run.sqlite"

    @property
    def topology(self) -> Path:
        """The topology the run executes."""
        return self.path / "topology.toml"

    @property
    def transport(self) -> Path:
        """How the processes of the run speak, as the user chose; not there if by Unix sockets."""
        return self.path / "transport"

    @property
    def base_image(self) -> Path:
        """What its images are made from, as the user chose; not there if by the default."""
        return self.path / "base-image"

    @property
    def registry(self) -> Path:
        """Where its images are pushed to, as the user chose; not there if to nowhere."""
        return self.path / "registry"

    @property
    def bundles(self) -> Path:
        """Packaged code and large constants, by their SHA-256."""
        return self.path / "bundles"

    @property
    def logs(self) -> Path:
        """What each process of the run wrote, a file each."""
        return self.path / LOG_FOLDER


def new_run_id(now: datetime, token: str) -> str:
    """The id of a run that is made now: ids sort by time.

    >>> new_run_id(datetime(2026, 11, 21, 4, 6), "3f9a")
    '20261121-040600-3f9a'
    """
    return f"{now:%Y%m%d-%H%M%S}-{token}"


def make_run_folder(home: Path, run_id: str) -> RunFolder:
    """Make the folder of a new run, with places for its bundles and logs.

    Raises:
        FileExistsError: a run of this id has one already.
    """
    folder = RunFolder(home / RUNS / run_id)
    folder.path.mkdir(parents=True)
    folder.bundles.mkdir()
    folder.logs.mkdir()
    return folder


def list_runs(home: Path) -> list[RunFolder]:
    """Every run that has a store, the newest first, also among those of one second."""
    folders = [RunFolder(store.parent) for store in (home / RUNS).glob("*/run.sqlite")]
    return sorted(folders, key=_age, reverse=True)


def _age(folder: RunFolder) -> tuple[str, float, str]:
    """What sorts runs by time: the id says the second, the topology was written once."""
    written_s = written_at(folder.topology) or 0.0
    return folder.id[:TIME_CHARACTERS], written_s, folder.id


def written_at(file: Path) -> float | None:
    """When a file was last written, in seconds since 1970; None if it is gone, as after pruning."""
    try:
        return file.stat().st_mtime
    except FileNotFoundError:
        return None


def size_at(file: Path) -> int:
    """How many bytes a file has; none if it is gone."""
    try:
        return file.stat().st_size
    except FileNotFoundError:
        return 0


def find_run(home: Path, run: str) -> RunFolder:
    """The folder of a stored run, named by its id, by a beginning that no other has, or `last`.

    Raises:
        RunNotFound: there is none, or there are several; the message names those that are near.
    """
    runs = {folder.id: folder for folder in list_runs(home)}
    if run in runs:
        return runs[run]
    if run == LAST and runs:
        return next(iter(runs.values()))
    meant = named_by(run, list(runs))
    if len(meant) == 1 and meant[0].startswith(run):
        return runs[meant[0]]
    raise RunNotFound(run, str(home), list(runs), meant)


def named_by(run: str, known: Sequence[str]) -> list[str]:
    """The ids that a text is the beginning of; if there are none, those that are much like it.

    >>> named_by("2026112", ["20261122-0406", "20261121-0407", "20251121-0407"])
    ['20261122-0406', '20261121-0407']
    >>> named_by("20261122-0405", ["20261122-0406", "20251121-0407"])
    ['20261122-0406']
    """
    begins = [one for one in known if run and one.startswith(run)]
    return begins or difflib.get_close_matches(run, known, n=3, cutoff=0.8)
