from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from guanghui.geo.errors import InputError
from guanghui.sinks.carbon.forest import (
    METHODS,
    biomass_carbon,
    conversion,
    dead_and_litter_share,
    default_volume,
    has_volume,
    species_mix,
    volume_carbon_tc,
)
from guanghui.sinks.factors.table import OwnFactor, load_factors, species_groups, species_lineage

F = load_factors()
PINE = {"masson_pine": 1.0}
HALF = load_factors(
    [OwnFactor(f"forest.{g}.carbon_fraction", 0.5, 0.5, 0.5, "as in the anchors") for g in ("conifer",)]
)
"""Carbon as half of the dry matter, with which the published figures below were made."""


def test_gongqingcheng_by_both_methods() -> None:
    """320,000 m³ of Masson pine on 27 % of 310 km²: 106 kt C by SVD x BEF, 167 kt C by Fang."""
    both = volume_carbon_tc(320_000, 0.27 * 31_000, PINE, HALF)["total_tc"]
    assert both["bef"] == pytest.approx(106e3, rel=0.005)
    assert both["fang"] == pytest.approx(167e3, rel=0.005)
    assert both["fang"] / both["bef"] > 1.5


def test_the_gap_closes_where_forest_is_denser() -> None:
    """Ruijin stands at 70 m³/ha, where the gap is a fifth."""
    both = volume_carbon_tc(13e6, 13e6 / 70, PINE, F)["total_tc"]
    assert both["fang"] / both["bef"] == pytest.approx(1.2, abs=0.05)


def test_fang_holds_the_roots_already() -> None:
    """(aV + b) x CF and nothing more: splitting it into above and below leaves the sum alone."""
    c = conversion(PINE, "fang", F)
    v = 38.0
    whole = (0.5034 * v + 20.547) * 0.508
    parts = (c.above_m3.value + c.below_m3.value) * v + c.above_ha.value + c.below_ha.value
    assert parts == pytest.approx(whole, rel=1e-12)
    root = F["forest.masson_pine.root_shoot"].value
    assert c.below_m3.value / c.above_m3.value == pytest.approx(root, rel=1e-12)


def test_fang_puts_carbon_where_there_is_no_volume() -> None:
    """10-23 t C on a hectare without timber: why it is for stands only."""
    for group in ("masson_pine", "chinese_fir", "cypress", "other_conifer"):
        c = conversion({group: 1.0}, "fang", F)
        assert 9 < c.above_ha.value + c.below_ha.value < 24


@given(st.floats(0, 1))
def test_a_mixture_lies_between_its_parts(share: float) -> None:
    mix = conversion({"masson_pine": share, "oak": 1 - share}, "bef", F).per_m3.value
    pine, oak = (conversion({g: 1.0}, "bef", F).per_m3.value for g in ("masson_pine", "oak"))
    assert mix == pytest.approx(share * pine + (1 - share) * oak, rel=1e-12)


def test_every_species_group_converts_by_both_methods() -> None:
    for group in species_groups().index:
        for method in METHODS:
            assert 0.2 < conversion({group: 1.0}, method, F).per_m3.value < 0.8, group
        assert default_volume({group: 1.0}, F).value > 5


def test_who_decides_the_species() -> None:
    assert species_mix("forest_needleleaf_evergreen") == {"mixed_conifer": 1.0}
    assert species_mix("forest") == {"mixed": 1.0}
    assert species_mix("forest", {"oak": 0.4, "masson_pine": 0.6, "poplar": 0.0}) == {"oak": 0.4, "masson_pine": 0.6}
    assert species_mix("woodland", {"oak": 1.0}) == {"open_woodland": 1.0}
    assert species_mix("forest", {"oak": 1.0}, "chinese_fir") == {"chinese_fir": 1.0}
    assert has_volume("forest_mixed")
    assert not has_volume("bamboo")
    assert not has_volume("swamp_forest")


def test_an_unknown_method_is_refused() -> None:
    with pytest.raises(InputError, match="bef, fang"):
        conversion(PINE, "bcef", F)


@pytest.mark.parametrize(("climate", "dead", "litter"), [
    ({"tropical": True, "precipitation_mm": 1600, "elevation_m": 0}, 0.47, 0.37),
    ({"tropical": True, "precipitation_mm": 1601, "elevation_m": 0}, 2.82, 0.37),
    ({"tropical": True, "precipitation_mm": 900, "elevation_m": 2001}, 3.29, 0.37),
    ({"tropical": False, "precipitation_mm": 900, "elevation_m": 0}, 3.76, 1.48),
])  # fmt: skip
def test_dead_wood_and_litter_of_global_forest_watch(climate, dead: float, litter: float) -> None:
    """Cross-check 6: 100 t/ha of above-ground biomass."""
    found = dead_and_litter_share(**climate, factors=F)
    assert (100 * found[0], 100 * found[1]) == (pytest.approx(dead, rel=1e-9), pytest.approx(litter, rel=1e-9))


def test_a_biomass_raster_becomes_carbon_and_keeps_its_holes() -> None:
    above, below = biomass_carbon(np.array([0.0, 100.0, np.nan]), F)
    assert above[1] == pytest.approx(48)
    assert below[1] == pytest.approx(48 * F["forest.tree.root_shoot"].value)
    assert np.isnan(above[2])
    assert np.isnan(below[2])


def test_carbon_fractions_are_those_of_the_kind() -> None:
    """Stem wood of conifers 50.8 ± 0.7 %, of angiosperms 47.7 ± 0.3 % (Thomas & Martin 2012); Jilin 47-48 % for all."""
    found = {g: F.find("carbon_fraction", species_lineage(g)) for g in species_groups().index}
    for group, factor in found.items():
        line = species_lineage(group)
        want = 0.508 if "conifer" in line else 0.477 if "broadleaf" in line else 0.4925 if group == "mixed" else 0.48
        assert factor.value == want, group
        assert factor.mark == "A"
        assert 0.04 < (factor.high - factor.low) / 2 / factor.value < 0.06  # ± 5.26 % of Fan 2016
