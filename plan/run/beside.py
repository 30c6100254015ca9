"""Work of a run that goes on beside other work: the carbon account while the roofs are surveyed.

Neither needs the other, and the kernels of the roofs leave the interpreter free. Beside work in Python, such as tables
and pages, a thread gains nothing: rasters written there took four times as long (measured on the demo city).
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from guanghui.geo.notes import Note, Notes
from guanghui.geo.streaming import pool_here

__all__ = ["Beside"]

T = TypeVar("T")


class Beside(Generic[T]):
    """One piece of work, begun at once in a thread of its own where there are workers for two, else when asked for.

    Parameters
    ----------
    make : callable
        The work. Its notes are taken when the result is, so that their order is that of a run with one worker.
    notes : Notes
        Where its notes go.
    alone : bool, default False
        Begin only when asked for: memory is short.
    """

    def __init__(self, make: Callable[[], T], notes: Notes, *, alone: bool = False) -> None:
        self._make, self._notes = make, notes
        self._found: list[T] = []
        self._told: list[Note] = []
        self._error: BaseException | None = None
        self._thread: threading.Thread | None = None
        if not alone:
            with pool_here() as pool:
                alone = pool.workers < 2
        if not alone:
            self._thread = threading.Thread(target=self._work, name="guanghui-beside", daemon=True)
            self._thread.start()

    def _work(self) -> None:
        try:
            with self._notes.apart() as told:
                self._told = told
                self._found.append(self._make())
        except BaseException as error:  # raised where the result is asked for
            self._error = error

    def result(self) -> T:
        """Wait for the work and give its result, or raise what it ended with."""
        if self._thread is None:
            return self._make()
        self._thread.join()
        self._notes.take(self._told)
        if self._error is not None:
            raise self._error
        return self._found[0]
