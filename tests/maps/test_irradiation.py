"""Irradiation of roof cells: from files of the year and the months to pictures of the page."""

from __future__ import annotations

import base64
import zlib
from pathlib import Path

import numpy as np
import pytest
import shapely
from pyproj import CRS, Transformer

from guanghui.geo.errors import InputError
from guanghui.geo.grid import Grid
from guanghui.geo.raster import from_numpy, write_cog
from guanghui.maps import RoofIrradiation, roof_months, township_page
from guanghui.maps.page import irradiation as module
from tests.maps.scene import METRIC, MONTHS, SOUTH, WEST
from tests.maps.test_raster import mercator, pixels

SIDE = 200
ROOFS = {(20, 30): 0.7, (150, 40): 1.0, (90, 160): 1.05}
"""Upper left cell of a roof of 24 cells a side -> its irradiation against the usual."""
HALF = 24


def write_tile(path: Path, west: float, north: float, bands: int = 13) -> Path:
    """File of some roofs; the months follow those of the scene."""
    grid = Grid.from_bounds((west, north - SIDE, west + SIDE, north), 1.0, METRIC)
    year = np.full(grid.shape, np.nan, np.float32)
    for (row, col), share in ROOFS.items():
        year[row : row + HALF, col : col + HALF] = 1213 * share
    months = year * (MONTHS / MONTHS.sum())[:, None, None].astype(np.float32)
    array = from_numpy(np.concatenate([year[None], months])[:bands], grid, name="poa", units="kWh/m²")
    write_cog(array, path, bands=["year", *[f"month {m:02d}" for m in range(1, 13)]][:bands])
    return path


@pytest.fixture
def tile(tmp_path: Path) -> Path:
    return write_tile(tmp_path / "0_0.tif", WEST + 2000, SOUTH + 6200)


def box_of(west: float, south: float, east: float, north: float) -> tuple[float, float, float, float]:
    move = Transformer.from_crs(METRIC, 3857, always_xy=True)
    return move.transform_bounds(west, south, east, north)


ALL = box_of(WEST, SOUTH, WEST + 12_000, SOUTH + 12_000)


def unpacked(packed: dict) -> dict[str, np.ndarray]:
    """What the page makes of a packed string."""
    data, found, start = zlib.decompress(base64.b64decode(packed["data"])), {}, 0
    for column in packed["columns"]:
        size = int(column["kind"][1])
        planes = np.frombuffer(data[start : start + column["bytes"]], np.uint8).reshape(size, column["n"])
        start += column["bytes"]
        values = planes.T.copy().view(f"<{column['kind']}").ravel().astype(int)
        found[column["name"]] = values.cumsum() if column.get("delta") else values
    return found


def test_roofs_of_the_picture_lie_in_their_place_with_the_class_of_their_year(tile: Path):
    irradiation = RoofIrradiation([tile])
    (picture,) = irradiation.pictures(ALL)
    west, south, east, north = mercator(picture.bounds)
    shown = pixels(picture.url)
    move = Transformer.from_crs(METRIC, 3857, always_xy=True)
    for (row, col), share in ROOFS.items():
        corners = [(row + a, col + b) for a in (3, HALF - 4) for b in (3, HALF - 4)]
        for r, c in [*corners, (row + HALF // 2, col + HALF // 2)]:
            x, y = move.transform(WEST + 2000 + c + 0.5, SOUTH + 6200 - r - 0.5)
            at = int((north - y) / (north - south) * picture.height), int((x - west) / (east - west) * picture.width)
            colour = irradiation.year.colours[int(irradiation.year.classify(1213 * share))]
            assert "#{:02x}{:02x}{:02x}".format(*shown[at][:3]) == colour
    roof_share = (shown[..., 3] > 0).mean()
    assert roof_share == pytest.approx(len(ROOFS) * HALF**2 / SIDE**2, rel=0.12)


def test_the_packed_months_are_those_of_the_file(tile: Path):
    irradiation = RoofIrradiation([tile])
    packed = irradiation.months(ALL)
    columns = unpacked(packed)
    (piece,) = packed["pieces"]
    assert piece["n"] == len(columns["at"])
    assert columns["at"].max() < piece["w"] * piece["h"]
    classes = np.cumsum([columns[f"m{m}"] for m in range(1, 13)], axis=0) - 1
    wanted = {
        tuple(irradiation.month.classify(1213 * share * MONTHS / MONTHS.sum()).tolist()) for share in ROOFS.values()
    }
    assert {tuple(column) for column in classes.T.tolist()} == wanted


def test_more_roof_pixels_than_a_page_holds_become_wider(tile: Path, monkeypatch: pytest.MonkeyPatch):
    fine = RoofIrradiation([tile])
    usual, picture = fine.months(ALL), fine.pictures(ALL)[0]
    count = usual["pieces"][0]["n"]
    monkeypatch.setattr(module, "_MOST_MONTH", count // 3)
    monkeypatch.setattr(module, "_MOST_YEAR", count // 3)
    packed, coarse = fine.months(ALL), fine.pictures(ALL)[0]
    piece = packed["pieces"][0]
    assert piece["n"] <= count // 3 * 1.2
    assert piece["w"] == -(-usual["pieces"][0]["w"] // 2)
    one, two = (np.array(mercator(p["bounds"])) for p in (usual["pieces"][0], piece))
    np.testing.assert_allclose(one, two, atol=9)
    np.testing.assert_allclose(mercator(picture.bounds), mercator(coarse.bounds), atol=25)
    classes = np.cumsum([unpacked(packed)[f"m{m}"] for m in range(1, 13)], axis=0)
    before = np.cumsum([unpacked(usual)[f"m{m}"] for m in range(1, 13)], axis=0)
    np.testing.assert_allclose(classes.mean(axis=1), before.mean(axis=1), atol=0.2)
    assert {tuple(c) for c in pixels(coarse.url)[..., :3].reshape(-1, 3)} <= {
        tuple(c) for c in pixels(picture.url)[..., :3].reshape(-1, 3)
    } | {tuple(int(c[i : i + 2], 16) for i in (1, 3, 5)) for c in fine.year.colours}


def test_a_clip_takes_away_what_lies_outside_and_the_next_page_still_has_it(tile: Path):
    irradiation = RoofIrradiation([tile])
    whole = irradiation.months(ALL)
    clip = shapely.box(*box_of(WEST, SOUTH, WEST + 2000 + 100, SOUTH + 12_000))
    part = irradiation.months(ALL, clip)
    assert 0 < part["pieces"][0]["n"] < whole["pieces"][0]["n"]
    before = irradiation.pictures(ALL)[0].url
    assert irradiation.pictures(ALL, clip)[0].url != before
    assert irradiation.pictures(ALL)[0].url == before
    assert irradiation.months(ALL) == whole
    assert irradiation.pictures(ALL, shapely.box(0, 0, 1, 1)) == []
    assert irradiation.months(ALL, shapely.box(0, 0, 1, 1)) is None


def test_files_elsewhere_are_not_read_and_each_is_read_once(tile: Path, tmp_path: Path):
    far = write_tile(tmp_path / "9_9.tif", WEST + 50_000, SOUTH + 6200)
    irradiation = RoofIrradiation([tile, far])
    read = []
    real = irradiation._read
    irradiation._piece = lambda path: (read.append(path), real(path))[1]
    irradiation.pictures(ALL)
    assert read == [tile]
    assert far not in irradiation._touching(ALL)


def test_a_file_of_the_year_alone_has_no_months(tmp_path: Path):
    irradiation = RoofIrradiation([write_tile(tmp_path / "y.tif", WEST + 2000, SOUTH + 6200, bands=1)])
    assert len(irradiation.pictures(ALL)) == 1
    assert irradiation.months(ALL) is None


def test_a_file_that_is_no_raster_is_named(tmp_path: Path):
    path = tmp_path / "broken.tif"
    path.write_text("no raster", encoding="utf-8")
    with pytest.raises(InputError, match=r"broken\.tif"):
        RoofIrradiation([path])


def test_the_crs_of_the_files_need_not_be_that_of_the_city(tmp_path: Path):
    grid = Grid.from_bounds((440_000, 3_230_000, 440_400, 3_230_400), 1.0, CRS.from_epsg(32650))
    write_cog(from_numpy(np.full(grid.shape, 1200.0, np.float32), grid, name="poa"), tmp_path / "u.tif")
    (picture,) = RoofIrradiation([tmp_path / "u.tif"]).pictures(box_of(*_around(grid)))
    assert (pixels(picture.url)[..., 3] > 0).mean() > 0.95


def _around(grid: Grid) -> tuple[float, float, float, float]:
    return Transformer.from_crs(grid.crs, METRIC, always_xy=True).transform_bounds(*grid.bounds)


@pytest.mark.browser
def test_the_page_paints_the_month_it_is_asked_for(open_page, city_scene, tile: Path):
    s = city_scene
    irradiation = RoofIrradiation([tile], s.roofs)
    page = open_page(township_page(s.city, "360482100", roofs=s.roofs, plan=s.plan, irradiation=irradiation))
    page.check("input[value=irradiation]")
    assert "屋面年辐照量" in page.inner_text("#legend")
    assert page.locator(".leaflet-raster-pane img").count() == 1
    page.check("input[value=month]")
    seen = {}
    for month in (1, 7):
        page.fill("#month", str(month))
        assert page.locator(".leaflet-raster-pane img").count() == 1
        seen[month] = page.get_attribute(".leaflet-raster-pane img", "src")
        assert "屋面月辐照量" in page.inner_text("#legend")
        middle = Transformer.from_crs(METRIC, 4326, always_xy=True).transform(WEST + 2000 + 52, SOUTH + 6200 - 162)
        read = """([month, lat, lng]) => new Promise(done => {
          const spec = Guanghui.data.layers.filter(layer => layer.key === "irradiation_" + month)[0];
          const image = document.querySelector(".leaflet-raster-pane img");
          image.decode().then(() => done(Guanghui.readPicture(spec, L.latLng(lat, lng))));
        })"""
        text = page.evaluate(read, [month, middle[1], middle[0]])
        place = int(irradiation.month.classify(1213 * MONTHS[month - 1] / MONTHS.sum()))
        assert text.startswith(f"{irradiation.month.breaks[place - 1]:.0f}–{irradiation.month.breaks[place]:.0f}")
    assert seen[1] != seen[7]
    page.uncheck("input[value=irradiation]")
    assert page.locator(".leaflet-raster-pane img").count() == 0
    assert page.heard == []


def test_the_months_of_one_roof_are_those_of_its_cells(tile: Path, tmp_path: Path) -> None:
    west, north = WEST + 2000, SOUTH + 6200
    (row, col), share = next(iter(ROOFS.items()))
    roof = shapely.box(west + col + 2, north - row - 10, west + col + 14, north - row)
    other = write_tile(tmp_path / "year.tif", west, north, bands=1)
    found = roof_months([tile, other], roof, METRIC, lang="en")
    assert found.values.shape == (12, 10, 12)
    expected = 1213 * share * MONTHS / MONTHS.sum()
    np.testing.assert_allclose(found.values.mean(("y", "x")), expected, rtol=1e-5)
    assert found.values["x"][0] == pytest.approx(west + col + 2.5)
    assert found.values["y"][0] == pytest.approx(north - row - 0.5)
    told = found._repr_html_()
    assert told.count("<figure") == 12
    assert "month 7 · " + f"{expected[6]:.0f}" in told
    lonlat = shapely.transform(
        roof, lambda xy: np.column_stack(Transformer.from_crs(METRIC, 4326, always_xy=True).transform(*xy.T))
    )
    assert int(roof_months([tile], lonlat, 4326).values[0].notnull().sum()) == pytest.approx(120, abs=24)
    with pytest.raises(InputError, match="none of the rasters"):
        roof_months([other], roof, METRIC)
    with pytest.raises(InputError, match="none of the rasters"):
        roof_months([tile], shapely.box(west + 60, north - 10, west + 70, north), METRIC)
