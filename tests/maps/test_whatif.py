"""What-if money of a page against :mod:`pv.programme.money`, by a real hand on the sliders."""

from __future__ import annotations

import dataclasses

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from guanghui.maps import WhatIf, township_page
from guanghui.pv.programme.money import Prices, appraise, cash_flow, prices
from guanghui.pv.settings import EconomicsSettings
from tests.maps.scene import Scene

pytestmark = pytest.mark.browser

CODE, MODULE_W = "360482100", 542.5


@pytest.fixture(scope="module")
def known() -> Prices:
    return prices(EconomicsSettings(region="jiangxi"))


@pytest.fixture(scope="module")
def roofs(city_scene: Scene, known: Prices) -> gpd.GeoDataFrame:
    frame = city_scene.roofs.drop(columns=["capex_yuan", "lcoe_yuan_kwh", "payback_years"], errors="ignore")
    share = np.random.default_rng(3).uniform(0.1, 0.95, len(frame))
    money = appraise(frame, known, self_use=share)
    return frame.assign(**{name: money[name] for name in money})


@pytest.fixture
def page(open_page, city_scene: Scene, roofs: gpd.GeoDataFrame, known: Prices):
    html = township_page(city_scene.city, CODE, roofs=roofs, plan=city_scene.plan, study=WhatIf(known, MODULE_W))
    return open_page(html)


def expected(part: pd.DataFrame, known: Prices, *, module=1.0, capex=1.0, retail=1.0, feed_in=1.0, self_use=None):
    """The same roofs with other prices, by the study's own functions."""
    other = dataclasses.replace(
        known,
        capex_yuan_w=known.capex_yuan_w * capex,
        feed_in_yuan_kwh=known.feed_in_yuan_kwh * feed_in,
        retail_yuan_kwh={k: v * retail for k, v in known.retail_yuan_kwh.items()},
    )
    grown = part.assign(capacity_kwp=part["capacity_kwp"] * module, yield_kwh=part["yield_kwh"] * module)
    share = part["self_use_share"].to_numpy(float) if self_use is None else np.full(len(part), self_use)
    each = appraise(grown, other, self_use=share)
    retail_of = grown["building_class"].map(dict(other.retail_yuan_kwh)).to_numpy(float)
    price = share * retail_of + (1 - share) * other.feed_in_yuan_kwh
    energy = grown["yield_kwh"].to_numpy(float)
    of_sum = cash_flow(
        np.array([each["capex_yuan"].sum()]),
        np.array([energy.sum()]),
        np.array([(energy * price).sum() / energy.sum()]),
        opex_share=other.opex_share, degradation=other.degradation, discount_rate=other.discount_rate,
        life_years=other.life_years,
    )  # fmt: skip
    return {
        "capacity_kwp": grown["capacity_kwp"].sum(), "yield_kwh": energy.sum(), "capex_yuan": each["capex_yuan"].sum(),
        "npv_yuan": each["npv_yuan"].sum(), "lcoe_yuan_kwh": of_sum.lcoe_yuan_kwh[0], "irr": of_sum.irr[0],
        "payback_years": of_sum.payback_years[0],
    }  # fmt: skip


def shown(page) -> dict[str, float]:
    return page.evaluate(
        """() => { const G = Guanghui, r = G.page.roofs;
        return G.appraiseChosen(r, G.whatifChange(r.spec.whatif, G.page.store.state.whatif)); }"""
    )


def move(page, key: str, share: float) -> float:
    """Drag a slider to a share of its width; returns where it stands."""
    node = page.locator(f"#whatif-{key}")
    node.scroll_into_view_if_needed()
    box = node.bounding_box()
    at = 10 + (box["width"] - 20) * float(node.evaluate("n => (n.value - n.min) / (n.max - n.min)"))
    page.mouse.move(box["x"] + at, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + 10 + (box["width"] - 20) * share, box["y"] + box["height"] / 2, steps=6)
    page.mouse.up()
    return float(node.evaluate("n => n.value"))


def agree(page, part: pd.DataFrame, known: Prices, **change) -> None:
    wanted, got = expected(part, known, **change), shown(page)
    for name, value in wanted.items():
        assert got[name] == pytest.approx(value, rel=1e-3), (name, change)


def test_sliders_give_what_the_study_would(page, roofs: gpd.GeoDataFrame, known: Prices) -> None:
    part = roofs[roofs["township_code"].astype(str) == CODE]
    agree(page, part, known)
    change: dict[str, float] = {}
    change["module"] = move(page, "module", 0.8) / MODULE_W
    assert change["module"] > 1.1
    agree(page, part, known, **change)
    for key, share in (("capex", 0.2), ("retail", 0.7), ("feed_in", 0.1)):
        change[key] = 1 + move(page, key, share) / 100
        assert abs(change[key] - 1) > 0.15
        agree(page, part, known, **change)
    change["self_use"] = move(page, "self_use", 0.6) / 100
    agree(page, part, known, **change)
    assert "if=" in page.evaluate("location.hash")
    page.wait_for_function("location.hash.includes('self_use')")  # the address follows the hand a moment later
    page.reload()
    page.wait_for_selector("body.ready")
    agree(page, part, known, **change)
    page.click("#whatif-back")
    agree(page, part, known)
    assert page.heard == []


def test_a_card_shows_the_money_of_its_roof(page, roofs: gpd.GeoDataFrame, known: Prices) -> None:
    part = roofs[roofs["township_code"].astype(str) == CODE].reset_index(drop=True)
    best = part["yield_kwh"].nlargest(1).index
    row = part.loc[best]
    page.evaluate(
        "id => Guanghui.openRoof(Guanghui.page.roofs.columns.building_id.indexOf(id), true)", row["building_id"].item()
    )
    text = page.locator("#card .card-money").inner_text()
    irr = 100 * row["irr"].item()
    assert f"{irr:.1f}%" in text.replace("\n", " "), text
    move(page, "capex", 0.0)
    cheap = expected(row, known, capex=0.5)
    assert f"{100 * cheap['irr']:.1f}%" in page.locator("#card .card-money").inner_text()


def test_a_page_without_prices_has_no_sliders(open_page, city_scene: Scene, roofs: gpd.GeoDataFrame) -> None:
    page = open_page(township_page(city_scene.city, CODE, roofs=roofs))
    assert page.locator("#whatif").count() == 0
    assert page.heard == []
