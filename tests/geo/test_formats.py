"""The same 50 roofs in every format a bureau hands over."""

import json
from pathlib import Path
from zipfile import ZipFile

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from guanghui.geo.errors import InputError
from guanghui.geo.formats import closed_lines
from guanghui.geo.gcj02 import wgs84_to_gcj02
from guanghui.geo.notes import Notes
from guanghui.geo.vector import read_layer

_X, _Y = np.meshgrid(383_000 + 60 * np.arange(10), 3_237_000 + 60 * np.arange(5))
TRUTH = shapely.box(_X.ravel() - 10.0, _Y.ravel() - 10.0, _X.ravel() + 10.0, _Y.ravel() + 10.0)
FRAME = gpd.GeoDataFrame({"名称": [f"共青{i}号楼" for i in range(50)]}, geometry=TRUTH, crs=4548)


def prefixed(frame):
    return frame.set_geometry(frame.geometry.translate(39e6, 0))


def dxf(path):
    FRAME[["geometry"]].set_geometry(FRAME.boundary).to_file(path, driver="DXF", engine="pyogrio")


def sheet(path):
    points = FRAME.centroid.to_crs(4490)
    table = pd.DataFrame({"名称": FRAME["名称"], "经度": points.x, "纬度": points.y, "面积": "400.0"})
    if path.suffix == ".csv":
        table.to_csv(path, index=False, encoding="gb18030")
    else:
        table.to_excel(path, index=False)


def metres(path):
    path.write_text(json.dumps({k: v for k, v in json.loads(prefixed(FRAME).to_json()).items() if k != "crs"}))


def no_cpg(path):
    FRAME.to_file(path, encoding="gbk")
    path.with_suffix(".cpg").unlink()


def kml(path):
    moved = FRAME.to_crs(4326)
    moved[:20].to_file(path, layer="a", driver="LIBKML")
    moved[20:].to_file(path, layer="b", driver="LIBKML", mode="a")


def kmz(path):
    kml(path.with_name("doc.kml"))
    with ZipFile(path, "w") as pack:
        pack.write(path.with_name("doc.kml"), "doc.kml")


CASES = {
    "gbk.shp": (lambda p: FRAME.to_file(p, encoding="gbk"), None),
    "no_cpg.shp": (no_cpg, None),
    "r.gdb": (lambda p: FRAME.to_file(p, driver="OpenFileGDB"), None),
    "r.parquet": (lambda p: FRAME.rename_geometry("shape").to_parquet(p), None),
    "r.kml": (kml, None),
    "r.kmz": (kmz, None),
    "r.dxf": (dxf, "EPSG:4548"),
    "r.xlsx": (sheet, None),
    "r.csv": (sheet, None),
    "prefix_under_bare.gpkg": (lambda p: prefixed(FRAME).to_file(p), None),
    "bare_under_prefix.gpkg": (lambda p: FRAME.set_crs(4527, allow_override=True).to_file(p), None),
    "metres.geojson": (metres, None),
    "wrong.gpkg": (lambda p: FRAME.set_crs(4547, allow_override=True).to_file(p), "EPSG:4548"),
}


@pytest.mark.parametrize("name", list(CASES))
def test_the_same_roofs(tmp_path, name):
    write, crs = CASES[name]
    write(tmp_path / name)
    got = read_layer(tmp_path / name, crs=crs, notes=Notes()).to_crs(4548).geometry.to_numpy()
    worst = shapely.hausdorff_distance(shapely.normalize(got), shapely.normalize(TRUTH)).max()
    assert len(got) == 50
    assert worst < (0.3 if name in ("r.xlsx", "r.csv") else 0.1)  # a listed square points north, not along the grid


def test_a_prefix_of_another_meridian_is_refused(tmp_path):
    prefixed(FRAME).set_crs(4547, allow_override=True).to_file(tmp_path / "r.gpkg")
    with pytest.raises(InputError, match=r"zone 39 .* meridian 114"):
        read_layer(tmp_path / "r.gpkg")


def test_bd09_comes_back_to_where_it_was(tmp_path):
    def shift(x, y):  # the published forward formula, independent of the inverse in the project
        east, north = wgs84_to_gcj02(x, y)
        k = np.pi * 3000 / 180
        radius = np.hypot(east, north) + 0.00002 * np.sin(north * k)
        angle = np.arctan2(north, east) + 0.000003 * np.cos(east * k)
        return radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006

    degrees = FRAME.to_crs(4326)
    moved = shapely.transform(degrees.geometry.to_numpy(), shift, interleaved=False)
    degrees.set_geometry(gpd.GeoSeries(moved, crs=4326)).to_file(tmp_path / "b.geojson")
    got = read_layer(tmp_path / "b.geojson", crs="bd09").to_crs(4548)
    assert got.centroid.distance(FRAME.centroid).max() < 1.0


def test_a_ring_inside_the_one_before_it_is_a_courtyard() -> None:
    rings = [
        shapely.LinearRing(shapely.box(*b).exterior.coords) for b in ((0, 0, 20, 20), (5, 5, 15, 15), (30, 0, 40, 9))
    ]
    frame = gpd.GeoDataFrame(geometry=[shapely.LineString(r.coords) for r in rings], crs=32650)
    notes = Notes()
    found = closed_lines(Path("a.dxf"), frame, notes).geometry
    assert found.area.tolist() == [300.0, 0.0, 90.0]
    assert "1 closed lines" in next(iter(notes)).text


def test_the_document_says_what_is_measured() -> None:
    """Every format has its row in docs/formats.md; a drawing, which has only lines, is measured again."""
    formats = pytest.importorskip("benchmarks.formats")
    text = formats.DOCUMENT.read_text(encoding="utf-8")
    written = {line.split(" | ")[0][2:]: line for line in text.splitlines() if line.startswith("| ")}
    assert set(formats.WORDS) == set(CASES)
    assert set(formats.WORDS.values()) <= set(written)
    again = formats.table(formats.rows(("r.dxf",))).splitlines()[-1]
    assert again == written[formats.WORDS["r.dxf"]]
