"""A first result from Dask: a local cluster of two processes, without its web pages."""

from __future__ import annotations

from importlib import import_module

from benchmarks.startup_work import PROCESSES, first, tell, then

if __name__ == "__main__":
    distributed = import_module("distributed")
    with (
        distributed.LocalCluster(
            n_workers=PROCESSES, threads_per_worker=1, processes=True, dashboard_address=None
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        tell(client.submit(then, client.submit(first)).result())
