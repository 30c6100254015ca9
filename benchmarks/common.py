"""What every benchmark needs: a clock of CPU seconds, a table, a last line of JSON."""

from __future__ import annotations

import json
import resource
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

REAL = Path(__file__).resolve().parents[2] / "shared" / "real"


class Clock:
    """CPU and wall seconds of a block, children included."""

    def __init__(self) -> None:
        self.cpu = 0.0
        self.wall = 0.0


def _cpu() -> float:
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


@contextmanager
def clock() -> Iterator[Clock]:
    """Time a block."""
    found = Clock()
    cpu, wall = _cpu(), time.perf_counter()
    yield found
    found.cpu, found.wall = _cpu() - cpu, time.perf_counter() - wall


def best(work: Callable[[], Any], repeat: int = 3) -> Clock:
    """Least CPU seconds of several runs."""
    runs = []
    for _ in range(repeat):
        with clock() as spent:
            work()
        runs.append(spent)
    return min(runs, key=lambda c: c.cpu)


def peak_gib() -> float:
    """Largest memory this process ever held [GiB]."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def table(title: str, head: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Print a table for people."""
    cells = [[_text(c) for c in row] for row in [head, *rows]]
    widths = [max(len(r[i]) for r in cells) for i in range(len(head))]
    print(f"\n{title}")
    for number, row in enumerate(cells):
        print(
            "  " + "  ".join(c.rjust(w) if i else c.ljust(w) for i, (c, w) in enumerate(zip(row, widths, strict=True)))
        )
        if number == 0:
            print("  " + "  ".join("-" * w for w in widths))


def _text(value: Any) -> str:
    if value is None:
        return "-"
    return f"{value:.3g}" if isinstance(value, float) and abs(value) < 1e4 else f"{value}"


def last_line(**figures: Any) -> None:
    """Print the figures as one JSON object."""
    print(json.dumps({k: round(v, 4) if isinstance(v, float) else v for k, v in figures.items()}))
