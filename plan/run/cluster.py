"""Where the work is done: threads of this machine, processes of it, or a cluster at an address."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import dask

from guanghui.geo.errors import InputError

__all__ = ["compute_on"]


@contextmanager
def compute_on(scheduler: str | None = None, workers: int | None = None, *, progress: bool = False) -> Iterator[None]:
    """Choose the scheduler for everything inside.

    Parameters
    ----------
    scheduler : str, optional
        ``threads`` (default), ``processes`` (a local cluster) or an address ``tcp://host:port``.
    workers : int, optional
        Threads or processes; as many as there are cores by default.
    progress : bool, default False
        Show a bar on the terminal.

    Raises
    ------
    InputError
        Unknown word, or no cluster answers at the address.
    """
    kind = scheduler or "threads"
    count = workers or os.cpu_count() or 1
    if kind == "threads":
        with dask.config.set(scheduler="threads", num_workers=count):
            if progress:
                from dask.diagnostics import ProgressBar

                with ProgressBar(minimum=1.0, dt=0.5):
                    yield
            else:
                yield
        return
    if kind != "processes" and "://" not in kind:
        raise InputError(
            f"--scheduler {kind}: use threads, processes or an address such as tcp://host:8786.",
            f"--scheduler {kind}：请用 threads、processes 或地址（如 tcp://host:8786）。",
        )
    from distributed import Client, LocalCluster

    if kind == "processes":
        with LocalCluster(n_workers=count, threads_per_worker=1, dashboard_address=None) as cluster, Client(cluster):
            yield
        return
    try:
        client = Client(kind, timeout=10)
    except (OSError, TimeoutError) as error:
        raise InputError(
            f"--scheduler {kind}: no cluster answers there ({error}); start one with `dask scheduler`.",
            f"--scheduler {kind}：无集群应答（{error}）；请先以 dask scheduler 启动。",
        ) from error
    with client:
        yield
