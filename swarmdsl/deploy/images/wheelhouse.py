"""All packages of an environment as wheels, got with the user's own pip and its settings."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from swarmdsl.errors import EngineError

PIP_MAX_S = 1_800.0  # the largest libraries over a slow line
SHOWN_LINES_MAX = 12


def fill_wheelhouse(
    folder: Path,
    requirements: Sequence[str],
    python: str,
    environment: Mapping[str, str],
) -> None:
    """Put the requirements and all that these require into a folder.

    Args:
        folder: that is to hold them.
        requirements: as pip takes them.
        python: the version in the image: `3.11`.
        environment: of pip; its settings are in variables, or in files where pip looks.

    Raises:
        EngineError: pip cannot get them; its last words are told.
    """
    command = pip_command(folder, requirements, python, _own_version())
    try:
        done = subprocess.run(
            command,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=PIP_MAX_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise EngineError("docker", f"cannot get the packages of the image: {error}") from error
    if done.returncode:
        told = "\n".join(done.stdout.strip().splitlines()[-SHOWN_LINES_MAX:])
        raise EngineError(
            "docker",
            f"pip cannot get {', '.join(requirements)} for the image:\n{told}\n"
            "pip is asked on this machine, with your own settings: PIP_INDEX_URL, "
            "PIP_FIND_LINKS and pip.conf count",
        )


def pip_command(folder: Path, requirements: Sequence[str], python: str, own: str) -> list[str]:
    """What gets the wheels; for another version than our own, only what is ready made.

    >>> pip_command(Path("w"), ["numpy"], "3.11", "3.11")[1:]
    ['-m', 'pip', '--no-input', 'wheel', '--quiet', '--wheel-dir', 'w', 'numpy']
    """
    begin = [sys.executable, "-m", "pip", "--no-input"]
    if python == own:
        return [*begin, "wheel", "--quiet", "--wheel-dir", str(folder), *requirements]
    only = ["--only-binary=:all:", f"--python-version={python}", "--implementation=cp"]
    download = ["download", "--quiet", "--dest", str(folder), *only]
    return [*begin, *download, *requirements]


def _own_version() -> str:
    return f"{sys.version_info.major}.{sys.version_info.minor}"
