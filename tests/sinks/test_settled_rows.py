"""Rows of the shipped tables that were once wrong, held to what their sources say."""

from __future__ import annotations

import pandas as pd
import pytest

from guanghui.data import read_table
from guanghui.geo.landcover import legend
from guanghui.sinks.factors.ages import age_limits
from guanghui.sinks.factors.species import read_species
from guanghui.sinks.factors.table import load_factors
from guanghui.sinks.land.survey import DIALECTS

F = load_factors()
LISTS = read_table("legends", "stand_land_types.csv").astype(object).fillna("").astype(str)


def classes(dialect: str) -> dict[str, str]:
    mine = LISTS[LISTS["dialect"] == dialect]
    return dict(zip(mine["code"], mine["class"], strict=True))


def test_land_types_of_every_dialect_are_kept_apart() -> None:
    """112 is a mangrove here and a mixed stand there; letters inside a code are kept."""
    assert set(DIALECTS) == set(LISTS["dialect"])
    assert [classes("national")["0112"], classes("guangxi")["112"], classes("code_sheet")["112"]] == [
        "mangrove",
        "forest",
        "forest",
    ]
    assert [classes(d)["120"] for d in ("guangxi", "code_sheet")] == ["mangrove", "woodland"]
    survey = classes("third_survey")
    assert [survey[c] for c in ("05H1", "08H1", "08H2", "0810A", "1203")] == ["built"] * 4 + ["grassland"]
    assert survey["1104A"] == "aquaculture"


def test_the_shanxi_legend_is_whole() -> None:
    ours = {str(c) for c in legend("forest_survey").classes}
    assert {c for c in classes("shanxi") if len(c) == 4} <= ours
    assert {"1320", "1430", "1500", "1634", "1740", "1800", "2110", "2540"} <= ours


@pytest.mark.parametrize(
    ("word", "group"),
    [("柏类", "cypress"), ("圆柏", "cypress"),
     ("柳", "soft_broadleaf"), ("桦木", "hard_broadleaf"), ("枫香", "hard_broadleaf"),
     ("榆树", "hard_broadleaf"), ("油松", "other_conifer"), ("落叶松", "other_conifer"), ("冷杉", "other_conifer"),
     ("椎", "oak"), ("青冈", "oak"), ("石栎", "oak"), ("黄山松", "masson_pine")],
)  # fmt: skip
def test_names_that_fell_to_any_tree(word: str, group: str) -> None:
    assert read_species(pd.Series([word])).tolist() == [group]


@pytest.mark.parametrize(
    ("key", "profiles"),
    [("mixed", "51"), ("mixed_conifer", "3"), ("hard_broadleaf", "12"), ("oak", "5"),
     ("schima", "12"), ("cryptomeria", "3"),
     ("masson_pine", "33"), ("mixed_broadleaf", "37"), ("chinese_fir", "24"), ("soft_broadleaf", "6"), ("camphor", "3"),
     ("other_conifer", "3")],
)  # fmt: skip
def test_soils_count_their_profiles_not_the_plots(key: str, profiles: str) -> None:
    assert F[f"forest.{key}.soil.0-100"].plots == profiles


def test_marks_say_what_was_read_and_what_was_worked_out() -> None:
    assert F["stock.bamboo.soil.0-100"].plots == "9"
    report = F.report(["forest.soft_broadleaf.soil.0-100"])  # poplars have none of their own
    assert report["basis"].iloc[0].startswith("n = 6; ")
    assert F["forest.cypress.soil.0-100"].mark == "assumed"
    assert F["forest.cypress.soil.0-100"].plots == ""
    assert {F[f"forest.{k}.growing_stock"].mark for k in ("conifer", "broadleaf", "mixed")} == {"assumed"}
    unread = [f for f in F.values() if f.source == "guide2011" and f.quantity in ("svd", "bef", "root_shoot")]
    assert len(unread) > 30
    assert {f.mark for f in unread} == {"M"}
    modelled = [f for f in F.values() if f.id.startswith("growth.") and f.source == "li2016_zhejiang"]
    assert {f.mark for f in modelled} == {"R"}
    parts = [f for f in F.values() if f.quantity == "soil" and "0-100 cm times" in f.basis]
    assert not {f.mark for f in parts} & {"V", "A"}
    assert all("R2" in F[f"forest.{k}.fang_a"].basis for k in ("masson_pine", "oak", "chinese_fir"))


def test_values_that_were_mistaken() -> None:
    assert F["growth.masson_pine.roots_young"].value == 0.14
    assert F["forest.tree.growth_rate"].region == F["forest.tree.consumption_rate"].region == "Guangdong"
    assert F.find("soil", ("grassland",), depth="0-100", climate="warm_temperate_moist").region != "Yan'an"
    shandong = [f for f in F.values() if f.region == "Shandong" and f.quantity.endswith(("fang_a", "fang_b"))]
    assert len(shandong) == 2 * 13
    assert F["forest.poplar.fang_a"].value == 0.6251


def test_limits_of_the_age_classes_follow_purpose_and_origin() -> None:
    assert age_limits("masson_pine", "planted", "timber").ends == (10, 20, 30, 50)
    assert age_limits("masson_pine", "natural", "protection").ends == (20, 40, 50, 70)
    assert age_limits("masson_pine", "planted", "timber", "newer").ends == (5, 10, 15, 25)
    assert age_limits("chinese_fir", "planted", "timber").ends == (10, 20, 25, 35)
    assert age_limits("chinese_fir", "planted", "protection").ends == (20, 30, 35, 45)
    assert age_limits("hard_broadleaf", "planted", "protection", "newer").ends == (20, 40, 50, 70)
    assert age_limits("soft_broadleaf", "natural", "timber").ends == (10, 15, 20, 30)
