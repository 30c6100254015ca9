"""A surface model enlarged without interpolation is known by its stairs; rounded, level and steep ones are not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from guanghui.geo.crs import parse_crs
from guanghui.geo.fineness import repeats
from guanghui.geo.notes import Notes
from guanghui.geo.raster_source import raster_source
from guanghui.geo.surface import surface_model
from tests.scenes import CRS, EAST, NORTH, write_raster

_Y, _X = np.mgrid[0:80, 0:80]
HILLS = (40 + 12 * np.sin(_X / 11) * np.cos(_Y / 9) + 0.02 * _X).astype("float32")
ROOFS = np.where((_X // 12 + _Y // 12) % 2, 29 + 0.4 * np.minimum(_Y % 12, 12 - _Y % 12), 20.0).astype("float32")


def enlarged(z: np.ndarray, times: int) -> np.ndarray:
    return np.kron(z, np.ones((times, times), z.dtype))


@pytest.mark.parametrize("z", [HILLS, ROOFS], ids=["hills", "roofs"])
@pytest.mark.parametrize("times", [1, 2, 3, 4])
def test_the_factor_is_found(tmp_path: Path, z: np.ndarray, times: int) -> None:
    path = write_raster(tmp_path / "z.tif", enlarged(z, times), cell=1 / times, nodata=-9999.0)
    assert repeats(raster_source(path), (1 / times, 1 / times)) == pytest.approx(times, rel=0.1)


@pytest.mark.parametrize("sides", [(0.2655, 0.2323), (0.3, 0.3), (0.4, 0.25), (0.6, 0.7)])
def test_the_side_measured_is_told_where_cells_are_no_whole_part_of_it(
    tmp_path: Path, sides: tuple[float, float]
) -> None:
    """As a warp to degrees leaves it: cells of another width than height, a fraction of what was measured."""
    rows, columns = ((np.arange(int(len(ROOFS) / s)) * s).astype(int) for s in sides[::-1])
    path = write_raster(tmp_path / "z.tif", ROOFS[np.ix_(rows, columns)], nodata=-9999.0)
    times = repeats(raster_source(path), sides, whole=False)
    assert times * np.sqrt(sides[0] * sides[1]) == pytest.approx(1.0, rel=0.05)


@pytest.mark.parametrize("step", [1.0, 0.5, 0.1, 0.01])
def test_rounded_heights_are_not_enlarged_ones(tmp_path: Path, step: float) -> None:
    z = (np.round(HILLS / step) * step).astype("float32")
    assert repeats(raster_source(write_raster(tmp_path / "z.tif", z, nodata=-9999.0)), (1.0, 1.0)) == 1.0


def test_an_enlarged_surface_is_worked_at_what_was_measured(tmp_path: Path) -> None:
    """Every value comes back where it was, and the note names both sizes."""
    path = write_raster(tmp_path / "z.tif", enlarged(HILLS, 4), cell=0.25, nodata=-9999.0)
    notes = Notes()
    found = surface_model(raster_source(path), parse_crs(CRS), notes=notes)
    assert found.shape == HILLS.shape
    assert (float(found.x[0]), float(found.y[0])) == (EAST + 0.5, NORTH - 0.5)
    np.testing.assert_array_equal(found.to_numpy(), HILLS)
    assert [
        n for n in notes if "cells of 0.25 m repeat" in n.text and "about 1 m" in n.text and "放大而来" in n.text_zh
    ]
