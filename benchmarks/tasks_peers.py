"""A graph of tasks with another system, in a process of its own: its seconds on stdout.

`python -m benchmarks.tasks_peers SYSTEM CASE`

Each gets two workers that have done something before, and the graph as its users would write it: a
task is submitted with the futures of others as its arguments. Where a system takes no futures, who
submits waits for them. The time is from the first submission to the last value.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import queue
import sys
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.tasks_cases import CASES
from benchmarks.tasks_graphs import Graph, computed, spread

WORKERS = 2


def pool(graph: Graph) -> float:
    """`multiprocessing.Pool`, one task in a message; this process keeps count of what is ready."""
    after: list[list[int]] = [[] for _ in graph.vertices]
    missing = [len(one.inputs) for one in graph.vertices]
    values: dict[int, int] = {}
    done: queue.SimpleQueue[tuple[int, int]] = queue.SimpleQueue()
    for number, one in enumerate(graph.vertices):
        for source in one.inputs:
            after[source].append(number)
    with multiprocessing.get_context("fork").Pool(WORKERS) as workers:
        workers.map(abs, range(100))

        def submit(number: int) -> None:
            vertex = graph.vertices[number]
            inputs = [values[one] for one in vertex.inputs]
            workers.apply_async(
                computed,
                (vertex.function, inputs),
                callback=lambda value: done.put((number, value)),
            )

        begun_s = time.monotonic()
        for number, count in enumerate(missing):
            if not count:
                submit(number)
        while len(values) < len(graph.vertices):
            number, value = done.get()
            values[number] = value
            for behind in after[number]:
                missing[behind] -= 1
                if not missing[behind]:
                    submit(behind)
        ended_s = time.monotonic()
    assert values[len(graph.vertices) - 1] == graph.value
    return ended_s - begun_s


def _submitted(graph: Graph, submit: Callable[..., Any], result: Callable[[Any], int]) -> float:
    """Submit each task with the futures of those before it, and wait for the last."""
    begun_s = time.monotonic()
    futures: list[Any] = []
    for one in graph.vertices:
        futures.append(submit(one.function, *[futures[number] for number in one.inputs]))
    value = result(futures[-1])
    ended_s = time.monotonic()
    assert value == graph.value, value
    return ended_s - begun_s


def dask(graph: Graph) -> float:
    """Dask: the whole graph at once, as `dask.delayed` makes it."""
    distributed, delayed = import_module("distributed"), import_module("dask").delayed
    with (
        distributed.LocalCluster(
            n_workers=WORKERS, threads_per_worker=1, dashboard_address=None
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        client.gather(client.map(abs, range(100)))
        lazy = delayed(spread, pure=False)
        return _submitted(graph, lazy, lambda last: int(client.compute(last).result()))


def ray(graph: Graph) -> float:
    """Ray: remote functions that are given the references of others."""
    package = import_module("ray")
    package.init(num_cpus=WORKERS, include_dashboard=False, log_to_driver=False)
    try:
        remote = package.remote(spread)
        package.get([remote.remote(abs, one) for one in range(100)])
        return _submitted(graph, remote.remote, package.get)
    finally:
        package.shutdown()


def parsl(graph: Graph) -> float:
    """Parsl: apps on a high-throughput executor."""
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    os.environ["PYTHONPATH"] = str(Path.cwd())  # where its workers find our functions
    package = import_module("parsl")
    executor = import_module("parsl.executors").HighThroughputExecutor(
        label="tasks",
        address="127.0.0.1",
        max_workers_per_node=WORKERS,
        cores_per_worker=0.5,
        provider=import_module("parsl.providers").LocalProvider(init_blocks=1, max_blocks=1),
    )
    with (
        TemporaryDirectory(prefix="parsl-") as folder,
        package.load(package.Config(executors=[executor], strategy="none", run_dir=folder)),
    ):
        app = package.python_app(spread)
        for one in [app(abs, number) for number in range(100)]:
            one.result()
        return _submitted(graph, app, lambda last: int(last.result()))


def executorlib(graph: Graph) -> float:
    """executorlib: two workers that stay, and futures as arguments."""
    package = import_module("executorlib")
    with package.SingleNodeExecutor(max_workers=WORKERS, block_allocation=True) as workers:
        for one in [workers.submit(abs, number) for number in range(100)]:
            one.result()
        return _submitted(
            graph,
            lambda *arguments: workers.submit(spread, *arguments),
            lambda last: int(last.result()),
        )


MEASURES = {"pool": pool, "dask": dask, "ray": ray, "parsl": parsl, "executorlib": executorlib}
"""By the name of the peer."""

if __name__ == "__main__":
    seconds = MEASURES[sys.argv[1]](CASES[sys.argv[2]].graph())
    print()  # what a system has written may not end its line
    json.dump(seconds, sys.stdout)
