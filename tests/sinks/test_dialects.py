"""Eleven dialects of stand layers, each a small layer with its own field names, read as it is to the last hectare."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
from pyproj import CRS

from guanghui.geo.notes import Notes
from guanghui.plan.inputs.config import StandsSection
from guanghui.plan.inputs.stands import read_stands
from guanghui.sinks.factors.species import read_species
from guanghui.sinks.land.layers import stand_layer
from tests.sinks.conftest import EQUAL, layer, place

Case = tuple[Mapping[str, list], list[str], list[str], list[float]]
NAN = float("nan")
CASES: Mapping[str, Case] = {
    "national": (
        {"MIAN_JI": [10.0] * 3, "DI_LEI": ["0111", "0113", "0150"], "YOU_SHI_SZ": ["220000", "660000", ""],
         "LING_ZU": ["2", "0", ""], "PINGJUN_NL": [14, 0, 0], "YU_BI_DU": [0.7, 0.6, 0.0], "PINGJUN_XJ": [12.1, 8.0, 0],
         "HUO_LMGQXJ": [62.0, 0.0, 0.0], "QI_YUAN": ["21", "11", ""], "LIN_ZHONG": ["233", "255", ""],
         "Q_DI_LEI": ["0150", "0111", "0111"]},
        ["forest", "bamboo"], ["masson_pine", ""], [62.0, 0.0],
    ),
    "national with additions": (
        {"mian_ji": [10.0] * 2, "di_lei": ["0111", "0120"], "you_shi_sz": ["310", "220"], "PJ_NL": [12, 30],
         "XB_XJ": [800.0, 150.0], "SS_ZS": [20, 0], "SZ_XJ": [1.5, 0.0], "KLM_XJ": [2.0, 0.0]},
        ["forest", "woodland"], ["chinese_fir", "masson_pine"], [80.0, 15.0],
    ),
    "Guangxi": (
        {"MIAN_JI": [10.0] * 3, "DI_LEI": ["111", "112", "961"], "YOU_SHI_SZ": ["130", "220", "120"],
         "HUO_LMGQXJ": [55, 90, 120], "ZXJ": [550.0, 900.0, 1200.0], "YU_BI_DU": [0.6, 0.7, 0.8]},
        ["forest"] * 3, ["masson_pine", "oak", "chinese_fir"], [55, 90, 120],
    ),
    "Shanxi": (
        {"MIAN_JI": [10.0] * 2, "DI_LEI": ["1111", "1310"], "YOU_SHI_SZ": ["130", ""], "HUO_LMGQXJ": [40, 0],
         "V_TMMJ": [10.0, 10.0]},
        ["forest", "shrub"], ["masson_pine", ""], [40, NAN],
    ),
    "Guizhou": (
        {"MIANJI": [10.0] * 2, "LDDL": ["1110", "1410"], "EDDL": ["1110", "1410"], "YSSZ": ["马尾松", "杉木"],
         "GQXJ": [70.0, 0.0], "XBXJ": [700.0, 0.0], "YBD": [0.6, 0.0], "PJNL": [20, 1]},
        ["forest", "young_plantation"], ["masson_pine", "chinese_fir"], [70.0, 0.0],
    ),
    "after the third survey": (
        {"XBMJ": [10.0] * 4, "DI_LEI": ["030100", "030200", "030401", "0101"], "DLBM": ["0301", "0302", "0307", "0101"],
         "YOU_SHI_SZ": ["220", "660", "220", ""], "HUO_LMGQXJ": [66.0, 0.0, 12.0, 0.0],
         "XIAO_BAN_X": [660.0, 0.0, 120.0, 0.0]},
        ["forest", "bamboo", "woodland", "paddy"], ["masson_pine", "", "masson_pine"], [66.0, NAN, 12.0],
    ),
    "assets survey": (
        {"ZTBMJ": [100_000.0] * 2, "PCDL": ["0301", "0302"], "GTDCDLBM": ["0301", "0302"], "YSSZ": ["杉木", "毛竹"],
         "ZTBXJ": [900.0, 0.0], "PJNL": [15, 0], "LING_ZU": ["2", ""], "QY": ["21", "11"]},
        ["forest", "bamboo"], ["chinese_fir", ""], [90.0, NAN],
    ),
    "Qinghai, names": (
        {"mianji": [10.0] * 3, "dilei": ["乔木林地", "一般灌木林地", "其他草地"], "linzu": ["3", "", ""],
         "you_shi_sz": ["云杉", "其他灌木", ""], "huo_lmgqxj": [130.0, 0.0, 0.0], "ld_qs": ["国有"] * 3},
        ["forest", "shrub", "grassland"], ["other_conifer"], [130.0],
    ),
    "Xinjiang": (
        {"MIAN_JI": [10.0] * 2, "DI_LEI": ["0111", "0131"], "YOU_SHI_SZ": ["495", "220"], "HUO_LMGQXJ": [30.0, 0.0]},
        ["forest"], [], [30.0],
    ),
    "Shandong": (
        {"mian_ji": [10.0] * 2, "di_lei": ["0111", "0111"], "you_shi_sz_code": ["220000", "310000"], "is_pine": [1, 0],
         "yu_bi_du": [0.5, 0.6], "ping_jun_xj": [14.0, 11.0], "volume_m3_ha": [50.0, 70.0]},
        ["forest"] * 2, ["masson_pine", "chinese_fir"], [50.0, 70.0],
    ),
    "code sheet": (
        {"面积": [10.0] * 3, "地类": ["111", "120", "113"], "优势树种": ["马尾松", "马尾松", "毛竹"],
         "郁闭度": [0.6, 0.15, 0.7], "公顷蓄积": [45.0, 11.0, 0.0]},
        ["forest", "woodland", "bamboo"], ["masson_pine", "masson_pine", ""], [45.0, 11.0],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_layer_of_each_dialect_is_read_as_it_is(name: str) -> None:
    columns, classes, groups, volumes = CASES[name]
    count = len(next(iter(columns.values())))
    raw = layer([place(i, 0, i + 1, 10) for i in range(count)], **columns)
    notes = Notes()
    found = read_stands("stands.gpkg", raw, raw[["geometry"]], StandsSection(path="stands.gpkg"), notes)
    assert (found["land_class"] != "").all()
    shaped = stand_layer(found, CRS(EQUAL), notes)
    assert shaped.geometry.area.sum() / 1e4 == pytest.approx(10.0 * count)
    assert shaped["class"].tolist()[: len(classes)] == classes
    assert shaped["species"].tolist()[: len(groups)] == groups
    assert read_species(found["species_group"][found["species_group"] != ""]).ne("").all()
    trees = shaped["volume_m3_ha"].notna()
    want = np.array(volumes)
    told = np.isfinite(want) & trees.to_numpy()[: len(want)]
    np.testing.assert_allclose(shaped["volume_m3_ha"].to_numpy()[: len(want)][told], want[told])
    assert told.any()
