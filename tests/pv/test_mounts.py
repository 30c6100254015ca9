"""Modules flush on sheet steel and in rows elsewhere, and what it does to capacity."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest
from pydantic import ValidationError

from guanghui import pv
from guanghui.geo.building_facts import building_facts, roof_material
from guanghui.geo.notes import Notes
from guanghui.pv.energy.system import flat_rows
from guanghui.pv.roofs.mounts import flush_roofs, mount_of
from guanghui.pv.settings import PvSettings
from tests.pv.test_assess import make_city
from tests.scenes import LATITUDE


def _flat(z, houses) -> None:
    """Four like flat roofs far apart."""
    z[:] = 0.0
    houses[:] = [(r, c, 30, 40, "flat") for r in (20, 130) for c in (20, 140)]
    for r, c, h, w, _ in houses:
        z[r : r + h, c : c + w] = 8.0


@pytest.fixture(scope="module")
def found(tmp_path_factory) -> gpd.GeoDataFrame:
    city = make_city(tmp_path_factory.mktemp("mounts"), spoil=_flat)
    city.buildings["building_class"] = ["industrial", "industrial", "residential", "residential"]
    city.buildings["roof_material"] = ["", "concrete", "", "steel"]
    roofs = pv.assess(city)
    roofs.attrs["told"] = [n.text for n in city.notes]
    return roofs


def test_class_decides_and_the_material_goes_before_it(found) -> None:
    assert found["mount"].tolist() == ["flush", "rows", "rows", "flush"]
    assert (found["roof_form"] == "flat").all()


def test_rows_carry_what_their_pitch_leaves(found) -> None:
    """Closed form: capacity in rows over capacity flush is the ground cover of the rows, about 0.78 in Jiangxi."""
    capacity = found["capacity_kwp"].to_numpy()
    gcr = flat_rows(PvSettings(), LATITUDE).gcr
    assert capacity[1] / capacity[0] == pytest.approx(gcr, rel=1e-6)
    assert capacity[2] / capacity[3] == pytest.approx(gcr, rel=1e-6)
    assert 0.74 < gcr < 0.82
    size = capacity[0] + capacity[3]
    told = f"flush on 2 roofs under 10° ([pv.mounts]: sheet steel of factories and warehouses): {size:,.0f} kWp"
    (note,) = [t for t in found.attrs["told"] if told in t]
    assert f"rows would hold {size * gcr:,.0f} kWp" in note
    energy = found["specific_yield_kwh_kwp"].to_numpy()
    assert energy[1] > energy[0]  # tilted and cooler


def test_entries_change_single_mounts_and_presets_all() -> None:
    roofs = pd.DataFrame({"building_class": ["industrial", "public", "warehouse"]})
    assert flush_roofs(roofs, PvSettings()).tolist() == [True, False, True]
    assert flush_roofs(roofs, PvSettings(mounts={"warehouse": "rows", "public": "flush"})).tolist() == [
        True,
        True,
        False,
    ]
    assert flush_roofs(roofs, PvSettings(preset="flush")).all()
    with pytest.raises(ValidationError, match="barn"):
        PvSettings(mounts={"barn": "rows"})


def test_a_roof_of_two_mounts_says_so() -> None:
    faces = pd.DataFrame({"building": [0, 0, 1, 2, 2], "rack": [True, False, True, False, True],
                          "capacity_kwp": [1.0, 1.0, 2.0, 3.0, 0.0]})  # fmt: skip
    assert mount_of(faces, PvSettings()).to_dict() == {0: "partly_flush", 1: "rows", 2: "flush"}
    assert mount_of(faces, PvSettings(preset="east-west"))[1] == "pairs"


def test_materials_in_words() -> None:
    words = ["彩钢板", "现浇混凝土", "钢筋混凝土", "轻钢结构", "小青瓦", "砖木结构", "steel", "Concrete", "", "茅草"]
    assert roof_material(pd.Series(words)).tolist() == [
        "steel", "concrete", "concrete", "steel", "tile", "tile", "steel", "concrete", "", "",
    ]  # fmt: skip


def test_what_is_not_understood_is_named(tmp_path) -> None:
    raw = pd.DataFrame({"m": ["彩钢", "茅草", None], "y": ["1998年", "2004-05-01", "老"], "h": ["是", "否", None]})
    notes = Notes()
    facts = building_facts(tmp_path / "b.gpkg", raw, {"material": "m", "year_built": "y", "heritage": "h"}, notes)
    assert facts["roof_material"].tolist() == ["steel", "", ""]
    assert facts["year_built"].tolist()[:2] == [1998.0, 2004.0]
    assert facts["year_built"].isna().tolist() == [False, False, True]
    assert facts["heritage"].tolist() == [True, False, False]
    told = [n.text for n in notes]
    assert any("茅草" in t for t in told)
    assert any("no year" in t for t in told)


def test_a_floor_above_the_rule_of_the_solstice_is_known() -> None:
    """North of some 44° the floor of 0.6 packs rows closer than GB 50797."""
    assert flat_rows(PvSettings(rack_tilt=20.0), 30.0).rule_gcr is None
    north = flat_rows(PvSettings(rack_tilt=20.0), 45.0)
    assert north.rule_gcr is not None
    assert north.rule_gcr < north.gcr == 0.6
    free = flat_rows(PvSettings(rack_tilt=20.0, rack_gcr=0.05), 45.0)
    assert free.gcr == pytest.approx(north.rule_gcr)
    assert flat_rows(PvSettings(rack_spacing="gcr"), 60.0).rule_gcr is None
