"""Weather in plain tables: headers, units, dates and numbers as other makers write them."""

from __future__ import annotations

import io
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from guanghui.geo.errors import InputError, listing
from guanghui.pv.sun.weather_codes import COLUMNS

__all__ = ["read_table_hours"]


def read_table_hours(
    path: Path, columns: Mapping[str, str], time: str | None
) -> tuple[pd.DataFrame, dict[str, Any], str | None]:
    """Hours of a plain table.

    Parameters
    ----------
    path : pathlib.Path
        Text in UTF-8 or GB18030, separated by ``,`` ``;`` or tab.
    columns : mapping
        Our name (``ghi dni dhi temp_air wind_speed``) -> header; by default the headers are our names.
    time : str or None
        Header of the time stamp; the first column, or columns of year, month, day and hour, by default.

    Returns
    -------
    tuple
        Frame with our column names, an empty place, and no convention of the stamps.

    Raises
    ------
    InputError
        A column that is not there, or a time column that holds plain numbers.
    """
    data = _read_csv(path)
    unknown = [k for k in columns if k not in COLUMNS]
    if unknown:
        raise InputError(
            f"[weather.columns]: {listing(unknown)} is unknown; use {', '.join(COLUMNS)}.",
            f"[weather.columns]：{listing(unknown)} 未知；可用 {', '.join(COLUMNS)}。",
        )
    names = {header: ours for ours, header in columns.items()} or {c: c for c in COLUMNS if c in data.columns}
    missing = [h for h in names if h not in data.columns]
    if missing or ("ghi" not in names.values() and not {"dhi", "dni"} <= set(names.values())):
        raise InputError(
            f"{path}: columns {listing(missing) or 'ghi'} are missing; name them in [weather.columns], as in "
            f'ghi = "GHI" (the file has {listing(data.columns, 20)}).',
            f"{path}：缺少列 {listing(missing) or 'ghi'}；请在 [weather.columns] 中指定"
            f"（文件有 {listing(data.columns, 20)}）。",
        )
    if time is not None and time not in data.columns:
        raise InputError(
            f"{path}: there is no time column {time!r}; set [weather] time (the file has {listing(data.columns)}).",
            f"{path}：没有时间列 {time!r}；请设置 [weather] time（文件有 {listing(data.columns)}）。",
        )
    values = data[list(names)].rename(columns=names).apply(_numbers)
    if len(data) > 1 and values.iloc[0].isna().all():  # a row of units below the headers
        data, values = data.iloc[1:], values.iloc[1:]
    values.index = _stamps(path, data, time)
    return values, {}, None


def _numbers(text: pd.Series) -> pd.Series:
    """Numbers of a column of text; a comma before three digits marks thousands."""
    bare = text.astype("string").str.strip()
    marked = bare.str.fullmatch(r"[-+]?\d{1,3}(,\d{3})+(\.\d*)?").fillna(False)
    bare = bare.where(~marked, bare.str.replace(",", ""))
    return pd.to_numeric(bare, errors="coerce").astype(float)


_DECIMAL_COMMA = r"[-+]?(?:0\d*,\d+|\d+,(?:\d{1,2}|\d{4,}))"
"""A number no mark of thousands explains."""
_DATE_PARTS = {
    "year": ("year", "yyyy", "年"),
    "month": ("month", "mo", "mm", "月"),
    "day": ("day", "dy", "dd", "日"),
    "hour": ("hour", "hr", "hh", "时", "小时"),
    "minute": ("minute", "min", "mi", "分", "分钟"),
}


def _stamps(path: Path, data: pd.DataFrame, time: str | None) -> pd.DatetimeIndex:
    """Time stamps from columns of year, month, day and hour, or from one or two columns of text; hour 24 is 0 next."""
    headers = {str(c).strip().lower(): c for c in data.columns}
    parts = {p: headers[n] for p, known in _DATE_PARTS.items() for n in known[::-1] if n in headers}
    if time is None and {"year", "month", "day", "hour"} <= set(parts):
        number = {p: _numbers(data[c]) for p, c in parts.items()}
        days = pd.to_datetime({p: number[p] for p in ("year", "month", "day")})
        return pd.DatetimeIndex(
            days + pd.to_timedelta(number["hour"], "h") + pd.to_timedelta(number.get("minute", 0 * number["hour"]), "m")
        )
    text = data[time or data.columns[0]].astype(str).str.strip()
    if time is None and len(data.columns) > 1 and not text.str.contains(":").any():
        second = data.iloc[:, 1].astype(str).str.strip()
        if second.str.fullmatch(r"\d{1,2}:\d{2}(:\d{2})?").all():  # date and time apart
            text = text + " " + second
    if text.str.fullmatch(r"[-+]?\d{0,5}(\.\d*)?").mean() > 0.5:
        named = str(time or data.columns[0])
        raise InputError(
            f"{path}: column {named!r} holds plain numbers ({text.iloc[0]!r}) and no time; "
            f"set [weather] time to the column of time (the file has {listing(data.columns)}).",
            f"{path}：列 {named!r} 是普通数字（{text.iloc[0]!r}），不是时间；"
            f"请用 [weather] time 指定时间列（文件有 {listing(data.columns)}）。",
        )
    late = text.str.contains(r"[ T]24:00(?::00)?", regex=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # what pandas cannot read as one format it reads one by one
        stamp = pd.to_datetime(
            text.str.replace(r"([ T])24:00", r"\g<1>00:00", regex=True),
            dayfirst=bool(text.str.match(r"\d{1,2}\.\d{1,2}\.\d{4}").all()),
        )
    return pd.DatetimeIndex(stamp + pd.to_timedelta(late.astype(int), "D"))


def _read_csv(path: Path) -> pd.DataFrame:
    """Text table in UTF-8 (with or without mark) or GBK, as Excel in China writes it; every cell stays text."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            lines = path.read_text(encoding=encoding).splitlines()
        except UnicodeDecodeError:
            continue
        return _table(lines)
    raise InputError(
        f"{path}: the text is neither UTF-8 nor GBK; save it as UTF-8.",
        f"{path}：文本既非 UTF-8 也非 GBK；请另存为 UTF-8。",
    )


def _table(lines: list[str]) -> pd.DataFrame:
    """Table below a header of NASA POWER (-BEGIN HEADER- … -END HEADER-) or comments; `,` or `;` separates."""
    ends = [i for i, line in enumerate(lines[:200]) if line.strip().strip('"').upper() == "-END HEADER-"]
    lines = [line for line in lines[ends[0] + 1 if ends else 0 :] if line.strip() and not line.startswith("#")]
    first = lines[0] if lines else ""
    separator = max(",;\t", key=first.count)
    data = pd.read_csv(io.StringIO("\n".join(lines)), sep=separator, dtype=str, comment="#", skipinitialspace=True)
    data.columns = data.columns.str.strip()
    if separator == ";" and data.apply(lambda c: c.str.fullmatch(_DECIMAL_COMMA).fillna(False).any()).any():
        data = data.replace(r"^([-+]?\d+),(\d+)$", r"\1.\2", regex=True)
    return data
