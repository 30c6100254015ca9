"""Pictures lie where their rasters lie, within one pixel, at the corners and in the middle."""

from __future__ import annotations

import base64
import io

import dask.array as da
import numpy as np
import pytest
import xarray as xr
from PIL import Image
from pyproj import CRS, Transformer

from guanghui.geo.grid import Grid
from guanghui.geo.raster import from_numpy
from guanghui.maps.drawing.raster import paint_classes, paint_ramp
from guanghui.maps.drawing.style import Categories, Ramp
from guanghui.maps.drawing.warp import window_of

TWO = Ramp("kwh", (0.5,), ("#ffffff", "#ff0000"))
SPOTS = Categories(((7, "", "", "#00ff00"),))


def pixels(url: str) -> np.ndarray:
    """RGBA of a data URL."""
    image = Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2])))
    return np.asarray(image.convert("RGBA"))


def mercator(bounds: list[list[float]]) -> tuple[float, float, float, float]:
    move = Transformer.from_crs(4326, 3857, always_xy=True)
    west, south = move.transform(bounds[0][1], bounds[0][0])
    east, north = move.transform(bounds[1][1], bounds[1][0])
    return west, south, east, north


ALBERS = "+proj=aea +lat_1=25 +lat_2=47 +lon_0=105 +ellps=GRS80 +units=m"
PLACES = {
    "Gauss-Krüger 1.2° from its meridian": ((379_000, 3_234_000, 391_000, 3_246_000), 20, "EPSG:4548"),
    "UTM 2.5° from its meridian": ((740_000, 3_240_000, 760_000, 3_260_000), 40, "EPSG:32650"),
    "degrees": ((115.6, 29.1, 116.6, 30.1), 0.002, "EPSG:4326"),
    "Albers": ((900_000, 3_200_000, 1_000_000, 3_300_000), 250, ALBERS),
}


def blocks(grid: Grid) -> tuple[np.ndarray, list[tuple[int, int]]]:
    """Raster with one marked block of 3 x 3 cells at each corner and in the middle; their middle cells."""
    values = np.zeros(grid.shape, np.float32)
    spots = [(r, c) for r in (1, grid.height - 2) for c in (1, grid.width - 2)] + [(grid.height // 2, grid.width // 2)]
    for r, c in spots:
        values[r - 1 : r + 2, c - 1 : c + 2] = 1
    return values, spots


@pytest.mark.parametrize("name", PLACES)
@pytest.mark.parametrize("kind", ["quantity", "classes"])
def test_marks_at_corners_and_middle_lie_within_one_pixel_of_their_true_place(name: str, kind: str):
    grid = Grid.from_bounds(*PLACES[name])
    values, spots = blocks(grid)
    if kind == "quantity":
        picture = paint_ramp(from_numpy(values, grid), TWO)
        marked = (pixels(picture.url)[..., 1] == 0) & (pixels(picture.url)[..., 3] > 0)
    else:
        picture = paint_classes(from_numpy((values * 7).astype(np.uint8), grid), SPOTS)
        marked = pixels(picture.url)[..., 3] > 0
    west, south, east, north = mercator(picture.bounds)
    to_map = Transformer.from_crs(grid.crs, 3857, always_xy=True)
    t = grid.transform
    rows, cols = np.nonzero(marked)
    for r, c in spots:
        x, y = to_map.transform(t.c + (c + 0.5) * t.a, t.f + (r + 0.5) * t.e)
        col, row = (x - west) / (east - west) * picture.width, (north - y) / (north - south) * picture.height
        near = np.hypot(rows + 0.5 - row, cols + 0.5 - col) < 4
        assert near.any(), (r, c)
        assert abs((rows[near] + 0.5).mean() - row) < 1
        assert abs((cols[near] + 0.5).mean() - col) < 1


def test_a_fine_raster_is_reduced_lazily_and_keeps_its_place():
    grid = Grid.from_bounds((379_000, 3_234_000, 391_000, 3_246_000), 2.0, CRS.from_epsg(4548))
    touched = []

    def block(block_info=None):
        info = block_info[None]
        touched.append(info["chunk-location"])
        return np.ones(info["chunk-shape"], np.float32)

    cells = da.map_blocks(block, dtype=np.float32, chunks=((500,) * 12, (500,) * 12), meta=np.empty((0, 0), np.float32))
    lazy = xr.DataArray(cells, dims=("y", "x"), coords=grid.coords()).rio.write_crs(grid.crs.to_wkt())
    whole = paint_ramp(lazy, TWO, max_px=512)
    assert max(whole.width, whole.height) == 512
    assert (pixels(whole.url)[..., 3] > 0).mean() > 0.95
    touched.clear()
    west, south, east, north = mercator(whole.bounds)
    corner = (west, north - (north - south) / 10, west + (east - west) / 10, north)
    paint_ramp(lazy, TWO, within=corner, max_px=512)
    assert 0 < len(touched) <= 9  # of 144 blocks


def test_means_are_taken_of_quantities_and_cells_of_classes():
    grid = Grid.from_bounds((379_000, 3_234_000, 380_000, 3_235_000), 1.0, CRS.from_epsg(4548))
    board = (np.indices(grid.shape).sum(axis=0) % 2).astype(np.float32)
    mean = window_of(from_numpy(board, grid), max_px=100)
    assert np.abs(mean.values - 0.5).max() < 0.02
    cells = window_of(from_numpy(board.astype(np.uint8) + 1, grid), classes=True, max_px=100)
    assert set(np.unique(cells.values)) <= {1, 2}


def test_nothing_is_painted_outside_the_clip_or_where_there_is_no_value():
    import shapely

    grid = Grid.from_bounds((379_000, 3_234_000, 380_000, 3_235_000), 10.0, CRS.from_epsg(4548))
    values = np.ones(grid.shape, np.float32)
    values[:, :50] = np.nan
    picture = paint_ramp(from_numpy(values, grid), TWO)
    west, south, east, north = mercator(picture.bounds)
    clip = shapely.box(west, south, east, (south + north) / 2)
    half = paint_ramp(from_numpy(values, grid), TWO, clip=clip)
    shown, cut = pixels(picture.url)[..., 3] > 0, pixels(half.url)[..., 3] > 0
    assert shown.mean() == pytest.approx(0.5, abs=0.03)
    assert cut.mean() == pytest.approx(0.25, abs=0.03)
    assert not cut[: cut.shape[0] // 2 - 1].any()


def test_a_raster_elsewhere_paints_nothing():
    grid = Grid.from_bounds((379_000, 3_234_000, 380_000, 3_235_000), 10.0, CRS.from_epsg(4548))
    picture = paint_ramp(from_numpy(np.ones(grid.shape, np.float32), grid), TWO, within=(0.0, 0.0, 1000.0, 1000.0))
    assert not (pixels(picture.url)[..., 3] > 0).any()
