"""Weather in plain tables: headers, units, dates and numbers as other makers write them."""

from __future__ import annotations

import io
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from guanghui.geo.errors import InputError, listing
from guanghui.geo.notes import Note
from guanghui.geo.side_table import EXCEL_ENDS, read_side_table
from guanghui.geo.written import header_and_unit
from guanghui.pv.sun.weather_codes import COLUMNS

__all__ = ["read_table_hours"]


def read_table_hours(
    path: Path, columns: Mapping[str, str], time: str | None
) -> tuple[pd.DataFrame, dict[str, Any], str | None]:
    """Hours of a plain table.

    Parameters
    ----------
    path : pathlib.Path
        Text in UTF-8 or GB18030, separated by ``,`` ``;`` or tab, or a workbook.
    columns : mapping
        Our name (``ghi dni dhi temp_air wind_speed``) -> header; by default the headers are our names or common words
        for them (``GHI``, 总辐射), with or without their unit in brackets.
    time : str or None
        Header of the time stamp; the first column, or columns of year, month, day and hour, by default.

    Returns
    -------
    tuple
        Frame with our column names, a place that holds but notes, and no convention of the stamps.

    Raises
    ------
    InputError
        A column that is not there or of another unit by its header, or a time column that holds no time.
    """
    data = _read_csv(path)
    unknown = [k for k in columns if k not in COLUMNS]
    if unknown:
        raise InputError(
            f"[weather.columns]: {listing(unknown)} is unknown; use {', '.join(COLUMNS)}.",
            f"[weather.columns]：{listing(unknown)} 未知；可用 {', '.join(COLUMNS)}。",
        )
    names = {header: ours for ours, header in columns.items()} or _known_headers(path, data)
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
    other = {ours: header for header, ours in names.items() if header != ours and not columns}
    if not other:
        return values, {}, None
    from_en, from_zh = (", ".join(f"{k} from {v}" for k, v in other.items()),
                        "，".join(f"{k} 取自 {v}" for k, v in other.items()))  # fmt: skip
    told = Note(path.name, f"columns were known by their headers: {from_en}", f"按表头识别的列：{from_zh}")
    return values, {"notes": [told]}, None


_HEADERS = {
    "ghi": ("ghi", "总辐射", "总辐照度", "水平总辐射", "水平面总辐射", "总水平辐照度", "水平面总辐照度"),
    "dhi": ("dhi", "散射", "散射辐射", "散射辐照度", "水平散射辐射", "水平面散射辐射", "散射水平辐照度"),
    "dni": ("dni", "法向直接辐射", "法向直射辐射", "直接法向辐照度", "法向直接辐照度"),
    "temp_air": ("temp_air", "气温", "温度", "干球温度", "环境温度", "空气温度"),
    "wind_speed": ("wind_speed", "风速", "10米风速", "10m风速"),
}
"""Headers that have one meaning; 直接辐射 may lie on level ground or on the beam, so it is asked for."""
_UNITS = {
    **dict.fromkeys(("ghi", "dhi", "dni"), ("w/m2", "w/m^2", "w/m²", "w/㎡", "wm-2", "w·m-2", "瓦/平方米")),
    "temp_air": ("c", "°c", "℃", "摄氏度", "degc", "k", "开尔文"),
    "wind_speed": ("m/s", "米/秒", "m·s-1", "ms-1"),
}
"""Units in brackets that are taken; kelvin are told by their size."""


def _known_headers(path: Path, data: pd.DataFrame) -> dict[str, str]:
    """Header -> our name, where a header is our name or a common word for it; its unit must be ours."""
    names: dict[str, str] = {c: c for c in COLUMNS if c in data.columns}
    for header in map(str, data.columns):
        word, unit = header_and_unit(header)
        ours = next((k for k, known in _HEADERS.items() if word.lower() in known), None)
        if ours is None or ours in names.values():
            continue
        if unit and unit.lower() not in _UNITS[ours]:
            raise InputError(
                f"{path}: column {header!r} is in {unit} by its header, and {ours} must be in {_UNITS[ours][0]}; bring "
                "the column to it, or name another in [weather.columns].",
                f"{path}：列 {header!r} 的表头单位为 {unit}，而 {ours} 须为 {_UNITS[ours][0]}；"
                "请换算该列，或在 [weather.columns] 中指定其他列。",
            )
        names[header] = ours
    return names


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
    if text.str.fullmatch(r"[-+]?(\d{0,5}|\d{9,})(\.\d*)?").mean() > 0.5:
        named = str(time or data.columns[0])
        raise InputError(
            f"{path}: column {named!r} holds plain numbers ({text.iloc[0]!r}) and no time; "
            f"set [weather] time to the column of time (the file has {listing(data.columns)}).",
            f"{path}：列 {named!r} 是普通数字（{text.iloc[0]!r}），不是时间；"
            f"请用 [weather] time 指定时间列（文件有 {listing(data.columns)}）。",
        )
    text = _plain_dates(text)
    late = text.str.contains(r"[ T]24:00(?::00)?", regex=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # what pandas cannot read as one format it reads one by one
        try:
            stamp = pd.to_datetime(
                text.str.replace(r"([ T])24:00", r"\g<1>00:00", regex=True), dayfirst=_day_first(text)
            )
        except (ValueError, OverflowError) as error:
            raise InputError(
                f"{path}: {text.iloc[0]!r} … {text.iloc[-1]!r} are no times that can be read; write them as "
                "2021-01-31 13:00, or set [weather] time to the column of time.",
                f"{path}：{text.iloc[0]!r} … {text.iloc[-1]!r} 无法读作时间；请写作 2021-01-31 13:00，"
                "或用 [weather] time 指定时间列。",
            ) from error
    return pd.DatetimeIndex(stamp + pd.to_timedelta(late.astype(int), "D"))


def _plain_dates(text: pd.Series) -> pd.Series:
    """2021年1月31日13时 (with or without minutes) as 2021-1-31 13:00."""
    written = text.str.extract(
        r"^(\d{4})年(\d{1,2})月(\d{1,2})日?\s*(?:(\d{1,2})(?:时|点|:)(\d{1,2})?分?)?(?::\d{2})?$"
    )
    if written[0].isna().any():
        return text
    part = written.fillna("0").astype(int)
    return part.apply(lambda r: f"{r[0]}-{r[1]:02d}-{r[2]:02d} {r[3]:02d}:{r[4]:02d}", axis=1)


def _day_first(text: pd.Series) -> bool:
    """Whether the day stands before the month: with dots it does, else a first number above 12 says so."""
    two = text.str.extract(r"^(\d{1,2})[/.-](\d{1,2})[/.-]\d{4}")
    if two[0].isna().any():
        return False
    first, second = (pd.to_numeric(two[c]).max() for c in (0, 1))
    return bool(first > 12 or (second <= 12 and text.str.contains(".", regex=False).all()))


def _read_csv(path: Path) -> pd.DataFrame:
    """Workbook, or text in UTF-8 (with or without mark) or GBK, as Excel in China writes it; every cell stays text."""
    if path.suffix.lower() in EXCEL_ENDS:
        return read_side_table(path)
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
