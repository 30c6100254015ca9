"""Heights of outlines without one from a raster of building heights."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
from shapely.geometry import box

from guanghui import geo
from guanghui.geo.errors import InputError
from guanghui.geo.height_raster import with_raster_heights
from guanghui.geo.notes import Notes
from tests.scenes import CRS, EAST, NORTH, write_raster


def outlines() -> gpd.GeoDataFrame:
    spots = [(0, 20, 20), (40, 20, 20), (80, 20, 20), (120, 40, 10)]
    shapes = [box(EAST + x, NORTH - 60, EAST + x + w, NORTH - 60 + h) for x, w, h in spots]
    source = ["assumed", "measured", "assumed", "assumed"]
    return gpd.GeoDataFrame({"height_m": [6.0, 9.0, 6.0, 6.0], "height_source": source}, geometry=shapes, crs=CRS)


def test_known_heights_stay_and_unknown_ones_are_the_mean_of_their_cells(tmp_path) -> None:
    z = np.zeros((20, 20), np.float32)
    z[:, 0:2], z[:, 4:6], z[:, 12:14], z[:, 14:16] = 15.0, 30.0, 10.0, 20.0
    z[:, 8:10] = 0.0  # the raster knows no building here
    notes = Notes()
    raster = geo.raster_source(write_raster(tmp_path / "h.tif", z, cell=10.0, nodata=-1.0))
    found = with_raster_heights(outlines(), raster, notes)
    assert found["height_source"].tolist() == ["raster", "measured", "assumed", "raster"]
    assert found["height_m"].iloc[:3].tolist() == [15.0, 9.0, 6.0]
    assert found["height_m"].iloc[3] == pytest.approx(15.0, abs=1.5)
    assert any("2 of 4 heights" in str(n.text) for n in notes.items)


def test_a_raster_without_heights_is_refused(tmp_path) -> None:
    raster = geo.raster_source(write_raster(tmp_path / "h.tif", np.zeros((20, 20), np.float32), cell=10.0))
    with pytest.raises(InputError, match="on none of the 3 buildings"):
        with_raster_heights(outlines(), raster, Notes())
