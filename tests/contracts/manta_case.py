"""What the tests of Manta's patterns share: a sample, with only its import changed, as a file."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from swarmdsl.compiler import load_target
from swarmdsl.dsl import Swarm

STEP = """
from manta.light import World

def main():
    values = World().inputs.values()
    return 1 + sum(sum(one) if isinstance(one, list) else one for one in values)
"""
"""`step.py`: one more than all that came in, so a value tells how many tasks led to it."""

HEAD = """
from manta import Swarm, Task, Module, Driver, Condition

module = Module("step.py", "manta:latest", datasets=[])
a_module, b_module, c_module, d_module = (
    Module(name=name, python_program="step.py", image="manta:latest") for name in "abcd"
)

class MySwarm(Swarm):
"""

Port = Callable[..., Swarm]
_numbers = count()


def indented(text: str) -> str:
    return "".join(f"    {line}\n" for line in text.strip("\n").splitlines())


@pytest.fixture
def port(tmp_path: Path) -> Iterator[Port]:
    """A swarm from the body of its class, and the scripts beside it, by file name."""
    before = list(sys.path)
    made: list[str] = []

    def ported(body: str, head: str = HEAD, **scripts: str) -> Swarm:
        folder = tmp_path / f"sample_{len(made)}"
        folder.mkdir()
        files = {"step": STEP, **scripts}
        made.append(f"sample_{next(_numbers)}")
        for name, text in {**files, made[-1]: head + indented(body)}.items():
            (folder / f"{name}.py").write_text(text.replace("from manta", "from swarmdsl"))
        return load_target(str(folder / f"{made[-1]}.py"))

    yield ported
    sys.path[:] = before
    for name in made:
        sys.modules.pop(name, None)
