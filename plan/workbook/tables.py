"""The workbook and the CSV files: what a bureau pastes into its report."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from guanghui.data import read_table
from guanghui.geo.files import atomic, fix_zip_dates, safe_name
from guanghui.geo.units import MU_PER_HA
from guanghui.maps.words.level import level_here
from guanghui.plan.workbook.cells import readable
from guanghui.plan.workbook.long_rows import LONG, rows_into

__all__ = ["Sheet", "in_mu", "labels", "write_csv", "write_workbook"]

_HEAD = PatternFill("solid", fgColor="E8EEF0")
_TOTAL = Font(bold=True)
_TITLE = Font(bold=True, size=13)
_MARK = Font(bold=True, color="B5541C")
_WRAP = Alignment(wrap_text=True, vertical="top")
_NARROW, _WIDEST = 12.0, 48.0
"""Least and greatest width of a column, in characters of the spreadsheet."""
_WIDE_CHAR = 1.2
"""Width that a character of text is given."""
_MEASURED = 200
"""Rows whose texts set the width."""
_AMOUNTS = ("raw", "official", "reconciled", "target", "result", "difference")
"""Columns of a table with a column ``unit`` that hold amounts in it."""
_UNIT_WORDS = (("元", "yuan"), ("亩", "mu"))
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Sheet:
    """One sheet of the workbook and one CSV file."""

    key: str
    """Name of the CSV file."""
    title_zh: str
    title_en: str
    frame: pd.DataFrame
    totals: tuple[str, ...] = ()
    """Columns summed in a last row."""
    about_zh: str = ""
    about_en: str = ""


def labels() -> Mapping[str, tuple[str, str, str]]:
    """Label in Chinese, in English and unit of every column of every table, for the place that is spoken of."""
    table = pd.concat([read_table("legends", "pv_columns.csv"), read_table("factors", "columns.csv")]).fillna("")
    rows = zip(table["column"], table["label_zh"], table["label_en"], table["unit"], strict=True)
    out: dict[str, tuple[str, str, str]] = {}
    for column, zh, en, unit in rows:
        out.setdefault(str(column), (*level_here()(str(zh), str(en)), str(unit)))
    return out


def _in_order(zh: str, en: str, lang: str) -> tuple[str, str]:
    """Words of both languages, the one that comes first in front."""
    return {"zh": (zh, en), "en": (en, zh)}[lang]


def _heading(column: str, known: Mapping[str, tuple[str, str, str]], lang: str) -> str:
    year = re.search(r"\d{4}", column)
    if column not in known and year is not None:  # one label for the columns of all years
        pattern = known.get(column.replace(year.group(), "{year}"), (column, column, ""))
        zh, en, unit = (text.format(year=year.group()) for text in pattern)
    else:
        zh, en, unit = known.get(column, (column, column, ""))
    first, second = _in_order(zh, en, lang)
    for words in _UNIT_WORDS:
        unit = unit.replace(*_in_order(*words, lang)[::-1])
    return f"{first}\n{second}" + (f"\n({unit})" if unit else "")


def _cell(value: Any) -> Any:
    """Plain value for a cell; text that a spreadsheet would run as a formula stays text."""
    if value is None or value is pd.NA or (isinstance(value, float) and not math.isfinite(value)):
        return None
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, str):
        if not value.isprintable():
            value = "".join(c for c in value if c.isprintable() or c == "\n")
        value = value[:32000]
        return f"'{value}" if value.startswith(_FORMULA_STARTS) else value
    return value


def _number_format(column: str) -> str:
    if column in ("year", "phase", "code", "township_code"):
        return "0"
    if column.endswith(("_yuan_kwh", "irr", "_share", "value")):
        return (
            "#,##0.0000" if column in ("irr", "self_use_share", "lcoe_yuan_kwh", "value", "used_share") else "#,##0.00"
        )
    exact = ("_pct", "share", "_tc_ha", "cover", "_mu", "stated_ha", "mapped_ha", "difference_ha")
    return "#,##0.00" if column.endswith(exact) else "#,##0"


def write_csv(sheet: Sheet, folder: Path) -> Path:
    """Write the frame with its machine column names, UTF-8 with mark so that Excel in China reads it.

    Parameters
    ----------
    sheet : Sheet
        What to write.
    folder : pathlib.Path
        Where.
    """
    path = folder / f"{safe_name(sheet.key)}.csv"
    safe = sheet.frame.copy()
    for column in safe.columns:
        if not pd.api.types.is_numeric_dtype(safe[column].dtype):  # truth values count as numbers
            safe[column] = safe[column].map(_cell)
    with atomic(path) as part:
        safe.to_csv(part, index=False, encoding="utf-8-sig", float_format="%.12g", lineterminator="\n")
    return path


def in_mu(frame: pd.DataFrame, known: Mapping[str, tuple[str, str, str]]) -> tuple[pd.DataFrame, list[str]]:
    """Areas of a table in mu, and the columns they stand in; amounts of rows whose unit is ha are turned too.

    Parameters
    ----------
    frame : pandas.DataFrame
        Table.
    known : mapping
        See :func:`labels`.
    """
    areas = [c for c in frame.columns if c.endswith("_ha") and known.get(c, ("", "", ""))[2] == "ha"]
    doubled = [c for c in areas if f"{c.removesuffix('_ha')}_mu" in frame.columns]
    out = frame.drop(columns=[f"{c.removesuffix('_ha')}_mu" for c in doubled])
    out[areas] = out[areas] * MU_PER_HA
    if "unit" in out and (out["unit"] == "ha").any():
        rows = out["unit"] == "ha"
        amounts = [c for c in _AMOUNTS if c in out]
        out[amounts] = out[amounts].astype(float)
        out.loc[rows, amounts] = out.loc[rows, amounts] * MU_PER_HA
        out["unit"] = out["unit"].where(~rows, "mu")
    return out, areas


def write_workbook(
    sheets: Sequence[Sheet], path: Path, *, lang: str, mark: str = "", date: str = "", area: str = "ha"
) -> Path:
    """Write all sheets into one workbook: title, mark, labelled header with unit, frozen and filtered, totals.

    Parameters
    ----------
    sheets : sequence of Sheet
        In order.
    path : pathlib.Path
        Target; it is either whole or absent.
    lang : {"zh", "en"}
        Language that comes first.
    mark : str
        Shown on top of every sheet, for instance 示范数据.
    date : str
        Shown beside the mark; empty keeps the bytes free of dates.
    area : {"ha", "mu"}
        Unit of areas of land.
    """
    book = Workbook(write_only=True)
    known = labels()
    long = {}
    for number, sheet in enumerate(sheets, start=1):
        shown, units = sheet, known
        if area == "mu":
            frame, areas = in_mu(sheet.frame, known)
            shown = replace(sheet, frame=frame, totals=tuple(c for c in sheet.totals if c in frame))
            units = {**known, **{c: (*known[c][:2], "mu") for c in areas}}
        _write_sheet(book, shown, units, lang, " ".join(t for t in (mark, date) if t))
        if len(shown.frame) > LONG:
            rows = readable(shown.frame, lang)
            long[f"xl/worksheets/sheet{number}.xml"] = partial(rows_into, frame=rows, plain=_cell)
    with atomic(path) as part:
        book.save(part)
        fix_zip_dates(part, long)
    return path


def _write_sheet(book: Workbook, sheet: Sheet, known: Mapping[str, tuple[str, str, str]], lang: str, mark: str) -> None:
    first, second = _in_order(sheet.title_zh, sheet.title_en, lang)
    page = book.create_sheet(first[:31].replace("/", "／"))
    frame = readable(sheet.frame, lang)
    columns = list(frame.columns)
    for number, column in enumerate(columns, start=1):
        lengths = frame[column].head(_MEASURED).astype(str).str.len().fillna(0.0).tolist()
        width = min(max([_NARROW, *(_WIDE_CHAR * n for n in lengths)]), _WIDEST)
        page.column_dimensions[get_column_letter(number)].width = width
    page.freeze_panes = "A4"
    page.auto_filter.ref = f"A3:{get_column_letter(max(len(columns), 1))}{len(frame) + 3}"

    def styled(value: Any, **style: Any) -> WriteOnlyCell:
        cell = WriteOnlyCell(page, value=value)
        for name, look in style.items():
            setattr(cell, name, look)
        return cell

    about, _ = _in_order(sheet.about_zh, sheet.about_en, lang)
    page.append([styled(f"{first} {second}", font=_TITLE)])
    page.append([styled(_cell(" ".join(t for t in (mark, about) if t)), font=_MARK)])
    page.append([styled(_heading(c, known, lang), font=_TOTAL, fill=_HEAD, alignment=_WRAP) for c in columns])
    formats = [_number_format(c) for c in columns]
    shown = frame if len(frame) <= LONG else _look(frame)
    for row in shown.itertuples(index=False):
        page.append(
            [
                styled(v, number_format=f) if isinstance(v := _cell(value), int | float) else v
                for value, f in zip(row, formats, strict=True)
            ]
        )
    if sheet.totals and len(frame):
        total = [frame[c].sum() if c in sheet.totals else None for c in columns]
        total[0], _ = _in_order("合计", "total", lang)
        page.append([styled(_cell(v), font=_TOTAL, number_format=f) for v, f in zip(total, formats, strict=True)])


def _look(frame: pd.DataFrame) -> pd.DataFrame:
    """One row in which every column has a value, so that it shows how the column looks."""
    return frame.bfill().head(1)
