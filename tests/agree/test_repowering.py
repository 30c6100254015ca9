"""Repowering: worked out by hand, in no share, and the same on page, in workbook and brief to 1e-9."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import box

from guanghui.geo.errors import InputError
from guanghui.geo.notes import Notes
from guanghui.maps.page.repowered import repowered_table
from guanghui.maps.words.i18n import words
from guanghui.plan.brief.docx import Brief
from guanghui.plan.brief.repowered import write_repowered
from guanghui.plan.inputs.config import load_region_file
from guanghui.plan.results.assembly import Results
from guanghui.plan.results.programme import Existing, PvSide, by_objective, plan_of, programme_of
from guanghui.plan.results.store import Reader, Writer
from guanghui.plan.workbook.pv_sheets import pv_sheets
from guanghui.plan.workbook.tables import labels
from guanghui.pv.assessment.survey import MONTH_COLUMNS
from guanghui.pv.energy.spread import Spread
from guanghui.pv.programme.phases import CoveragePlan
from guanghui.pv.programme.repowering import REPOWERED_SUMS, check_repowering
from guanghui.pv.settings import CoverageSettings, PvSettings, Repowering

E, N = 400_000.0, 3_240_000.0
PHASES = [{"year": 2025, "share": 0.3}, {"year": 2030, "share": 0.5}, {"year": 2035, "share": 0.8}]
NEW = {"year": 2045, "age_years": 15, "module_efficiency": 0.2625}  # a quarter better than the 0.21 of the survey


@pytest.fixture(scope="module")
def roofs() -> gpd.GeoDataFrame:
    rng, n = np.random.default_rng(7), 150
    x, y, area = rng.uniform(0, 1000, n), rng.uniform(0, 1000, n), rng.uniform(20, 900, n)
    frame = gpd.GeoDataFrame({
        "building_id": [f"b{i:03d}" for i in range(n)], "usable_m2": area, "capacity_kwp": area * 0.15,
        "yield_kwh": area * 0.15 * rng.uniform(850, 1050, n), "footprint_m2": area * 1.6, "roof_m2": area * 1.6,
        "building_class": rng.choice(["public", "industrial", "residential"], n), "ghi_kwh_m2": 1200.0,
        "township_code": np.where(x < 500, "1", "2"), "township": np.where(x < 500, "西镇", "东镇"),
        "capex_yuan": area * 150 * rng.uniform(3, 4, n),
    }, geometry=[box(E + a, N + b, E + a + 5, N + b + 5) for a, b in zip(x, y)], crs="EPSG:4548")  # noqa: B905 # fmt: skip
    frame["lcoe_yuan_kwh"] = frame["capex_yuan"] / frame["yield_kwh"] / 12
    for month in MONTH_COLUMNS:
        frame[month] = frame["yield_kwh"] / 12
    return frame


def region(repowering: dict[str, Any] | None, phases: list[dict[str, Any]] = PHASES, **more: object) -> Any:
    coverage = CoverageSettings.model_validate({"phases": phases, "repowering": repowering, **more})
    return SimpleNamespace(path=Path("x.toml"), chosen_years=None, chosen=(), left_out=(), notes=Notes(),
                           settings=SimpleNamespace(coverage=coverage, pv=PvSettings()))  # fmt: skip


def standing(roofs: gpd.GeoDataFrame) -> Existing:
    on = pd.Series(0.0, index=roofs["building_id"])
    on.iloc[[5, 50]] = 30.0
    return Existing(on, pd.Series({"2": 100.0}), pd.DataFrame())


def worked(roofs: gpd.GeoDataFrame, given: dict[str, Any] | None, **more: Any) -> tuple[Any, CoveragePlan]:
    here = region(given, **more)
    plan = programme_of(here, roofs.copy(), stands=standing(roofs))
    assert plan is not None
    return here, plan


def test_better_modules_add_what_the_ratio_says_and_move_no_share(roofs: gpd.GeoDataFrame) -> None:
    here, plan = worked(roofs, NEW)
    _, without = worked(roofs, None)
    assert without.repowered is None
    pd.testing.assert_frame_equal(plan.reached, without.reached)
    pd.testing.assert_frame_equal(plan.table, without.table)
    assert plan.repowered is not None
    built = roofs.set_index("building_id").loc[plan.phase.index]
    early = (plan.phase > 0) & (plan.phase <= 2030) & ~plan.phase.index.isin(["b005", "b050"])
    sums = plan.repowered[list(REPOWERED_SUMS)].sum()
    assert sums["roofs"] == early.sum()
    assert sums["replaced_kwp"] == pytest.approx(built["capacity_kwp"][early].sum(), rel=1e-12)
    assert sums["capacity_kwp"] == pytest.approx(0.25 * built["capacity_kwp"][early].sum(), rel=1e-9)
    assert sums["yield_kwh"] == pytest.approx(0.25 * built["yield_kwh"][early].sum(), rel=1e-9)
    assert sums["avoided_co2_t"] == pytest.approx(sums["yield_kwh"] * plan.co2_kg_kwh / 1000, rel=1e-12)
    assert sums["capex_yuan"] == pytest.approx(1.25 * built["capex_yuan"][early].sum(), rel=1e-9)
    assert set(plan.repowered["mark"]) == {"assumed"}
    said = " ".join(n.text for n in here.notes)
    assert "160 kWp that stood before" in said  # two roofs of 30 and 100 known by township only
    assert "(assumed)" in said
    _, priced = worked(roofs, {**NEW, "capex_yuan_w": 2.0})
    assert priced.repowered is not None
    assert priced.repowered["capex_yuan"].sum() == pytest.approx(1.25 * sums["replaced_kwp"] * 2000, rel=1e-9)
    assert set(priced.repowered["mark"]) == {"given"}
    _, every = worked(roofs, {**NEW, "age_years": 0})
    assert every.repowered is not None
    assert every.repowered["roofs"].sum() > sums["roofs"]


def test_parts_of_roofs_are_replaced_as_they_were_built(roofs: gpd.GeoDataFrame) -> None:
    here = region(NEW, reading="share")
    plan = programme_of(here, roofs.copy())
    assert plan is not None
    assert plan.repowered is not None
    assert plan.repowered["replaced_kwp"].sum() == pytest.approx(0.5 * roofs["capacity_kwp"].sum(), rel=1e-9)


def numbers(table: dict[str, Any] | None, column: int) -> list[float]:
    return [] if table is None else [row[column]["value"] for row in table["rows"]]


def test_page_workbook_and_brief_say_the_stored_sums(
    roofs: gpd.GeoDataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, plan = worked(roofs, NEW)
    assert plan.repowered is not None
    index = repowered_table(plan.repowered)
    towns = [repowered_table(plan.repowered, code) for code in ("1", "2")]
    assert repowered_table(plan.repowered, "3") is None
    assert repowered_table(None) is None
    spread = Spread(0.05, np.full(len(roofs), 0.05), pd.DataFrame({"item": ["a"], "value": [0.1]}), np.full(1, 0.05))
    sheets = {s.key: s for s in pv_sheets(here, roofs, PvSide(plan, None, spread))}
    assert set(sheets["coverage_repowered"].totals) == set(REPOWERED_SUMS)
    for column, name in enumerate(REPOWERED_SUMS, start=1):
        total = plan.repowered[name].sum()
        near = pytest.approx(total, rel=1e-9)
        assert numbers(index, column)[-1] == near
        assert sum(numbers(index, column)[:-1]) == near
        assert sum(numbers(t, column)[-1] for t in towns) == near
        for key in ("coverage_repowered", "coverage_townships", "coverage_classes"):
            rows = sheets[key].frame
            assert rows.loc[rows["kind"] == "repowered", name].sum() == near, key
    phases = sheets["coverage_classes"].frame
    assert phases.loc[phases["kind"] == "programme", "capacity_kwp"].tolist() == plan.table["capacity_kwp"].tolist()
    assert "kind" not in sheets["coverage_last"].frame
    assert set(sheets["coverage_repowered"].frame.columns) <= set(labels())
    assert index is not None
    assert {index["title"], index["hint"], *index["heads"]} <= set(words())
    writer = Writer(tmp_path)
    back = Reader(tmp_path).value(writer.node(Results(plan=plan), "")).plan
    pd.testing.assert_frame_equal(back.repowered, plan.repowered)
    tables: list[Any] = []
    brief = Brief("zh", ("表", "图"))
    monkeypatch.setattr(brief, "table", tables.append)
    for code in ("", "1", "2"):
        write_repowered(brief, plan.repowered, code, "zh")
    added = [
        float(t.columns[3].texts[-1].replace(",", "")) * (1000 if "MWp" in t.columns[3].head else 1) for t in tables
    ]
    assert added[0] == pytest.approx(added[1] + added[2], rel=1e-2)
    write_repowered(brief, plan.repowered, "", "en")
    write_repowered(brief, None, "", "en")
    assert len(tables) == 4


@pytest.mark.parametrize(("given", "en", "zh"), [
    ({"year": 2030, "age_years": 15, "module_efficiency": 0.25}, "15 years old", "满 15 年"),
    ({"year": 2025, "module_efficiency": 0.25}, "later year", "更晚的年份"),
    ({"year": 2045, "module_efficiency": 0.21}, "not better", "不高于"),
])  # fmt: skip
def test_what_cannot_be_is_refused(given: dict[str, Any], en: str, zh: str) -> None:
    with pytest.raises(InputError, match=en) as raised:
        check_repowering(Repowering.model_validate(given), [2025, 2030], 0.21)
    assert zh in raised.value.in_language("zh")
    with pytest.raises(InputError, match="needs phases"):
        check_repowering(Repowering.model_validate(given), [], 0.21)


def test_the_rest_by_cost_after_half_by_energy(roofs: gpd.GeoDataFrame) -> None:
    phases: list[dict[str, Any]] = [PHASES[1], {"year": 2040, "share": 0.8, "objective": "cost"}]
    here = region(None, phases, order="merit")
    mixed = plan_of(here, roofs, None, None, "energy")
    plain = plan_of(region(None, [PHASES[1], {"year": 2040, "share": 0.8}], order="merit"), roofs, None, None, "energy")
    assert (mixed.phase == 2030).tolist() == (plain.phase == 2030).tolist()
    assert mixed.total(2040)["capex_yuan"] < plain.total(2040)["capex_yuan"]
    rest = roofs[~(mixed.phase == 2030).to_numpy()].set_index("building_id")
    per = (rest["capex_yuan"] / rest["usable_m2"]).sort_values()
    taken = mixed.phase[per.index] == 2040
    assert taken.to_numpy()[: int(taken.sum()) - 1].all()  # the cheapest by area, up to the last roof
    table = by_objective(here, roofs, None, mixed)
    assert table is not None
    cheap = plan_of(region(None, [PHASES[1], {"year": 2040, "share": 0.8}], order="merit"), roofs, None, None, "cost")
    assert table.set_index("objective")["capex_yuan"].to_dict() == pytest.approx(
        {"energy": mixed.total()["capex_yuan"], "cost": cheap.total()["capex_yuan"],
         "lcoe": plan_of(here, roofs, None, None, "lcoe").total()["capex_yuan"]}
    )  # fmt: skip


def test_the_region_file_takes_the_section(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_text('[region]\nname = "a"\n[coverage.repowering]\nyear = 2045\nmodule_efficency = 0.26\n', "utf-8")
    with pytest.raises(InputError, match="did you mean `module_efficiency`"):
        load_region_file(path)
