"""What does not belong together is named, and passes once the stated cause is undone."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
from rasterio.transform import from_origin
from shapely.affinity import translate
from shapely.geometry import box

from guanghui.geo.errors import InputError
from guanghui.geo.gcj02 import wgs84_to_gcj02
from guanghui.plan.inputs import belonging, roofs_shown
from guanghui.plan.inputs.region import Region
from guanghui.plan.run.check import check
from tests.scenes import hourly_weather

CRS = "EPSG:4548"
X, Y = 480000.0, 3230000.0


def place(folder: Path, more: str = "", *, normals: str = "jiujiang", **change) -> Path:
    """A made-up place of 400 m with 36 houses on a slope of the ground."""
    towns = gpd.GeoDataFrame(
        {"name": ["东", "西"]}, geometry=[box(X + 200, Y, X + 400, Y + 400), box(X, Y, X + 200, Y + 400)], crs=CRS
    )
    towns.to_file(folder / "towns.gpkg")
    corners = [(X + 25 + 62 * i, Y + 25 + 62 * j) for i in range(6) for j in range(6)]
    roofs = gpd.GeoDataFrame(geometry=[box(x, y, x + 20, y + 14) for x, y in corners], crs=CRS)
    yy, xx = np.mgrid[0:400, 0:400]
    z = (20 + 0.01 * xx + 0.003 * yy).astype("float32")
    if change.get("buildings", True):
        for x, y in corners:
            row, col = int(Y + 400 - y), int(x - X)
            z[row - 14 : row, col : col + 20] += 9
    if change.get("whole"):
        z = np.round(z)
    write(folder / "dsm.tif", change.get("hole", lambda a: a)(z))
    shift = change.get("shift", (0, 0))
    roofs.geometry = [translate(g, *shift) for g in roofs.geometry]
    roofs.to_file(folder / "roofs.gpkg")
    path = folder / "r.toml"
    path.write_text(
        '[region]\nname = "某县"\n[townships]\npath = "towns.gpkg"\n[buildings]\npath = "roofs.gpkg"\n'
        f'[surface]\npath = "dsm.tif"\n{change.get("surface", "")}\n[weather]\n'
        + (f'normals = "{normals}"\n' if normals else "")
        + more,
        encoding="utf-8",
    )
    return path


def write(path: Path, z: np.ndarray, west: float = X, cell: float = 1.0) -> None:
    profile = {"driver": "GTiff", "count": 1, "dtype": "float32", "crs": CRS, "nodata": np.nan}
    size = {"width": z.shape[1], "height": z.shape[0], "transform": from_origin(west, Y + 400, cell, cell)}
    with rasterio.open(path, "w", **profile, **size) as out:
        out.write(z, 1)


def notes(path: Path) -> tuple[Region, str]:
    region = Region(path)
    assert check(region) == []
    assert all(n.text_zh for n in region.notes)
    return region, "\n".join(n.text for n in region.notes)


def test_a_sound_place_has_no_doubts(tmp_path: Path) -> None:
    _, told = notes(place(tmp_path, '[coverage]\ngrid = "jiangxi"\nphases = [{ year = 2026, share = 0.3 }]\n'))
    assert told.count("\n") == 0
    assert "illustrative weather" in told


def half(z: np.ndarray) -> np.ndarray:
    z = z.copy()
    z[:, 120:200] = np.nan
    return z


def most(z: np.ndarray) -> np.ndarray:
    z = z.copy()
    z[:, 40:] = np.nan
    return z


def test_a_township_the_surface_does_not_show_is_noted_and_one_it_does_is_not(tmp_path: Path) -> None:
    _, told = notes(place(tmp_path, hole=half))
    assert "西: the surface model shows 67 %" in told
    assert "东" not in told


def test_a_surface_of_another_place_is_refused_and_the_right_one_passes(tmp_path: Path) -> None:
    path = place(tmp_path, hole=most)
    (error,) = check(Region(path))
    assert "GCJ-02" in str(error)
    assert "GCJ-02" in error.zh
    assert check(Region(place(tmp_path))) == []


@pytest.mark.parametrize("change", [{"buildings": False}, {"shift": (31, 31)}])
def test_outlines_that_do_not_stand_out_are_noted(tmp_path: Path, change: dict) -> None:
    assert "stand above the ground" in notes(place(tmp_path, **change))[1]


@pytest.mark.parametrize("wide", [False, True])
def test_outlines_of_a_web_map_are_refused_with_the_shift_that_was_measured(tmp_path: Path, wide: bool) -> None:
    """Their townships hold them all the same, and the surface shows them or does not."""
    path = place(tmp_path)
    whole = box(X - 2000, Y - 2000, X + 2000, Y + 2000)
    gpd.GeoDataFrame({"name": ["东"]}, geometry=[whole], crs=CRS).to_file(tmp_path / "towns.gpkg")
    if wide:
        with rasterio.open(tmp_path / "dsm.tif") as source:
            z = np.pad(source.read(1), 800, constant_values=20.0)
        with rasterio.open(tmp_path / "dsm.tif", "w", driver="GTiff", count=1, dtype="float32", crs=CRS, width=2000,
                           height=2000, transform=from_origin(X - 800, Y + 1200, 1, 1)) as out:  # fmt: skip
            out.write(z, 1)
    sound = gpd.read_file(tmp_path / "roofs.gpkg")
    degrees = sound.to_crs(4326)
    shapes = shapely.transform(degrees.geometry.to_numpy(), wgs84_to_gcj02, interleaved=False)
    degrees.set_geometry(gpd.GeoSeries(shapes, crs=4326)).to_crs(CRS).to_file(tmp_path / "roofs.gpkg")
    (error,) = check(Region(path))
    for text in (str(error), error.zh):
        assert 'crs = "gcj02"' in text
        assert "36" in text
    sound.to_file(tmp_path / "roofs.gpkg")
    assert check(Region(path)) == []


def test_whole_metres_are_noted_once(tmp_path: Path) -> None:
    _, told = notes(place(tmp_path, whole=True))
    assert told.count("whole metres") == (1 if roofs_shown._WHOLE <= 36 else 0)


def test_terrain_that_covers_a_part_is_noted(tmp_path: Path) -> None:
    write(tmp_path / "dem.tif", np.full((40, 20), 20, "float32"), cell=10.0)
    assert "terrain shows 5" in notes(place(tmp_path, surface='terrain = "dem.tif"'))[1]
    write(tmp_path / "dem.tif", np.full((40, 40), 20, "float32"), cell=10.0)
    assert "terrain shows" not in notes(place(tmp_path, surface='terrain = "dem.tif"'))[1]


def test_an_outline_larger_than_its_township_is_named_and_no_roof(tmp_path: Path) -> None:
    path = place(tmp_path)
    count = len(Region(path).buildings)
    roofs = gpd.read_file(tmp_path / "roofs.gpkg")
    border = gpd.GeoDataFrame(geometry=[box(X - 200, Y - 200, X + 600, Y + 600)], crs=CRS)
    pd.concat([roofs, border]).to_file(tmp_path / "roofs.gpkg")
    region = Region(path)
    assert check(region) == []
    assert any("larger than a township" in note.text for note in region.notes)
    assert len(region.buildings) == count


def test_an_outline_larger_than_its_own_township_alone_is_named_too(tmp_path: Path) -> None:
    path = place(tmp_path)
    roofs = gpd.read_file(tmp_path / "roofs.gpkg")
    towns = gpd.read_file(tmp_path / "towns.gpkg")
    least = towns.geometry.area.idxmin()
    middle = towns.geometry.iloc[least].centroid
    towns.loc[least, "geometry"] = middle.buffer(3)
    others = [i for i in towns.index if i != least]
    towns.loc[others, "geometry"] = towns.geometry[others].difference(middle.buffer(3.1))
    towns.to_file(tmp_path / "towns.gpkg")
    alone = gpd.GeoDataFrame(geometry=[middle.buffer(3.05).envelope], crs=CRS)
    pd.concat([roofs[roofs.distance(middle) > 8], alone]).to_file(tmp_path / "roofs.gpkg")
    region = Region(path)
    assert check(region) == []
    assert any("larger than a township" in note.text for note in region.notes)


def _weather(folder: Path, latitude: float, longitude: float, altitude: float = 30.0) -> str:
    hours = hourly_weather().data
    table = hours.rename_axis("time").reset_index()
    table.to_csv(folder / "w.csv", index=False)
    columns = ", ".join(f'{c} = "{c}"' for c in ("ghi", "dni", "dhi", "temp_air", "wind_speed"))
    return (
        f'path = "w.csv"\ntime = "time"\nutc_offset = 8\nlatitude = {latitude}\nlongitude = {longitude}\n'
        f"altitude = {altitude}\ncolumns = {{ {columns} }}\n"
    )


@pytest.mark.parametrize(
    ("at", "word"),
    [((29.2, 115.8, 30.0), None), ((27.6, 115.8, 30.0), "km from the region"), ((29.2, 115.8, 900.0), "m above")],
)
def test_a_station_far_off_or_high_up_is_noted(
    tmp_path: Path, at: tuple[float, float, float], word: str | None
) -> None:
    write(tmp_path / "dem.tif", np.full((40, 40), 20, "float32"), cell=10.0)
    path = place(tmp_path, _weather(tmp_path, *at), normals="", surface='terrain = "dem.tif"')
    region = Region(path)
    belonging.weather_place(region)
    told = "\n".join(n.text for n in region.notes if n.source == "weather")
    assert (word in told) if word else told == ""


@pytest.mark.parametrize("at", [(-29.2, 115.8), (29.2, 104.0)])
def test_a_station_elsewhere_is_refused_unless_it_is_meant(
    tmp_path: Path, at: tuple[float, float], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = place(tmp_path, normals="jiujiang")
    from dataclasses import replace

    far = replace(hourly_weather(), latitude=at[0], longitude=at[1])
    for more, refused in (("", True), ("far = true\n", False)):
        path = place(tmp_path, f'path = "roofs.gpkg"\n{more}', normals="")
        region = Region(path)
        monkeypatch.setitem(region.__dict__, "weather", far)
        if refused:
            with pytest.raises(InputError, match="far = true") as told:
                belonging.weather_place(region)
            assert "far = true" in told.value.zh
        else:
            belonging.weather_place(region)
            assert any("km from the region" in n.text for n in region.notes)


def test_factors_of_another_province_are_noted(tmp_path: Path) -> None:
    more = '[coverage]\ngrid = "jiangsu"\nphases = [{ year = 2026, share = 0.3 }]\n[economics]\nregion = "jiangsu"\n'
    _, told = notes(place(tmp_path, more, normals="yancheng"))
    for words in ('emission factor "jiangsu"', 'feed-in price "jiangsu"', 'normals "yancheng"'):
        assert words in told
    _, told = notes(place(tmp_path, more.replace("jiangsu", "jiangxi"), normals="jiujiang"))
    assert "lies elsewhere" not in told
