"""Legend, nodata, carbon table and factors of one's own, all in the region file; what is wrong stops in check."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import rasterio
import shapely
from geopandas import GeoDataFrame

from guanghui.geo.zonal import density_sums
from guanghui.plan.inputs.region import Region
from guanghui.plan.run.check import check
from guanghui.sinks import assess, assess_change

GK, X, Y = "EPSG:4548", 400_000.0, 3_250_000.0
# the pools of the regression test of InVEST Carbon (natcap/invest tests/test_carbon.py): 86, 28 and 8 t C/ha
TABLE = "lucode,LULC_name,c_above,c_below,c_soil,c_dead\n1,a,15,10,60,1\n2,b,5,3,20,0\n3,c,2,1,5,0\n"
LEGEND = "code,class,label\n1,forest,old wood\n2,forest,young wood\n3,dryland,field\n0,,\n"
REGION = """
[region]
name = "自表县"
name_en = "Own"
[townships]
path = "towns.gpkg"
[landcover]
path = "{path}"
legend = "legend.csv"
year = 2022
{landcover}
[carbon]
table = "pools.csv"
{carbon}
[sinks]
draws = 200
"""


def cells(values: np.ndarray, path: Path, size: float) -> None:
    height, width = values.shape
    with rasterio.open(path, "w", driver="GTiff", height=height, width=width, count=1, dtype="int16", crs=GK,
                       transform=rasterio.transform.from_origin(X, Y, size, size)) as out:  # fmt: skip
        out.write(values.astype(np.int16), 1)


def place(path: Path, values: np.ndarray, size: float = 30.0, table: str = TABLE, legend: str = LEGEND,
          landcover: str = "", carbon: str = "") -> Region:  # fmt: skip
    cells(values, path / "land.tif", size)
    height, width = (size * n for n in values.shape)
    box = shapely.box(X, Y - height, X + width, Y)
    left, right = (
        shapely.box(X, Y - height, X + 0.37 * width, Y),
        shapely.box(X + 0.37 * width, Y - height, X + width, Y),
    )
    assert shapely.union(left, right).area == pytest.approx(box.area)
    GeoDataFrame({"name": ["甲", "乙"]}, geometry=[left, right], crs=GK).to_file(path / "towns.gpkg")
    (path / "pools.csv").write_text(table, encoding="utf-8")
    (path / "legend.csv").write_text(legend, encoding="utf-8")
    file = path / "region.toml"
    file.write_text(REGION.format(path="land.tif", landcover=landcover, carbon=carbon), encoding="utf-8")
    return Region(file)


def test_the_published_total_of_invest_comes_out_as_planar_area(tmp_path: Path) -> None:
    """Ten by ten cells of a square metre of class 1: 86 t C/ha, 0.86 t C in all."""
    region = place(tmp_path, np.ones((10, 10)), 1.0)
    assert check(region) == []
    stock = assess(region)
    assert stock.own_table["planar_tc"].sum() == pytest.approx(0.86, rel=1e-9)
    told = " ".join(n.text for n in region.notes)
    assert "on the plane" in told
    scale = stock.own_table["difference_pct"].iloc[0]
    assert stock.city["total_tc"] == pytest.approx(0.86 / (1 + scale / 100), rel=1e-9)
    assert 0.01 < abs(scale) < 0.1  # 100 km from the meridian: 0.9999² to 1.0003 by the projection


def test_codes_of_one_class_keep_their_own_carbon_in_table_map_and_growth(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    values = rng.integers(0, 4, (40, 50))
    region = place(tmp_path, values)
    assert check(region) == []
    stock = assess(region)
    density = {1: 86.0, 2: 28.0, 3: 8.0}
    planar = sum(density[k] * float((values == k).sum()) * 0.09 for k in density)  # the method of InVEST, by hand
    assert stock.own_table["planar_tc"].sum() == pytest.approx(planar, rel=1e-9)
    assert stock.own_table["stock_tc"].sum() == pytest.approx(stock.city["total_tc"], rel=1e-9)
    drawn = density_sums(stock.density["total"].compute(), region.townships)["sum"]
    np.testing.assert_allclose(drawn, stock.townships["total_tc"], rtol=1e-3)
    living = stock.by_class[(stock.by_class["code"] == "") & stock.by_class["pool"].isin(["above", "below"])]
    trees = living[living["group"] == "forest"]["stock_tc"].sum()
    own = region.settings.sinks.factors()
    rate = (own["forest.tree.growth_rate"].value - own["forest.tree.consumption_rate"].value) / 100
    assert stock.city["forest_growth_tc_yr"] == pytest.approx(trees * rate, rel=1e-9)
    assert stock.city["total_low_tc"] == stock.city["total_high_tc"]
    assert stock.townships["nodata_ha"].sum() == pytest.approx(0.09 * (values == 0).sum(), rel=1e-3)


def test_change_between_two_dates_uses_the_table(tmp_path: Path) -> None:
    now, then = np.full((20, 20), 3), np.full((20, 20), 3)
    then[:, :10] = 1
    place(tmp_path, now)
    cells(then, tmp_path / "then.tif", 30.0)
    text = (tmp_path / "region.toml").read_text(encoding="utf-8")
    text += '[landcover_before]\npath = "then.tif"\nlegend = "legend.csv"\nyear = 2002\n'
    (tmp_path / "region.toml").write_text(text, encoding="utf-8")
    region = Region(tmp_path / "region.toml")
    assert check(region) == []
    found = assess_change(region, assess(region)).table.set_index("code").loc[""]
    assert found["lookup_tc"] < 0


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"legend": LEGEND.replace("dryland", "farm land")}, "farm land"),
        ({"legend": "code,kind\n1,forest\n"}, "class"),
        ({"legend": LEGEND.replace("3,dryland,field\n", "")}, "3 ("),
        ({"table": TABLE.replace("3,c,2,1,5,0\n", "")}, "3 ("),
        ({"table": TABLE.replace("20,0", "-20,0")}, "negative"),
        ({"table": TABLE + "3,c,2,1,5,0\n"}, "twice"),
        ({"table": "lucode,name\n1,a\n"}, "c_above"),
        ({"carbon": '[carbon.factors]\n"stock.moor.soil" = 3\n'}, "stock.moor.soil"),
        ({"landcover": 'nodata = "x1"\n'}, "x1"),
    ],
)
def test_what_is_wrong_with_own_tables_stops_in_check(tmp_path: Path, parts: dict[str, str], said: str) -> None:
    region = place(tmp_path, np.tile([1, 2, 3], (3, 1)), **parts)
    problems = check(region)
    assert problems
    assert any(said in str(p) for p in problems)
    assert all(p.in_language("zh") != str(p) for p in problems)


def test_nodata_of_the_region_file_is_no_land(tmp_path: Path) -> None:
    values = np.tile([1, 2, 3, 3], (4, 1))
    region = place(tmp_path, values, landcover="nodata = [3]\n")
    stock = assess(region)
    assert stock.city["known_area_ha"] == pytest.approx(stock.city["area_ha"] / 2, rel=1e-5)


def test_a_table_by_class_rules_its_classes_and_leaves_the_others(tmp_path: Path) -> None:
    table = "class,above,below,soil,dead,litter\nforest,20,5,70,1,2\n"
    region = place(tmp_path, np.tile([1, 2, 3, 3], (4, 1)), table=table)
    assert check(region) == []
    stock = assess(region)
    city = stock.by_class[stock.by_class["code"] == ""].set_index(["class", "pool"])["density_tc_ha"]
    assert city.loc["forest"].sum() == pytest.approx(98)
    assert city.loc["dryland", "soil"] > 0
    assert any("shipped factors" in n.text for n in region.notes)


def test_a_factor_of_one_s_own_replaces_the_shipped_one(tmp_path: Path) -> None:
    key = "stock.dryland.soil.0-100"
    table = "class,above,below,soil\nforest,20,5,70\n"
    region = place(tmp_path, np.tile([1, 3], (4, 2)), table=table, carbon=f'[carbon.factors]\n"{key}" = 55\n')
    if key not in region.settings.sinks.factors():
        pytest.fail("the factor tables have no soil of dry cropland by that name")
    assert check(region) == []
    stock = assess(region)
    city = stock.by_class[stock.by_class["code"] == ""].set_index(["class", "pool"])["density_tc_ha"]
    assert city.loc["dryland", "soil"] == pytest.approx(55)
    assert stock.sources.set_index("id").loc[key, "mark"] == "own"
