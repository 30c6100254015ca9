"""What it costs and saves to leave out cells of open roof: the same faces with every cell and without.

``python -m benchmarks.thin``: about three minutes.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import dask
import numpy as np

from benchmarks.common import REAL, last_line, table
from benchmarks.form import REGIONS
from benchmarks.irradiation import _city
from guanghui import pv
from guanghui.plan.inputs.region import Region
from guanghui.pv.assessment import batch
from guanghui.pv.assessment.batches import run_batches

RUNS = 4


class Both:
    """Stands in for the light of a batch, works it both ways in turn and keeps the difference."""

    def __init__(self) -> None:
        self.every, self.second, self.faces = [], [], []
        self.cpu = np.zeros(2)
        self.left = 0
        self._one = batch._on_modules

    def __call__(self, scene, cells, faces, work, mounts, model):  # type: ignore[no-untyped-def]
        """Work a batch."""
        sides, spent = [], np.full(2, np.inf)
        for _ in range(RUNS):
            sides = []
            for k, every in enumerate((True, False)):
                settings = model.settings.model_copy(update={"every_cell": every})
                copy = model.__class__(**{**vars(model), "settings": settings})
                begin = time.thread_time()
                sides.append(self._one(scene, cells, faces, work, mounts, copy))
                spent[k] = min(spent[k], time.thread_time() - begin)
        self.cpu += spent
        self.every.append(sides[0].poa[work])
        self.second.append(sides[1].poa[work])
        self.faces.append(faces.face[work] + sum(f.max() + 1 for f in self.faces if len(f)))
        self.left += int((sides[0].poa != sides[1].poa).any(axis=1)[work].sum())
        return sides[0]

    def figures(self) -> list[float]:
        """Cells, share left out, errors of cells and of faces of ten cells and more [%], CPU seconds."""
        every, second = np.concatenate(self.every).astype(float), np.concatenate(self.second).astype(float)
        face = np.concatenate(self.faces)
        a, b = every.sum(axis=1), second.sum(axis=1)
        off = 100 * (b - a) / a.mean()
        count = np.bincount(face)
        big = count >= 10
        whole = 100 * (np.bincount(face, b)[big] / np.bincount(face, a)[big] - 1)
        month = 100 * np.sqrt(((second - every) ** 2).mean(axis=0)) / every.mean(axis=0)
        return [len(a), 100 * self.left / len(a), off.mean(), np.sqrt((off**2).mean()), np.percentile(abs(off), 99),
                month.mean(), np.sqrt((whole**2).mean()), np.percentile(abs(whole), 99), *self.cpu,
                100 * (1 - self.cpu[1] / self.cpu[0])]  # fmt: skip


def main() -> None:
    """Print the town of the speed benchmark, and the lidar places where they are at hand."""

    def town() -> None:
        ground, model, batches = _city(1)
        run_batches(ground, model, batches)

    places: dict[str, Callable[[], object]] = {"town": town}
    if REAL.is_dir():
        for name in ("shotover", "goteborg"):
            places[name] = lambda n=name: pv.survey(Region(REGIONS / f"{n}.toml"))  # type: ignore[misc]
    lines = []
    one = batch._on_modules
    for name, work in places.items():
        both = Both()
        batch._on_modules = both
        try:
            with dask.config.set(scheduler="synchronous"):
                work()
        finally:
            batch._on_modules = one
        lines.append([name, *(round(v, 3) for v in both.figures())])
    head = ["place", "cells", "left out %", "MBE %", "RMSE %", "p99 %", "month RMSE %", "faces RMSE %", "faces p99 %",
            "CPU s", "thinned", "saved %"]  # fmt: skip
    table("Light on the modules: cells of open roof left out, against every cell", head, lines)
    rms, p99 = (max(line[k] for line in lines) for k in (4, 5))
    last_line(thin_rms_pct=rms, thin_p99_pct=p99, thin_saved_pct=lines[0][-1])


if __name__ == "__main__":
    main()
