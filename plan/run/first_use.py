"""Kernels are compiled once for each state of the code; where that is still to be done, it is done beside other work.

A child process surveys three small roofs, which compiles the kernels of a survey into the cache that the run reads.
Meanwhile the run reads its inputs, or builds the demo, on the other core.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from types import TracebackType

__all__ = ["Kernels", "compile_all"]

_MARK = "compiled"
_REGION = """
[region]
name = "小院"
name_en = "Yard"
crs = "EPSG:32650"
seed = 1
[townships]
path = "townships.geojson"
code = "code"
name = "name"
name_en = "name_en"
[buildings]
path = "outlines.geojson"
id = "id"
[surface]
path = "surface.tif"
terrain = "terrain.tif"
[weather]
normals = "jiujiang"
"""
_WEST, _SOUTH, _SIDE = 400_000, 3_235_000, 160


class Kernels:
    """Compilation of the kernels in a child process, begun where it is needed.

    Parameters
    ----------
    wanted : bool, default True
        Begin; kernels that are there already are never compiled again.
    """

    def __init__(self, wanted: bool = True) -> None:
        mark = _mark() if wanted and (os.cpu_count() or 1) > 1 else None
        self._child: subprocess.Popen[bytes] | None = None
        if mark is None or mark.is_file():
            return
        with suppress(OSError):
            self._child = subprocess.Popen(
                [sys.executable, "-m", "guanghui.plan.run.first_use"],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )  # fmt: skip

    @property
    def at_work(self) -> bool:
        """Whether kernels are being compiled."""
        return self._child is not None and self._child.poll() is None

    def wait(self) -> None:
        """Wait until they are compiled; a child that failed costs time later, never the result."""
        if self._child is not None:
            self._child.wait()

    def __enter__(self) -> Kernels:
        """Return the compilation."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the child where the run ended first."""
        if self.at_work and self._child is not None:
            self._child.kill()
            self._child.wait()


def _mark() -> Path | None:
    """File that says that the kernels of this state of the code are compiled; None where no cache is kept for it."""
    if os.environ.get("NUMBA_CACHE_DIR"):
        return None
    from guanghui.geo.compiled import cache_folder

    folder = cache_folder()
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        return folder / _MARK
    return None


def compile_all() -> None:
    """Survey three roofs, so that each kernel is compiled for what a run hands to it, and leave the mark."""
    from guanghui import pv
    from guanghui.plan.inputs.region import Region

    with tempfile.TemporaryDirectory(prefix="guanghui-") as folder:
        pv.survey(Region(_yard(Path(folder))), detail="polygons", tile_folder=Path(folder) / "poa")
    mark = _mark()
    if mark is not None:
        mark.touch()


def _yard(folder: Path) -> Path:
    """Region file of a place with a hall, a gable and a house in its shade."""
    import geopandas as gpd
    import numpy as np
    import rasterio
    import shapely
    from rasterio.transform import from_origin

    crs = "EPSG:32650"
    boxes = [(30, 30, 70, 50), (80, 30, 92, 40), (40, 90, 52, 100)]
    shapes = [shapely.box(_WEST + a, _SOUTH + b, _WEST + c, _SOUTH + d) for a, b, c, d in boxes]
    gpd.GeoDataFrame({"id": ["a", "b", "c"]}, geometry=shapes, crs=crs).to_crs(4326).to_file(
        folder / "outlines.geojson"
    )
    side = shapely.box(_WEST, _SOUTH, _WEST + _SIDE, _SOUTH + _SIDE)
    gpd.GeoDataFrame({"code": ["1"], "name": ["院"], "name_en": ["Yard"]}, geometry=[side], crs=crs).to_crs(
        4326
    ).to_file(folder / "townships.geojson")
    z = np.full((_SIDE, _SIDE), 20.0, np.float32)
    y, x = np.mgrid[0:_SIDE, 0:_SIDE] + 0.5
    for (a, b, c, d), slope in zip(boxes, (0.0, 0.5, 0.0), strict=True):
        inside = (x > a) & (x < c) & (_SIDE - y > b) & (_SIDE - y < d)
        z[inside] = (28 - slope * np.abs(_SIDE - y - (b + d) / 2))[inside]
    z[120:124, 60:64] += 3
    for name, values, cell in (("surface", z, 1), ("terrain", np.full((40, 40), 20, np.float32), 30)):
        far = (values.shape[0] * cell - _SIDE) / 2
        with rasterio.open(
            folder / f"{name}.tif", "w", driver="GTiff", height=len(values), width=len(values), count=1, crs=crs,
            dtype="float32", transform=from_origin(_WEST - far, _SOUTH + _SIDE + far, cell, cell), nodata=-9999,
        ) as target:  # fmt: skip
            target.write(values, 1)
    path = folder / "yard.toml"
    path.write_text(_REGION, encoding="utf-8")
    return path


if __name__ == "__main__":
    compile_all()
