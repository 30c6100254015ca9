"""Sites and counts: page, workbook and brief say the stored figures, and roofs know nothing of sites."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import box

from guanghui.maps.city.score import score_rows, yearly_rows
from guanghui.maps.page.sites import site_table
from guanghui.maps.words.i18n import words
from guanghui.plan.brief.docx import Brief
from guanghui.plan.brief.plan import scorecard_table, yearly_table
from guanghui.plan.brief.sites import write_sites
from guanghui.plan.inputs.plan_sections import Actual, Target
from guanghui.plan.results.assembly import Results
from guanghui.plan.results.scorecard import scorecard
from guanghui.plan.results.store import Reader, Writer
from guanghui.plan.results.yearly import yearly
from guanghui.plan.workbook.site_sheets import site_sheets
from guanghui.plan.workbook.tables import labels
from guanghui.pv.settings import PvSettings
from guanghui.pv.sites.assess import Site, Sites, assess_sites
from guanghui.pv.sites.energy import site_sun
from guanghui.pv.sites.screen import LayerRule, Screen
from guanghui.pv.sites.settings import SiteRules, SiteSettings
from tests.scenes import CRS, EAST, LATITUDE, NORTH, hourly_weather


@pytest.fixture(scope="module")
def sites() -> Sites:
    towns = gpd.GeoDataFrame(
        {"code": ["1", "2"], "name": ["甲镇", "乙镇"]},
        geometry=[box(EAST, NORTH, EAST + 500, NORTH + 900), box(EAST + 500, NORTH, EAST + 900, NORTH + 900)], crs=CRS,
    )  # fmt: skip

    def land(west: float, side: float) -> gpd.GeoDataFrame:
        return gpd.GeoDataFrame(geometry=[box(EAST + west, NORTH + 10, EAST + west + side, NORTH + 10 + side)], crs=CRS)

    given = [
        Site(SiteSettings(name="a", path="a", kind="agri", status="approved", year=2022), land(400, 200)),
        Site(SiteSettings(name="b", path="b", kind="ground"), land(10, 100)),
    ]
    taken = LayerRule("layer_1", "红线", "red line", box(EAST, NORTH, EAST + 60, NORTH + 900))
    sun = site_sun(hourly_weather(), PvSettings())
    return assess_sites(given, towns, sun, latitude=LATITUDE, rules=SiteRules(), screen=Screen([taken]), co2_kg_kwh=0.5)


def test_pages_workbook_and_brief_sum_to_the_stored_sites(sites: Sites) -> None:
    total = sites.table[["capacity_kwp", "yield_kwh"]].sum()
    book = {s.key: s.frame for s in site_sheets(Results(sites=sites))}
    for key, column in (("sites", "capacity_kwp"), ("sites", "yield_kwh")):
        assert book[key][column].sum() == pytest.approx(total[column])
    assert book["site_rules"]["area_m2"].sum() == pytest.approx(sites.table["land_m2"].sum())
    whole = site_table(sites)
    assert whole is not None
    assert whole["rows"][-1][5]["value"] == pytest.approx(total["capacity_kwp"])
    assert whole["rows"][-1][7]["value"] == pytest.approx(total["yield_kwh"])
    parts = [site_table(sites, code) for code in ("1", "2")]
    assert sum(p["rows"][-1][7]["value"] for p in parts if p) == pytest.approx(total["yield_kwh"])
    assert site_table(sites, "3") is None
    assert {whole["title"], whole["hint"], *whole["heads"]} <= set(words())
    assert sites.shapes["yield_kwh"].sum() == pytest.approx(total["yield_kwh"])
    brief = Brief("zh", ("表", "图"))
    for lang in ("zh", "en"):
        write_sites(brief, sites, "", lang)
    known = labels()
    assert set(book["sites"]) | set(book["site_rules"]) <= set(known)


def test_sites_come_back_from_the_store(sites: Sites, tmp_path: Path) -> None:
    writer = Writer(tmp_path)
    node = writer.node(Results(sites=sites), "")
    back = Reader(tmp_path).value(node).sites
    pd.testing.assert_frame_equal(back.table, sites.table)
    pd.testing.assert_frame_equal(back.rules, sites.rules)
    assert back.shapes.geometry.iloc[0].equals(sites.shapes.geometry.iloc[0])


def test_counts_are_told_alike_everywhere() -> None:
    targets = (
        Target(item="storage_mw", value=100, unit="MW", year=2025, document="p", responsible="发展改革委"),
        Target(item="straw_use_pct", value=95, unit="%", year=2025, document="p"),
    )
    actuals = tuple(Actual(item="storage_mw", value=v, year=y, source="统计") for y, v in ((2023, 40.0), (2024, 50.0)))
    region = SimpleNamespace(
        path=Path("x.toml"),
        notes=[],
        settings=SimpleNamespace(),
        file=SimpleNamespace(targets=targets, actuals=actuals),
    )
    card, table = scorecard(region), yearly(region)
    assert card is not None
    assert table is not None
    assert card["status"].tolist() == ["under_way", "not_comparable"]
    rows, years = score_rows(card), yearly_rows(table)
    assert (rows[0]["actual"], rows[0]["actual_year"], rows[0]["responsible"]) == (50.0, "2024", "发展改革委")
    assert rows[0]["actual_change_pct"] == pytest.approx(25.0)
    assert [y["change_pct"] for y in years] == [None, pytest.approx(25.0)]
    assert years[-1]["reached_pct"] == pytest.approx(50.0)
    assert rows[1]["bring"][1]
    shown = scorecard_table(card, "zh")
    assert "发展改革委" in shown.columns[0].texts[0]
    assert "50 MW" in shown.columns[4].texts[0]
    assert "+25.0 %" in shown.columns[4].texts[0]
    report = yearly_table(table, "en")
    assert report.columns[3].texts == ["—", "+25.0 %"]
    known = labels()
    assert set(table) | set(card) <= {*known, "item", "source", "year"}
    assert np.isnan(table["change"].iloc[0])
