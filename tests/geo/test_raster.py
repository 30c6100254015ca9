from __future__ import annotations

import dask
import dask.array as da
import numpy as np
import pytest
import rasterio
from pyproj import Transformer
from rio_cogeo import cog_validate

from guanghui.geo.crs import parse_crs
from guanghui.geo.errors import InputError
from guanghui.geo.grid import Grid
from guanghui.geo.notes import Notes
from guanghui.geo.raster import from_numpy, on_grid, open_raster, write_cog
from guanghui.geo.raster_source import raster_source
from guanghui.geo.resample import keeping_steps
from guanghui.geo.surface import surface_model
from guanghui.geo.units import FOOT_M
from tests.scenes import EAST, NORTH, write_raster


def ramp(rows: int, cols: int) -> np.ndarray:
    return (np.arange(rows)[:, None] * 10 + np.arange(cols)).astype(np.float32)


def test_tiles_read_as_one(tmp_path) -> None:
    whole = ramp(60, 80)
    write_raster(tmp_path / "a.tif", whole[:, :50], nodata=-9999.0)
    write_raster(tmp_path / "b.tif", whole[20:, 50:], nodata=-9999.0, west=EAST + 50, north=NORTH - 20)
    source = raster_source(sorted(tmp_path.glob("*.tif")))
    array = open_raster(source)
    assert array.chunks is not None
    expected = whole.copy()
    expected[:20, 50:] = np.nan
    np.testing.assert_array_equal(array.values, expected)


def test_tiles_off_the_common_grid_are_refused(tmp_path) -> None:
    write_raster(tmp_path / "a.tif", ramp(10, 10))
    write_raster(tmp_path / "b.tif", ramp(10, 10), west=EAST + 10.4)
    with pytest.raises(InputError, match=r"b\.tif.*alignment"):
        raster_source(sorted(tmp_path.glob("*.tif")))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda p: p / "none.tif", "no such file"),
        (lambda p: write_raster(p / "bare.tif", ramp(4, 4), crs=None), "no CRS"),
        (lambda p: (p / "text.tif", (p / "text.tif").write_text("not a raster", encoding="utf-8"))[0], "cannot read"),
    ],
)
@pytest.mark.filterwarnings("ignore:Dataset has no geotransform")
def test_bad_rasters_are_named(tmp_path, make, message: str) -> None:
    with pytest.raises(InputError, match=message):
        raster_source(make(tmp_path))


def test_a_missing_crs_can_be_given(tmp_path) -> None:
    source = raster_source(write_raster(tmp_path / "bare.tif", ramp(4, 4), crs=None), crs="EPSG:4548")
    assert source.grid.crs.to_epsg() == 4548
    np.testing.assert_array_equal(open_raster(source).values, ramp(4, 4))


def test_warping_is_lazy_and_puts_cells_where_they_belong(tmp_path) -> None:
    source = raster_source(write_raster(tmp_path / "a.tif", ramp(100, 100), nodata=-9999.0))
    x0, y0, x1, y1 = source.grid.bounds
    grid = Grid.from_bounds((x0 + 20, y0 + 20, x1 - 20, y1 - 20), 2.0, source.grid.crs)
    array = on_grid(source, grid, resampling="average")
    assert array.chunks is not None
    assert Grid.of(array).matches(grid)
    row = int((y1 - grid.bounds[3]) + 0.5)
    col = int((grid.bounds[0] - x0) + 0.5)
    assert float(array[0, 0]) == pytest.approx(ramp(100, 100)[row : row + 2, col : col + 2].mean())


def test_cog_is_valid_lazy_and_tagged(tmp_path) -> None:
    grid = Grid.from_bounds((EAST, NORTH - 700, EAST + 900, NORTH), 1.0, 4548)
    values = da.from_array(ramp(700, 900), chunks=(256, 300))
    array = from_numpy(values, grid, name="poa", units="kWh/m²")
    path = write_cog(array, tmp_path / "out" / "poa.tif", tags={"source": "test"}, bands=["year"])
    valid, errors, _ = cog_validate(path)
    assert valid, errors
    with rasterio.open(path) as data:
        np.testing.assert_array_equal(data.read(1), ramp(700, 900))
        assert data.tags()["units"] == "kWh/m²"
        assert data.tags()["source"] == "test"
        assert data.descriptions == ("year",)
    assert [p.name for p in path.parent.iterdir()] == ["poa.tif"]


def test_a_failed_write_leaves_nothing(tmp_path) -> None:
    def explode(block):
        raise RuntimeError("broken chunk")

    grid = Grid.from_bounds((EAST, NORTH - 100, EAST + 100, NORTH), 1.0, 4548)
    values = da.map_blocks(explode, da.zeros((100, 100), chunks=50), dtype="float32", meta=np.empty((0, 0), "float32"))
    with pytest.raises(RuntimeError, match="broken"):
        write_cog(from_numpy(values, grid), tmp_path / "x.tif")
    assert list(tmp_path.iterdir()) == []


def test_surface_in_feet_with_holes(tmp_path) -> None:
    z = ramp(30, 30)
    z[3, 3], z[4, 4], z[5, 5] = 1e20, -1e20, np.nan
    source = raster_source(write_raster(tmp_path / "ft.tif", z))
    metres = surface_model(source, parse_crs(4548), unit="ft").values
    assert np.isnan(metres[[3, 4, 5], [3, 4, 5]]).all()
    assert metres[10, 10] == pytest.approx(110 * FOOT_M)


def test_surface_in_degrees_is_projected_and_said(tmp_path) -> None:
    path = write_raster(tmp_path / "deg.tif", ramp(50, 50), cell=1e-5, crs="EPSG:4326", west=115.8, north=29.3)
    notes = Notes()
    array = surface_model(raster_source(path), parse_crs(4548), notes=notes)
    assert Grid.of(array).cell[0] == pytest.approx(1.0, abs=0.1)
    assert any("warped" in str(n) for n in notes)


def test_a_coarse_model_is_no_surface(tmp_path) -> None:
    source = raster_source(write_raster(tmp_path / "dem.tif", ramp(20, 20), cell=30.0))
    with pytest.raises(InputError, match="too wide"):
        surface_model(source, parse_crs(4548))


def test_two_grids_of_one_file_do_not_mix(tmp_path) -> None:
    """Both are asked for in one computation; each must come back on its own grid."""
    source = raster_source(write_raster(tmp_path / "a.tif", ramp(100, 100), nodata=-9999.0))
    coarse = Grid.from_bounds(source.grid.bounds, 10.0, source.grid.crs)
    both = dask.compute(open_raster(source).data, on_grid(source, coarse, resampling="average").data)
    assert both[0].shape == (100, 100)
    assert both[1].shape == coarse.shape


def test_a_local_crs_is_refused_unless_the_section_names_one(tmp_path) -> None:
    path = tmp_path / "local.tif"
    local = 'LOCAL_CS["site grid",UNIT["metre",1]]'
    profile = {"driver": "GTiff", "width": 4, "height": 4, "count": 1, "dtype": "float32", "crs": local}
    with rasterio.open(path, "w", transform=rasterio.Affine(1, 0, 480000, 0, -1, 3230000), **profile) as out:
        out.write(np.ones((4, 4), "float32"), 1)
    with pytest.raises(InputError, match="local"):
        raster_source(path)
    assert raster_source(path, crs="EPSG:4548").grid.crs.to_epsg() == 4548


@pytest.mark.parametrize("crs", ["EPSG:4490", "EPSG:32650", "EPSG:32649"])
def test_a_surface_in_another_crs_keeps_walls_and_slopes(tmp_path, crs: str) -> None:
    """Against heights in closed form: half a cell from a wall nothing lies between roof and ground; slopes stay."""

    def height(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        roof = 30.0 + 0.5 * np.minimum(y - 40.0, 80.0 - y)
        return np.where((x > 30) & (x < 90) & (y > 40) & (y < 80), roof, 10.0 + 0.01 * x)

    there = Transformer.from_crs("EPSG:4548", crs, always_xy=True)
    x, y = there.transform([EAST, EAST + 120, EAST, EAST + 120], [NORTH, NORTH, NORTH - 120, NORTH - 120])
    step = (1 / 97_300, 1 / 110_850) if crs == "EPSG:4490" else (1.0, 1.0)
    cols, rows = int((max(x) - min(x)) / step[0]), int((max(y) - min(y)) / step[1])
    east, north = np.meshgrid(min(x) + (np.arange(cols) + 0.5) * step[0], max(y) - (np.arange(rows) + 0.5) * step[1])
    e, n = there.transform(east, north, direction="INVERSE")
    path = tmp_path / "z.tif"
    write_raster(path, height(e - EAST, NORTH - n).astype("float32"), crs=crs, cell=step,
                 west=min(x), north=max(y), nodata=-9999.0)  # fmt: skip
    array = surface_model(raster_source(path), parse_crs(4548))
    grid = Grid.of(array)
    seams = keeping_steps(raster_source(path), grid, chunk=41)
    np.testing.assert_allclose(seams.values, array.values, atol=1e-4)
    x, y = np.meshgrid(array.x.values - EAST, NORTH - array.y.values)
    known = np.isfinite(array.values) & (x > 5) & (x < 115) & (y > 5) & (y < 115)
    edge = np.min([abs(x - 30), abs(x - 90), abs(y - 40), abs(y - 80)], axis=0)
    far = known & (edge > 0.75) & (abs(y - 60) > 1.5)
    assert abs(array.values - height(x, y))[far].max() < 0.02
    ridge = known & (edge > 0.75) & ~far
    assert abs(array.values - height(x, y))[ridge].max() < 0.5
    between = (array.values > 12) & (array.values < 29.5)
    assert not between[known].any()


@pytest.mark.parametrize(("dtype", "rows", "taken"), [("float32", 4, True), ("int16", 4, True), ("float32", 14, False)])
def test_a_hole_of_undeclared_zeros_is_named(tmp_path, dtype: str, rows: int, taken: bool) -> None:
    """Heights of 30-49 m with rows of 0: a hole where they are few, perhaps the ground of something else where most."""
    z = np.broadcast_to(np.arange(30, 50)[:, None], (20, 20)).astype(dtype)
    z[3 : 3 + rows] = 0
    notes = Notes()
    source = raster_source(write_raster(tmp_path / "z.tif", z), role="quantity", heights=True, notes=notes)
    values = surface_model(source, parse_crs(4548)).values
    assert np.isnan(values).sum() == (20 * rows if taken else 0)
    assert any(f"{20 * rows} cells" in str(n) for n in notes)


def test_zeros_of_a_coast_are_heights(tmp_path) -> None:
    z = np.maximum(np.arange(400.0).reshape(20, 20) / 20 - 5, 0).astype("float32")
    notes = Notes()
    source = raster_source(write_raster(tmp_path / "z.tif", z), role="quantity", heights=True, notes=notes)
    assert np.isfinite(surface_model(source, parse_crs(4548)).values).all()
    assert not len(notes)
