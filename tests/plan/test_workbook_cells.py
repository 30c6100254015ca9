"""Cells of the workbook: percent is percent, small rates keep their digits, the CSV keeps the plain value."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pandas as pd

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
