"""The carbon side from a region file: every section read, every sheet in the workbook, every column with a label."""

from __future__ import annotations

import re
from pathlib import Path

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pytest

from guanghui.geo.errors import InputError
from guanghui.geo.grid import Grid
from guanghui.geo.raster import from_numpy, write_cog
from guanghui.plan.inputs.region import Region
from guanghui.plan.run.check import check
from guanghui.plan.run.pipeline import run
from guanghui.plan.run.writing import Run
from guanghui.plan.workbook.tables import labels, write_workbook
from tests.sinks.conftest import EQUAL, TOWNS, X, Y, layer, place, three_towns, write_cover

TEXT = """
[region]
name = "三乡市"
name_en = "Three"
[townships]
path = "towns.gpkg"
name = "name"
code = "code"
name_en = "name_en"
"""
LAND = """
[landcover]
path = "now.tif"
legend = "worldcover"
year = 2021
[landcover_before]
path = "before.tif"
legend = "worldcover"
year = 2015
[planting]
farmland = "farmland.gpkg"
[works]
path = "works.gpkg"
before = "agb_before.tif"
after = "agb_after.tif"
[sinks]
standing_volume_m3 = 3600
draws = 300
[sinks.projection]
works = [{ kind = "afforestation", first_year = 2021, last_year = 2025, area_ha = 10, township = "西乡" }]
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("three")
    TOWNS.to_file(out / "towns.gpkg")
    write_cover(out / "now.tif", three_towns())
    old = three_towns()
    old[7:9, 20:] = 40
    write_cover(out / "before.tif", old, year=2015)
    layer([place(20, 7, 25, 9)]).to_file(out / "farmland.gpkg")
    grid = Grid.from_bounds((X, Y - 1000, X + 3000, Y), 100.0, EQUAL)
    first = np.full(grid.shape, 40.0, np.float32)
    second = first + 4
    second[:5] += 10
    for name, values in (("before", first), ("after", second)):
        write_cog(from_numpy(values, grid), out / f"agb_{name}.tif")
    spots = [place(2 + 4 * i, row, 5 + 4 * i, row + 3) for row in (1, 6) for i in range(3)]
    layer(spots, kind=["实施区"] * 3 + ["对照区"] * 3).to_file(out / "works.gpkg")
    (out / "region.toml").write_text(TEXT + LAND, encoding="utf-8")
    return out


@pytest.fixture(scope="module")
def done(folder: Path) -> Run:
    region = Region(folder / "region.toml")
    assert check(region) == []
    return run(region, folder / "out")


def read(done: Run, name: str) -> pd.DataFrame:
    return pd.read_csv(done.folder / "tables" / f"{name}.csv", dtype={"code": str}, keep_default_na=False)


def test_every_subject_has_a_sheet(done: Run) -> None:
    book = openpyxl.load_workbook(done.folder / "tables" / "three.xlsx", read_only=True)
    for sheet in ("乡镇碳储量与碳汇", "湿地温室气体", "不确定性", "蓄积与覆盖率核对", "分层核对", "潜力与预期汇总",
                  "乡镇变化",
                  "地类转移矩阵", "造林潜力条件", "规划工程", "2060 年预测", "CCER 筛查（估算）", "CCER 条件",
                  "造林减排量（估算）", "工程成效监测评估", "未核实碳参数", "碳参数来源"):  # fmt: skip
        assert sheet in book.sheetnames, sheet
    for name in ("charts/projection_zh.png", "charts/projection_en.png", "maps/works.html",
                 "rasters/eligible_planting.tif", "rasters/eligible_ccer-14-001-v01.tif"):  # fmt: skip
        assert (done.folder / name).stat().st_size > 0, name


def test_every_column_of_every_sheet_has_a_label_in_both_languages(done: Run, folder: Path) -> None:
    known = labels()
    for path in sorted((done.folder / "tables").glob("*.csv")):
        for column in pd.read_csv(path, nrows=0).columns:
            label = known.get(column) or known.get(re.sub(r"\d{4}", "{year}", column))
            assert label is not None, f"{path.stem}: {column}"
            assert all(label[:2])
    book = openpyxl.load_workbook(done.folder / "tables" / "three.xlsx", read_only=True)
    heads = [str(c.value) for c in next(book["潜力与预期汇总"].iter_rows(min_row=3, max_row=3))]
    assert any(h.startswith("至 2045 年预期变化\nexpected change by 2045\n(t C)") for h in heads)


def test_the_figures_are_those_of_the_outlook(done: Run) -> None:
    found = done.results.outlook
    assert found is not None
    table = read(done, "sinks_outlook").set_index("name")
    assert table.loc["全市", "eligible_ha"] == pytest.approx(10, rel=1e-4)  # 20 ha of grass, half of it farmland
    assert table.loc["西乡", "works_ha"] == 10
    matrix = read(done, "change_matrix")
    moved = matrix[(matrix["before"] == "cropland") & (matrix["after"] == "grassland")]
    assert moved["area_ha"].sum() == pytest.approx(20, rel=1e-4)
    assert found.effect is not None
    assert found.effect.proven
    assert set(read(done, "works_effect")["kind"]) == {"works", "control"}


def test_unverified_factors_are_named_in_the_workbook(done: Run) -> None:
    stock, found = done.results.stock, done.results.outlook
    assert stock is not None
    assert found is not None
    named = set(read(done, "carbon_unverified")["id"])
    assert named == {*stock.unverified["id"], *found.unverified["id"]}
    assert found.unverified["id"].isin(named).all()
    assert named
    every = read(done, "carbon_factors")
    assert set(every["id"]) >= {*stock.sources["id"], *found.sources["id"]}


def test_official_totals_alone_are_enough(folder: Path) -> None:
    text = TEXT + "[sinks]\nstanding_volume_m3 = 9000\nforest_cover_pct = 40\n"
    (folder / "totals.toml").write_text(text, encoding="utf-8")
    done = run(Region(folder / "totals.toml"), folder / "totals")
    table = read(done, "official_totals").set_index("method")
    assert table["forest_ha"].tolist() == pytest.approx([120, 120], rel=1e-3)
    assert (table["low_tc"] < table["biomass_tc"]).all()
    assert table.loc["fang", "biomass_tc"] > table.loc["bef", "biomass_tc"]
    assert (done.folder / "index.html").exists()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('farmland = "farmland.gpkg"', 'farmland = "gone.gpkg"', "`planting.farmland`"),
        ('path = "works.gpkg"', 'path = "works.gpkg"\nkind = "art"', "no column 'art'"),
        ("year = 2015", "year = 2022", "earlier first"),
        ('after = "agb_after.tif"', 'after = "gone*.tif"', "`works.after`"),
    ],
)
def test_what_cannot_be_used_is_named_before_anything_is_written(
    folder: Path, old: str, new: str, message: str
) -> None:
    (folder / "bad.toml").write_text((TEXT + LAND).replace(old, new), encoding="utf-8")
    with pytest.raises(InputError, match=message):
        run(Region(folder / "bad.toml"), folder / "bad")
    assert not (folder / "bad").exists()


def test_the_year_of_a_column_is_in_its_heading(tmp_path: Path) -> None:
    from guanghui.plan.workbook.tables import Sheet

    sheet = Sheet("x", "甲", "x", pd.DataFrame({"gain_2045_tc": [1.0], "strange_2045": [2.0]}))
    book = openpyxl.load_workbook(write_workbook([sheet], tmp_path / "x.xlsx", lang="en"))
    assert [c.value for c in book["x"][3]] == [
        "carbon gained by 2045\n至 2045 年增碳\n(t C)",
        "strange_2045\nstrange_2045",
    ]


def test_no_geometry_of_the_planting_layers_is_lost(folder: Path) -> None:
    region = Region(folder / "region.toml")
    assert region.farmland is not None
    assert region.farmland.crs == region.crs
    assert region.planned is None
    assert isinstance(region.works.places if region.works else None, gpd.GeoDataFrame)
