"""A raster is read as it says of itself: nodata, mask, alpha, scale, offset, unit, bands; from one file or tiles."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely
from rasterio.enums import ColorInterp
from rasterio.transform import from_origin

from guanghui.geo.errors import InputError
from guanghui.geo.grid import Grid
from guanghui.geo.notes import Notes
from guanghui.geo.raster import on_grid, open_raster
from guanghui.geo.raster_source import raster_source
from guanghui.geo.surface import sample_heights
from guanghui.plan.inputs.region import Region

HEIGHT = np.arange(60, dtype=float).reshape(6, 10) + 2.0
HOLE = np.zeros(HEIGHT.shape, bool)
HOLE[1:3, 2:5] = True
TRUTH = np.where(HOLE, np.nan, HEIGHT)


def write(
    path: Path, values: np.ndarray, *, nodata: float | None = None, scale: float = 1.0, offset: float = 0.0,
    unit: str = "", mask: np.ndarray | None = None, alpha: np.ndarray | None = None, west: float = 500_000.0,
) -> Path:  # fmt: skip
    bands = [values] if alpha is None else [values, alpha.astype(values.dtype)]
    profile: dict[str, Any] = {
        "driver": "GTiff", "height": values.shape[0], "width": values.shape[1], "count": len(bands),
        "dtype": values.dtype.name, "crs": "EPSG:32650", "transform": from_origin(west, 3_200_000.0, 1.0, 1.0),
        "nodata": nodata,
    }  # fmt: skip
    with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True), rasterio.open(path, "w", **profile) as out:
        for number, band in enumerate(bands, 1):
            out.write(band, number)
        if alpha is not None:
            out.colorinterp = [ColorInterp.gray, ColorInterp.alpha]
        if mask is not None:
            out.write_mask(mask)
        if (scale, offset) != (1.0, 0.0):
            out.scales, out.offsets = (scale,) * len(bands), (offset,) * len(bands)
        if unit:
            out.units = (unit,) * len(bands)
    return path


def encodings() -> dict[str, tuple[np.ndarray, dict[str, Any]]]:
    def filled(value: float, kind: str, factor: float = 1.0, shift: float = 0.0) -> np.ndarray:
        return np.where(HOLE, value, np.round((HEIGHT - shift) * factor)).astype(kind)

    return {
        "float nan": (np.where(HOLE, np.nan, HEIGHT).astype("float32"), {}),
        "float -9999": (filled(-9999, "float32"), {"nodata": -9999.0}),
        "float64": (filled(-3e38, "float64"), {"nodata": -3e38}),
        "uint8 255": (filled(255, "uint8"), {"nodata": 255}),
        "uint16 65535": (filled(65535, "uint16"), {"nodata": 65535}),
        "int16 0": (filled(0, "int16"), {"nodata": 0}),
        "int16 scale": (filled(-32768, "int16", 10), {"nodata": -32768, "scale": 0.1}),
        "uint8 offset": (filled(255, "uint8", 1, 2), {"nodata": 255, "offset": 2.0}),
        "mask": (filled(7, "uint8"), {"mask": ~HOLE}),
        "float mask": (filled(7, "float32"), {"mask": ~HOLE}),
        "alpha": (filled(9, "uint8"), {"alpha": np.where(HOLE, 0, 255)}),
    }


@pytest.mark.parametrize("name", encodings())
@pytest.mark.parametrize("tiled", [False, True])
@pytest.mark.parametrize("warped", [False, True])
def test_every_encoding_is_the_same_quantity(tmp_path: Path, name: str, tiled: bool, warped: bool) -> None:
    values, options = encodings()[name]
    if tiled:
        halves = []
        for number, cols in enumerate((slice(0, 5), slice(5, 10))):
            own = {k: v[:, cols] if isinstance(v, np.ndarray) else v for k, v in options.items()}
            halves.append(write(tmp_path / f"{number}.tif", values[:, cols], west=500_000.0 + cols.start, **own))
        source = raster_source(halves, role="quantity")
    else:
        source = raster_source(write(tmp_path / "one.tif", values, **options), role="quantity")
    if warped:
        part = source.grid.part(slice(1, 5), slice(1, 9))
        got = on_grid(source, part, resampling="nearest").to_numpy()
        want = TRUTH[1:5, 1:9]
    else:
        got, want = open_raster(source).to_numpy(), TRUTH
    assert got.dtype == np.float32
    np.testing.assert_allclose(got, want, rtol=1e-6)


def test_tiles_of_different_encodings_are_one_quantity(tmp_path: Path) -> None:
    kinds = encodings()
    one, more = kinds["uint8 255"], kinds["int16 scale"]
    west = write(tmp_path / "a.tif", one[0][:, :5], **one[1])
    east = write(tmp_path / "b.tif", more[0][:, 5:], west=500_005.0, **more[1])
    np.testing.assert_allclose(open_raster(raster_source([west, east], role="quantity")).to_numpy(), TRUTH, rtol=1e-6)


@pytest.mark.parametrize(
    ("unit", "metres"), [("US survey foot", 1200 / 3937), ("ft", 0.3048), ("m", 1.0), ("cm", 0.01)]
)
def test_a_unit_the_band_names_is_brought_to_metres_and_said(tmp_path: Path, unit: str, metres: float) -> None:
    path = write(tmp_path / "z.tif", (HEIGHT / metres).astype("float32"), unit=unit)
    notes = Notes()
    source = raster_source(path, role="quantity", to_metres=True, notes=notes)
    np.testing.assert_allclose(open_raster(source).to_numpy(), HEIGHT, rtol=1e-5)
    assert bool(len(list(notes))) == (metres != 1.0)


def test_a_unit_nobody_knows_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "z.tif", HEIGHT.astype("float32"), unit="kelvin")
    with pytest.raises(InputError, match="kelvin"):
        raster_source(path, role="quantity", to_metres=True)


def test_several_bands_are_refused_unless_one_is_named(tmp_path: Path) -> None:
    path = tmp_path / "rgb.tif"
    profile = {"driver": "GTiff", "height": 6, "width": 10, "count": 3, "dtype": "uint8", "crs": "EPSG:32650",
               "transform": from_origin(500_000.0, 3_200_000.0, 1.0, 1.0)}  # fmt: skip
    with rasterio.open(path, "w", **profile) as out:
        out.write(np.stack([HEIGHT, HEIGHT + 1, HEIGHT + 2]).astype("uint8"))
    with pytest.raises(InputError, match="3 bands"):
        raster_source(path, role="quantity")
    assert open_raster(raster_source(path, band=2, role="quantity")).to_numpy()[0, 0] == HEIGHT[0, 0] + 1


@pytest.mark.parametrize("tiled", [False, True])
def test_codes_under_a_mask_are_no_data(tmp_path: Path, tiled: bool) -> None:
    values = np.full(HEIGHT.shape, 10, "uint8")
    if tiled:
        files = [write(tmp_path / f"{c}.tif", values[:, c : c + 5], mask=~HOLE[:, c : c + 5], west=500_000.0 + c)
                 for c in (0, 5)]  # fmt: skip
    else:
        files = [write(tmp_path / "lc.tif", values, mask=~HOLE)]
    array = open_raster(raster_source(files, role="codes"))
    assert array.dtype.kind == "i"
    assert (array.to_numpy()[HOLE] == array.attrs["nodata"]).all()
    assert (array.to_numpy()[~HOLE] == 10).all()


@pytest.mark.parametrize("name", encodings())
def test_between_tiles_nothing_is_known(tmp_path: Path, name: str) -> None:
    values, options = encodings()[name]
    halves = []
    for number, cols in enumerate((slice(0, 4), slice(6, 10))):
        own = {k: v[:, cols] if isinstance(v, np.ndarray) else v for k, v in options.items()}
        halves.append(write(tmp_path / f"{number}.tif", values[:, cols], west=500_000.0 + cols.start, **own))
    want = TRUTH.copy()
    want[:, 4:6] = np.nan
    np.testing.assert_allclose(open_raster(raster_source(halves, role="quantity")).to_numpy(), want, rtol=1e-6)


def test_between_tiles_without_nodata_no_height_is_made_up(tmp_path: Path) -> None:
    values = HEIGHT.astype("float32")
    halves = [write(tmp_path / f"{c}.tif", values[:, c : c + 4], west=500_000.0 + c) for c in (0, 6)]
    got = open_raster(raster_source(halves, role="quantity")).to_numpy()
    np.testing.assert_array_equal(np.isnan(got), np.isin(np.arange(10), (4, 5))[None, :].repeat(6, axis=0))


def test_code_tiles_may_differ_in_nodata_and_leave_gaps(tmp_path: Path) -> None:
    values = np.full(HEIGHT.shape, 10)
    values[0] = 0  # a class of the western tile, no data in the eastern one
    west = write(tmp_path / "w.tif", values[:, :4].astype("uint8"))
    east = write(tmp_path / "e.tif", values[:, 6:].astype("int16"), nodata=0, west=500_006.0)
    array = open_raster(raster_source([west, east], role="codes"))
    void = array.attrs["nodata"]
    want = values.copy()
    want[:, 4:6] = want[0, 6:] = void
    np.testing.assert_array_equal(array.to_numpy(), want)


@pytest.mark.parametrize(
    ("kind", "fill", "scale"),
    [("float32", -9999, 1.0), ("float32", -3.4028234663852886e38, 1.0), ("int16", -9999, 0.1), ("int16", -32768, 1.0)],
)
@pytest.mark.parametrize("warped", [False, True])
def test_an_undeclared_fill_is_no_data_and_said(
    tmp_path: Path, kind: str, fill: float, scale: float, warped: bool
) -> None:
    stored = np.where(HOLE, fill, np.round(HEIGHT / scale)).astype(kind)
    notes = Notes()
    source = raster_source(write(tmp_path / "z.tif", stored, scale=scale), role="quantity", notes=notes)
    (note,) = notes
    assert f"{HOLE.sum()} cells" in note.text
    if warped:  # beside a hole a mean must not be pulled down
        coarse = Grid.from_bounds(source.grid.bounds, 2.0, source.grid.crs)
        got = on_grid(source, coarse, resampling="average").to_numpy()
        assert np.nanmin(got) >= HEIGHT.min()
    else:
        np.testing.assert_allclose(open_raster(source).to_numpy(), TRUTH, rtol=1e-6)


def test_what_lies_low_on_earth_is_no_fill(tmp_path: Path) -> None:
    """The Dead Sea in decimetres, and Turpan in centimetres: large numbers, ordinary heights."""
    for name, metres, scale in (("dead", -430.0, 0.1), ("turpan", -154.0, 0.01)):
        notes = Notes()
        stored = np.full(HEIGHT.shape, metres / scale).round().astype("int32")
        source = raster_source(write(tmp_path / f"{name}.tif", stored, scale=scale), role="quantity", notes=notes)
        np.testing.assert_allclose(open_raster(source).to_numpy(), metres, rtol=1e-6)
        assert not len(notes)


def test_an_undeclared_collar_hides_no_neighbour(tmp_path: Path) -> None:
    values = HEIGHT.astype("float32")
    collar = values[:, 3:].copy()
    collar[:, :3] = -9999
    files = [write(tmp_path / "a.tif", values[:, :6]), write(tmp_path / "b.tif", collar, west=500_003.0)]
    np.testing.assert_array_equal(open_raster(raster_source(files, role="quantity")).to_numpy(), values)


def test_outside_a_model_without_nodata_no_height_is_known(tmp_path: Path) -> None:
    source = raster_source(write(tmp_path / "z.tif", HEIGHT.astype("float32")), role="quantity")
    west, south, _, north = source.grid.bounds
    x, y = [west + 0.5, west - 5.0, west + 0.5], [north - 0.5, north - 0.5, south - 5.0]
    places = gpd.GeoDataFrame(geometry=gpd.points_from_xy(x, y), crs=source.grid.crs)
    np.testing.assert_array_equal(sample_heights(source, places), [HEIGHT[0, 0], np.nan, np.nan])


@pytest.mark.parametrize(("given", "surface_m"), [("", HEIGHT), ('unit = "ft"', HEIGHT / 0.3048)])
def test_the_unit_of_the_section_is_that_of_the_surface_alone(
    tmp_path: Path, given: str, surface_m: np.ndarray
) -> None:
    """``unit`` outweighs what the surface says and is applied later; the terrain beside it still speaks for itself."""
    for name in ("dsm", "dem"):
        write(tmp_path / f"{name}.tif", (HEIGHT / 0.3048).astype("float32"), unit="ft")
    box = shapely.box(499_990.0, 3_199_980.0, 500_020.0, 3_200_010.0)
    towns = gpd.GeoDataFrame({"name": ["a"], "code": ["1"]}, geometry=[box], crs=32650)
    towns.to_file(tmp_path / "towns.gpkg")
    (tmp_path / "region.toml").write_text(
        '[region]\nname = "x"\n[townships]\npath = "towns.gpkg"\nname = "name"\ncode = "code"\n'
        f'[surface]\npath = "dsm.tif"\nterrain = "dem.tif"\n{given}\n',
        encoding="utf-8",
    )
    region = Region(tmp_path / "region.toml")
    assert region.surface is not None
    assert region.terrain is not None
    np.testing.assert_allclose(open_raster(region.surface).to_numpy(), surface_m, rtol=1e-5)
    np.testing.assert_allclose(open_raster(region.terrain).to_numpy(), HEIGHT, rtol=1e-5)
