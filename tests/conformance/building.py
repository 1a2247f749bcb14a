"""From C to a program: with the system's compiler, against the libzmq that pyzmq brings along."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import zmq

from swarmdsl.wire.messages import PROTOCOL

FOLDER = Path(__file__).parent
STRICT = ["-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-O1", "-g"]


def build(folder: Path) -> Path:
    """The compiled peer; fails the test, with the remedy, where there is no compiler."""
    compiler = shutil.which(os.environ.get("CC", "cc"))
    if compiler is None:
        pytest.fail("no C compiler (cc) is installed; tests/conformance needs one", pytrace=False)
    if spoken() != PROTOCOL:  # Each test would wait for what never comes.
        pytest.fail(
            f"the peer in C speaks protocol {spoken()}, and swarmdsl {PROTOCOL}: teach the peer "
            "what has changed, then raise PROTOCOL in tests/conformance/peer.h",
            pytrace=False,
        )
    library = _libzmq()
    program = folder / "peer"
    sources = sorted(map(str, FOLDER.glob("*.c")))
    words = [compiler, *STRICT, *sources, str(library), f"-Wl,-rpath,{library.parent}"]
    subprocess.run([*words, "-o", str(program)], check=True, capture_output=True, text=True)
    return program


def spoken() -> int:
    """The protocol of the peer's sources."""
    [number] = re.findall(r"\bPROTOCOL = (\d+)", (FOLDER / "peer.h").read_text("utf-8"))
    return int(number)


def _libzmq() -> Path:
    """The library that Python itself uses, so that both sides speak the same ZMTP."""
    package = Path(zmq.__file__).parent
    beside = sorted((package.parent / "pyzmq.libs").glob("libzmq*.so*"))
    found = beside or sorted(Path("/usr/lib").glob("**/libzmq.so*"))
    if not found:
        pytest.fail("libzmq lies neither beside pyzmq nor in /usr/lib", pytrace=False)
    return found[0]
