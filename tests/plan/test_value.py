"""The value sheet: tonnes of CO₂ of the carbon account times a price of the user, or a band; nothing else is valued."""

from __future__ import annotations

from pathlib import Path

import docx
import numpy as np
import pandas as pd
import pytest

from guanghui.geo.errors import InputError
from guanghui.plan.brief.document import write_brief
from guanghui.plan.inputs.land_sections import ValueSection
from guanghui.plan.inputs.region import Region
from guanghui.plan.results.assembly import work
from guanghui.plan.results.store import read, save
from guanghui.plan.results.value import FORMULA, price_band, value_of, value_table
from guanghui.plan.workbook.book import sheets
from guanghui.sinks import assess
from tests.plan.test_polygon_cover import folder_of, strips
from tests.sinks.conftest import TOWNS, City, three_towns, write_cover


def test_the_value_is_the_carbon_of_the_account_times_the_price(tmp_path: Path) -> None:
    stock = assess(City(TOWNS.copy(), write_cover(tmp_path / "land.tif", three_towns())))
    table = value_table(stock, ValueSection(price_yuan_t=90, price_low_yuan_t=60, price_high_yuan_t=120, source="市场"))
    row = stock.table.set_index("code")
    for code in row.index:
        found = value_of(table, code)
        fixed = row.loc[code, ["forest_growth_tc_yr", "cropland_soil_tc_yr"]].sum() * 44 / 12
        ends = found[["value_low_yuan_yr", "value_yuan_yr", "value_high_yuan_yr"]].to_numpy(float)
        np.testing.assert_allclose(ends, fixed * np.array([60.0, 90.0, 120.0]), rtol=1e-12)
    lines = table[table["code"] == ""].set_index("line")["fixed_tc_yr"]
    sink = row.loc["", "sink_tc_yr"]
    assert lines["total"] + lines["wetland"] == pytest.approx(sink, rel=1e-12)  # all lines are those of the sink
    assert lines["wetland"] > 0
    assert value_of(table)["value_yuan_yr"] == pytest.approx(
        sum(value_of(table, c)["value_yuan_yr"] for c in row.index if c), rel=1e-12
    )


def test_without_a_price_there_is_a_band_and_no_middle() -> None:
    price, low, high, zh, en = price_band(ValueSection())
    assert np.isnan(price)
    assert 0 < low < high
    assert "未核实" in zh
    assert "unverified" in en
    assert "未核实" in FORMULA[0]


@pytest.mark.parametrize(
    "line", ["price_yuan_t = -3", "price_low_yuan_t = 4", "price_yuan_t = 9\nprice_low_yuan_t = 10"]
)
def test_a_price_that_cannot_be_is_refused(tmp_path: Path, line: str) -> None:
    with pytest.raises(InputError, match="value"):
        Region(folder_of(tmp_path, strips(), f"[value]\n{line}\n"))


def test_sheet_brief_and_kept_results_say_the_same(tmp_path: Path) -> None:
    region = Region(folder_of(tmp_path, strips(), '[value]\nprice_yuan_t = 80\nsource = "县里的合同"\n'))
    results = work(region)
    whole = value_of(results.value)
    sheet = next(s for s in sheets(region, results) if s.key == "carbon_value")
    assert value_of(sheet.frame)["value_yuan_yr"] == whole["value_yuan_yr"]
    save(region, results, tmp_path / "out")
    pd.testing.assert_frame_equal(read(region, tmp_path / "out").value, results.value)
    brief = docx.Document(write_brief(region, results, tmp_path / "brief.docx"))
    text = "\n".join(p.text for p in brief.paragraphs)
    assert "80 元/吨 CO₂（县里的合同）" in text
