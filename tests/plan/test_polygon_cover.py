"""Land cover as the polygons of a land survey: codes as text, exact areas, one account; what does not fit is told."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from pyproj import CRS

from guanghui.geo.errors import InputError
from guanghui.geo.own_legend import text_codes, text_legend
from guanghui.geo.polygon_area import equal_area_m2, overlapping_pairs
from guanghui.geo.vector import ellipsoid_area_m2
from guanghui.geo.zonal import density_sums
from guanghui.plan.inputs.region import Region
from guanghui.plan.run.check import check
from guanghui.plan.workbook.sink_sheets import outlook_sheets
from guanghui.plan.workbook.tables import labels
from guanghui.sinks import assess, outlook
from tests.sinks.conftest import write_cover

GK = "EPSG:4527"  # CGCS2000, 3 degrees, zone 39
X, Y = 39_400_000.0, 3_250_000.0
CODES = ["0101", "0103", "0201K", "0301", "0302", "0305", "0404", "0702", "1104A", "05H1"]
NAMES = [
    "水田",
    "旱地",
    "可调整果园",
    "乔木林地",
    "竹林地",
    "灌木林地",
    "其他草地",
    "农村宅基地",
    "养殖坑塘",
    "商业服务业设施用地",
]
CLASSES = ["paddy", "dryland", "orchard", "forest", "bamboo", "shrub", "grassland", "built", "aquaculture", "built"]
REGION = """
[region]
name = "试验县"
name_en = "Trial"
[townships]
path = "towns.gpkg"
[landcover]
path = "{path}"
year = 2022
{more}
[sinks]
draws = 200
"""


def square(col: float, row: float, width: float = 1.0, height: float = 1.0) -> shapely.Polygon:
    """Square of a hectare on the grid."""
    return shapely.box(X + 100 * col, Y + 100 * row, X + 100 * (col + width), Y + 100 * (row + height))


def strips() -> gpd.GeoDataFrame:
    """Ten strips of 10 ha on the plane."""
    frame = gpd.GeoDataFrame({"DLBM": CODES, "DLMC": NAMES}, geometry=[square(i, 0, 1, 10) for i in range(10)], crs=GK)
    return frame.assign(TBMJ=ellipsoid_area_m2(frame).round(2))


def folder_of(path: Path, layer: gpd.GeoDataFrame, more: str = "", name: str = "DLTB.gpkg") -> Path:
    towns = gpd.GeoDataFrame({"name": ["甲乡", "乙乡"]}, geometry=[square(0, 0, 5, 10), square(5, 0, 5, 10)], crs=GK)
    towns.to_file(path / "towns.gpkg")
    layer.to_file(path / name)
    file = path / "region.toml"
    file.write_text(REGION.format(path=name, more=more), encoding="utf-8")
    return file


def open_(path: Path, layer: gpd.GeoDataFrame, more: str = "", name: str = "DLTB.gpkg") -> Region:
    return Region(folder_of(path, layer, more, name))


@pytest.mark.parametrize("name", ["DLTB.gpkg", "DLTB.shp", "DLTB.geojson"])
def test_every_class_has_the_area_of_its_polygons_on_the_ellipsoid(tmp_path: Path, name: str) -> None:
    layer = strips()
    if name.endswith("json"):
        layer = layer.to_crs(4490)
    region = open_(tmp_path, layer, name=name)
    assert check(region) == []
    stock = assess(region)
    frame = stock.areas.frame
    exact = ellipsoid_area_m2(strips()) / 1e4
    want = pd.Series(exact, index=CLASSES).groupby(level=0).sum()
    found = frame.groupby("class")["area_ha"].sum()
    np.testing.assert_allclose(found[want.index], want, rtol=1e-6)  # the geodesic peer is good to 0.1 m²
    assert stock.table["nodata_ha"].max() == 0
    np.testing.assert_allclose(stock.areas.townships["area_ha"], exact.reshape(2, 5).sum(axis=1), rtol=1e-6)


def test_the_survey_s_own_areas_stand_beside_those_of_the_polygons(tmp_path: Path) -> None:
    layer = strips()
    layer.loc[3, "TBMJ"] *= 1.05
    survey = assess(open_(tmp_path, layer)).survey.set_index("code")
    assert list(survey.index) == sorted(CODES)
    others = survey.drop("0301")
    assert others["difference_ha"].abs().max() < 2e-5
    assert survey.loc["0301", "difference_pct"] == pytest.approx(5, abs=1e-3)
    assert survey.loc["0201K", "class"] == "orchard"
    assert survey.loc["0201K", "label_zh"] == "可调整果园"


def test_a_polygon_over_a_border_is_cut_and_its_stated_area_with_it(tmp_path: Path) -> None:
    layer = gpd.GeoDataFrame({"DLBM": ["0301", "0101"], "TBMJ": [0.0, 0.0]}, crs=GK,
                             geometry=[square(-2, 0, 8, 10), square(6, 0, 4, 10)])  # fmt: skip
    layer["TBMJ"] = ellipsoid_area_m2(layer)
    region = open_(tmp_path, layer)
    assert check(region) == []
    assert any("20.0" in n.text or "19.99" in n.text for n in region.notes)  # 20 ha beyond the border are told
    stock = assess(region)
    forest = stock.areas.frame.query("`class` == 'forest'").set_index("code")["area_ha"]
    planar = 1e6 / float(ellipsoid_area_m2(layer.iloc[:1].assign(geometry=[square(0, 0, 10, 10)]))[0])
    np.testing.assert_allclose(forest * planar, [50, 10], rtol=5e-6)  # the scale varies by 2e-6 over the townships
    assert stock.survey["difference_ha"].abs().max() < 1e-4


@pytest.mark.parametrize(
    ("column", "want"),
    [
        (["0101", "303", "0303K", "09"], ["0101", "0303", "0303K", "0009"]),
        ([101, 303, 1104, 9], ["0101", "0303", "1104", "0009"]),
        ([101.0, 30100.0, 1104.0, 203.0], ["0101", "030100", "1104", "0203"]),
        ([" 0101 ", "1104a", "5H1", "08h2"], ["0101", "1104A", "05H1", "08H2"]),
        (["1104K", "0810A", "1107A", "101.0"], ["1104K", "0810A", "1107A", "0101"]),
    ],
)
def test_codes_are_read_however_they_are_written(column: list, want: list[str]) -> None:
    codes, known = text_codes(pd.Series(column), text_legend("third_survey"))
    assert codes.tolist() == want
    assert known.explains(codes)


def test_unknown_codes_stop_with_their_hectares(tmp_path: Path) -> None:
    layer = strips()
    layer.loc[[1, 2], "DLBM"] = ["7777", ""]
    problems = check(open_(tmp_path, layer))
    assert len(problems) == 1
    assert "7777 (10.0" in str(problems[0]) or "7777 (9.99" in str(problems[0])
    assert "(empty)" in str(problems[0])
    assert "公顷" not in str(problems[0])


def test_names_that_say_other_land_than_the_codes_stop(tmp_path: Path) -> None:
    layer = strips()
    layer.loc[0, "DLMC"] = "乔木林地"
    (problem,) = check(open_(tmp_path, layer))
    assert "0101/乔木林地" in str(problem)
    assert "10.00 ha" in str(problem)


def test_overlaps_are_refused_or_counted_once_and_gaps_are_named(tmp_path: Path) -> None:
    layer = strips()
    twice = pd.concat([layer, layer.iloc[[3]]], ignore_index=True)
    (problem,) = check(open_(tmp_path, twice))
    assert "0301/0301" in str(problem)
    holed = layer.drop(index=7)
    sliver = holed.iloc[[0]].assign(geometry=[square(0.9999, 0, 0.0002, 1)], DLBM="1006", DLMC="农村道路")
    region = open_(tmp_path, pd.concat([holed, sliver], ignore_index=True))
    assert check(region) == []
    said = " ".join(n.text for n in region.notes)
    assert "overlap on 0.0002 ha" in said
    assert "乙乡 9.99" in said or "乙乡 10.0" in said
    towns = assess(region).areas.townships
    np.testing.assert_allclose(towns["known_ha"] + towns["nodata_ha"], towns["area_ha"], rtol=1e-12)
    assert towns["nodata_ha"].iloc[1] == pytest.approx(10, rel=1e-3)


def test_stands_and_wetlands_overrule_polygons_as_they_do_cells(tmp_path: Path) -> None:
    stand = gpd.GeoDataFrame({"species_group": ["马尾松"], "volume_m3_ha": [80.0]}, geometry=[square(2.5, 2, 4, 3)],
                             crs=GK)  # fmt: skip
    pond = gpd.GeoDataFrame({"wetland_type": ["湖泊"]}, geometry=[square(6, 4, 2, 2)], crs=GK)
    stand.to_file(tmp_path / "stands.gpkg")
    pond.to_file(tmp_path / "wet.gpkg")
    more = '[stands]\npath = "stands.gpkg"\n[wetlands]\npath = "wet.gpkg"\n'
    by_polygon = assess(open_(tmp_path, strips(), more))
    ids = {"paddy": 101, "dryland": 103, "orchard": 204, "forest": 301, "bamboo": 302, "shrub": 305, "grassland": 404,
           "built": 702, "aquaculture": 1104}  # fmt: skip
    cells = np.repeat(np.array([[ids[k] for k in CLASSES]], np.int16), 10, axis=0)
    path = tmp_path / "cells.tif"
    raster(path, cells)
    file = tmp_path / "cells.toml"
    legend = "legend = {" + ", ".join(f'{ids[k]} = "{k}"' for k in dict.fromkeys(CLASSES)) + "}\n"
    file.write_text(REGION.format(path="cells.tif", more=legend + more), encoding="utf-8")
    by_cell = assess(Region(file))
    columns = ["area_ha", "forest_ha", "wetland_ha", "cropland_ha", "green_ha", "volume_m3", "total_tc", "sink_tc_yr"]
    np.testing.assert_allclose(by_polygon.table[columns], by_cell.table[columns], rtol=2e-6)


def raster(path: Path, cells: np.ndarray) -> None:
    import rasterio

    with rasterio.open(path, "w", driver="GTiff", height=10, width=10, count=1, dtype="int16", crs=GK,
                       transform=rasterio.transform.from_origin(X, Y + 1000, 100, 100)) as out:  # fmt: skip
        out.write(cells, 1)


def test_map_and_table_of_polygons_agree(tmp_path: Path) -> None:
    region = open_(tmp_path, strips())
    stock = assess(region)
    drawn = density_sums(stock.density["total"].compute(), region.townships)["sum"]
    np.testing.assert_allclose(drawn, stock.townships["total_tc"], rtol=1e-3)


def test_two_surveys_of_polygons_and_a_survey_beside_cells(tmp_path: Path) -> None:
    old = strips()
    old.loc[6, ["DLBM", "DLMC"]] = ["0301", "乔木林地"]
    old.to_file(tmp_path / "old.gpkg")
    more = '[landcover_before]\npath = "old.gpkg"\nyear = 2019\n'
    region = open_(tmp_path, strips(), more)
    from guanghui.sinks import assess_change

    change = assess_change(region, assess(region))
    assert change.table.set_index("code").loc["", "changed_ha"] == pytest.approx(10, rel=1e-3)
    cells = np.repeat(np.array([[1, 2, 2, 2, 2, 2, 2, 2, 2, 2]], np.int16), 10, axis=0)
    raster(tmp_path / "old.tif", cells)
    more = '[landcover_before]\npath = "old.tif"\nyear = 2019\nlegend = {1 = "paddy", 2 = "forest"}\n'
    (problem,) = check(open_(tmp_path, strips(), more))
    assert "accept_versions" in str(problem)
    region = open_(tmp_path, strips(), more + "accept_versions = true\n")
    assert check(region) == []
    changed = assess_change(region, assess(region)).table.set_index("code").loc["", "changed_ha"]
    assert changed == pytest.approx(80, rel=1e-3)


def test_borders_of_two_surveys_are_set_in_the_region_file_and_shown_in_the_workbook(tmp_path: Path) -> None:
    """2 m of the border between grass and homesteads moved, 10 ha of grass became forest: codes by codes."""
    old = strips()
    old.loc[3, ["DLBM", "DLMC"]] = ["0404", "其他草地"]
    old.geometry = [square(i, 0, 1 + 0.02 * (i == 6), 10) if i != 7 else square(7.02, 0, 0.98, 10) for i in range(10)]
    old.to_file(tmp_path / "old.gpkg")
    more = '[landcover_before]\npath = "old.gpkg"\nyear = 2019\n[sinks.change]\nborder_m = {}\ncount_border = false\n'
    with pytest.raises(InputError, match="border_m"):
        open_(tmp_path, strips(), more.format(-1))
    region = open_(tmp_path, strips(), more.format(2.5))
    assert check(region) == []
    stock = assess(region)
    found = outlook(region, stock)
    assert any("narrower than 2.5 m" in n.text and "left out" in n.text for n in region.notes)
    sheets = {sheet.key: sheet.frame for sheet in outlook_sheets(found)}
    codes = sheets["change_codes"].groupby(["before", "after"])[["area_ha", "border_ha"]].sum()
    np.testing.assert_allclose(codes.loc[("0404", "0301")], [10, 0], rtol=1e-3)
    np.testing.assert_allclose(codes.loc[("0404", "0702")], [0.2, 0.2], rtol=1e-3)
    assert sheets["change_townships"].set_index("code").loc["", "border_ha"] == pytest.approx(0.2, rel=1e-3)
    assert sheets["change_swaps"]["gross_ha"].sum() == pytest.approx(10, rel=1e-3)
    for frame in (sheets["change_codes"], sheets["change_swaps"], sheets["change_townships"]):
        assert all(labels()[c] for c in frame.columns)


def test_the_area_is_that_of_the_ellipsoid_and_pairs_are_those_of_brute_force() -> None:
    rng = np.random.default_rng(1)
    points = np.array([X, Y]) + rng.uniform(0, 20_000, (60, 2))
    shapes = shapely.buffer(shapely.points(points), rng.uniform(20, 3000, 60))
    frame = gpd.GeoDataFrame(geometry=shapes, crs=GK)
    np.testing.assert_allclose(equal_area_m2(shapes.copy(), CRS(GK)), ellipsoid_area_m2(frame), rtol=1e-8)
    brute = {
        (i, j) for i in range(60) for j in range(i + 1, 60)
        if shapely.area(shapely.intersection(shapes[i], shapes[j])) > 1e-2
    }  # fmt: skip
    assert {tuple(p) for p in overlapping_pairs(shapes, 1e-2).tolist()} == brute
    assert len(overlapping_pairs(strips().geometry.to_numpy(), 1e-2)) == 0


def test_a_column_nobody_knows_must_be_named(tmp_path: Path) -> None:
    layer = strips().drop(columns="DLMC").rename(columns={"DLBM": "KIND"})
    (problem,) = check(open_(tmp_path, layer))
    assert "`code`" in str(problem)
    assert "code" in problem.in_language("zh")
    (problem,) = check(open_(tmp_path, layer, 'code = "KIND"\n'))
    assert "legend" in str(problem)
    assert check(open_(tmp_path, layer, 'code = "KIND"\nlegend = "third_survey"\n')) == []


def test_a_raster_still_needs_its_legend(tmp_path: Path) -> None:
    write_cover(tmp_path / "c.tif", np.ones((2, 2), np.uint8))
    folder_of(tmp_path, strips())
    file = tmp_path / "region.toml"
    file.write_text(REGION.format(path="c.tif", more=""), encoding="utf-8")
    assert any("landcover.legend" in str(p) for p in check(Region(file)))
