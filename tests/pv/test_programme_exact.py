"""A programme of four roofs, every figure of it worked out by hand."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import box

from guanghui.geo.errors import InputError
from guanghui.pv.programme.existing import exclude, locate, read_existing
from guanghui.pv.programme.phases import coverage_plan


def four() -> pd.DataFrame:
    """By yield d (238 kWh/m²), a (220), b (135), c (133); 3000, 4000, 5000 and 2500 yuan/kWp; 1100, 900, 800, 950 h."""
    return pd.DataFrame(
        {"building_id": list("abcd"), "township_code": ["1", "1", "2", "2"], "township": ["甲", "甲", "乙", "乙"],
         "building_class": ["government", "industrial", "industrial", "residential"],
         "usable_m2": [10.0, 20.0, 30.0, 40.0], "capacity_kwp": [2.0, 3.0, 5.0, 10.0],
         "yield_kwh": [2200.0, 2700.0, 4000.0, 9500.0], "capex_yuan": [6000.0, 12000.0, 25000.0, 25000.0],
         "lcoe_yuan_kwh": [0.3, 0.4, 0.5, 0.2], "yield_sd_kwh": [220.0, 540.0, 400.0, 950.0],
         "yield_common": [0.1, 0.2, 0.3, 0.4]}
    )  # fmt: skip


def by_id(**values: float) -> pd.Series:
    return pd.Series(values)


def test_two_phases_their_sums_and_what_they_overshoot() -> None:
    plan = coverage_plan(four(), {2030: 0.75, 2025: 0.4}, order=None, co2_kg_kwh=0.5)
    assert plan.phase.to_dict() == {"a": 2030, "b": 2030, "c": 2030, "d": 2025}
    assert plan.shares == {2025: 0.4, 2030: 0.75}
    assert plan.available_m2 == 100.0
    reached = plan.reached.set_index("year")
    assert reached["target_share"].tolist() == [0.4, 0.75]
    assert reached["reached_share"].tolist() == [0.4, 1.0]
    assert reached["overshoot_m2"].tolist() == [0.0, 25.0]
    assert reached["last_roof_m2"].tolist() == [40.0, 30.0]
    assert reached["bound_by"].tolist() == ["share", "share"]
    assert plan.total(2025).to_dict() == {"roofs": 1, "usable_m2": 40, "capacity_kwp": 10, "yield_kwh": 9500,
                                          "existing_kwp": 0, "avoided_co2_t": 4.75, "capex_yuan": 25000}  # fmt: skip
    assert plan.total().to_dict() == pytest.approx(
        {"roofs": 4, "usable_m2": 100, "capacity_kwp": 20, "yield_kwh": 18400, "existing_kwp": 0, "avoided_co2_t": 9.2,
         "capex_yuan": 68000})  # fmt: skip
    assert plan.groups["group"].unique().tolist() == ["city"]
    assert plan.by_roof.groupby("year")["building_id"].agg("".join).to_dict() == {2025: "d", 2030: "abcd"}


def test_roofs_left_out_are_not_available() -> None:
    plan = coverage_plan(four(), {2025: 0.5}, order=None, excluded=by_id(d="园 park", a=""), co2_kg_kwh=np.nan)
    assert plan.available.to_dict() == {"a": 10.0, "b": 20.0, "c": 30.0, "d": 0.0}
    assert plan.phase.to_dict() == {"a": 2025, "b": 2025, "c": 0, "d": 0}
    assert plan.table["avoided_co2_t"].isna().all()
    assert plan.built.loc["d"].tolist() == [0.0, 0.0, 0.0]


@pytest.mark.parametrize(("share", "more", "bound", "last"),
                         [(0.5, {}, "chosen", 0.0), (0.6, {"a": 2030}, "share", 10.0)])  # fmt: skip
def test_chosen_roofs_are_built_first_in_their_years(share: float, more: dict, bound: str, last: float) -> None:
    plan = coverage_plan(four(), {2025: 0.1, 2030: share}, order=None, chosen=by_id(b=2025, c=2030))
    assert plan.phase.to_dict() == {"a": 0, "d": 0, "b": 2025, "c": 2030} | more
    assert plan.reached["bound_by"].tolist() == ["chosen", bound]
    assert plan.reached["last_roof_m2"].tolist() == [0.0, last]
    assert plan.reached["reached_share"].tolist() == [0.2, share]
    alone = coverage_plan(four(), {2025: 0.1, 2030: 0.9}, chosen=by_id(b=2025, c=2030), chosen_alone=True)
    assert alone.phase.to_dict() == {"a": 0, "d": 0, "b": 2025, "c": 2030}


@pytest.mark.parametrize(("limit", "room", "built"), [("budget_yuan", 18000.0, True), ("budget_yuan", 17999.0, False),
                                                      ("build_kwp", 5.0, True), ("build_kwp", 4.9, False)])  # fmt: skip
def test_chosen_roofs_use_up_the_limits_of_their_phase(limit: str, room: float, built: bool) -> None:
    """b costs 12 000 yuan and is of 3 kWp; a needs 6 000 and 2 kWp more."""
    plan = coverage_plan(four(), {2025: 0.3}, order=None, chosen=by_id(b=2025), **{limit: {2025: room}})
    assert plan.phase.to_dict() == {"a": 2025 if built else 0, "b": 2025, "c": 0, "d": 0}
    assert plan.reached["bound_by"].tolist() == ["share" if built else {"budget_yuan": "budget"}.get(limit, "capacity")]


def test_what_stands_counts_with_the_power_it_has() -> None:
    """One of two kilowatts stand on a: 10 m² are done, and c is the smallest system of 30 m² or more."""
    plan = coverage_plan(four(), {2025: 0.4}, order=None, existing_kwp=by_id(a=1.0))
    assert plan.phase.to_dict() == {"a": 2025, "b": 0, "c": 2025, "d": 0}
    assert plan.reached["reached_share"].tolist() == [0.4]
    sums = plan.total()
    assert (sums["capacity_kwp"], sums["yield_kwh"], sums["existing_kwp"]) == (6.0, 5100.0, 1.0)
    assert sums["capex_yuan"] == 25000.0
    rows = plan.by_roof.set_index("building_id")
    assert rows["yield_sd_kwh"].to_dict() == pytest.approx({"a": 110.0, "c": 400.0})
    assert rows["yield_common"].to_dict() == {"a": 0.1, "c": 0.3}
    assert plan.built["capacity_kwp"].to_dict() == {"a": 1.0, "b": 0.0, "c": 5.0, "d": 0.0}
    assert plan.built["yield_kwh"].to_dict() == pytest.approx({"a": 1100.0, "b": 0.0, "c": 4000.0, "d": 0.0})


@pytest.mark.parametrize(("share", "part", "kwp", "paid"), [(0.25, 0.5, 1.0, 0.0), (0.75, 0.75, 1.5, 1500.0)])
def test_a_share_of_every_roof_beside_what_stands(share: float, part: float, kwp: float, paid: float) -> None:
    plan = coverage_plan(four(), {2025: share}, reading="share", existing_kwp=by_id(a=1.0))
    assert plan.parts[2025].to_dict() == {"a": part, "b": share, "c": share, "d": share}
    rows = plan.by_roof.set_index("building_id")
    assert rows["capacity_kwp"].tolist() == pytest.approx([kwp, 3 * share, 5 * share, 10 * share])
    assert rows["capex_yuan"].tolist() == pytest.approx([paid, 12000 * share, 25000 * share, 25000 * share])
    assert plan.reached["reached_share"].tolist() == pytest.approx([(10 * part + 90 * share) / 100])
    assert plan.reached["last_roof_m2"].tolist() == [0.0]
    assert plan.reached["bound_by"].tolist() == ["share"]
    assert (plan.phase == 2025).all()


@pytest.mark.parametrize(("kwp", "area"), [(3.0, 14.0), (30.0, 70.0)])
@pytest.mark.parametrize("scope", ["city", "township", "class"])
def test_systems_of_a_township_stand_on_its_roofs_in_proportion(kwp: float, area: float, scope: str) -> None:
    """15 kWp of 900 h would stand on the 70 m² of township 2: 30 m² industrial, 40 m² residential."""
    plan = coverage_plan(four(), {2025: 0.01}, scope=scope, township_kwp=pd.Series({"2": kwp}))
    row = plan.by_roof[plan.by_roof["building_id"] == ""].iloc[0]
    assert (row["township_code"], row["township"], row["building_class"]) == ("2", "乙", "existing")
    assert (row["part"], row["roofs"], row["usable_m2"], row["capacity_kwp"]) == (1.0, 0, area, kwp)
    assert (row["yield_kwh"], row["existing_kwp"], row["capex_yuan"], row["yield_sd_kwh"]) == (900 * kwp, kwp, 0, 0)
    assert row["yield_common"] == pytest.approx((220 + 540 + 1200 + 3800) / 18400)
    standing = {"city": {"city": 1.0}, "township": {"2": 1.0}, "class": {"industrial": 3 / 7, "residential": 4 / 7}}
    for group, reached in plan.groups.set_index("group")["reached_m2"].items():
        if group in standing[scope]:
            assert reached == pytest.approx(area * standing[scope][group])


def test_a_phase_of_a_group_that_is_not_named_builds_nothing() -> None:
    plan = coverage_plan(four(), {2025: {"1": 0.3, "2": 0.0}}, scope="township", order=None)
    assert plan.phase.to_dict() == {"a": 2025, "b": 0, "c": 0, "d": 0}
    rows = plan.groups.set_index("group")
    assert rows["target_m2"].to_dict() == pytest.approx({"1": 9.0, "2": 0.0})
    assert rows["available_m2"].to_dict() == {"1": 30.0, "2": 70.0}
    assert rows["overshoot_m2"].to_dict() == pytest.approx({"1": 1.0, "2": 0.0})
    assert coverage_plan(four(), {2025: {"public": 0.5, "industrial": 1.0}}, scope="class").phase["b"] == 2025


@pytest.mark.parametrize(
    ("phases", "scope", "said"),
    [
        ({2025: 1.01}, "city", "share 1.01 of 2025"), ({2025: 0.0}, "city", "share 0 of 2025"),
        ({2025: -0.1}, "city", "share -0.1"), ({2025: {"1": -0.1}}, "township", "share -0.1"),
        ({2025: 0.5, 2030: 0.4}, "city", "shares 0.5, 0.4 fall"), ({}, "city", "phases is empty"),
        ({2025: {"9": 0.5}}, "township", "9 is no township here"),
        ({2025: {"public": 0.5}}, "township", "public is no township"),
    ],
)  # fmt: skip
def test_shares_that_cannot_be_are_refused(phases: dict, scope: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        coverage_plan(four(), phases, scope=scope)


def test_the_edges_of_a_share_are_none_refused() -> None:
    assert (coverage_plan(four(), {2025: 1.0, 2030: 1.0}).phase == 2025).all()
    with pytest.raises(InputError, match="no roof has usable area"):
        coverage_plan(four().assign(usable_m2=0.0), {2025: 0.5})
    with pytest.raises(InputError, match="no roofs can be chosen"):
        coverage_plan(four(), {2025: 0.5}, reading="share", chosen=by_id(a=2025))
    with pytest.raises(InputError, match="no roofs can be chosen"):
        coverage_plan(four(), {2025: 0.5}, reading="share", chosen_alone=True)
    assert coverage_plan(four(), {2025: 0.5}, reading="share", chosen=by_id(a=0)).phase["a"] == 2025
    with pytest.raises(InputError, match="budget needs prices"):
        coverage_plan(four().drop(columns="capex_yuan"), {2025: 0.5}, budget_yuan={2025: 1.0})


def listed(tmp_path: Path, text: str) -> pd.DataFrame:
    path = tmp_path / "systems.csv"
    path.write_text(text, encoding="utf-8")
    return read_existing(path)


def test_a_list_of_systems_in_megawatts_and_its_wrong_rows(tmp_path: Path) -> None:
    got = listed(tmp_path, "name,township,township_code,capacity_mw,roof_m2\n甲站,甲,,0.5,70\n乙站,丙,2,0,\n")
    assert got["capacity_kwp"].tolist() == [500.0, 0.0]
    assert got["township"].tolist() == ["甲", "2"]
    assert got["building_id"].tolist() == ["", ""]
    assert got["roof_m2"].iloc[0] == 70.0
    assert got["year"].isna().all()
    with pytest.raises(InputError, match=r"capacity_kw of row 2 is '-1'") as refused:
        listed(tmp_path, "township,capacity_kw\n甲,3\n甲,-1\n甲,5\n")
    assert "第 2 行 capacity_kw 为 '-1'" in refused.value.zh
    with pytest.raises(InputError, match="existing systems need"):
        listed(tmp_path, "capacity_kwp,where\n3,x\n")
    with pytest.raises(InputError, match="existing systems need"):
        listed(tmp_path, "building_id,power\nx,3\n")


def test_a_project_is_shared_by_its_roofs_in_proportion_to_their_size() -> None:
    frame = four().assign(name=["工厂一", "工厂二", None, "住宅"], footprint_m2=[20.0, 30.0, 50.0, 60.0])
    blank = {"name": "p", "building_id": "", "building_match": "", "township": "", "capacity_kwp": 4.0}
    systems = pd.DataFrame([blank | {"building_match": "工厂"}, blank | {"building_id": "a", "capacity_kwp": 1.0},
                            blank | {"township": "乙", "capacity_kwp": 7.0},
                            blank | {"township": "2", "capacity_kwp": 2.0}])  # fmt: skip
    placed, loose, beside = locate(frame, systems)
    assert placed.to_dict() == pytest.approx({"a": 4 * 2 / 5 + 1, "b": 4 * 3 / 5, "c": 0, "d": 0})
    assert loose.to_dict() == {"2": 9.0}
    first = beside.iloc[0].to_dict()
    assert first == {"project": "p", "existing_kwp": 4.0, "roofs": 2, "footprint_m2": 50.0, "usable_m2": 30.0,
                     "capacity_kwp": 5.0, "plan_w_m2": 80.0, "survey_w_m2": 100.0,
                     "survey_usable_w_m2": pytest.approx(500 / 3)}  # fmt: skip
    assert beside.iloc[2][["plan_w_m2", "survey_w_m2", "survey_usable_w_m2"]].isna().all()
    with pytest.raises(InputError, match="no such building or township") as refused:
        locate(frame, pd.DataFrame([blank | {"name": "", "building_id": "zz"}]))
    assert "zz" in refused.value.zh
    assert "甲" in refused.value.zh


def test_roofs_are_left_out_above_the_shade_inside_a_layer_and_by_name() -> None:
    frame = gpd.GeoDataFrame(four().assign(shading_loss_pct=[10.0, 10.5, 0.0, 0.0]), crs="EPSG:32650",
                             geometry=[box(x, 0, x + 1, 1) for x in (0, 10, 20, 30)])  # fmt: skip
    zones = gpd.GeoDataFrame({"reason": ["古建 heritage", "later"]}, geometry=[box(19, -1, 22, 2)] * 2, crs=frame.crs)
    plain = zones.drop(columns="reason").head(1)
    assert exclude(frame, max_shading_pct=10.0).tolist() == ["", "遮挡超过 10 % shaded", "", ""]
    assert exclude(frame, layers=[(zones, "word")], buildings={"d": "why"}).tolist() == ["", "", "古建 heritage", "why"]
    assert exclude(frame, layers=[(plain, "word")]).tolist() == ["", "", "word", ""]


def test_what_stands_weighs_on_the_levelised_cost_of_the_whole() -> None:
    """Beside a system of 900 yuan for 1000 kWh, 60 for 200 lowers the whole more than 10 for 50 does."""
    frame = (
        four()
        .head(3)
        .assign(usable_m2=10.0, capacity_kwp=2.0, yield_kwh=[50.0, 200.0, 1000.0], lcoe_yuan_kwh=[0.2, 0.3, 0.9])
    )
    alone = coverage_plan(frame, {2025: 0.3}, order=None, objective="lcoe")
    beside = coverage_plan(frame, {2025: 0.6}, order=None, objective="lcoe", existing_kwp=by_id(c=1.0))
    assert alone.phase.to_dict() == {"a": 2025, "b": 0, "c": 0}
    assert beside.phase.to_dict() == {"a": 0, "b": 2025, "c": 2025}
