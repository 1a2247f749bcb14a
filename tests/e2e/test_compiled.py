"""A wheel whose hottest modules are compiled does what the interpreted one does.

The wheel is built as its documents say and unpacked over a copy of this repository; there a part of
the tests runs once more: those of the daemon, the wire, the rules and the simulator, and some with
real processes. It needs a C compiler.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.e2e.installing import REPOSITORY

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(2_400)]

BUILD_S_MAX = 900
TESTS_S_MAX = 1_500
COPIED = (".ci", "benchmarks", "docs", "examples", "modules", "notebooks", "swarmdsl", "tests")
TESTED = (
    "tests/unit/daemon",
    "tests/unit/stats",
    "tests/unit/transport",
    "tests/unit/wire",
    "tests/contracts/test_rules.py",
    "tests/contracts/test_rules_of_delivery.py",
    "tests/contracts/test_rules_of_edges.py",
    "tests/contracts/test_rules_of_loops.py",
    "tests/contracts/test_rules_of_placement.py",
    "tests/contracts/test_rules_of_recovery.py",
    "tests/contracts/test_rules_of_tasks.py",
    "tests/e2e/test_ended_by_code.py",
    "tests/e2e/test_memory_limits.py",
    "tests/e2e/test_silent_sources.py",
    "tests/e2e/test_time_limits.py",
    "tests/sim/test_crashes.py",
    "tests/sim/test_lent_buffers.py",
    "tests/sim/test_moves.py",
    "tests/sim/test_regressions.py",
    "tests/sim/test_round_by_hand.py",
    "tests/sim/test_session_pairs.py",
    "tests/sim/test_simulation.py",
    "tests/sim/test_stealing.py",
)
LEFT_OUT = "not interpreted and not campaign and not minute and not chaos"


def compiled_wheel(folder: Path) -> Path:
    """The wheel, built with its modules compiled."""
    words = [sys.executable, "-m", "build", "--wheel", "--outdir", str(folder), str(REPOSITORY)]
    done = subprocess.run(
        words,
        env={**os.environ, "HATCH_BUILD_HOOKS_ENABLE": "1"},
        capture_output=True,
        text=True,
        timeout=BUILD_S_MAX,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (made,) = folder.glob("swarmdsl-*.whl")
    return made


def libraries(folder: Path) -> list[Path]:
    return [*(folder / "swarmdsl").rglob("*.so")]


def said(tree: Path, *words: str, seconds: float = 60) -> str:
    """What this interpreter says, with swarmdsl of a tree."""
    done = subprocess.run(
        [sys.executable, *words],
        cwd=tree,
        env={
            **{name: text for name, text in os.environ.items() if not name.startswith("PYTEST")},
            "PYTHONPATH": os.pathsep.join((str(tree), str(tree / ".ci/path"))),
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=seconds,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-20_000:]
    return done.stdout


def test_what_is_compiled_passes_the_tests_of_what_is_interpreted(tmp_path: Path) -> None:
    before = libraries(REPOSITORY)
    wheel = compiled_wheel(tmp_path / "wheel")
    assert not wheel.name.endswith("-none-any.whl")
    assert libraries(REPOSITORY) == before, "nothing is built in the source tree"

    tree = tmp_path / "tree"
    for name in COPIED:
        shutil.copytree(REPOSITORY / name, tree / name, symlinks=True)
    shutil.copy(REPOSITORY / "pyproject.toml", tree)
    with zipfile.ZipFile(wheel) as packed:
        for name in packed.namelist():
            if name.startswith("swarmdsl/"):
                packed.extract(name, tree)

    made = [one.with_suffix("").with_suffix(".py") for one in libraries(tree)]
    assert len(made) > 50
    assert [one for one in made if not one.exists()] == [
        tree / "swarmdsl/compiled__mypyc.py"  # all others lie beside their sources
    ]
    assert "(compiled)" in said(tree, "-m", "swarmdsl", "--version")
    words = ("-m", "pytest", "-n", "2", "-q", "-p", "no:cacheprovider", "-m", LEFT_OUT, *TESTED)
    told = said(tree, *words, seconds=TESTS_S_MAX)
    assert " passed" in told.splitlines()[-1]
