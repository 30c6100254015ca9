"""Work beside other work: the same notes in the same order as one after the other, and its faults where it is asked."""

from __future__ import annotations

import threading

import dask
import pytest

from guanghui.geo.notes import Notes
from guanghui.plan.run.beside import Beside


@pytest.mark.parametrize("workers", [1, 2])
def test_notes_come_in_the_order_of_one_worker(workers: int) -> None:
    notes = Notes()
    begun = threading.Event()

    def account() -> int:
        begun.set()
        with notes.heard() as told:
            notes.add("carbon", "a factor is assumed")
            notes.add("roofs", "seen twice")
        assert [n.text for n in told][:1] == ["a factor is assumed"]
        return 7

    with dask.config.set(scheduler="threads", num_workers=workers):
        ahead = Beside(account, notes)
        assert workers == 1 or begun.wait(10)
        assert begun.is_set() == (workers == 2)
        notes.add("roofs", "seen twice")
        with notes.heard() as told:
            assert ahead.result() == 7
    assert [str(n) for n in notes] == ["roofs: seen twice", "carbon: a factor is assumed"]
    assert [str(n) for n in told] == ["carbon: a factor is assumed"]


def test_one_worker_or_little_memory_begins_when_asked() -> None:
    done = []
    with dask.config.set(scheduler="threads", num_workers=1):
        ahead = Beside(lambda: done.append(1), Notes())
    alone = Beside(lambda: done.append(1), Notes(), alone=True)
    assert not done
    ahead.result()
    alone.result()
    assert done == [1, 1]


def test_a_fault_is_raised_where_the_result_is_asked_for() -> None:
    with dask.config.set(scheduler="threads", num_workers=2):
        ahead = Beside(lambda: 1 / 0, Notes())
    with pytest.raises(ZeroDivisionError):
        ahead.result()
