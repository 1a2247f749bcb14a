"""What Manta's `manta.light` offers inside a task, run for real: only the import is changed."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np

from swarmdsl import Node, Run, Swarm
from tests.contracts.manta_case import Port, port

__all__ = ["port"]  # a fixture

TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"


def ran(port: Port, home: Path, script: str, **datasets: str) -> Run:
    """One script, on the node `one` with these datasets; the tests look at how it ended."""
    body = f"""
def execute(self):
    return Task(Module("work.py", "manta:latest", datasets={list(datasets)!r}), method="any")
"""
    swarm = port(body, work=script)
    assert isinstance(swarm, Swarm)
    return swarm.run(nodes=[Node(name="one", datasets=datasets)], home=home / "runs")


def value_of(port: Port, home: Path, script: str, **datasets: str) -> Any:
    return ran(port, home, script, **datasets).value


AWAITED = """
import asyncio
from manta.light import Task

class Work(Task):
    async def work(self):
        world = self.world
        await world.globals.async_set("weight", {"w": 1})
        await world.results.async_add("loss", 0.5)
        found = await asyncio.gather(
            world.globals.async_get("weight"), world.results.async_select("loss")
        )
        await world.async_schedule_next_iter(["one"], "work")
        await world.async_stop_swarm()
        return found

def main():
    return asyncio.run(Work().work())
"""


def test_calls_are_awaited_in_a_loop_of_the_script(port: Port, tmp_path: Path) -> None:
    run = ran(port, tmp_path, AWAITED)
    assert run.value == [{"w": 1}, {"one": 0.5}]
    assert run.globals == {"weight": {"w": 1}}
    assert "stop" in run.reason.text


FOLDER = """
from manta.light import Local, MantaPath, Task

class Work(Task):
    def run(self):
        local = self.local
        assert local.exists("images") and not local.exists("images/c.txt")
        images = local.list_dir("images")
        cats = MantaPath("images") / "cats"
        assert [path.name for path in cats.iterdir()] == ["tom.txt"]
        assert (cats / "tom.txt").exists() and (cats / "tom.txt").read_bytes() == b"meow\\n"
        lines = local.read_file_lines("notes", encoding="utf-8", errors="strict", newline=None)
        return [str(path) for path in images], list(lines), (cats / "tom.txt").read_text()

def main():
    return Work().run()
"""


def test_datasets_may_be_folders(port: Port, tmp_path: Path) -> None:
    (tmp_path / "images/cats").mkdir(parents=True)
    (tmp_path / "images/cats/tom.txt").write_text("meow\n")
    (tmp_path / "images/a.txt").write_text("a")
    (tmp_path / "notes.txt").write_text("one\ntwo\n")
    datasets = {"images": str(tmp_path / "images"), "notes": str(tmp_path / "notes.txt")}
    listed, lines, text = value_of(port, tmp_path, FOLDER, **datasets)
    assert (listed, lines, text) == (
        ["images/a.txt", "images/cats"],
        ["one\n", "two\n"],
        "meow\n",
    )


ESCAPE = """
from manta.light import MantaPath

def main():
    return (MantaPath("images") / ".." / "secret").read_text()
"""


def test_way_out_of_a_dataset_fails_the_task(port: Port, tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    (tmp_path / "secret").write_text("hush")
    run = ran(port, tmp_path, ESCAPE, images=str(tmp_path / "images"))
    assert (run.state.value, run.reason.kind.value) == ("FAILED", "task_failed")
    assert "it goes up, with '..'; a path ends within its dataset" in run.reason.text


ARRAYS = """
import numpy as np
from manta.light import (
    Task, bytes_to_dict, bytes_to_numpy, dict_to_bytes, numpy_to_bytes
)

class Work(Task):
    def run(self):
        images = np.load(self.local.get_binary_data("mnist"))["images"]
        assert (self.local.get_numpy_data("mnist")["images"] == images).all()
        self.world.globals["weights"] = numpy_to_bytes({"w": images})
        weights = bytes_to_numpy(self.world.globals["weights"])["w"]
        self.world.results.add("metrics", dict_to_bytes({"loss": 0.5}))
        metrics = self.world.results.select("metrics")
        return weights, bytes_to_dict(metrics["one"])

def main():
    return Work().run()
"""


def test_arrays_and_dicts_travel_as_bytes(port: Port, tmp_path: Path) -> None:
    np.savez(tmp_path / "mnist.npz", images=np.arange(3))
    weights, metrics = value_of(port, tmp_path, ARRAYS, mnist=str(tmp_path / "mnist.npz"))
    assert (list(weights), metrics) == ([0, 1, 2], {"loss": 0.5})


MODEL = """
from manta.light import torchmodel_to_bytes

def main():
    import sys
    sys.modules["torch"] = None  # as where it is not installed
    return torchmodel_to_bytes(None)
"""


def test_model_without_pytorch_is_told_what_to_install(port: Port, tmp_path: Path) -> None:
    run = ran(port, tmp_path, MODEL)
    assert "torchmodel_to_bytes needs torch, which is not installed here" in run.reason.text


ENVIRONMENT = """
import os
from manta.light import Task

def main():
    task = Task()
    assert (task.task_id, task.swarm_id) == (os.environ["TASK_ID"], os.environ["SWARM_ID"])
    return [os.environ[name] for name in ("TASK_ID", "NODE_ID", "ITERATION", "SWARM_DATASET_DATA")]
"""


def test_script_finds_its_names_in_the_environment(port: Port, tmp_path: Path) -> None:
    found = value_of(port, tmp_path, ENVIRONMENT, data="/data")
    assert found == ["work@one#0", "one", "0", "/data"]


LOGGER = """
from manta.light import Task

class Work(Task):
    def run(self):
        self.logger.debug("unseen")
        self.logger.info("read %s", "letters")

def main():
    Work().run()
"""


def test_logger_writes_to_the_log_of_the_daemon(port: Port, tmp_path: Path) -> None:
    run = ran(port, tmp_path, LOGGER)
    [log] = (run.folder / "logs").glob("*one*.log")
    assert re.fullmatch(f"{TIME} work@one#0 round 0 INFO read letters\n", log.read_text())
