from __future__ import annotations

import openpyxl
import pandas as pd
import pytest

from guanghui.plan.workbook.tables import Sheet, labels, write_csv, write_workbook
from guanghui.pv.assessment.survey import ROOF_UNITS


def sheet(**columns) -> Sheet:
    frame = pd.DataFrame({"township": ["甲镇", "乙乡"], "capacity_kwp": [1234.5, 10.25], **columns})
    return Sheet("pv_townships", "乡镇光伏潜力", "PV potential", frame, ("capacity_kwp",), "说明", "about")


def rows(path, index: int = 0) -> list[tuple]:
    return [tuple(c.value for c in row) for row in openpyxl.load_workbook(path).worksheets[index].iter_rows()]


def test_a_sheet_has_title_mark_header_rows_and_total(tmp_path) -> None:
    path = write_workbook([sheet()], tmp_path / "a.xlsx", lang="zh", mark="示范数据")
    got = rows(path)
    assert got[0][0] == "乡镇光伏潜力 PV potential"
    assert got[1][0] == "示范数据 说明"
    assert got[2] == ("乡镇\ntownship", "装机容量\ncapacity\n(kWp)")
    assert got[3] == ("甲镇", 1234.5)
    assert got[-1] == ("合计", 1244.75)
    page = openpyxl.load_workbook(path).worksheets[0]
    assert page.freeze_panes == "A4"
    assert page.auto_filter.ref == "A3:B5"


def test_the_other_language_comes_first_when_asked(tmp_path) -> None:
    got = rows(write_workbook([sheet()], tmp_path / "a.xlsx", lang="en"))
    assert got[0][0] == "PV potential 乡镇光伏潜力"
    assert got[2][1] == "capacity\n装机容量\n(kWp)"


@pytest.mark.parametrize("text", ["=cmd|' /C calc'!A0", "+1+1", "-2", "@SUM(A1)", "\t=1"])
def test_text_never_becomes_a_formula(tmp_path, text: str) -> None:
    hostile = sheet(name=[text, "<script>alert(1)</script>"])
    got = rows(write_workbook([hostile], tmp_path / "a.xlsx", lang="zh"))
    assert str(got[3][2]).lstrip("'").endswith(text.strip())
    assert not str(got[3][2]).startswith(("=", "+", "-", "@"))
    assert got[4][2] == "<script>alert(1)</script>"
    csv = pd.read_csv(write_csv(hostile, tmp_path), encoding="utf-8-sig")
    assert not str(csv["name"][0]).startswith(("=", "+", "-", "@"))


def test_the_same_tables_give_the_same_bytes(tmp_path) -> None:
    for run in "ab":
        write_workbook([sheet()], tmp_path / f"{run}.xlsx", lang="zh")
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()


def test_every_roof_column_has_a_label_in_both_languages() -> None:
    known = labels()
    for column, unit in ROOF_UNITS.items():
        zh, en, shown = known[column]
        assert zh
        assert en
        assert shown == unit, column
    assert all(zh and en for zh, en, _ in known.values())
