"""Where the work is done: threads of this machine, processes of it, or a cluster at an address."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec

import dask
import dask.utils

from guanghui.geo.errors import InputError
from guanghui.geo.workers import make_ready

__all__ = ["bytes_of", "compute_on"]


def bytes_of(size: str) -> int:
    """Bytes of a size as people write it: ``3GB``, ``800 MiB``, ``3000000000``.

    Parameters
    ----------
    size : str
        Number and unit.

    Raises
    ------
    InputError
        It is none, or nothing could be done with so little.

    Examples
    --------
    >>> bytes_of("3GB")
    3000000000
    """
    try:
        found = int(dask.utils.parse_bytes(size))
    except ValueError:
        found = 0
    if found < _LEAST:
        raise InputError(
            f"--memory {size}: this is no size of at least 500 MB; write for instance --memory 3GB.",
            f"--memory {size}：不是 500 MB 以上的内存大小；请写作 --memory 3GB 等。",
        )
    return found


_LEAST = 500_000_000


@contextmanager
def compute_on(scheduler: str | None = None, workers: int | None = None) -> Iterator[None]:
    """Choose the scheduler for everything inside.

    Parameters
    ----------
    scheduler : str, optional
        ``threads`` (default), ``processes`` (a local cluster) or an address ``tcp://host:port``.
    workers : int, optional
        Threads or processes; as many as there are cores by default.

    Raises
    ------
    InputError
        Unknown word, the packages of a cluster are not installed here or there, or none answers at the address.
    """
    kind = scheduler or "threads"
    count = workers or os.cpu_count() or 1
    if kind == "threads":
        with dask.config.set(scheduler="threads", num_workers=count):
            yield
        return
    if kind != "processes" and "://" not in kind:
        raise InputError(
            f"--scheduler {kind}: use threads, processes or an address such as tcp://host:8786.",
            f"--scheduler {kind}：请用 threads、processes 或地址（如 tcp://host:8786）。",
        )
    if find_spec("distributed") is None:
        raise InputError(
            f"--scheduler {kind}: the package distributed is not installed; run pip install 'guanghui[cluster]'.",
            f"--scheduler {kind}：未安装 distributed；请运行 pip install 'guanghui[cluster]'。",
        )
    from distributed import Client, LocalCluster

    if kind == "processes":
        with (
            LocalCluster(n_workers=count, threads_per_worker=1, dashboard_address=None) as cluster,
            Client(cluster) as client,
        ):
            make_ready(client)
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
        make_ready(client)
        yield
