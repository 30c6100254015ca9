"""Filters by any field of a roof, those of the user's own among them, set by hand and kept in the address."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

from guanghui.geo.building_facts import more_columns
from guanghui.maps import township_page
from guanghui.maps.page.more import pack_more
from guanghui.maps.page.pack import Packer
from tests.maps.scene import Scene

CODE = "360482100"
CHOSEN = """() => Array.from(Guanghui.page.roofs.chosen)
  .map((c, i) => c ? Guanghui.page.roofs.columns.building_id[i] : '').filter(Boolean)"""


@pytest.fixture(scope="module")
def roofs(city_scene: Scene) -> pd.DataFrame:
    """Roofs with owner, year and two columns of the user's own."""
    made = city_scene.roofs.copy()
    place = np.arange(len(made))
    made["ownership"] = np.array(["学校", "医院", ""])[place % 3]
    made["year_built"] = np.where(place % 7, 1990.0 + place % 30, np.nan)
    made["合同号"] = [f"HT-{p:05d}" for p in place]
    made["rent"] = np.round(0.5 + place % 40 / 8, 3)
    made["lcoe_yuan_kwh"] = np.round(0.2 + place % 50 / 100, 3)
    return made


@pytest.fixture(scope="module")
def own(roofs: pd.DataFrame) -> pd.DataFrame:
    return roofs[roofs["township_code"].astype(str) == CODE].set_index("building_id")


@pytest.fixture(scope="module")
def html(city_scene: Scene, roofs) -> str:
    s = city_scene
    return township_page(s.city, CODE, roofs=roofs, plan=s.plan, more=["合同号", "rent", "not there"])


def add(page, column: str) -> None:
    page.select_option("#filter-add", column)


@pytest.mark.browser
def test_limits_words_and_letters_are_those_of_the_table(open_page, html: str, own: pd.DataFrame) -> None:
    page = open_page(html)
    fits = own["usable_m2"].between(150, 600)
    add(page, "usable_m2")
    page.fill("#filters [data-column=usable_m2] [data-end=low]", "150")
    page.keyboard.press("Tab")
    page.fill("#filters [data-column=usable_m2] [data-end=high]", "600")
    page.keyboard.press("Enter")
    assert set(page.evaluate(CHOSEN)) == set(own.index[fits])
    total = page.evaluate("Guanghui.page.roofs.totals()")
    assert total["roofs"] == fits.sum()
    assert total["capacity_kwp"] == pytest.approx(own.loc[fits, "capacity_kwp"].sum(), rel=1e-5)

    add(page, "lcoe_yuan_kwh")
    page.fill("#filters [data-column=lcoe_yuan_kwh] [data-end=high]", "0.45")
    page.keyboard.press("Enter")
    fits &= own["lcoe_yuan_kwh"] <= 0.45
    assert set(page.evaluate(CHOSEN)) == set(own.index[fits])

    add(page, "ownership")
    page.select_option("#filters [data-column=ownership] select", label="学校")
    fits &= own["ownership"] == "学校"
    assert set(page.evaluate(CHOSEN)) == set(own.index[fits])
    told = page.inner_text("#panel .lead")
    assert "可利用面积 150–600 平方米" in told
    assert "度电成本 ≤ 0.45" in told
    assert "产权 学校" in told

    add(page, "合同号")
    page.fill("#filters [data-column=合同号] input", "-0000")
    page.keyboard.press("Enter")
    fits &= own["合同号"].str.contains("-0000")
    assert set(page.evaluate(CHOSEN)) == set(own.index[fits])
    page.click("#filters [data-column=合同号] .drop")
    fits = own["usable_m2"].between(150, 600) & (own["lcoe_yuan_kwh"] <= 0.45) & (own["ownership"] == "学校")
    assert set(page.evaluate(CHOSEN)) == set(own.index[fits])

    page.wait_for_timeout(120)
    page.reload()
    page.wait_for_selector("body.ready")
    assert set(page.evaluate(CHOSEN)) == set(own.index[fits])
    assert page.locator("#filters li").count() == 3
    page.click("#reset")
    assert len(page.evaluate(CHOSEN)) == len(own)
    assert page.locator("#filters").count() == 0
    assert page.heard == []


@pytest.mark.browser
def test_own_columns_stand_on_the_card_and_in_the_files(open_page, html: str, own: pd.DataFrame) -> None:
    page = open_page(html, fragment="#lang=en")
    roof = own.index[own["year_built"].notna() & (own["ownership"] != "")][0]
    page.evaluate("id => Guanghui.openRoof(Guanghui.page.roofs.columns.building_id.indexOf(id), false)", roof)
    card = re.sub(r"\s+", " ", page.inner_text("#card"))
    row = own.loc[roof]
    for text in (
        f"合同号 {row['合同号']}",
        f"rent {row['rent']:g}",
        f"Built in {row['year_built']:.0f}",
        row["ownership"],
    ):
        assert text in card
    lines = page.evaluate("Guanghui.roofCsv(Guanghui.page.roofs)").lstrip("\ufeff").splitlines()
    head = lines[0].split(",")
    cells = next(line for line in lines if line.startswith(roof)).split(",")
    assert cells[head.index("合同号")] == row["合同号"]
    assert float(cells[head.index("rent")]) == row["rent"]


@pytest.mark.browser
@pytest.mark.parametrize("text", ["usable_m2~x~~", "nothing~1~2~", "usable_m2~%E4~~", "~", "ownership~~~99"])
def test_a_broken_filter_of_the_address_breaks_nothing(open_page, html: str, text: str) -> None:
    page = open_page(html, fragment=f"#filter={text.replace('%', '%25')}")
    assert page.heard == []


def test_columns_are_read_as_they_are_meant() -> None:
    raw = pd.DataFrame({"a": ["1", "2.5", None], "b": ["007", "12", ""], "c": ["x", "2", ""], "d": [3, 4, 5]})
    read = more_columns(raw, list(raw))
    assert [read[c].dtype.kind == "f" for c in read] == [True, False, False, True]
    assert list(read["b"]) == ["007", "12", ""]
    assert np.isnan(read["a"].iloc[2])


def test_numbers_are_packed_to_their_decimals_and_large_ones_as_texts() -> None:
    packer, categories = Packer(), {}
    frame = pd.DataFrame(
        {"p": [0.125, 2.0, np.nan], "n": [20231112233.0, 5.0, np.nan], "heritage": [True, False, True]}
    )
    rows = pack_more(packer, frame, ["p", "n"], categories)
    assert [row.get("plain", False) for row in rows] == [False, True, False]
    assert next(c for c in packer.columns if c["name"] == "p")["scale"] == 1000
    assert [item["code"] for item in categories["n"]] == ["", "20231112233", "5"]
    assert [item["label"] for item in categories["heritage"]] == [["否", "no"], ["是", "yes"]]
