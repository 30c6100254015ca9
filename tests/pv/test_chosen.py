"""Roofs chosen by hand: read as a page exports them, built first, refused where they are not what they were."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from guanghui.geo.errors import InputError
from guanghui.pv.programme.chosen import chosen_years, read_chosen
from guanghui.pv.programme.phases import coverage_plan

PHASES = {2026: 0.2, 2028: 0.4}


def town(count: int = 30, seed: int = 0) -> gpd.GeoDataFrame:
    rng = np.random.default_rng(seed)
    area = rng.uniform(20, 900, count)
    kwp = area * rng.uniform(0.08, 0.2, count)
    return gpd.GeoDataFrame(
        {
            "building_id": [f"b{i:03d}" for i in range(count)],
            "township_code": np.where(np.arange(count) % 3 == 0, "1", "2"),
            "township": "x",
            "building_class": rng.choice(["public", "industrial", "residential"], count),
            "usable_m2": area,
            "capacity_kwp": kwp,
            "yield_kwh": kwp * rng.uniform(700, 1100, count),
            "capex_yuan": kwp * 3500,
        },
        geometry=[shapely.box(500_000 + 30 * i, 3_300_000, 500_012 + 30 * i, 3_300_009) for i in range(count)],
        crs=4548,
    )


def exported(roofs: gpd.GeoDataFrame, ids: list[str], path: Path, years: list[int | None] | None = None) -> Path:
    layer = roofs.set_index("building_id").loc[ids, ["geometry"]].reset_index()
    if years is not None:
        layer["year"] = pd.array(years, dtype="Int64")
    layer.to_crs(4326).to_file(path, driver="GeoJSON")
    return path


@settings(max_examples=25)
@given(seed=st.integers(0, 500), many=st.integers(1, 25), alone=st.booleans(), scope=st.sampled_from(["city", "class"]))
def test_chosen_roofs_are_built_first_and_the_rest_is_chosen_as_ever(seed, many, alone, scope) -> None:
    roofs, rng = town(seed=seed), np.random.default_rng(seed)
    ids = rng.choice(roofs["building_id"], many, replace=False)
    years = pd.Series(0, index=roofs["building_id"])
    years[ids] = rng.choice(list(PHASES), many)
    out = pd.Series(np.where(np.arange(30) % 11 == 4, "left out", ""), index=roofs["building_id"])
    plan = coverage_plan(roofs, PHASES, scope=scope, chosen=years, chosen_alone=alone, excluded=out)
    may = years.where(out == "", 0)
    assert (plan.phase[out != ""] == 0).all()
    if alone:
        assert (plan.phase == may).all()
        assert set(plan.reached["bound_by"]) == {"chosen"}
        return
    mine = may[may > 0]
    assert (plan.phase[mine.index] > 0).all()
    assert (plan.phase[mine.index] <= mine).all(), "a later one may be taken earlier, never later"
    area = roofs.set_index("building_id")["usable_m2"].where(out == "", 0.0)
    for year, share in PHASES.items():
        for _, of in area.groupby(
            roofs.set_index("building_id")["building_class"] if scope == "class" else lambda _: 0
        ):
            built = of[(plan.phase[of.index] > 0) & (plan.phase[of.index] <= year)].sum()
            assert built >= min(share * of.sum(), of.sum()) - 1e-6


def test_without_a_choice_nothing_changes() -> None:
    roofs = town()
    none = pd.Series(0, index=roofs["building_id"])
    pd.testing.assert_series_equal(coverage_plan(roofs, PHASES, chosen=none).phase, coverage_plan(roofs, PHASES).phase)


def test_what_chosen_roofs_cost_is_taken_off_the_budget() -> None:
    roofs = town()
    dear = roofs.nlargest(2, "capex_yuan")["building_id"]
    years = pd.Series(0, index=roofs["building_id"])
    years[dear] = 2026
    most = float(roofs.nlargest(2, "capex_yuan")["capex_yuan"].sum())
    plan = coverage_plan(roofs, {2026: 0.9}, chosen=years, budget_yuan={2026: most})
    assert set(plan.phase.index[plan.phase > 0]) == set(dear)


@pytest.mark.parametrize("end", [".geojson", ".csv", ".xlsx"])
def test_a_list_is_read_with_and_without_years(tmp_path: Path, end: str) -> None:
    roofs, path = town(), tmp_path / f"list{end}"
    ids, years = ["b003", "b007", "b011"], [2028, None, 2026]
    if end == ".geojson":
        exported(roofs, ids, path, years)
    else:
        frame = pd.DataFrame({"building_id": ids, "year": pd.array(years, dtype="Int64")})
        frame.to_excel(path, index=False) if end == ".xlsx" else frame.to_csv(path, index=False, encoding="gb18030")
    found = chosen_years(roofs, [read_chosen(path)], list(PHASES))
    assert found[found > 0].to_dict() == {"b003": 2028, "b007": 2026, "b011": 2026}
    later = chosen_years(roofs, [read_chosen(path, 2028)], list(PHASES))
    assert later["b007"] == 2028


def test_a_list_of_other_roofs_is_refused(tmp_path: Path) -> None:
    roofs = town()
    path = exported(roofs, ["b003", "b007"], tmp_path / "list.geojson")
    moved = roofs.copy()
    moved["building_id"] = np.roll(moved["building_id"], 1)
    with pytest.raises(InputError, match="b003, b007 lie elsewhere"):
        chosen_years(moved, [read_chosen(path)], list(PHASES))
    fewer = roofs[roofs["building_id"] != "b007"]
    with pytest.raises(InputError, match="no roofs b007"):
        chosen_years(fewer, [read_chosen(path)], list(PHASES))
    assert chosen_years(fewer, [read_chosen(path)], list(PHASES), part=True)["b003"] == 2026
    with pytest.raises(InputError, match="2027 is no year"):
        chosen_years(roofs, [read_chosen(path, 2027)], list(PHASES))


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("id,year\nb003,2026\n", "column building_id"),
        ("building_id,year\nb003,soon\n", "row 1"),
        ("building_id,year\nb003,2026.5\n", "row 1"),
        ("building_id,year\n,2026\n", "row 1"),
        ("building_id,year\nb003,2026\nb003,2028\n", "two years"),
    ],
)
def test_a_broken_list_is_named(tmp_path: Path, text: str, what: str) -> None:
    path = tmp_path / "list.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=what) as raised:
        read_chosen(path)
    assert "list.csv" in str(raised.value)


def test_a_share_of_every_roof_leaves_nothing_to_choose() -> None:
    roofs = town()
    years = pd.Series(2026, index=roofs["building_id"])
    with pytest.raises(InputError, match=r'reading = "share"'):
        coverage_plan(roofs, PHASES, reading="share", chosen=years)
