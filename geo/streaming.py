"""Work handed out piece by piece: a bounded number in flight, each tried twice, results in the order they come.

Threads of this machine, processes of it and a cluster at an address do the same work in the same way. Whatever one task
breaks is told with it and stops no other.
"""

from __future__ import annotations

import os
import queue
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import dask

from guanghui.geo.workers import make_ready

__all__ = ["Outcome", "Pool", "Task", "pool_here", "stream"]

_PER_WORKER = 2
"""Tasks in flight for each worker: one at work, one waiting."""
_SENDINGS = 4
"""Tries to send a value to all workers."""


class Pool(Protocol):
    """Where tasks run."""

    @property
    def workers(self) -> int:
        """How many tasks run at the same time."""

    @property
    def far(self) -> bool:
        """Whether tasks run in other processes, perhaps on other machines."""

    def share(self, value: Any) -> Any:
        """Send what all tasks need once; the result stands for it among the arguments of a task.

        Parameters
        ----------
        value : object
            Value that can be pickled.
        """

    def submit(self, task: Callable[..., Any], *args: Any) -> Any:
        """Hand a task out.

        Parameters
        ----------
        task : callable
            Function of a module.
        *args : object
            Its arguments, or what :meth:`share` gave for them.

        Returns
        -------
        object
            A future.
        """

    def wait(self, futures: set[Any], timeout: float | None) -> set[Any]:
        """Those that have ended, at least one unless time runs out.

        Parameters
        ----------
        futures : set of object
            What :meth:`submit` gave.
        timeout : float, optional
            Longest wait [s]; None: without end.

        Returns
        -------
        set of object
            Possibly empty where time ran out.
        """


class _Threads:
    far = False

    def __init__(self, workers: int) -> None:
        self.workers = workers
        self.pool = ThreadPoolExecutor(workers, thread_name_prefix="guanghui")

    def share(self, value: Any) -> Any:
        return value

    def submit(self, task: Callable[..., Any], *args: Any) -> Future[Any]:
        return self.pool.submit(task, *args)

    def wait(self, futures: set[Any], timeout: float | None) -> set[Any]:
        return wait(futures, timeout, FIRST_COMPLETED).done


class _Cluster:
    far = True

    def __init__(self, client: Any) -> None:
        make_ready(client)  # a client of a notebook comes here first
        self.client = client
        self.done: queue.SimpleQueue[Any] = queue.SimpleQueue()

    @property
    def workers(self) -> int:
        return max(1, sum(self.client.nthreads().values()))

    def share(self, value: Any) -> Any:
        for left in reversed(range(_SENDINGS)):
            try:  # in a list: a bare set would be sent by its elements
                return self.client.scatter([value], broadcast=True, hash=False)[0]
            except OSError:  # a worker was lost while it was sent to; those that are left, or follow, get it
                if not left:
                    raise
                time.sleep(1.0)

    def submit(self, task: Callable[..., Any], *args: Any) -> Any:
        future = self.client.submit(task, *args, pure=False)
        future.add_done_callback(self.done.put)
        return future

    def wait(self, futures: set[Any], timeout: float | None) -> set[Any]:
        found: set[Any] = set()
        try:
            found.add(self.done.get(timeout=timeout))
            while True:
                found.add(self.done.get_nowait())
        except queue.Empty:
            return found & futures


@contextmanager
def pool_here(most: int | None = None) -> Iterator[Pool]:
    """Take the workers that were chosen: the active Dask cluster, else as many threads as Dask was given.

    Parameters
    ----------
    most : int, optional
        Threads, at most.
    """
    client = None
    if "distributed" in sys.modules:
        from distributed.client import _get_global_client

        client = _get_global_client()
    if client is not None and client.status == "running":
        yield _Cluster(client)
        return
    alone = dask.config.get("scheduler", None) in ("synchronous", "single-threaded", "sync")
    count = 1 if alone else int(dask.config.get("num_workers", None) or os.cpu_count() or 1)
    pool = _Threads(count if most is None else max(1, min(count, most)))
    try:
        yield pool
    finally:
        pool.pool.shutdown(wait=True, cancel_futures=True)


@dataclass(frozen=True)
class Task:
    """One piece of work: ``make(*args)`` on any worker."""

    name: str
    make: Callable[..., Any]
    args: tuple[Any, ...] = ()
    weight: int = 0
    """Memory it needs at its peak [bytes]."""
    tries: int = 2
    about: Any = None
    """Handed back with the outcome."""


@dataclass(frozen=True)
class Outcome:
    """What became of a task."""

    task: Task
    value: Any = None
    error: BaseException | None = None
    """What the last try ended with."""
    seconds: float = 0.0
    """From handing out to the end [s]."""


def stream(
    pool: Pool, tasks: Iterable[Task], *, budget: int | None = None, beat: Callable[[], None] | None = None
) -> Iterator[Outcome]:
    """Run tasks, drawn from the iterable only when there is room for them.

    Parameters
    ----------
    pool : Pool
        Where they run.
    tasks : iterable of Task
        May be a generator, and may grow while the outcomes are read.
    budget : int, optional
        Memory that tasks in flight may need together [bytes]; one task always runs.
    beat : callable, optional
        Called about once a second while nothing ends.

    Yields
    ------
    Outcome
        In the order the tasks end.
    """
    coming = iter(tasks)
    waiting: list[tuple[Task, int]] = []
    flying: dict[Any, tuple[Task, int, float]] = {}
    weight = 0
    while True:
        most = _PER_WORKER * pool.workers if pool.far else pool.workers
        while len(flying) < most:
            if not waiting:
                task = next(coming, None)
                if task is None:
                    break
                waiting.append((task, 0))
            task, tried = waiting[0]
            if budget is not None and flying and weight + task.weight > budget:
                break
            waiting.pop(0)
            flying[pool.submit(task.make, *task.args)] = (task, tried + 1, time.perf_counter())
            weight += task.weight
        if not flying:
            return
        done = pool.wait(set(flying), 1.0)
        if not done and beat is not None:
            beat()
        for future in done:
            task, tried, start = flying.pop(future)
            weight -= task.weight
            try:
                value = future.result()
            except Exception as error:
                if tried < task.tries:
                    waiting.append((task, tried))
                    continue
                yield Outcome(task, error=error, seconds=time.perf_counter() - start)
            else:
                yield Outcome(task, value, seconds=time.perf_counter() - start)
