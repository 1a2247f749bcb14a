"""Engines are found by name, and loaded only then."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from swarmdsl.deploy.engines.process import ProcessEngine
from swarmdsl.deploy.registry import ENGINES, engine_factory
from swarmdsl.errors import EngineError

REPOSITORY = Path(__file__).resolve().parents[3]


def test_the_process_engine_is_known() -> None:
    assert engine_factory("process") is ProcessEngine


@pytest.mark.parametrize("name", sorted(ENGINES))
def test_every_registered_name_loads(name: str) -> None:
    assert callable(engine_factory(name))


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(EngineError, match="choose one of: compose, docker, docker-swarm, process"):
        engine_factory("dokcer")


def test_the_registry_loads_no_engine() -> None:
    program = (
        "import sys, swarmdsl.deploy.registry\n"
        "print([name for name in sys.modules if 'deploy.engines' in name])"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert ended.stdout == "[]\n"
