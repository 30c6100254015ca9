"""Stand layers as bureaus hand them over, rebuilt small: one dialect decides, or the readings are shown."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from guanghui.geo.errors import InputError
from guanghui.geo.notes import Notes
from guanghui.plan.inputs.config import StandsSection
from guanghui.plan.inputs.stands import read_stands
from guanghui.sinks import assess
from guanghui.sinks.factors.species import read_species
from tests.sinks.conftest import City, layer, place

# DI_LEI, species code, species name, 龄组, closure, m³/ha: ten strips of 10 ha, after 三调
ONE_MAP = [
    ("0301", "220", "马尾松", "2", 0.7, 60.0), ("0301", "310", "杉木", "3", 0.8, 110.0),
    ("0301", "410", "栎类", "4", 0.8, 90.0), ("0302", "660", "毛竹", "0", 0.7, 0.0),
    ("030301", "901", "油茶", "0", 0.5, 0.0), ("030402", "220", "马尾松", "1", 0.2, 0.0),
    ("030405", "", "", "", 0.0, 0.0), ("0101", "", "", "", 0.0, 0.0), ("1104", "", "", "", 0.0, 0.0),
    ("0702", "", "", "", 0.0, 0.0),
]  # fmt: skip
CLASSES = ["forest", "forest", "forest", "bamboo", "shrub", "young_plantation", "grassland", "paddy", "pond", "built"]


def strips(**columns: list) -> gpd.GeoDataFrame:
    """Strips of 1 x 10 cells of one hectare."""
    count = len(next(iter(columns.values())))
    return layer([place(i, 0, i + 1, 10) for i in range(count)], **columns)


def one_map() -> gpd.GeoDataFrame:
    names = ("DI_LEI", "YOU_SHI_SZ", "SZMC", "LING_ZU", "YU_BI_DU", "HUO_LMGQXJ")
    columns = dict(zip(names, map(list, zip(*ONE_MAP, strict=True)), strict=True))
    return strips(**columns, XBXJ=[r[5] * 10 for r in ONE_MAP], MIAN_JI=[10.0] * 10)


def read(raw: gpd.GeoDataFrame, **asked: object) -> gpd.GeoDataFrame:
    return read_stands("stands.gpkg", raw, raw[["geometry"]], StandsSection(path="stands.gpkg", **asked), Notes())


@pytest.mark.parametrize("asked", [{}, {"group": "SZMC"}, {"group": "SZMC", "volume": "XBXJ"}])
def test_a_one_map_layer_is_read_by_its_land_type_whatever_column_is_named(asked: dict[str, str]) -> None:
    found = read(one_map(), **asked)
    assert found["land_class"].tolist() == CLASSES
    np.testing.assert_allclose(found["volume_m3_ha"][:3], [60, 110, 90])


def test_of_ten_strips_forty_hectares_are_forest_and_the_paddy_stays(city: City) -> None:
    city.stands = read(one_map())
    stock = assess(city)
    east = stock.table.set_index("code").loc["000001001"]
    assert east["forest_ha"] == pytest.approx(40)
    assert east["cropland_ha"] == pytest.approx(10)
    assert east["wetland_ha"] == pytest.approx(10)
    assert east["volume_m3"] == pytest.approx(10 * (60 + 110 + 90))
    assert east["paddy_ch4_tco2e_yr"] > 0


def test_a_grown_stand_of_no_volume_is_unknown_and_a_young_one_has_none() -> None:
    raw = strips(DI_LEI=["0111"] * 3, YOU_SHI_SZ=["马尾松"] * 3, LING_ZU=["1", "3", "3"], HUO_LMGQXJ=[0.0, 0.0, 80.0])
    found = read(raw)["volume_m3_ha"].tolist()
    assert found[0] == 0
    assert np.isnan(found[1])


@pytest.mark.parametrize(
    ("codes", "closure", "want"),
    [
        (["0111", "0112", "0120"], None, ["forest", "mangrove", "woodland"]),
        (["111", "112", "200", "961"], None, ["forest", "forest", "woodland", "forest"]),
        (["1111", "1112", "1310"], None, ["forest", "forest", "shrub"]),
        (["1110", "1410", "2000"], None, ["forest", "young_plantation", ""]),
        (["030100", "0201K", "05H1", "1104A"], None, ["forest", "orchard", "built", "aquaculture"]),
        (["111", "120", "113"], [0.6, 0.15, 0.7], ["forest", "woodland", "bamboo"]),
        (["乔木林地", "其它灌木林地", "水田"], None, ["forest", "shrub", "paddy"]),
    ],
)
def test_codes_of_every_dialect(codes: list[str], closure: list[float] | None, want: list[str]) -> None:
    more = {} if closure is None else {"YU_BI_DU": closure}
    raw = strips(DI_LEI=[f" {c} " for c in codes], YOU_SHI_SZ=["马尾松"] * len(codes), **more)
    assert read(raw)["land_class"].tolist() == want


def test_a_number_of_two_dialects_stops_and_shows_both_with_hectares() -> None:
    raw = strips(DI_LEI=["111", "120"], YOU_SHI_SZ=["马尾松"] * 2)
    with pytest.raises(InputError, match=r"120 of DI_LEI \(10.0 ha\).*疏林地.*红树林") as refused:
        read(raw)
    assert "dialect" in str(refused.value)
    assert read(raw, dialect="guangxi")["land_class"].tolist() == ["forest", "mangrove"]


def test_species_numbers_follow_the_dialect_of_the_land_types() -> None:
    species = ["310", "410", "220000"]
    national = strips(DI_LEI=["0111"] * 3, YOU_SHI_SZ=species)
    assert read(national)["species_group"].tolist() == ["chinese_fir", "oak", "masson_pine"]
    guangxi = strips(DI_LEI=["961", "111", "112"], YOU_SHI_SZ=["120", "130", "220"])
    assert read(guangxi)["species_group"].tolist() == ["chinese_fir", "masson_pine", "oak"]
    with pytest.raises(InputError, match=r"310 of YOU_SHI_SZ \(10.0 ha\)"):
        read(strips(YOU_SHI_SZ=["310", "220"]))


def test_unknown_codes_and_words_are_listed_with_their_hectares(city: City) -> None:
    with pytest.raises(InputError, match=r"610 \(10.0 ha\)"):
        read(strips(DI_LEI=["0111", "0111"], YOU_SHI_SZ=["310", "610"]))
    with pytest.raises(InputError, match=r"9999 \(10.0 ha\)"):
        read(strips(DI_LEI=["0111", "9999"], YOU_SHI_SZ=["杉木"] * 2))
    city.stands = strips(species_group=["马尾松", "不知名"], volume_m3_ha=[50.0, 50.0])
    with pytest.raises(InputError, match=r"不知名 \(10.0 ha\)"):
        assess(city)


@pytest.mark.parametrize(
    ("column", "unit", "number", "want"),
    [("HUO_LMGQXJ", None, 75.0, 75.0), ("MU_XJ", None, 5.0, 75.0), ("XB_XJ", None, 750.0, 75.0),
     ("XJ", "m3", 750.0, 75.0), ("XJ", "m3/mu", 5.0, 75.0), ("HUO_LMGQXJ", "m3/ha", 5.0, 5.0)],
)  # fmt: skip
def test_volume_has_one_unit(column: str, unit: str | None, number: float, want: float) -> None:
    raw = strips(YOU_SHI_SZ=["马尾松"], **{column: [number]})
    asked = {"volume": column} | ({} if unit is None else {"volume_unit": unit})
    assert read(raw, **asked)["volume_m3_ha"].iloc[0] == pytest.approx(want)


@pytest.mark.parametrize(("column", "number"), [("XJ", 75.0), ("HUO_LMGQXJ", 5.0)])
def test_a_volume_whose_unit_cannot_be_told_is_refused(column: str, number: float) -> None:
    with pytest.raises(InputError, match="volume_unit"):
        read(strips(YOU_SHI_SZ=["马尾松"], **{column: [number]}), volume=column)


def test_the_layers_own_areas_tell_their_unit() -> None:
    notes = Notes()
    raw = strips(YOU_SHI_SZ=["马尾松"] * 2, MIAN_JI=[150.0, 151.5])
    read_stands("s.gpkg", raw, raw[["geometry"]], StandsSection(path="s.gpkg"), notes)
    assert any("read in mu" in n.text and "20.10 ha" in n.text for n in notes)
    with pytest.raises(InputError, match="is the unit mu"):
        read(raw, area_unit="ha")


def test_the_diameter_is_no_volume() -> None:
    raw = strips(YOU_SHI_SZ=["马尾松"], PINGJUN_XJ=[14.2])
    assert pd.isna(read(raw)["volume_m3_ha"].iloc[0])


def told(raw: gpd.GeoDataFrame, **asked: object) -> tuple[gpd.GeoDataFrame, str]:
    notes = Notes()
    found = read_stands("stands.gpkg", raw, raw[["geometry"]], StandsSection(path="stands.gpkg", **asked), notes)
    return found, "\n".join(n.text for n in notes)


@pytest.mark.parametrize(
    "write",
    [
        lambda code, name: f"{code}{name}", lambda code, name: f"{code}-{name}", lambda code, name: f"{name}（{code}）",
        lambda code, name: code.translate({48 + i: 0xFF10 + i for i in range(10)}), lambda code, name: f" {code} ",
    ],
)  # fmt: skip
def test_codes_with_their_names_and_in_wide_digits(write) -> None:
    kinds = [("0111", "乔木林"), ("0113", "竹林"), ("0141", "未成林造林地"), ("0210", "耕地")]
    trees = [("220000", "马尾松"), ("660000", "毛竹"), ("310000", "杉木"), ("", "")]
    raw = strips(DI_LEI=[write(*k) for k in kinds], YOU_SHI_SZ=[write(*t) if t[0] else "" for t in trees])
    found = read(raw)
    assert found["land_class"].tolist() == ["forest", "bamboo", "young_plantation", "cropland"]
    assert found["species_group"].iloc[0] in ("马尾松", "masson_pine", "马尾松(220000)")


@pytest.mark.parametrize(
    ("column", "number", "m3_ha"),
    [
        ("每公顷蓄积量(m³)", 80.0, 80.0), ("公顷蓄积（立方米）", 80.0, 80.0), ("蓄积量（立方米/亩）", 6.0, 90.0),
        ("每亩蓄积量", 6.0, 90.0), ("蓄积(m3/hm2)", 80.0, 80.0), ("小班蓄积量(m3)", 800.0, 80.0),
    ],
)  # fmt: skip
def test_a_volume_under_a_chinese_header_with_its_unit(column: str, number: float, m3_ha: float) -> None:
    found = read(strips(优势树种=["马尾松"], **{column: [number]}))
    assert found["volume_m3_ha"].iloc[0] == pytest.approx(m3_ha)


def test_a_volume_of_unknown_unit_under_a_chinese_header_is_refused() -> None:
    with pytest.raises(InputError, match="蓄积量"):
        read(strips(优势树种=["马尾松"], **{"蓄积量": [80.0]}))


def test_a_field_that_looks_like_a_volume_is_named_where_none_is_recognised() -> None:
    _, said = told(strips(YOU_SHI_SZ=["马尾松"], xuji=[80.0], PINGJUN_XJ=[14.0], SSXJ=[3.0]))
    assert "xuji may hold it" in said
    assert "may hold it" not in told(strips(YOU_SHI_SZ=["马尾松"], PINGJUN_XJ=[14.0], SSXJ=[3.0]))[1]
    assert "may hold it" not in told(strips(YOU_SHI_SZ=["马尾松"], xuji=[1.0], HUO_LMGQXJ=[80.0]))[1]


def test_two_volumes_that_disagree_are_named() -> None:
    columns = {"YOU_SHI_SZ": ["马尾松", "杉木"], "HUO_LMGQXJ": [80.0, 100.0]}
    assert "sums to" not in told(strips(**columns, XB_XJ=[800.0, 1004.0]))[1]
    _, said = told(strips(**columns, XB_XJ=[2400.0, 3000.0]))
    assert "HUO_LMGQXJ times the area is 1,800 m³, XB_XJ sums to 5,400" in said


def test_a_plantation_that_is_no_forest_yet_has_no_volume_where_it_is_left_empty() -> None:
    empty = strips(DI_LEI=["0111", "0141"], YOU_SHI_SZ=["马尾松", "杉木"], HUO_LMGQXJ=[80.0, np.nan])
    assert read(empty)["volume_m3_ha"].tolist() == [80.0, 0.0]
    found = read(empty.drop(columns="HUO_LMGQXJ"))["volume_m3_ha"]
    assert np.isnan(found.iloc[0])
    assert found.iloc[1] == 0


def test_thick_trees_without_a_volume_have_an_unknown_one() -> None:
    """By the rule of the inventories: above 5 cm of mean diameter there is a volume."""
    raw = strips(YOU_SHI_SZ=["杉木"] * 3, LING_ZU=["1"] * 3, PINGJUN_XJ=[11.0, 4.0, 0.0], HUO_LMGQXJ=[0.0, 0.0, 0.0])
    np.testing.assert_array_equal(read(raw)["volume_m3_ha"], [np.nan, 0.0, 0.0])


def test_a_closure_that_speaks_against_the_land_type_is_named_and_not_the_codes() -> None:
    raw = strips(DI_LEI=["0111", "0111", "0131"], YOU_SHI_SZ=["220", "310", ""], YU_BI_DU=[0.1, 0.7, 0.0])
    with pytest.raises(InputError, match=r"0111 乔木林 \(10.0 ha\)") as caught:
        read(raw)
    assert "郁闭度" in caught.value.zh


def test_stands_without_a_land_type_are_told_with_those_that_have_trees() -> None:
    found, said = told(strips(DI_LEI=["0111", None, ""], YOU_SHI_SZ=["220", "310", ""], HUO_LMGQXJ=[80.0, 100.0, 0.0]))
    assert found["land_class"].tolist() == ["forest", "", ""]
    assert "20.0 ha have no land type" in said
    assert "10.0 ha of them have a tree species" in said
    assert "no forest land without a kind" not in said


def test_years_with_their_word_and_calendar_years() -> None:
    raw = strips(YOU_SHI_SZ=["马尾松"] * 4, PINGJUN_NL=["20年", "15 年生", "40", "1985"])
    found, said = told(raw)
    np.testing.assert_array_equal(found["age_yr"], [20.0, 15.0, 40.0, np.nan])
    assert "1985 (10.0 ha)" in said


def test_a_volume_in_ten_thousands_is_refused_not_taken_for_cubic_metres() -> None:
    raw = strips(DI_LEI=["0111"] * 2, YOU_SHI_SZ=["杉木", "馬尾松"], **{"小班蓄积（万m³）": [0.08, 0.09]})
    with pytest.raises(InputError, match="万m3"):
        read(raw)
    raw = raw.rename(columns={"小班蓄积（万m³）": "小班蓄积（m³）"}).assign(**{"小班蓄积（m³）": [800.0, 900.0]})
    found = read(raw)
    assert found["volume_m3_ha"].tolist() == pytest.approx([80.0, 90.0])
    assert read_species(found["species_group"]).tolist() == ["chinese_fir", "masson_pine"]


def test_rows_in_another_unit_are_named_with_their_number() -> None:
    volumes = [60.0, 75.0, 90.0, 110.0, 80.0, 70.0, 5.0, 6.0, 4.0]
    grown = {"YOU_SHI_SZ": ["马尾松"] * 9, "LING_ZU": ["3"] * 9}
    _, said = told(strips(**grown, HUO_LMGQXJ=volumes))
    assert "3 of 9 rows (30.0 ha; rows 7, 8, 9) fit by the other stands only after a factor of 15" in said
    young = {"YOU_SHI_SZ": ["马尾松"] * 9, "LING_ZU": ["3"] * 6 + ["1"] * 3}
    assert "mix units" not in told(strips(**young, HUO_LMGQXJ=volumes))[1]
    spread = [20.0, 24.0, 30.0, 38.0, 48.0, 60.0, 75.0, 95.0, 15.0]
    assert "mix units" not in told(strips(**grown, HUO_LMGQXJ=spread))[1]
    per_mu = [4.0, 5.0, 6.0, 7.0, 5.0, 4.5, 70.0, 80.0, 65.0]  # a column per mu with three rows per hectare
    assert "3 of 9 rows" in told(strips(**grown, MU_XJ=per_mu), volume="MU_XJ")[1]


def test_rows_that_speak_against_the_volume_of_the_whole_stand_are_named() -> None:
    columns = {"YOU_SHI_SZ": ["马尾松"] * 5, "HUO_LMGQXJ": [80.0, 100.0, 60.0, 4.0, 90.0]}
    _, said = told(strips(**columns, XB_XJ=[800.0, 1000.0, 600.0, 600.0, 900.0]))
    assert "1 of 5 rows (10.0 ha; rows 4) fit by XB_XJ only after a factor of 15" in said
    assert "sums to" not in said


def test_a_year_of_planting_is_an_age_where_the_layer_has_a_year() -> None:
    raw = strips(
        YOU_SHI_SZ=["杉木"] * 4, ZLND=["2005", "2018年", "", "1985"], PINGJUN_NL=[np.nan, np.nan, np.nan, 30.0]
    )
    found, said = told(raw)
    assert found["age_yr"].isna().tolist() == [True, True, True, False]
    assert "20.0 ha have no age but a year of planting (ZLND)" in said
    found, said = told(raw, year=2020)
    np.testing.assert_array_equal(found["age_yr"], [15.0, 2.0, np.nan, 30.0])
    assert "year of planting" not in said
    assert "2018年 (10.0 ha)" in told(raw, year=2015)[1]


def test_an_age_grade_is_an_age_where_its_years_are_said() -> None:
    raw = strips(
        YOU_SHI_SZ=["杉木", "马尾松", "栎类", "杉木"], LING_ZU=["", "", "", "3"], 龄级=["Ⅲ", "2", "4龄级", "5"]
    )
    found, said = told(raw)
    assert found["age_yr"].isna().all()
    assert "30.0 ha have no age but a grade (龄级, 龄级)" in said
    found, said = told(raw, grade_years=10)
    np.testing.assert_array_equal(found["age_yr"], [25.0, 15.0, 35.0, np.nan])
    assert "no age but a grade" not in said
    found, said = told(raw, grade_years={"杉木": 5, "tree": 10})
    np.testing.assert_array_equal(found["age_yr"], [12.5, 15.0, 35.0, np.nan])
    assert "20.0 ha have no age but a grade" in told(raw, grade_years={"杉木": 5})[1]
    with pytest.raises(InputError, match="火星树"):
        read(raw, grade_years={"火星树": 5})
