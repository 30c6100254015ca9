"""How a sheet looks: headings, widths, number formats, where it is frozen, what a cell may hold, land in mu."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest

from guanghui.plan.workbook.long_rows import LONG
from guanghui.plan.workbook.tables import Sheet, in_mu, labels, write_csv, write_workbook


def written(folder: Path, *sheets: Sheet, **options: str) -> list:
    options = {"lang": "zh", **options}
    return openpyxl.load_workbook(write_workbook(sheets, folder / "t.xlsx", **options)).worksheets


def sheet(columns: dict, totals: tuple[str, ...] = (), **more: str) -> Sheet:
    return Sheet("t", "表", "table", pd.DataFrame(columns), totals, **more)


FORMATS = {
    "year": "0", "phase": "0", "code": "0", "township_code": "0",
    "irr": "#,##0.0000", "self_use_share": "#,##0.0000", "lcoe_yuan_kwh": "#,##0.0000", "value": "#,##0.0000",
    "used_share": "#,##0.0000", "feed_in_yuan_kwh": "#,##0.00", "target_share": "#,##0.00", "some_value": "#,##0.00",
    "shading_loss_pct": "#,##0.00", "total_tc_ha": "#,##0.00", "forest_cover": "#,##0.00", "forest_mu": "#,##0.00",
    "stated_ha": "#,##0.00", "mapped_ha": "#,##0.00", "difference_ha": "#,##0.00", "share": "#,##0.00",
    "capacity_kwp": "#,##0", "area_ha": "#,##0", "total_tc": "#,##0", "code_of": "#,##0",
}  # fmt: skip


def test_numbers_show_the_digits_their_column_has(tmp_path: Path) -> None:
    frame = {"name": ["甲", "乙"], **{column: [1.5, 2.5] for column in FORMATS}}
    (page,) = written(tmp_path, sheet(frame, ("irr", "area_ha")))
    found = dict(zip(FORMATS, [cell.number_format for cell in page[4]][1:], strict=True))
    assert found == FORMATS
    assert [c.number_format for c in page[6]][1:] == list(FORMATS.values())
    sums = [cell.value for cell in page[6]]
    assert sums[0] == "合计"
    assert {column: v for column, v in zip(FORMATS, sums[1:], strict=True) if v is not None} == {
        "irr": 4.0, "area_ha": 4.0,
    }  # fmt: skip
    assert page[6][0].font.bold
    assert page[3][0].font.bold
    assert not page[4][1].font.bold


def test_columns_are_as_wide_as_their_texts_within_limits(tmp_path: Path) -> None:
    texts = {"a": ["x" * 5, ""], "b": ["x" * 10, "x"], "c": ["x", "x" * 20], "d": ["x" * 40, "x"], "e": ["x" * 300, ""]}
    (page,) = written(tmp_path, sheet(texts))
    widths = [page.column_dimensions[letter].width for letter in "ABCDE"]
    assert widths == [12.0, 12.0, pytest.approx(24.0), pytest.approx(48.0), 48.0]
    below = {"a": ["x"] * 199 + ["x" * 20], "b": ["x"] * 200}
    longer = pd.concat([pd.DataFrame(below), pd.DataFrame({"a": ["x"], "b": ["x" * 30]})])
    (page,) = written(tmp_path, Sheet("t", "表", "table", longer))
    assert [page.column_dimensions[letter].width for letter in "AB"] == [pytest.approx(24.0), 12.0]


def test_heads_are_frozen_filtered_wrapped_and_two_languages(tmp_path: Path) -> None:
    frame = {"capacity_kwp": [1.0, 2.0], "gain_2045_tc": [1.0, 2.0], "strange": [1.0, 2.0]}
    (page,) = written(tmp_path, sheet(frame))
    assert [c.value for c in page[3]] == [
        "装机容量\ncapacity\n(kWp)", "至 2045 年增碳\ncarbon gained by 2045\n(t C)", "strange\nstrange",
    ]  # fmt: skip
    assert page.freeze_panes == "A4"
    assert page.auto_filter.ref == "A3:C5"
    head = page[3][0]
    assert (head.fill.fgColor.rgb, head.alignment.wrap_text, head.alignment.vertical) == ("00E8EEF0", True, "top")
    assert (page["A1"].font.size, page["A1"].font.bold) == (13, True)
    assert page["A2"].font.bold
    assert page["A2"].font.color.rgb == "00B5541C"


def test_the_language_asked_for_comes_first(tmp_path: Path) -> None:
    one = sheet({"building_class": ["public"], "capacity_kwp": [2.0]}, ("capacity_kwp",), about_zh="说明",
                about_en="about")  # fmt: skip
    (zh,) = written(tmp_path, one, mark="示范", date="2026-01-02")
    assert [zh.title, zh["A1"].value, zh["A2"].value] == ["表", "表 table", "示范 2026-01-02 说明"]
    assert [zh["A4"].value, zh["A5"].value] == ["公共建筑", "合计"]
    (en,) = written(tmp_path, one, lang="en", date="2026-01-02")
    assert [en.title, en["A1"].value, en["A2"].value] == ["table", "table 表", "2026-01-02 about"]
    assert [en["A4"].value, en["A5"].value] == ["public", "total"]


def test_a_title_is_cut_to_what_a_spreadsheet_takes(tmp_path: Path) -> None:
    name = "abcdefghijklmnopqrstuvwxyz0123456789"
    (page,) = written(tmp_path, Sheet("t", "甲/乙", name, pd.DataFrame({"a": [1]})), lang="en")
    assert page.title == "abcdefghijklmnopqrstuvwxyz01234"
    assert page["A1"].value == f"{name} 甲/乙"
    (page,) = written(tmp_path, Sheet("t", "甲/乙", name, pd.DataFrame({"a": [1]})))
    assert page.title == "甲／乙"


def test_without_rows_there_is_no_total_and_without_totals_none(tmp_path: Path) -> None:
    (page,) = written(tmp_path, Sheet("t", "表", "t", pd.DataFrame({"a": [], "b": []}), ("b",)))
    assert page.max_row == 3
    assert page.auto_filter.ref == "A3:B3"
    assert page.column_dimensions["A"].width == 12.0
    (page,) = written(tmp_path, sheet({"a": [1.0, 2.0]}))
    assert page.max_row == 5
    (page,) = written(tmp_path, sheet({"a": ["x"], "b": [2.5]}, ("b",)))
    assert [c.value for c in page[5]] == ["合计", 2.5]
    (page,) = written(tmp_path, Sheet("t", "表", "t", pd.DataFrame()))
    assert page.auto_filter.ref == "A3:A3"


def test_what_no_cell_can_hold_is_empty_and_text_stays_text(tmp_path: Path) -> None:
    values = [None, pd.NA, float("nan"), float("inf"), -np.inf, np.float64(2.5), np.int64(7), True, "=1+1", "@x",
              "a\x07b\nc", "x" * 33_000, 0, -3.5]  # fmt: skip
    frame = pd.DataFrame({"a": pd.Series(values, dtype=object)})
    (page,) = written(tmp_path, Sheet("t", "表", "t", frame))
    found = [page.cell(row, 1).value for row in range(4, 4 + len(values))]
    assert found[:8] == [None, None, None, None, None, 2.5, 7, True]
    assert found[8:11] == ["'=1+1", "'@x", "ab\nc"]
    assert found[11] == "x" * 32_000
    assert found[12:] == [0, -3.5]


@pytest.mark.parametrize("count", [LONG, LONG + 1])
def test_no_row_is_lost_where_a_list_becomes_long(tmp_path: Path, count: int) -> None:
    frame = pd.DataFrame({"year": range(2000, 2000 + count), "capacity_kwp": np.arange(count) + 0.5})
    (page,) = written(tmp_path, Sheet("t", "表", "t", frame, ("capacity_kwp",)))
    assert page.max_row == 3 + count + 1
    assert [page.cell(row, 1).value for row in (4, 5, 6, 3 + count)] == [2000, 2001, 2002, 1999 + count]
    assert page.cell(3 + count, 2).number_format == "#,##0"
    assert page.cell(4 + count, 2).value == count * count / 2


def test_the_csv_is_plain_to_twelve_digits(tmp_path: Path) -> None:
    frame = pd.DataFrame({
        "name": ["=1", None], "used": [True, False], "yield_kwh": [1 / 3, 12345678.25], "roofs": [3, 4],
        "target_share": [0.25, 0.5],
    })  # fmt: skip
    path = write_csv(Sheet("a/b", "表", "t", frame), tmp_path)
    assert path.parent == tmp_path
    assert path.read_bytes() == (
        b"\xef\xbb\xbfname,used,yield_kwh,roofs,target_share\n"
        b"'=1,True,0.333333333333,3,0.25\n,False,12345678.25,4,0.5\n"
    )


LAND = {"code": ["1", "2"], "forest_ha": [2.0, 3.0], "forest_mu": [30.0, 45.0], "area_ha": [4.0, 6.0],
        "total_tc_ha": [5.0, 6.0], "odd_ha": [1.0, 2.0], "carbon_tc": [7.0, 8.0]}  # fmt: skip


def test_land_is_in_mu_where_asked_and_densities_are_not(tmp_path: Path) -> None:
    out, areas = in_mu(pd.DataFrame(LAND), labels())
    assert areas == ["forest_ha", "area_ha"]
    assert out.to_dict("list") == {
        "code": ["1", "2"], "forest_ha": [30.0, 45.0], "area_ha": [60.0, 90.0], "total_tc_ha": [5.0, 6.0],
        "odd_ha": [1.0, 2.0], "carbon_tc": [7.0, 8.0],
    }  # fmt: skip
    mixed = pd.DataFrame({"target": [2, 3], "result": [4, 5], "year": [1, 2], "unit": ["ha", "m3"]})
    assert in_mu(mixed, labels())[0].to_dict("list") == {
        "target": [30.0, 3.0], "result": [60.0, 5.0], "year": [1, 2], "unit": ["mu", "m3"],
    }  # fmt: skip
    one = Sheet("t", "表", "t", pd.DataFrame(LAND), ("forest_ha", "forest_mu", "carbon_tc"))
    (mu,) = written(tmp_path, one, area="mu")
    assert [c.value.endswith("(亩)") for c in mu[3]] == [False, True, True, False, False, False]
    assert mu["B3"].value == "森林面积\nforest area\n(亩)"
    assert [c.value for c in mu[6]] == ["合计", 75.0, None, None, None, 15.0]
    (ha,) = written(tmp_path, one)
    assert ha["B3"].value == "森林面积\nforest area\n(ha)"
    assert [c.value for c in ha[6]] == ["合计", 5.0, 75.0, None, None, None, 15.0]


def test_every_share_of_a_target_is_percent(tmp_path: Path) -> None:
    frame = {"target_share": [0.5], "reached_share": [0.25], "city_share": [0.125], "zone_share": [0.75],
             "used_share": [0.5]}  # fmt: skip
    (page,) = written(tmp_path, sheet(frame))
    assert [c.value for c in page[4]] == [50.0, 25.0, 12.5, 75.0, 0.5]


def test_a_sheet_stays_as_it_was_made() -> None:
    one = sheet({"a": [1]})
    assert (one.totals, one.about_zh, one.about_en) == ((), "", "")
    with pytest.raises(FrozenInstanceError):
        one.key = "other"
