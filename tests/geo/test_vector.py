from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from guanghui.geo.buildings import BUILDING_CLASSES, building_class, read_buildings
from guanghui.geo.crs import parse_crs
from guanghui.geo.errors import InputError
from guanghui.geo.files import atomic, fix_zip_dates, safe_name
from guanghui.geo.notes import Notes
from guanghui.geo.townships import assign_townships, read_townships, select_townships
from guanghui.geo.vector import read_layer, write_gpkg, write_parquet
from tests.scenes import CRS, EAST, NORTH


def box(x: float, y: float, w: float = 100, h: float = 100):
    return shapely.box(EAST + x, NORTH + y, EAST + x + w, NORTH + y + h)


def write(frame: gpd.GeoDataFrame, path, **options):
    frame.to_file(path, driver="GPKG", **options)
    return path


def three_townships() -> gpd.GeoDataFrame:
    shapes = [box(0, 0), box(100, 0), box(0, 100, 200, 100)]
    return gpd.GeoDataFrame({"name": ["甲镇", "乙乡", "丙街道"], "code": ["3", "1", "2"]}, geometry=shapes, crs=CRS)


def test_townships_are_sorted_and_measured(tmp_path) -> None:
    frame = read_townships(write(three_townships(), tmp_path / "t.gpkg"), code="code")
    assert frame["name"].tolist() == ["乙乡", "丙街道", "甲镇"]
    np.testing.assert_allclose(frame["area_m2"], [1e4, 2e4, 1e4], rtol=1e-3)


def test_parts_of_one_code_are_one_township(tmp_path) -> None:
    frame = three_townships()
    frame["code"] = ["1", "1", "2"]
    frame["name"] = ["甲镇", "甲镇", "丙街道"]
    assert len(read_townships(write(frame, tmp_path / "t.gpkg"), code="code")) == 2


@pytest.mark.parametrize(
    ("spoil", "options", "message"),
    [
        (lambda f: f, {"name": "mingzi"}, "mingzi"),
        (lambda f: f.assign(name=["甲镇", None, "丙街道"]), {}, "no name"),
        (lambda f: f.assign(code=["1", "1", "2"]), {"code": "code"}, "two names"),
        (lambda f: f.set_geometry([box(0, 0), box(50, 0), box(0, 100)]), {}, "overlap"),
        (lambda f: f.iloc[:0], {}, "no feature"),
        (lambda f: f.set_geometry(f.centroid), {}, "no feature is a polygon"),
        (lambda f: f.set_crs(4326, allow_override=True), {}, "no degrees"),
    ],
)
def test_bad_townships_are_named(tmp_path, spoil, options, message: str) -> None:
    path = write(spoil(three_townships()), tmp_path / "bad.gpkg")
    with pytest.raises(InputError, match=message):
        read_townships(path, **options)


@pytest.mark.filterwarnings("ignore:'crs' was not provided")
def test_a_layer_without_crs_is_named_and_can_be_helped(tmp_path) -> None:
    path = tmp_path / "bare.gpkg"
    three_townships().set_crs(None, allow_override=True).to_file(path, driver="GPKG")
    with pytest.raises(InputError, match="no CRS"):
        read_layer(path)
    assert read_layer(path, crs=CRS).crs.to_epsg() == 4548


def test_unreadable_and_absent_files_are_named(tmp_path) -> None:
    broken = tmp_path / "broken.gpkg"
    broken.write_bytes(b"not a geopackage")
    with pytest.raises(InputError, match=r"broken\.gpkg.*cannot be read"):
        read_layer(broken)
    with pytest.raises(InputError, match=r"gone\.gpkg.*no such file"):
        read_layer(tmp_path / "gone.gpkg")


def test_degrees_under_a_metric_crs_are_named(tmp_path) -> None:
    frame = gpd.GeoDataFrame({"name": ["x"]}, geometry=[shapely.box(115.7, 29.2, 115.8, 29.3)], crs=CRS)
    with pytest.raises(InputError, match="look like degrees"):
        read_layer(write(frame, tmp_path / "deg.gpkg"))


def test_gbk_is_read_by_its_bytes(tmp_path) -> None:
    frame = three_townships()
    frame.to_file(tmp_path / "gbk.shp", encoding="gbk")
    (tmp_path / "gbk.cpg").unlink()
    assert read_layer(tmp_path / "gbk.shp")["name"].tolist() == frame["name"].tolist()
    assert read_layer(tmp_path / "gbk.shp", encoding="gbk")["name"].tolist() == frame["name"].tolist()


def test_invalid_and_missing_geometry_is_repaired_and_counted(tmp_path) -> None:
    bow = shapely.Polygon([(EAST, NORTH), (EAST + 10, NORTH + 10), (EAST + 10, NORTH), (EAST, NORTH + 10)])
    frame = gpd.GeoDataFrame({"a": [1, 2, 3]}, geometry=[bow, None, box(0, 0)], crs=CRS)
    notes = Notes()
    got = read_layer(write(frame, tmp_path / "bow.gpkg"), notes=notes)
    assert len(got) == 2
    assert got.geometry.is_valid.all()
    assert got.area.iloc[0] == pytest.approx(50)
    assert len(notes) == 2


def test_several_layers_want_a_name(tmp_path) -> None:
    path = tmp_path / "two.gpkg"
    write_gpkg({"a": three_townships(), "b": three_townships()}, path)
    with pytest.raises(InputError, match="2 layers"):
        read_layer(path)
    with pytest.raises(InputError, match="no layer 'c'"):
        read_layer(path, layer="c")
    assert len(read_layer(path, layer="b")) == 3


def test_a_border_building_goes_where_most_of_it_lies() -> None:
    towns = three_townships()
    houses = gpd.GeoDataFrame(
        geometry=[box(10, 10, 5, 5), box(97, 50, 10, 4), box(98, 95, 4, 30), box(900, 900, 5, 5)], crs=CRS
    )
    assert assign_townships(houses, towns).tolist() == [0, 1, 2, -1]


def test_choosing_townships_by_name_or_code(tmp_path) -> None:
    frame = read_townships(write(three_townships(), tmp_path / "t.gpkg"), code="code")
    assert select_townships(frame, ["甲镇", "1"])["code"].tolist() == ["1", "3"]
    with pytest.raises(InputError, match="丁镇"):
        select_townships(frame, ["丁镇"])


def houses() -> gpd.GeoDataFrame:
    shapes = [box(10, 10, 10, 10), box(10, 10, 10, 10), box(30, 10, 1, 1), box(500, 500, 9, 9), box(50, 10, 8, 12)]
    return gpd.GeoDataFrame(
        {
            "bid": ["a", "a", "c", "d", "e"],
            "use": ["小学", "小学", "住宅", "住宅", "工业厂房"],
            "h": [9.0, 9.0, 3.0, 3.0, None],
            "st": [3, 3, 1, 1, 2],
        },
        geometry=shapes,
        crs=CRS,
    )


def test_buildings_are_cleaned_and_classified(tmp_path) -> None:
    notes = Notes()
    towns = read_townships(write(three_townships(), tmp_path / "t.gpkg"), code="code")
    got = read_buildings(
        write(houses(), tmp_path / "b.gpkg"),
        towns,
        parse_crs(CRS),
        id="bid",
        use="use",
        height="h",
        storeys="st",
        notes=notes,
    )
    assert got["building_id"].tolist() == ["a#1", "e"]
    assert got["building_class"].tolist() == ["public", "industrial"]
    assert got["height_m"].tolist() == [9.0, 6.0]
    assert got["height_source"].tolist() == ["measured", "storeys"]
    assert got["township"].tolist() == ["甲镇", "甲镇"]
    text = " ".join(str(n) for n in notes)
    for word in ("more than once", "drawn twice", "under 4", "outside every township"):
        assert word in text


def test_buildings_elsewhere_are_refused(tmp_path) -> None:
    towns = read_townships(write(three_townships(), tmp_path / "t.gpkg"), code="code")
    far = houses().set_geometry(houses().translate(50_000, 0))
    with pytest.raises(InputError, match="GCJ-02"):
        read_buildings(write(far, tmp_path / "b.gpkg"), towns, parse_crs(CRS))


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("党政机关", "government"),
        ("甘露镇中心小学", "public"),
        ("1号厂房", "industrial"),
        ("粮食仓库", "warehouse"),
        ("沿街商铺", "commercial"),
        ("住宅小区", "residential"),
        ("农村住宅", "rural_residential"),
        ("apartments", "residential"),
        ("xyz", "other"),
        ("", "other"),
    ],
)
def test_words_for_uses(word: str, expected: str) -> None:
    assert building_class(pd.Series([word]))[0] == expected
    assert expected in BUILDING_CLASSES


def test_own_words_go_first_and_wrong_classes_are_named() -> None:
    assert building_class(pd.Series(["住宅"]), {"住宅": "rural_residential"})[0] == "rural_residential"
    with pytest.raises(InputError, match="villa"):
        building_class(pd.Series(["住宅"]), {"住宅": "villa"})


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("甘露镇", "甘露镇"),
        ("../../etc/passwd", "etc_passwd"),
        ("a/b\\c", "a_b_c"),
        ("con", "con_"),
        ("NUL.txt", "NUL.txt_"),
        ("<b>", "b"),
        ("...", "unnamed"),
        ("\x00\n", "unnamed"),
    ],
)
def test_file_names_stay_in_their_folder(name: str, expected: str) -> None:
    assert safe_name(name) == expected


def test_long_names_are_cut_by_bytes() -> None:
    assert len(safe_name("镇" * 300).encode()) <= 120


def test_a_file_is_whole_or_absent(tmp_path) -> None:
    target = tmp_path / "a.txt"

    def fail() -> None:
        with atomic(target) as part:
            part.write_text("half", encoding="utf-8")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert list(tmp_path.iterdir()) == []
    with atomic(target) as part:
        part.write_text("whole", encoding="utf-8")
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]


def test_vector_files_are_the_same_bytes_each_time(tmp_path) -> None:
    for run in "ab":
        write_gpkg({"towns": three_townships()}, tmp_path / f"{run}.gpkg")
        write_parquet(three_townships(), tmp_path / f"{run}.parquet", {"code": "1"})
    assert (tmp_path / "a.gpkg").read_bytes() == (tmp_path / "b.gpkg").read_bytes()
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()
    back = gpd.read_parquet(tmp_path / "a.parquet")
    assert back.crs.to_epsg() == 4548
    assert set(back["name"]) == set(three_townships()["name"])


def test_zip_dates_are_fixed(tmp_path) -> None:
    import zipfile

    for run, when in (("a", (2020, 1, 1, 0, 0, 0)), ("b", (2024, 5, 6, 7, 8, 10))):
        with zipfile.ZipFile(tmp_path / run, "w") as z:
            z.writestr(zipfile.ZipInfo("x", when), "same")
        fix_zip_dates(tmp_path / run)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
