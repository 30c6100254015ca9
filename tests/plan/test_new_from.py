"""A region file filled from a folder as a bureau hands it over."""

from __future__ import annotations

import datetime as dt
import tomllib
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from click.testing import CliRunner, Result

from guanghui.plan.inputs.filled import toml_value
from guanghui.plan.inputs.region import Region
from guanghui.plan.run.check import check
from guanghui.plan.run.cli import cli
from tests.scenes import EAST, NORTH, write_raster
from tests.twins import place


def new(name: Path, folder: Path) -> Result:
    return CliRunner().invoke(cli, ["new", str(name), "--from", str(folder)])


def townships() -> gpd.GeoDataFrame:
    """The two townships of the place, as wide as townships are."""
    towns = place.townships()
    m, middle = 900, EAST + 60
    towns.geometry = [shapely.box(middle, NORTH - 1000, EAST + m, NORTH + m),
                      shapely.box(EAST - m, NORTH - 1000, middle, NORTH + m)]  # fmt: skip
    return towns


def cover(path: Path, codes: np.ndarray) -> None:
    """Land cover over all of it."""
    wide = np.tile(codes, (10, 10))
    write_raster(path, wide, cell=10.0, west=EAST - 950, north=NORTH + 950, nodata=0)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Nine roofs and two townships under other names, tiles of a surface, land cover, tables, weather, a stranger."""
    root = tmp_path / "移交资料"
    (root / "矢量").mkdir(parents=True)
    (root / "栅格" / "DSM").mkdir(parents=True)
    towns = townships().rename(columns={"name": "XZMC", "code": "XZDM"})
    towns.to_file(root / "矢量" / "乡镇.shp", encoding="gbk")
    (root / "矢量" / "乡镇.cpg").unlink()
    roofs = place.outlines().rename(columns={"bid": "编号", "title": "名称", "use": "用途", "h": "高度"})
    roofs["高度"] = "9 米"
    roofs.to_file(root / "矢量" / "房屋.gpkg")
    aside = roofs.to_crs(4326)
    aside.geometry = aside.geometry.translate(0.02, 0.01)
    aside.to_file(root / "矢量" / "房屋_偏移.geojson")
    big = gpd.GeoDataFrame({"a": [1]}, geometry=[towns.union_all().buffer(-50)], crs=towns.crs)
    big.to_file(root / "矢量" / "其他.gpkg")
    heights = place.heights()[0]
    for i in range(2):
        part = heights[:, 60 * i : 60 * (i + 1)]
        write_raster(root / "栅格" / "DSM" / f"dsm_{i}.tif", part, nodata=-9999.0, west=EAST + 60 * i)
    cover(root / "栅格" / "worldcover_2021.tif", place.cover())
    pd.DataFrame({"township": ["东镇"], "capacity_kva": ["1,000"]}).to_csv(
        root / "配变.csv", index=False, encoding="gbk"
    )
    pd.DataFrame({"township": ["西乡"], "capacity_mw": [0.02]}).to_excel(root / "已建.xlsx", index=False)
    (root / "readme.txt").write_text("hello")
    return root


def test_roles_columns_and_tiles_are_found(folder: Path, tmp_path: Path) -> None:
    told = new(tmp_path / "place.toml", folder)
    assert told.exit_code == 0, told.output
    text = (tmp_path / "place.toml").read_text(encoding="utf-8")
    file = tomllib.loads(text)
    assert file["region"]["name"] == "place"
    assert file["townships"] == {"path": "移交资料/矢量/乡镇.shp", "name": "XZMC", "code": "XZDM"}
    assert file["buildings"] == {
        "path": "移交资料/矢量/房屋.gpkg", "id": "编号", "name": "名称", "use": "用途", "height": "高度",
    }  # fmt: skip
    assert file["surface"] == {"path": "移交资料/栅格/DSM/*.tif"}
    assert file["landcover"] == {"path": "移交资料/栅格/worldcover_2021.tif", "legend": "worldcover", "year": 2021}
    assert file["grid"] == {"path": "移交资料/配变.csv"}
    assert file["existing"] == {"path": "移交资料/已建.xlsx"}
    assert "weather" not in file
    assert "? [weather]" in text
    for left in ("其他.gpkg", "房屋_偏移.geojson"):
        assert f"#   矢量/{left}" in text
        assert left in told.output
    assert "? [weather]" in told.output


def test_stands_under_headers_with_units_are_found(folder: Path, tmp_path: Path) -> None:
    towns = townships()
    stands = gpd.GeoDataFrame(
        {"小班号": ["1", "2"], "优势树种": ["杉木", "马尾松"], "地类": "乔木林", "每公顷蓄积量(m³)": [80.0, 95.0]},
        geometry=towns.geometry.buffer(-100).to_numpy(), crs=towns.crs,
    )  # fmt: skip
    stands.to_file(folder / "矢量" / "小班.gpkg")
    told = new(tmp_path / "place", folder)
    assert told.exit_code == 0, told.output
    found = tomllib.loads((tmp_path / "place.toml").read_text(encoding="utf-8"))["stands"]
    assert found["volume"] == "每公顷蓄积量(m³)"
    assert (found["group"], found["land_type"]) == ("优势树种", "地类")


def test_answers_are_written_and_no_longer_asked(folder: Path, tmp_path: Path) -> None:
    words = ["new", str(tmp_path / "place"), "--from", str(folder)]
    for path in folder.rglob("*.epw"):
        path.unlink()
    told = CliRunner().invoke(cli, [*words, "--set", "weather.normals=nanchang", "--set", "landcover.year=2021"])
    assert told.exit_code == 0, told.output
    text = (tmp_path / "place.toml").read_text(encoding="utf-8")
    found = tomllib.loads(text)
    assert found["weather"] == {"normals": "nanchang"}
    assert found["landcover"]["year"] == 2021
    assert "? [weather]" not in text
    assert "[landcover] year:" not in text
    # the same command again, now with more answers: nobody has changed the file
    phases = [{"year": 2026, "share": 0.3}, {"year": 2028, "share": 0.5}]
    more = ("--set", "coverage.phases=" + toml_value(phases), "--set", "sinks.cropland.rice_seasons=single")
    told = CliRunner().invoke(cli, [*words, "--set", "weather.normals=nanchang", "--set", "landcover.year=2021", *more])
    assert told.exit_code == 0, told.output
    text = (tmp_path / "place.toml").read_text(encoding="utf-8")
    found = tomllib.loads(text)
    assert found["coverage"] == {"phases": phases}
    assert found["sinks"] == {"cropland": {"rice_seasons": "single"}}
    assert not [p for p in check(Region(tmp_path / "place.toml")) if "rice_seasons" in p or "phases" in p]
    (tmp_path / "place.toml").write_text(text.replace("0.5", "0.6"), encoding="utf-8")
    told = CliRunner().invoke(cli, [*words, "--set", "weather.normals=nanchang"])
    assert told.exit_code == 2
    assert "place.toml" in told.output
    assert "0.6" in (tmp_path / "place.toml").read_text(encoding="utf-8")
    for bad in ("weather=nanchang", "nothing.key=1", "weather.normals", "sinks.a b=1"):
        told = CliRunner().invoke(cli, ["new", str(tmp_path / "b"), "--from", str(folder), "--set", bad])
        assert told.exit_code == 2
        assert bad in told.output
        assert not (tmp_path / "b.toml").exists()


def test_values_are_read_back_as_they_were_given() -> None:
    for value in (
        {"a key": [1, 2.5], "on": True, "day": dt.date(2026, 1, 2)}, [], ["屋顶", "a\"b\\c\x7f"], {}, dt.time(8, 30),
        dt.datetime(2026, 1, 2, 3, 4, 5),
    ):  # fmt: skip
        assert tomllib.loads(f"v = {toml_value(value)}")["v"] == value


def test_what_was_found_passes_check_after_the_questions(folder: Path, tmp_path: Path) -> None:
    assert new(tmp_path / "place.toml", folder).exit_code == 0
    text = (tmp_path / "place.toml").read_text(encoding="utf-8")
    (tmp_path / "place.toml").write_text(text + '\n[weather]\nnormals = "jiujiang"\n', encoding="utf-8")
    region = Region(tmp_path / "place.toml")
    assert not check(region)
    assert region.buildings is not None
    assert len(region.buildings) == 9
    assert set(region.buildings["height_m"]) == {9.0}


def test_codes_that_several_legends_explain_are_asked_for(folder: Path, tmp_path: Path) -> None:
    (folder / "栅格" / "worldcover_2021.tif").rename(folder / "栅格" / "分类.tif")
    codes = np.where(place.cover() == 10, 1, 2).astype("uint8")
    cover(folder / "栅格" / "分类.tif", codes)
    told = new(tmp_path / "place.toml", folder)
    text = (tmp_path / "place.toml").read_text(encoding="utf-8")
    assert "landcover" not in tomllib.loads(text)
    assert "# ? [landcover] legend" in text
    assert "# ? [landcover] year" in text
    assert told.exit_code == 0


def test_a_layer_without_a_crs_is_placed_by_the_others_and_said(folder: Path, tmp_path: Path) -> None:
    roofs = gpd.read_file(folder / "矢量" / "房屋.gpkg")
    for name in ("房屋.gpkg", "房屋_偏移.geojson"):
        (folder / "矢量" / name).unlink()
    roofs.to_file(folder / "矢量" / "房.shp", encoding="utf-8")
    (folder / "矢量" / "房.prj").unlink()
    assert new(tmp_path / "place.toml", folder).exit_code == 0
    text = (tmp_path / "place.toml").read_text(encoding="utf-8")
    assert tomllib.loads(text)["buildings"]["crs"] == townships().crs.to_string()
    assert "confirm it" in text


def test_hostile_names_stay_text(folder: Path, tmp_path: Path) -> None:
    roofs = gpd.read_file(folder / "矢量" / "房屋.gpkg")
    evil = 'x"\n[run]\nout = "/tmp/evil'
    roofs["名称"] = evil
    (folder / "矢量" / "房屋_偏移.geojson").unlink()
    roofs.to_file(folder / "矢量" / "房屋.gpkg")
    assert new(tmp_path / "place.toml", folder).exit_code == 0
    file = tomllib.loads((tmp_path / "place.toml").read_text(encoding="utf-8"))
    assert "run" not in file


def test_an_existing_file_and_a_missing_folder_are_refused(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "place.toml").write_text("")
    assert new(tmp_path / "place.toml", folder).exit_code == 2
    assert (tmp_path / "place.toml").read_text() == ""
    told = new(tmp_path / "other.toml", tmp_path / "none")
    assert told.exit_code == 2
    assert not (tmp_path / "other.toml").exists()


@pytest.mark.parametrize(("name", "year"), [("DLTB_2022", 2022), ("DLTB2022", 2022), ("2020变更_2022", None)])
def test_a_land_survey_is_of_the_one_year_its_name_holds(tmp_path: Path, name: str, year: int | None) -> None:
    parcels = townships()[["geometry"]].assign(DLBM=["0101", "0301"])
    (tmp_path / "三调").mkdir()
    parcels.to_file(tmp_path / "三调" / f"{name}.gpkg")
    assert new(tmp_path / "place.toml", tmp_path / "三调").exit_code == 0
    text = (tmp_path / "place.toml").read_text(encoding="utf-8")
    assert ("# ? [landcover] year" in text) == (year is None)
    assert tomllib.loads(text).get("landcover", {}).get("year") == year
