"""Targets, balance, grid check and sensitivity on the small demo city."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest
from click.testing import CliRunner

from guanghui.geo.errors import InputError
from guanghui.plan.inputs.config import BalanceSection, load_region_file
from guanghui.plan.inputs.region import Region
from guanghui.plan.results.balance import avoided_by_year, balance, kaya
from guanghui.plan.results.power_grid import grid_check
from guanghui.plan.results.scorecard import COLUMNS, scorecard
from guanghui.plan.run.cli import cli
from guanghui.plan.run.pipeline import Run, run
from guanghui.pv.programme.phases import coverage_plan
from tests.pv.test_coverage import PHASES, roofs

PLAN_ONLY = ("ruijin", "rongjiang", "yancheng", "jiangxi")


@pytest.fixture(scope="module")
def done(village: Path, tmp_path_factory) -> Run:
    text = village.read_text(encoding="utf-8")
    region = village.with_name("grid.toml")
    (village.parent / "feeders.csv").write_text("township,capacity_kva\n甘露镇,5\n甘露镇,5\n", encoding="utf-8")
    grid = '\n[grid]\npath = "feeders.csv"\n\n[coverage.new_buildings]\nroof_m2_yr = 2000\nfirst_year = 2023\n'
    region.write_text(text.replace("\n[existing]", grid + "\n[existing]"), encoding="utf-8")
    return run(Region(region), tmp_path_factory.mktemp("out") / "village")


def test_every_target_has_a_row_a_status_and_a_source(done: Run, village: Path) -> None:
    card = done.results.scorecard
    assert card is not None
    assert tuple(card.columns) == COLUMNS
    assert len(card) == len(load_region_file(village)[0].targets)
    assert set(card["status"]) <= {"met", "short", "over", "not_comparable", "no_data"}
    silent = card["status"].isin(["not_comparable", "no_data"])
    assert (card.loc[silent, "why_zh"] != "").all()
    assert (card.loc[silent, "why_en"] != "").all()
    assert (card["source"] != "").all()
    shares = card[card["item"] == "roof_share_pct"]
    assert shares["status"].to_list() == ["met"] * 3
    assert shares["result"].to_numpy() == pytest.approx(shares["target"].to_numpy(), rel=0.1)


def test_named_projects_are_committed_and_compared_with_the_survey(done: Run) -> None:
    side, plan = done.results.pv_side, done.results.plan
    assert side is not None
    assert plan is not None
    assert side.existing is not None
    committed = side.existing.beside["existing_kwp"].sum()
    assert plan.total(2022)["existing_kwp"] == pytest.approx(committed)
    on = side.existing.on_roof_kwp
    assert (plan.phase[on.index[on > 0]] == 2022).all()
    card = done.results.scorecard
    assert card is not None
    row = card[card["item"] == "roof_density_w_m2"].iloc[0]
    assert 50 < row["result"] < 210
    assert "W/m²" in row["why_zh"]


def test_balance_stands_apart(done: Run) -> None:
    table = done.results.balance
    assert table is not None
    assert list(table.columns) == ["co2_plan_t", "co2_trend_t", "co2_kaya_t", "avoided_t", "sink_t", "sink_low_t",
                                   "sink_high_t"]  # fmt: skip
    assert table["co2_plan_t"].dropna().to_dict() == {2015: 151200.0, 2022: 198200.0}
    assert table.loc[2030, "co2_trend_t"] == pytest.approx(198200 + 8 * (198200 - 151200) / 7)
    assert table.loc[2022, "co2_kaya_t"] == 198200
    plan, stock = done.results.plan, done.results.stock
    assert plan is not None
    assert stock is not None
    assert table["avoided_t"].isna().to_numpy().tolist() == [y < 2022 for y in table.index]
    assert table.loc[2022, "avoided_t"] == pytest.approx(plan.total(2022)["yield_kwh"] * 0.5752 / 1000)
    assert table.loc[2030, "sink_t"] == pytest.approx(stock.table["sink_tc_yr"].iloc[-1] * 44 / 12)


def test_kaya_multiplies_the_four_changes() -> None:
    section = BalanceSection(co2_t={"2020": 100.0}, source="x", population_growth=0.01, gdp_growth=0.05,
                             energy_intensity_change=-0.03, carbon_intensity_change=-0.02)  # fmt: skip
    found = kaya(section, {2020: 100.0}, np.array([2019, 2020, 2023]))
    assert np.isnan(found[0])
    assert found[1:] == pytest.approx([100.0, 100 * (1.01 * 1.05 * 0.97 * 0.98) ** 3])


def test_avoided_emissions_take_the_factor_of_the_year() -> None:
    plan = coverage_plan(roofs(1), PHASES)
    found = avoided_by_year(plan, "national", np.arange(2021, 2026))
    assert np.isnan(found[0])
    assert found[1:4] == pytest.approx([plan.total(y)["yield_kwh"] * 0.5366 / 1000 for y in PHASES])
    assert found[4] == found[3]
    assert np.isnan(avoided_by_year(plan, "none", np.arange(2021, 2026))).all()


def test_red_zones_are_flagged(done: Run) -> None:
    side = done.results.pv_side
    assert side is not None
    table = side.grid
    assert table is not None
    known = table[table["zone"] != "unknown"]
    assert set(known["township"]) == {"甘露镇"}
    assert known["limit_kw"].to_numpy() == pytest.approx(8.0)
    assert ((known["used_share"] > 1) == (known["zone"] == "red")).all()
    assert (known["zone"] == "red").any()


def test_sums_in_the_workbook_are_the_sums_of_their_rows(done: Run) -> None:
    book = openpyxl.load_workbook(done.folder / "tables" / "gongqingcheng.xlsx")
    names = set(book.sheetnames)
    assert {
        "规划对照",
        "排放与碳汇对照",
        "敏感性",
        "已建与已批项目",
        "承载力核对",
        "2024 年屋顶清单",
        "发电量 P50 与 P90",
        "新建建筑（累计）",
    } <= names
    for page in book.worksheets:
        last = page.max_row
        if page.cell(last, 1).value != "合计":
            continue
        assert page.freeze_panes == "A4"
        for column in range(2, page.max_column + 1):
            total = page.cell(last, column).value
            if isinstance(total, int | float):
                rows = [page.cell(r, column).value or 0 for r in range(4, last)]
                assert total == pytest.approx(sum(rows), rel=1e-9, abs=1e-6), (page.title, column)


def test_roof_lists_are_the_phases(done: Run) -> None:
    plan = done.results.plan
    assert plan is not None
    for year in PHASES:
        listed = pd.read_csv(done.folder / "tables" / f"roofs_{year}.csv", dtype={"building_id": str})
        assert set(listed["building_id"]) == set(plan.phase.index[plan.phase == year])


def test_sensitivity_moves_as_it_must(done: Run) -> None:
    table = pd.read_csv(done.folder / "tables" / "sensitivity.csv").set_index(["input", "change_pct"])
    base = table.loc[("none", 0)]
    assert table.loc[("yield", 20), "lcoe_yuan_kwh"] == pytest.approx(base["lcoe_yuan_kwh"] / 1.2, rel=1e-4)
    assert table.loc[("cost", 20), "lcoe_yuan_kwh"] == pytest.approx(base["lcoe_yuan_kwh"] * 1.2, rel=1e-4)
    assert table.loc[("share", 20), "irr"] == pytest.approx(base["irr"], rel=1e-4)
    assert table.loc[("price", -20), "npv_yuan"] < base["npv_yuan"]


def test_roofs_carry_money_and_uncertainty(done: Run) -> None:
    frame = done.results.roofs
    assert frame is not None
    built = frame[frame["capacity_kwp"] > 0]
    assert built["lcoe_yuan_kwh"].between(0.25, 0.6).mean() > 0.95
    assert (built["yield_p90_kwh"] < built["yield_kwh"]).all()
    assert set(frame.attrs["uncertainty"]) == {"common", "independent"}


@pytest.mark.parametrize("name", PLAN_ONLY)
def test_a_plan_without_data_is_checked_and_says_what_to_bring(name: str) -> None:
    path = Path("data/regions") / f"{name}.toml"
    result = CliRunner().invoke(cli, ["check", str(path)])
    assert result.exit_code == 0, result.output
    for word in ("[townships]", "[buildings]", "[landcover]", "[weather]"):
        assert word in result.output
    card = scorecard(Region(path))
    assert card is not None
    assert card["status"].isin(["no_data", "not_comparable"]).all()
    with pytest.raises(InputError, match="targets only"):
        _ = Region(path).townships


def test_wrong_grids_and_targets_are_named(village: Path) -> None:
    text = village.read_text(encoding="utf-8")
    bad = village.with_name("bad.toml")
    (village.parent / "bad.csv").write_text("township,kva\nx,1\n", encoding="utf-8")
    bad.write_text(text.replace("\n[existing]", '\n[grid]\npath = "bad.csv"\n\n[existing]'), encoding="utf-8")
    with pytest.raises(InputError, match="capacity_kva"):
        _ = Region(bad).power_grid
    bad.write_text(text.replace('item = "forest_cover_pct"', 'item = "forrest"'), encoding="utf-8")
    with pytest.raises(InputError, match="forrest"):
        scorecard(Region(bad))
    assert grid_check(Region(village), roofs(1), coverage_plan(roofs(1), PHASES)) is None
    plain = village.with_name("plain.toml")
    plain.write_text(text[: text.index("[balance]")], encoding="utf-8")
    assert balance(Region(plain), None, None) is None
    assert scorecard(Region(plain)) is None
