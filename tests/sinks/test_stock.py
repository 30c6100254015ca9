from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely

from guanghui.geo.errors import InputError
from guanghui.geo.landcover import GROUPS
from guanghui.geo.zonal import density_sums
from guanghui.maps.page.sinkview import POOL_STYLES
from guanghui.sinks import SinkSettings, assess
from guanghui.sinks.carbon.pools import POOLS
from guanghui.sinks.factors.table import load_factors
from guanghui.sinks.tables import TABLE_COLUMNS, WHOLE_CODE
from tests.sinks.conftest import EQUAL, TOWNS, City, layer, place, three_towns, write_cover

F = load_factors()
PINE = {"masson_pine": 1.0}
POOL_COLUMNS = ["forest_biomass_tc", "forest_dead_tc", "forest_soil_tc", "wetland_biomass_tc", "wetland_soil_tc",
                "cropland_tc", "green_tc", "other_tc"]  # fmt: skip
CHANGE_COLUMNS = ["forest_growth_tc_yr", "wetland_burial_tc_yr", "cropland_soil_tc_yr"]
ADD = ["area_ha", "known_area_ha", "nodata_ha", *(f"{g}_ha" for g in GROUPS), "volume_m3", *POOL_COLUMNS, "total_tc",
       "total_co2_t", *CHANGE_COLUMNS, "sink_tc_yr", "wetland_balance_tco2e_yr", "paddy_ch4_tco2e_yr"]  # fmt: skip


def value(name: str) -> float:
    return F[name].value


def test_the_three_towns_by_hand(city: City) -> None:
    """Every number of the table against sums written out here."""
    city.sinks = SinkSettings(standing_volume_m3=3600.0, species_mix=PINE, cropland={"paddy_share": 0.5})
    t = assess(city).table.set_index("name")
    dong, zhong, xi, whole = (t.loc[n] for n in ("东乡", "中乡", "西乡", "全市"))
    assert dong[["forest_ha", "cropland_ha", "wetland_ha"]].tolist() == pytest.approx([60, 40, 0])
    assert zhong[["forest_ha", "cropland_ha", "other_ha"]].tolist() == pytest.approx([30, 50, 20])
    assert xi[["wetland_ha", "green_ha", "nodata_ha", "known_share"]].tolist() == pytest.approx([70, 20, 10, 0.9])
    per_m3 = (
        value("forest.masson_pine.svd")
        * value("forest.masson_pine.bef")
        * value("forest.conifer.carbon_fraction")
        * (1 + value("forest.masson_pine.root_shoot"))
    )
    trees = 3600 * 60 / 90 * per_m3
    assert dong["volume_m3"] == pytest.approx(2400)
    assert dong["forest_biomass_tc"] == pytest.approx(trees + 60 * 5.38)
    assert dong["forest_dead_tc"] == pytest.approx(60 * (1.38 + 2.00))
    assert dong["forest_soil_tc"] == pytest.approx(60 * 80.40)
    assert dong["cropland_tc"] == pytest.approx(40 * (0.5 * 111.4 + 0.5 * 85.1))
    assert zhong["other_tc"] == 0
    water = value("stock.water.above") + value("stock.water.below")
    marsh = value("stock.marsh.above") + value("stock.marsh.below") + value("stock.wetland.litter")
    assert xi["wetland_biomass_tc"] == pytest.approx(50 * water + 20 * marsh)
    assert xi["wetland_soil_tc"] == pytest.approx(50 * 70 + 20 * 89)
    assert xi["green_tc"] == pytest.approx(20 * (2.7 * 0.47 + 10.8 * 0.47 + 0.5 + 102.8))
    assert dong["forest_growth_tc_yr"] == pytest.approx(2400 * per_m3 * (0.088 - 0.0624))
    assert xi["wetland_burial_tc_yr"] == pytest.approx(50 * 0.22 + 20 * 0.60)
    assert xi["wetland_balance_tco2e_yr"] == pytest.approx(
        50 * (-0.22 * 44 / 12 + 60e-3 * 27 + 1.2e-3 * 273) + 20 * (-0.60 * 44 / 12 + 235e-3 * 27 + 0.3e-3 * 273)
    )
    assert dong["paddy_ch4_tco2e_yr"] == pytest.approx(40 * 0.5 * (211.4 + 224.0) * 1e-3 * 27)
    assert whole["total_co2_t"] == pytest.approx(whole["total_tc"] * 44 / 12, rel=1e-15)


def test_townships_sum_to_the_city_and_columns_are_those_promised(city: City) -> None:
    stock = assess(city)
    t = stock.table
    assert tuple(t.columns) == TABLE_COLUMNS
    assert t["code"].tolist() == [*TOWNS["code"], WHOLE_CODE]
    assert (t["name"].iloc[-1], t["name_en"].iloc[-1]) == ("全市", "City")
    pd.testing.assert_series_equal(t[ADD].iloc[:-1].sum(), t[ADD].iloc[-1], check_names=False, rtol=1e-13)
    groups = t[[f"{g}_ha" for g in GROUPS]].sum(axis=1)
    np.testing.assert_allclose(groups, t["known_area_ha"], rtol=1e-12)
    by_class = stock.by_class.groupby("code")["stock_tc"].sum()
    np.testing.assert_allclose(by_class.reindex(t["code"]), t["total_tc"], rtol=1e-12)
    balance = stock.balance.groupby("code")["net_tco2e_yr"].sum().reindex(t["code"]).fillna(0)
    np.testing.assert_allclose(balance, t["wetland_balance_tco2e_yr"], rtol=1e-12)


def test_stock_change_and_balance_keep_to_themselves(city: City) -> None:
    """A stock is no sink and a sink is no reduction: no column mixes them."""
    t = assess(city).table.iloc[-1]
    assert t["total_tc"] == pytest.approx(t[POOL_COLUMNS].sum(), rel=1e-14)
    assert t["sink_tc_yr"] == pytest.approx(t[CHANGE_COLUMNS].sum())
    assert t["wetland_balance_tco2e_yr"] > 0
    assert t["wetland_burial_tc_yr"] > 0  # buried, and yet the balance is to the air


def test_the_map_says_what_the_table_says(city: City) -> None:
    city.sinks = SinkSettings(standing_volume_m3=3600.0)
    stock = assess(city)
    assert all(hasattr(v.data, "dask") for v in stock.density.data_vars.values())
    sums = density_sums(stock.density["total"], city.townships)
    np.testing.assert_allclose(sums["sum"], stock.table["total_tc"].iloc[:-1], rtol=1e-6)
    np.testing.assert_allclose(sums["nodata_m2"] / 1e4, stock.table["nodata_ha"].iloc[:-1], atol=1e-6)
    assert stock.density["soil"].attrs["units"] == "t C/ha"
    parts = stock.density.drop_vars("total").to_array("pool").sum("pool", skipna=False)
    np.testing.assert_allclose(parts, stock.density["total"], rtol=1e-6)


def test_wetland_polygons_come_first_and_nothing_counts_twice(city: City) -> None:
    """A pond over 3 ha of forest and 1 ha of cropland; a marsh over water and over land without data."""
    city.wetlands = layer(
        [place(2, 5, 6, 6.25), place(26, 4, 28, 10)], name=["甲塘", "乙泽"], wetland_type=["坑塘", "草本沼泽"]
    )
    areas = assess(city).areas
    land = areas.frame.pivot_table("area_ha", "code", "class", "sum", fill_value=0.0)
    dong, _, xi = (land.loc[c] for c in TOWNS["code"])
    assert dong[["pond", "forest", "cropland"]].tolist() == pytest.approx([5, 56, 39])
    assert xi[["marsh", "water", "grassland"]].tolist() == pytest.approx([12 + 16, 48, 16])
    assert areas.townships.loc[TOWNS["code"][2], "nodata_ha"] == pytest.approx(8)
    np.testing.assert_allclose(areas.townships["known_ha"] + areas.townships["nodata_ha"], 100, rtol=1e-8)
    np.testing.assert_allclose(land.sum(axis=1), areas.townships["known_ha"], rtol=1e-12)


def test_overlapping_wetlands_count_once_by_precedence(city: City) -> None:
    city.wetlands = layer([place(20, 0, 24, 5), place(22, 0, 26, 5)], name=["", ""], wetland_type=["lake", "marsh"])
    land = assess(city).areas.frame.groupby("class")["area_ha"].sum()
    assert land["marsh"] == pytest.approx(20 + 20)
    assert land["lake"] == pytest.approx(10)
    assert any("overlap" in str(n) for n in city.notes)


def stands(volumes=(40.0, 80.0)):
    return layer([place(0, 0, 5, 6), place(5, 0, 10, 6)], species_group=["马尾松", "杉木"], volume_m3_ha=list(volumes),
                 age_class=["", ""])  # fmt: skip


def test_stands_overrule_the_map_and_yield_to_wetlands(city: City) -> None:
    city.stands = stands()
    city.wetlands = layer([place(0, 0, 5, 1)], name=[""], wetland_type=["reservoir"])
    stock = assess(city)
    strata = stock.reconciliation.strata
    measured = strata[strata["layer"] == "stands"].set_index("species")
    assert measured["raw_volume_m3"].to_dict() == pytest.approx({"masson_pine": 25 * 40.0, "chinese_fir": 30 * 80.0})
    assert stock.table["wetland_ha"].iloc[0] == pytest.approx(5)
    assert stock.table["forest_ha"].iloc[0] == pytest.approx(55)
    cells = stock.density.compute()
    fir = 80 * value("forest.chinese_fir.svd") * value("forest.chinese_fir.bef") * 0.508
    assert float(cells["above"][3, 7]) == pytest.approx(fir, rel=1e-6)
    assert float(cells["soil"][0, 0]) == pytest.approx(65, rel=1e-6)  # reservoir
    assert float(cells["soil"][3, 7]) == pytest.approx(98.96, rel=1e-6)


def test_stands_are_reconciled_with_the_official_volume(city: City) -> None:
    city.stands = stands()
    city.sinks = SinkSettings(standing_volume_m3=9000.0)
    stock = assess(city)
    assert stock.table["volume_m3"].iloc[-1] == pytest.approx(9000, rel=1e-12)
    factor = stock.reconciliation.factor
    cells = stock.density["above"].compute()
    fir = 80 * factor * value("forest.chinese_fir.svd") * value("forest.chinese_fir.bef") * 0.508
    assert float(cells[4, 8]) == pytest.approx(fir, rel=1e-6)
    sums = density_sums(stock.density["total"], city.townships)["sum"]
    np.testing.assert_allclose(sums, stock.table["total_tc"].iloc[:-1], rtol=1e-6)


def test_stands_that_overlap_or_hold_a_forest_each_are_refused(city: City) -> None:
    city.stands = layer([place(0, 0, 5, 6), place(4, 0, 10, 6)], species_group=["杉木"] * 2, volume_m3_ha=[40, 40])
    with pytest.raises(InputError, match="overlap"):
        assess(city)
    city.stands = stands((40.0, 4000.0))
    with pytest.raises(InputError, match="whole stand"):
        assess(city)
    city.stands = layer([place(0, 0, 5, 6)], species_group=["杉木"])
    with pytest.raises(InputError, match="volume_m3_ha"):
        assess(city)


def test_soil_depths_are_never_mixed(city: City) -> None:
    deep, shallow = (assess(City(city.townships, city.landcover, SinkSettings(soil_depth_cm=d))) for d in (100, 30))
    assert set(deep.sources.loc[deep.sources["quantity"] == "soil", "depth_cm"]) == {"0-100"}
    assert set(shallow.sources.loc[shallow.sources["quantity"] == "soil", "depth_cm"]) == {"0-30"}
    assert shallow.table["forest_soil_tc"].iloc[-1] < deep.table["forest_soil_tc"].iloc[-1]
    without = assess(City(city.townships, city.landcover, SinkSettings(soil=False)))
    assert without.table["forest_soil_tc"].iloc[-1] == 0
    assert "soil" not in without.density
    assert without.table["forest_biomass_tc"].iloc[-1] == deep.table["forest_biomass_tc"].iloc[-1]


def test_magnitudes_are_those_of_the_region(city: City) -> None:
    """Forest of northern Jiangxi holds 20-40 t C/ha alive and 80-110 in the soil; paddy 30-75 to 30 cm."""
    b = assess(city).by_class.query("code == ''").set_index(["class", "pool"])["density_tc_ha"]
    assert 20 < b["forest", "above"] + b["forest", "below"] + b["forest", "understorey"] < 40
    assert 80 < b["forest", "soil"] < 110
    city.sinks = SinkSettings(soil_depth_cm=30)
    assert (
        30
        < assess(city).by_class.query("code == ''").set_index(["class", "pool"])["density_tc_ha"]["cropland", "soil"]
        < 75
    )


def test_a_township_with_little_data_is_flagged_and_scaling_up_is_separate(city: City) -> None:
    t = assess(city).table.set_index("name")
    assert any("西乡" in str(n) for n in city.notes)
    assert t.loc["西乡", "scaled_total_tc"] == pytest.approx(t.loc["西乡", "total_tc"] / 0.9, rel=1e-8)
    assert t.loc["东乡", "scaled_total_tc"] == pytest.approx(t.loc["东乡", "total_tc"], rel=1e-8)


def test_doubts_name_the_factors_nobody_verified(city: City) -> None:
    stock = assess(city)
    assert set(stock.unverified["mark"]) == {"M", "assumed"}
    assert "stock.water.soil.0-100" in set(stock.unverified["id"])
    assert any("unverified" in str(n) for n in city.notes)
    assert stock.sources["mark"].iloc[0] == "assumed"  # the least trusted first
    assert stock.sources["citation"].str.len().min() > 10


def test_own_samples_lift_the_confidence(city: City) -> None:
    own = [
        {"id": i, "value": 100.0, "low": 80.0, "high": 120.0, "source": "2024 年实测"}
        for i in ("stock.marsh.soil.0-100",)
    ]
    before = assess(city).by_class
    city.sinks = SinkSettings(own_factors=own)
    after = assess(city).by_class
    rows = (after["class"] == "marsh") & (after["pool"] == "soil")
    assert set(before.loc[rows, "confidence"]) == {"low"}
    assert set(after.loc[rows, "confidence"]) == {"own"}
    assert after.loc[rows, "density_tc_ha"].tolist() == pytest.approx([100.0, 100.0])


def test_the_same_inputs_give_the_same_numbers(city: City) -> None:
    a, b = assess(city), assess(city)
    pd.testing.assert_frame_equal(a.table, b.table, check_exact=True)
    pd.testing.assert_frame_equal(a.by_class, b.by_class, check_exact=True)
    pd.testing.assert_frame_equal(a.uncertainty, b.uncertainty, check_exact=True)


def test_doubling_the_pixels_changes_neither_the_total_nor_its_range(tmp_path) -> None:
    """Factors are shared by all pixels: a finer map of the same land is no better known."""
    coarse = City(TOWNS, write_cover(tmp_path / "a.tif", three_towns()))
    fine_codes = np.kron(three_towns(), np.ones((2, 2), np.uint8))
    fine_cover = write_cover(tmp_path / "b.tif", fine_codes)  # same upper left corner, so the map is twice as long
    big = TOWNS.set_geometry(
        [shapely.affinity.scale(g, 2, 2, origin=(TOWNS.total_bounds[0], TOWNS.total_bounds[3])) for g in TOWNS.geometry]
    )
    a = assess(coarse).uncertainty.set_index(["quantity", "code"])
    b = assess(City(big, fine_cover)).uncertainty.set_index(["quantity", "code"])
    np.testing.assert_allclose(b["value"], 4 * a["value"], rtol=1e-7)
    np.testing.assert_allclose(b["monte_carlo_sd"], 4 * a["monte_carlo_sd"], rtol=1e-7)


def test_without_land_cover_there_is_no_account(city: City) -> None:
    city.landcover = None
    with pytest.raises(InputError, match="land-cover raster"):
        assess(city)


def test_townships_may_come_in_another_crs(city: City) -> None:
    here = assess(city).table
    city.townships = TOWNS.to_crs("EPSG:4548")
    there = assess(city).table
    np.testing.assert_allclose(there["total_tc"], here["total_tc"], rtol=1e-4)
    assert TOWNS.crs == EQUAL


def test_tier_1_soil_by_climate_and_use(city: City) -> None:
    """Red soil 55 t C/ha warm temperate, 38 tropical moist; paddy x 1.35, dry crops x 0.69 and 0.83."""
    for climate, native, dry in (("warm_temperate_moist", 55, 0.69), ("tropical_moist", 38, 0.83)):
        city.sinks = SinkSettings(soil_source="tier1", soil_depth_cm=30, climate=climate, cropland={"paddy_share": 0.5})
        rows = assess(city).by_class.query("code == '' and pool == 'soil'").set_index("class")["density_tc_ha"]
        assert rows["forest"] == pytest.approx(native)
        assert rows["grassland"] == pytest.approx(native)
        assert rows["cropland"] == pytest.approx(native * (0.5 * 1.35 + 0.5 * dry))
        assert rows["marsh"] == pytest.approx(46)  # no reference for wetlands: the regional value stays
    with pytest.raises(ValueError, match="0-30 cm"):
        SinkSettings(soil_source="tier1")
    city.sinks = SinkSettings(soil_source="tier1", soil_depth_cm=30, climate="boreal_dry")
    with pytest.raises(InputError, match="soil_reference"):
        assess(city)


def test_a_confusion_matrix_of_the_settings_is_used(city: City) -> None:
    matrix = {"forest": {"forest": 90, "cropland": 10}, "cropland": {"cropland": 95, "forest": 5}}
    before = assess(city)
    assert before.map_error is None
    city.sinks = SinkSettings(map_accuracy=matrix)
    after = assess(city)
    assert after.map_error is not None
    assert after.map_error.frame.loc["forest", "adjusted_ha"] == pytest.approx(90 * 0.9 + 90 * 0.05)
    moved = after.by_class.groupby("class")["stock_tc"].sum() / before.by_class.groupby("class")["stock_tc"].sum()
    assert moved["forest"] == pytest.approx(0.9 + 0.05)
    assert moved["cropland"] == pytest.approx(0.95 + 0.1)
    assert moved["marsh"] == pytest.approx(1)
    for name in ("total", "sink"):
        unit = "tc" if name == "total" else "tc_yr"
        value, low, high = (after.table[f"{name}{end}_{unit}"] for end in ("", "_low", "_high"))
        assert ((low <= value) & (value <= high)).all()


def test_the_city_is_found_by_its_code_not_its_place(city: City) -> None:
    stock = assess(city)
    assert stock.townships["code"].tolist() == list(TOWNS["code"])
    pd.testing.assert_series_equal(stock.townships[ADD].sum(), stock.city[ADD].astype(float), check_names=False)
    shuffled = replace(stock, table=stock.table.iloc[::-1])
    assert shuffled.city["total_tc"] == stock.city["total_tc"]
    with pytest.raises(ValueError, match="0 rows of the whole city"):
        _ = replace(stock, table=stock.townships).city


def test_pages_have_a_colour_for_every_pool() -> None:
    assert list(POOL_STYLES) == list(POOLS)


def test_forest_cover_is_of_the_whole_township(city: City) -> None:
    """西乡 has 10 ha without data: its cover is of 100 ha, and 中乡 30 of 100."""
    codes = three_towns()
    codes[:2, 20:25] = 10  # 10 ha of forest where water was
    city.landcover = write_cover(Path(city.landcover.source.paths[0]).with_name("cover2.tif"), codes)
    table = assess(city).table.set_index("name")
    assert table.loc["西乡", "known_area_ha"] == pytest.approx(90)
    assert table.loc["西乡", "forest_cover"] == pytest.approx(10 / 100)
    assert table.loc["中乡", "forest_cover"] == pytest.approx(30 / 100)


def test_rice_crops_that_nobody_said_follow_the_latitude_and_are_told(city: City) -> None:
    city.sinks = SinkSettings(draws=200, cropland={"paddy_share": 1.0})
    south = assess(city)
    assert south.settings.cropland.rice_seasons == "double"
    assert any("rice crops a year are not given: double" in n.text for n in city.notes)
    city.notes.items.clear()
    city.sinks = SinkSettings(draws=200, cropland={"paddy_share": 1.0, "rice_seasons": "single"})
    single = assess(city).table.iloc[-1]["paddy_ch4_tco2e_yr"]
    assert single < 0.6 * south.table.iloc[-1]["paddy_ch4_tco2e_yr"]
    assert not [n for n in city.notes if "rice" in n.text]


def test_open_water_beside_tidal_land_is_told(city: City) -> None:
    city.sinks = SinkSettings(draws=200)
    assess(city)
    assert not [n for n in city.notes if "coastal_water" in n.text]
    city.wetlands = layer([place(20, 5, 24, 7)], name=[""], wetland_type=["tidal_flat"])
    assess(city)
    assert [n for n in city.notes if "50 ha of open water" in n.text]
