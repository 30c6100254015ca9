from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from guanghui.data import read_table
from guanghui.geo.errors import InputError
from guanghui.geo.landcover import land_classes
from guanghui.sinks.carbon.pools import POOLS, pools_per_ha
from guanghui.sinks.factors.species import read_species
from guanghui.sinks.factors.table import (
    DISTRIBUTIONS,
    MARKS,
    TABLES,
    Factor,
    OwnFactor,
    column_labels,
    confidence,
    load_factors,
    pool_labels,
    species_groups,
    species_lineage,
)
from guanghui.sinks.settings import SinkSettings

F = load_factors()


def test_there_are_many_and_each_says_all_that_must_be_said() -> None:
    """At least 250 rows, each with unit, source, region, depth, distribution, range and mark."""
    assert len(F) >= 250
    for f in F.values():
        assert f.unit, f.id
        assert f.source, f.id
        assert f.region, f.id
        assert f.depth_cm, f.id
        assert f.basis, f.id
        assert f.distribution in DISTRIBUTIONS, f.id
        assert f.mark in MARKS, f.id
        assert f.low <= f.value <= f.high, f.id
        assert (f.low == f.high) == (f.distribution == "fixed"), f.id


def test_assumed_factors_have_wide_ranges() -> None:
    """What nobody could source is not given a precision it does not have."""
    narrow = [
        f.id for f in F.values() if f.mark == "assumed" and f.distribution != "fixed" and f.sd < 0.05 * abs(f.value)
    ]
    assert narrow == []


def test_soil_says_its_depth_and_nothing_else_does() -> None:
    for f in F.values():
        has_depth = f.depth_cm != "-"
        assert has_depth == (f.quantity.startswith(("soil", "soc_content", "saturation"))), f.id


def test_every_source_is_cited_in_full() -> None:
    table = read_table("factors", "sources.csv")
    assert table["citation"].str.len().min() > 20
    assert not table["source"].duplicated().any()
    frame = F.report(F)
    assert (frame["citation"] != frame["source"]).all()


def test_every_land_class_has_all_its_pools_at_both_depths() -> None:
    for depth in (30, 100):
        for climate in ("warm_temperate_moist", "tropical_moist", "cool_temperate_dry"):
            settings = SinkSettings(soil_depth_cm=depth, climate=climate)
            for key, info in land_classes().items():
                if info.id:
                    pools = pools_per_ha(key, settings, F)
                    assert {"litter", "soil"} <= set(pools), key
                    assert all(c.value >= 0 for c in pools.values()), key


def test_the_parts_of_the_first_30_cm_come_from_the_layers_of_the_source() -> None:
    """Σ content x thickness above 30 cm over that of the metre, with one bulk density."""
    layers = {"0-10": 10, "10-20": 10, "20-30": 10, "30-50": 20, "50-100": 50}
    for group in ("masson_pine", "chinese_fir", "mixed", "bamboo"):
        amount = {d: F[f"soil.{group}.soc_content.{d}"].value * h for d, h in layers.items()}
        share = sum(list(amount.values())[:3]) / sum(amount.values())
        table = "stock" if group == "bamboo" else "forest"
        deep, shallow = (F[f"{table}.{group}.soil.{d}"].value for d in ("0-100", "0-30"))
        assert shallow == pytest.approx(deep * share, rel=1e-5)


@pytest.mark.parametrize(("group", "carbon"), [
    ("masson_pine", 0.332), ("chinese_fir", 0.313), ("slash_pine", 0.433), ("cypress", 0.505), ("oak", 0.592),
    ("schima", 0.712), ("camphor", 0.414), ("hard_broadleaf", 0.631), ("soft_broadleaf", 0.453), ("poplar", 0.335),
    ("mixed_broadleaf", 0.460), ("mixed", 0.502), ("mixed_conifer", 0.407),
])  # fmt: skip
def test_carbon_of_a_cubic_metre(group: str, carbon: float) -> None:
    """SVD x BEF x (1 + R) x 0.5, worked out apart from this code."""
    svd, bef, root = (F[f"forest.{group}.{q}"].value for q in ("svd", "bef", "root_shoot"))
    assert svd * bef * (1 + root) * 0.5 == pytest.approx(carbon, abs=5e-4)


def test_the_nearest_subject_and_the_climate_decide() -> None:
    assert F.find("ch4", ("marsh", "wetland"), climate="warm_temperate_moist").value == 235
    assert F.find("ch4", ("marsh", "wetland"), climate="tropical_moist").value == 900
    assert F.find("ch4", ("marsh", "wetland"), climate="tropical_dry").value == 235
    assert F.find("soil", species_lineage("slash_pine"), depth="0-100").subject == "mixed_conifer"
    with pytest.raises(InputError, match="no table gives"):
        F.find("soil", ("marsh",), depth="0-60")


def test_draws_have_the_mean_and_range_they_promise() -> None:
    for name in ("forest.masson_pine.svd", "forest.masson_pine.bef", "wetland.lake.ch4", "forest.tree.growth_rate",
                 "stock.paddy.soil.0-100"):  # fmt: skip
        f = F[name]
        x = f.draw(200_000, 1)
        assert x.mean() == pytest.approx(f.value, rel=0.01)
        assert x.std() == pytest.approx(f.sd, rel=0.02)
        if f.distribution == "uniform":
            assert f.low <= x.min()
            assert x.max() <= f.high


def test_draws_depend_on_seed_and_factor_only() -> None:
    a, b = F["forest.masson_pine.svd"], F["forest.oak.svd"]
    np.testing.assert_array_equal(a.draw(100, 5), a.draw(100, 5))
    assert not np.array_equal(a.draw(100, 5), a.draw(100, 6))
    assert abs(np.corrcoef(a.draw(20_000, 5), b.draw(20_000, 5))[0, 1]) < 0.03


def test_a_skewed_published_value_stays_the_mean() -> None:
    """A triangle with the published value as mode would raise this methane by more than half."""
    f = F["wetland.river.ch4"]
    assert f.draw(400_000, 0).mean() == pytest.approx(f.value, rel=0.02)


def test_own_factors_replace_and_are_checked() -> None:
    own = load_factors([OwnFactor("stock.marsh.soil.0-100", 70, 60, 80, "样地")])
    f = own["stock.marsh.soil.0-100"]
    assert (f.value, f.mark, f.source, f.unit) == (70, "own", "样地", "t C ha-1")
    assert F["stock.marsh.soil.0-100"].value == 89
    with pytest.raises(InputError, match=r"near it are stock\.marsh\.soil"):
        load_factors([OwnFactor("stock.marsh.soil.0-60", 70, 60, 80, "x")])
    with pytest.raises(InputError, match="outside its range"):
        load_factors([OwnFactor("stock.marsh.soil.0-100", 90, 60, 80, "x")])


def test_confidence_of_marks() -> None:
    assert confidence(["own", "own"]) == "own"
    assert confidence(["V", "A"]) == "default"
    assert confidence(["V", "M"]) == "low"
    assert confidence(["V"], wetland=True) == "low"
    assert confidence(["own"], wetland=True) == "own"


def test_species_words() -> None:
    known = {
        "马尾松": "masson_pine", "杉木林": "chinese_fir", "湿地松": "slash_pine", "阔叶混": "mixed_broadleaf",
        "杨树": "poplar", "chinese_fir": "chinese_fir", "针阔混交林": "mixed", "针阔叶混交林": "mixed",
        "樟子松": "other_conifer", "枫杨": "soft_broadleaf", "拟赤杨": "soft_broadleaf", "火力楠": "soft_broadleaf",
        "毛竹（楠竹）": "class:bamboo", "柑橘": "class:orchard", "杨梅": "class:orchard", "杨桃": "class:orchard",
        "黄杨": "class:shrub", "油茶": "class:orchard", "其他硬阔": "hard_broadleaf", "其它杉类": "other_conifer",
        "柏类": "cypress", "圆柏": "cypress", "落叶松": "other_conifer", "樟树": "camphor", "白栎": "oak",
        "不知名": "", "": "", "610": "",
    }  # fmt: skip
    assert dict(zip(known, read_species(pd.Series(list(known))), strict=True)) == known


def test_the_names_of_the_code_lists_are_read_as_their_lists_say() -> None:
    """All names of one meaning in the published lists, trees and others alike."""
    listed = read_table("legends", "stand_species.csv").astype(object).fillna("")
    meanings = listed.groupby("label_zh")["group"].nunique()
    own = listed[listed["label_zh"].map(meanings) == 1]
    found = read_species(own["label_zh"])
    wrong = own[found.to_numpy() != own["group"].to_numpy()]
    assert len(wrong) / len(own) < 0.02, wrong[["label_zh", "group"]].to_numpy().tolist()
    trees = ~own["group"].str.startswith("class:")
    assert not found[~trees & ~found.str.startswith("class:")].size


def test_labels_are_in_both_languages() -> None:
    for frame in (pool_labels(), column_labels(), species_groups()):
        assert (frame["label_zh"] != "").all()
        assert (frame["label_en"] != "").all()
    assert tuple(pool_labels().index) == POOLS
    assert all(len(v) == 2 for v in MARKS.values())


def test_tables_are_those_named() -> None:
    assert sum(len(read_table("factors", f"{t}.csv")) for t in TABLES) == len(F)
    assert all(isinstance(f, Factor) for f in F.values())
