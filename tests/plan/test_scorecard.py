"""Targets, balance, grid check and sensitivity on the small demo city."""

from __future__ import annotations

import json
from collections.abc import Callable
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
from guanghui.plan.results.extent import Extent
from guanghui.plan.results.power_grid import grid_check
from guanghui.plan.results.scorecard import COLUMNS, VERDICTS, scorecard
from guanghui.plan.run.cli import cli
from guanghui.plan.run.pipeline import run
from guanghui.plan.run.writing import Run
from guanghui.plan.workbook.book import sheets
from guanghui.plan.workbook.tables import Sheet, write_workbook
from guanghui.pv.programme.phases import coverage_plan
from guanghui.pv.settings import NewBuildings
from tests.pv.test_coverage import PHASES, roofs

PLAN_ONLY = ("ruijin", "rongjiang", "yancheng", "jiangxi")


@pytest.fixture(scope="module")
def done(village: Path, begun: Callable[[Path], Path], tmp_path_factory) -> Run:
    text = village.read_text(encoding="utf-8")
    region = village.with_name("grid.toml")
    (village.parent / "feeders.csv").write_text("township,capacity_kva\n甘露镇,5\n甘露镇,5\n", encoding="utf-8")
    grid = '\n[grid]\npath = "feeders.csv"\n\n[coverage.new_buildings]\nroof_m2_yr = 2000\nfirst_year = 2023\n'
    region.write_text(text.replace("\n[existing]", grid + "\n[existing]"), encoding="utf-8")
    return run(Region(region), begun(tmp_path_factory.mktemp("out") / "village"))


def test_every_target_has_a_row_a_status_and_a_source(done: Run, village: Path) -> None:
    card = done.results.scorecard
    assert card is not None
    assert tuple(card.columns) == COLUMNS
    assert len(card) == len(load_region_file(village)[0].targets)
    assert set(card["status"]) <= {"met", "short", "over", "under_way", "part", "not_comparable", "no_data"}
    silent = ~card["status"].isin(VERDICTS)
    assert (card.loc[silent, "bring_zh"] != "").all()
    assert (card.loc[silent, "bring_en"] != "").all()
    assert (card.loc[silent, "why_zh"] != "").all()
    assert (card.loc[silent, "why_en"] != "").all()
    assert (card["source"] != "").all()
    shares = card[card["item"] == "roof_share_pct"]
    assert shares["status"].to_list() == ["part"] * 3  # the village is 2 % of the city the plan speaks of
    assert "2.3 %" in shares["why_en"].iloc[0]
    assert not card["status"].isin(["short"]).any()
    whole = scorecard(Region(village), roofs=done.results.roofs, plan=done.results.plan, extent=Extent(part=False))
    assert whole is not None
    assert whole[whole["item"] == "roof_share_pct"]["status"].to_list() == ["met"] * 3
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


@pytest.fixture(scope="module")
def book(done: Run, village: Path) -> dict[str, Sheet]:
    return {sheet.key: sheet for sheet in sheets(Region(village.with_name("grid.toml")), done.results)}


def test_the_workbook_has_every_sheet_that_the_results_allow(book: dict[str, Sheet]) -> None:
    assert list(book) == [
        "pv_townships", "pv_p90", "pv_uncertainty", "coverage", "coverage_townships", "coverage_classes",
        "coverage_last", "roofs_2022", "roofs_2023", "roofs_2024", "new_buildings", "existing", "grid_check",
        "objectives", "sensitivity", "price_sources", "price_vintages", "roof_area", "plausibility", "roofs",
        "sites", "site_rules", "site_presets", "sinks_townships", "sinks_classes", "wetland_balance",
        "sinks_uncertainty", "reconciliation", "reconciliation_strata", "conversions", "carbon_trust", "next_plots",
        "sinks_outlook", "change_townships", "change_matrix", "planting_rules", "works", "projection",
        "works_gases", "ccer_townships", "ccer_rules", "ccer_years", "carbon_unverified", "carbon_factors",
        "readings", "carbon_value", "scorecard", "yearly", "balance", "notes",
    ]  # fmt: skip


def test_titles_and_the_words_above_follow_the_language(book: dict[str, Sheet], done: Run, tmp_path: Path) -> None:
    some = [book["pv_p90"], book["pv_townships"]]
    side = done.results.pv_side
    assert side is not None
    for lang, title, above in (
        ("zh", "发电量 P50 与 P90", f"共同项 {100 * side.spread.common:.1f} %"),
        ("en", "P50 and P90", f"{100 * side.spread.common:.1f} % shared by all roofs"),
    ):
        page = openpyxl.load_workbook(write_workbook(some, tmp_path / f"{lang}.xlsx", lang=lang)).worksheets[0]
        assert page.title == title
        assert above in str(page["A2"].value)
        assert f"{100 * float(np.median(side.spread.independent)):.1f} %" in str(page["A2"].value)


def test_lists_of_a_year_hold_the_roofs_built_in_it(book: dict[str, Sheet], done: Run) -> None:
    roofs, plan = done.results.roofs, done.results.plan
    assert roofs is not None
    assert plan is not None
    by_id = roofs.set_index("building_id")
    for year in (2022, 2023, 2024):
        listed = book[f"roofs_{year}"].frame.set_index("building_id")
        assert set(listed.index) == set(plan.phase.index[plan.phase == year])
        assert (listed["phase"] == year).all()
        built = plan.built.loc[listed.index]
        np.testing.assert_allclose(listed["capacity_kwp"], built["capacity_kwp"], rtol=1e-12)
        np.testing.assert_allclose(listed["yield_kwh"], built["yield_kwh"], rtol=1e-12)
        part = plan.parts.loc[listed.index, max(plan.shares)]
        np.testing.assert_allclose(listed["usable_m2"], by_id.loc[listed.index, "usable_m2"] * part, rtol=1e-12)
        middle = by_id.loc[listed.index].geometry.representative_point()
        np.testing.assert_array_equal(listed["easting"], middle.x.round(1))
        np.testing.assert_array_equal(listed["northing"], middle.y.round(1))


def test_coal_and_grid_are_avoided_by_their_own_factor(book: dict[str, Sheet]) -> None:
    table = book["coverage"].frame
    np.testing.assert_allclose(table["avoided_coal_t"], table["yield_kwh"] * 0.80 / 1000, rtol=1e-12)
    np.testing.assert_allclose(table["avoided_co2_t"], table["yield_kwh"] * 0.5752 / 1000, rtol=1e-12)


def test_objectives_are_told_as_they_are_chosen(book: dict[str, Sheet], done: Run) -> None:
    roofs, plan = done.results.roofs, done.results.plan
    assert roofs is not None
    assert plan is not None
    table = book["objectives"].frame.set_index("objective")
    assert list(table.index) == ["energy", "cost", "lcoe"]
    assert table.loc["energy", "same_share"] == 1.0
    assert ((table["same_share"] > 0) & (table["same_share"] <= 1)).all()
    name, total = "energy", plan.total(2024)
    row, taken = table.loc[name], (plan.phase > 0).to_numpy()
    for column in ("roofs", "capacity_kwp", "yield_kwh", "capex_yuan"):
        assert row[column] == pytest.approx(total[column], rel=1e-12), column
    assert row["w_m2"] == pytest.approx(1000 * total["capacity_kwp"] / total["usable_m2"], rel=1e-12)
    cost = (roofs["lcoe_yuan_kwh"] * roofs["yield_kwh"])[taken].sum() / roofs["yield_kwh"][taken].sum()
    assert row["lcoe_yuan_kwh"] == pytest.approx(cost, rel=1e-12)


def test_the_note_on_objectives_says_what_their_table_says(book: dict[str, Sheet], done: Run) -> None:
    table = book["objectives"].frame.set_index("objective")
    usable = 1000 * table["capacity_kwp"] / table["w_m2"]
    more, dearer = (100 * ((table[c] / usable)["energy"] / (table[c] / usable)["cost"] - 1)
                    for c in ("yield_kwh", "capex_yuan"))  # fmt: skip
    same = 100 * table.loc["cost", "same_share"]
    notes = json.loads((done.folder / "manifest.json").read_text(encoding="utf-8"))["notes"]
    said = [n for n in notes if n["source"] == "coverage" and "by cost" in n["text"] and "by yield" in n["text"]]
    assert len(said) == 1
    assert max(abs(more), abs(dearer)) > 0.5  # below it they would be said to be alike
    assert f"gives {more:.1f} % more energy than by cost for {dearer:.1f} % more money" in said[0]["text"]
    assert f"{same:.0f} % of its roofs are the same" in said[0]["text"]
    assert f"多发 {more:.1f} %，投资多 {dearer:.1f} %" in said[0]["text_zh"]


def test_new_roofs_add_up_from_their_first_year(book: dict[str, Sheet], done: Run) -> None:
    """2,000 m² a year from 2023, a part of it developed, as dense and as sunny as the roofs of its class today."""
    table, roofs = book["new_buildings"].frame, done.results.roofs
    new = NewBuildings(roof_m2_yr=2000, first_year=2023)
    assert roofs is not None
    assert table["year"].tolist() == [2023, 2024]
    assert table["new_roof_m2"].tolist() == [2000.0, 4000.0]
    assert 0 < new.share < 1
    like = roofs[(roofs["building_class"] == new.building_class) & (roofs["usable_m2"] > 0)]
    for row in table.itertuples():
        assert row.developed_m2 == pytest.approx(row.new_roof_m2 * new.share, rel=1e-12)
        a_m2 = like[["capacity_kwp", "yield_kwh"]].sum() / like["usable_m2"].sum()
        assert row.capacity_kwp == pytest.approx(row.developed_m2 * a_m2["capacity_kwp"], rel=1e-12)
        assert row.yield_kwh == pytest.approx(row.developed_m2 * a_m2["yield_kwh"], rel=1e-12)
        assert row.avoided_co2_t == pytest.approx(row.yield_kwh * 0.5752 / 1000, rel=1e-9)


def test_sensitivity_turns_one_input_by_a_fifth(book: dict[str, Sheet]) -> None:
    table = book["sensitivity"].frame
    assert table["change_pct"].tolist() == pytest.approx([0.0, *[-20.0, 20.0] * 4])
    assert table["input"].tolist() == ["none", *(n for n in ("share", "price", "cost", "yield") for _ in (0, 1))]
    base = table.iloc[0]
    turned = {"share": (1, 1), "price": (0, 0), "cost": (1, 0), "yield": (0, 1)}
    for row in table.iloc[1:].itertuples():
        step = 1 + row.change_pct / 100
        money, power = turned[row.input]
        assert row.capex_yuan == pytest.approx(base["capex_yuan"] * step**money, rel=1e-12)
        assert row.yield_kwh == pytest.approx(base["yield_kwh"] * step**power, rel=1e-12)


def test_the_limit_of_the_grid_is_in_inverter_power(book: dict[str, Sheet], done: Run) -> None:
    table, plan = book["grid_check"].frame, done.results.plan
    assert plan is not None
    sums = plan.table.groupby(["year", "township_code"])["capacity_kwp"].sum()
    for row in table.itertuples():
        assert row.capacity_kwp == pytest.approx(sums[row.year, row.township_code], rel=1e-12)
        if row.township == "甘露镇":
            assert row.capacity_kva == 10.0
            assert row.limit_kw == pytest.approx(8.0)
            assert row.used_share == pytest.approx(row.capacity_kwp / 1.2 / 8.0, rel=1e-12)
            assert row.zone == ("red" if row.used_share > 1 else "yellow" if row.used_share > 0.75 else "green")
        else:
            assert row.zone == "unknown"


def test_potential_by_township_is_the_sum_of_its_roofs(book: dict[str, Sheet], done: Run) -> None:
    roofs, table = done.results.roofs, book["pv_townships"].frame
    assert roofs is not None
    for row in table.itertuples():
        own = roofs[roofs["township_code"] == row.township_code]
        assert row.roofs == len(own)
        for column in ("usable_m2", "capacity_kwp", "yield_kwh"):
            assert getattr(row, column) == pytest.approx(own[column].sum(), rel=1e-12)
        hours = own["yield_kwh"].sum() / own["capacity_kwp"].sum()
        assert row.specific_yield_kwh_kwp == pytest.approx(hours, rel=1e-12)
