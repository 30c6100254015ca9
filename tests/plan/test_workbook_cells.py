"""Cells of the workbook: percent is percent, small rates keep their digits, the CSV keeps the plain value."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import openpyxl
import pandas as pd
import shapely

from guanghui.plan.workbook.pv_sheets import township_pv
from guanghui.plan.workbook.tables import Sheet, write_csv, write_workbook


def test_shares_are_percent_in_the_workbook_and_plain_in_the_csv(tmp_path: Path) -> None:
    frame = pd.DataFrame({"year": [2030], "target_share": [0.3], "reached_share": [0.305], "irr": [0.0734],
                          "capacity_kwp": [1234.5]})  # fmt: skip
    sheet = Sheet("t", "表", "table", frame, ("capacity_kwp",))
    book = openpyxl.load_workbook(write_workbook([sheet], tmp_path / "t.xlsx", lang="zh"))
    (page,) = book.worksheets
    values = [cell.value for cell in page[4]]
    assert values[1:3] == [30.0, 30.5]
    assert values[3] == 0.0734
    assert page[4][3].number_format == "#,##0.0000"
    assert page[4][0].number_format == "0"
    assert [cell.value for cell in page[5]][4] == 1234.5
    plain = pd.read_csv(write_csv(sheet, tmp_path))
    assert plain["target_share"].tolist() == [0.3]
    assert plain["irr"].tolist() == [0.0734]


def test_the_share_that_rests_on_assumed_forms_is_of_the_energy_of_its_township() -> None:
    months = {f"yield_{m:02d}": [1.0] * 4 for m in range(1, 13)}
    frame = pd.DataFrame({
        "township_code": ["1", "1", "2", "3"], "township": ["甲", "甲", "乙", "丙"], "footprint_m2": 10.0,
        "roof_m2": 10.0, "usable_m2": 8.0, "capacity_kwp": [2.0, 2.0, 3.0, 0.0],
        "yield_kwh": [600.0, 1800.0, 3000.0, 0.0], "form_source": ["assumed", "surface", "surface", "assumed"],
        **months,
    })  # fmt: skip
    roofs = gpd.GeoDataFrame(frame, geometry=[shapely.Point(0, 0)] * 4)
    table = township_pv(roofs).set_index("township")
    assert table["assumed_form_pct"].fillna(-1).to_dict() == {"甲": 25.0, "乙": 0.0, "丙": -1}
    assert table["specific_yield_kwh_kwp"].fillna(-1).to_dict() == {"甲": 600.0, "乙": 1000.0, "丙": -1}
    assert "assumed_form_pct" not in township_pv(roofs.assign(form_source="surface"))
