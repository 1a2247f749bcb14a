"""A first result from Ray: two processors, without its web pages."""

from __future__ import annotations

from importlib import import_module

from benchmarks.startup_work import PROCESSES, first, tell, then

if __name__ == "__main__":
    ray = import_module("ray")
    ray.init(num_cpus=PROCESSES, include_dashboard=False, logging_level="error")
    tell(ray.get(ray.remote(then).remote(ray.remote(first).remote())))
    ray.shutdown()
