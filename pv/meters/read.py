"""Meter tables as people keep them: long or wide, by the hour or by the month, CSV or Excel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from guanghui.geo.errors import InputError, listing
from guanghui.geo.side_table import plain_numbers, read_side_table

__all__ = ["Metered", "joined", "read_meters"]

_TIMES = ("time", "timestamp", "datetime", "month", "date", "时间", "月份", "日期", "年月")
_PLANTS = ("plant", "roof", "building_id", "site", "name", "meter", "电站", "建筑编号", "用户", "项目", "名称")
_ENERGY = {"kwh": 1.0, "energy_kwh": 1.0, "发电量": 1.0, "发电量(kwh)": 1.0, "发电量（kwh）": 1.0, "mwh": 1000.0}
_HOURS = ("hours_present", "有效小时", "在线小时")
_MONTH_DAYS = 27


@dataclass(frozen=True)
class Metered:
    """Energy of plants by interval."""

    kwh: pd.DataFrame
    """Index: start of each interval (local time, no zone); one column a plant; NaN where nothing was read."""
    hourly: bool
    hours: pd.DataFrame | None = None
    """Hours each month was read, same shape, where the table tells (monthly tables)."""


def read_meters(path: Path, *, stamp: str = "start") -> Metered:
    """Read a meter table.

    Parameters
    ----------
    path : pathlib.Path
        CSV or Excel; long (plant, time, kwh) or wide (time and one column a plant).
    stamp : {"start", "end"}
        What the time of an hour marks.

    Returns
    -------
    Metered

    Raises
    ------
    InputError
        Without a time, with times or numbers that cannot be read, with one interval twice, or with steps that are
        neither hours nor months.
    """
    raw = read_side_table(path)
    lower = {str(c).strip().lower(): str(c) for c in raw.columns}
    time = next((lower[c] for c in _TIMES if c in lower), None)
    if time is None:
        raise InputError(
            f"{path.name}: no column of time; name it time or month. Found {listing(raw.columns)}.",
            f"{path.name}：没有时间列；请命名为 time 或 month（时间、月份）。现有 {listing(raw.columns)}。",
        )
    when = _times(path, raw[time])
    energy = next((lower[c] for c in _ENERGY if c in lower), None)
    if energy is None:
        names = [c for c in raw.columns if c != time]
        wide = pd.DataFrame({str(c): _numbers(path, raw[c]) for c in names}).set_index(when)
        return _placed(path, wide, None, stamp)
    plant = next((lower[c] for c in _PLANTS if c in lower), None)
    name = raw[plant].fillna("").astype(str).str.strip() if plant else pd.Series(path.stem, index=raw.index)
    factor = _ENERGY[energy.strip().lower()]
    hours = next((lower[c] for c in _HOURS if c in lower), None)
    long = pd.DataFrame({"time": when, "plant": name.to_numpy(), "kwh": _numbers(path, raw[energy]) * factor})
    if hours is not None:
        long["hours"] = _numbers(path, raw[hours])
    twice = long.duplicated(["time", "plant"])
    if twice.any():
        row = long[twice].iloc[0]
        raise InputError(
            f"{path.name}: plant {row['plant']} has {row['time']:%Y-%m-%d %H:%M} twice; keep one row.",
            f"{path.name}：电站 {row['plant']} 在 {row['time']:%Y-%m-%d %H:%M} 有两行；请保留一行。",
        )
    table = long.pivot_table(index="time", columns="plant", values="kwh", dropna=False, sort=False)
    read = long.pivot_table(index="time", columns="plant", values="hours") if hours is not None else None
    return _placed(path, table, read, stamp)


def _times(path: Path, column: pd.Series) -> pd.DatetimeIndex:
    text = column.fillna("").astype(str).str.strip()
    text = text.str.replace("年", "-").str.replace("月$", "", regex=True).str.replace("月", "-").str.replace("日", "")
    text = text.where(~text.str.fullmatch(r"\d{6}"), text.str[:4] + "-" + text.str[4:])
    found = pd.to_datetime(text, errors="coerce", format="mixed")
    if found.isna().any():
        row = int(found.isna().to_numpy().argmax())
        raise InputError(
            f"{path.name}: the time {column.iloc[row]!r} of row {row + 1} is none; write 2025-01 or 2025-01-31 14:00.",
            f"{path.name}：第 {row + 1} 行的时间 {column.iloc[row]!r} 无法识别；请写 2025-01 或 2025-01-31 14:00。",
        )
    return pd.DatetimeIndex(found)


def _numbers(path: Path, column: pd.Series) -> np.ndarray:
    given = column.fillna("").astype(str).str.strip()
    value = plain_numbers(column)
    bad = (value.isna() & (given != "")) | (value < 0)
    if bad.any():
        row = int(bad.to_numpy().argmax())
        raise InputError(
            f"{path.name}: {column.name} of row {row + 1} is {column.iloc[row]!r}; give energy from 0 up, or nothing.",
            f"{path.name}：第 {row + 1} 行 {column.name} 为 {column.iloc[row]!r}；请给出不小于 0 的数，或留空。",
        )
    return value.to_numpy(float)


def _placed(path: Path, table: pd.DataFrame, hours: pd.DataFrame | None, stamp: str) -> Metered:
    """Tell hours from months by the steps between the times."""
    table = table.sort_index()
    if table.index.duplicated().any():
        when = table.index[table.index.duplicated()][0]
        raise InputError(
            f"{path.name}: {when:%Y-%m-%d %H:%M} stands twice; keep one row.",
            f"{path.name}：{when:%Y-%m-%d %H:%M} 有两行；请保留一行。",
        )
    steps = np.diff(table.index.to_numpy()).astype("timedelta64[m]").astype(float)
    if len(steps) and np.median(steps) > _MONTH_DAYS * 1440 - 1:
        month = table.index.to_period("M").to_timestamp()
        if month.duplicated().any():
            raise InputError(
                f"{path.name}: {month[month.duplicated()][0]:%Y-%m} stands twice; keep one row a month.",
                f"{path.name}：{month[month.duplicated()][0]:%Y-%m} 出现两次；每月保留一行。",
            )
        return Metered(table.set_axis(month), False, None if hours is None else hours.sort_index().set_axis(month))
    if not len(steps) or np.median(steps) not in (5.0, 10.0, 15.0, 30.0, 60.0):
        raise InputError(
            f"{path.name}: the times are neither hours (or 5 to 30 minutes) nor months; give one of them.",
            f"{path.name}：时间间隔既不是小时（或 5 至 30 分钟）也不是月；请提供其中之一。",
        )
    step = float(np.median(steps))
    if stamp == "end":
        table = table.set_axis(table.index - pd.Timedelta(minutes=step))
    if step < 60:
        table = table.resample("1h").sum(min_count=int(60 / step))
    first, last = table.index[0].normalize(), table.index[-1].normalize() + pd.Timedelta(hours=23)
    return Metered(table.reindex(pd.date_range(first, last, freq="h")), True)


def joined(parts: Sequence[Metered]) -> Metered:
    """Several files as one: other plants, or other times of the same.

    Parameters
    ----------
    parts : sequence of Metered
        At least one, all hourly or all monthly.

    Returns
    -------
    Metered
        Values of all [kWh]; hours without a gap, months as they came; NaN where no file knows.

    Raises
    ------
    InputError
        If hours and months are mixed, or two files give the same plant at the same time.
    """
    if len({p.hourly for p in parts}) > 1:
        raise InputError(
            "[meters] path: some files hold hours and others months; give one kind.",
            "[meters] path：有的文件按小时，有的按月；请统一。",
        )
    kwh = parts[0].kwh
    for part in parts[1:]:
        both = kwh.notna().reindex(part.kwh.index, fill_value=False).reindex(columns=part.kwh.columns, fill_value=False)
        twice = both.astype(bool) & part.kwh.notna()
        if twice.to_numpy().any():
            plant = str(twice.columns[int(twice.any().to_numpy().argmax())])
            raise InputError(
                f"[meters] path: plant {plant} is given for the same time in two files; keep one.",
                f"[meters] path：电站 {plant} 的同一时段出现在两个文件中；请保留一个。",
            )
        kwh = kwh.combine_first(part.kwh)
    known = [p.hours for p in parts if p.hours is not None]
    hours = None if len(known) < len(parts) else pd.concat(known).groupby(level=0).first().reindex(kwh.index)
    if parts[0].hourly and len(parts) > 1:
        kwh = kwh.reindex(pd.date_range(kwh.index[0], kwh.index[-1], freq="h"))
    return Metered(kwh, parts[0].hourly, hours)
