"""Weather files: every format pvlib reads, UMEP/SUEWS columns, and any CSV with a header map."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pvlib

from guanghui.geo.errors import InputError, listing
from guanghui.pv.sun.weather import Weather
from guanghui.pv.sun.weather_checks import checked_weather, is_radiation

__all__ = ["FORMATS", "read_weather"]

_YEAR = 2021  # nominal year of typical years; not a leap year
_COLUMNS = ("ghi", "dni", "dhi", "temp_air", "wind_speed")
Raw = tuple[pd.DataFrame, dict[str, Any], str | None]
"""Frame with our column names, what the header says of the place, and what the stamps mark by the format's own rule."""


_HIGH_HOURS = 0.995
"""Quantile that tells the unit of radiation."""
_LEVEL_DEG = 0.5
"""A plane of PVGIS is level up to this tilt [°]."""
LOWEST_ALTITUDE_M = -500.0
"""What is lower is a code for unknown [m]."""


_RADIATION_CODES = (9999.0, 99999.0)
_MISSING: dict[str, dict[str, tuple[float, ...]]] = {
    "epw": {"radiation": _RADIATION_CODES, "temp_air": (99.9,), "wind_speed": (99.9, 999.0)},
    "tmy3": {"radiation": (-9900.0, *_RADIATION_CODES), "temp_air": (-9900.0, 99.9), "wind_speed": (-9900.0, 999.0)},
    "pvgis": {},
    "pvgis_tmy": {},
    "nsrdb": {"radiation": (-9999.0,), "temp_air": (-9999.0,), "wind_speed": (-9999.0,)},
    "suews": {"radiation": (-999.0, -9999.0), "temp_air": (-999.0,), "wind_speed": (-999.0,)},
    "csv": {
        "radiation": (-99.0, -999.0, -9999.0, -99999.0, *_RADIATION_CODES, 32766.0, 999999.0),
        "temp_air": (99.0, 99.9, -99.0, 999.0, -999.0, 9999.0, -9999.0, 32766.0),
        "wind_speed": (99.0, 99.9, -99.0, 999.0, -999.0, 9999.0, -9999.0, 32766.0),
    },
}
"""Codes that mark a missing value, by format."""
_RUN_CODE, _RUN = 999.0, 3
"""In a plain table this is a code as soon as so many rows in turn have it; once it may be radiation [W/m²]."""


def _without_codes(kind: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Frame whose codes for missing are gaps."""
    out = frame.copy()
    for column in (c for c in _COLUMNS if c in out):
        group = "radiation" if column in ("ghi", "dni", "dhi") else column
        values = out[column].astype(float)
        bad = values.isin(_MISSING[kind].get(group, ()))
        if kind == "csv" and group == "radiation":
            same = values.eq(_RUN_CODE)
            run = same.groupby((~same).cumsum()).transform("sum")
            bad |= same & (run >= _RUN)
        out[column] = values.mask(bad)
    return out


def read_weather(
    path: Path,
    *,
    format: str = "auto",
    latitude: float | None = None,
    longitude: float | None = None,
    altitude: float | None = None,
    utc_offset: float | None = None,
    columns: Mapping[str, str] | None = None,
    time: str | None = None,
    shift_min: float | None = None,
    wind_height_m: float = 10.0,
) -> Weather:
    """Read a weather file into checked hours.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    format : str, default "auto"
        One of ``FORMATS``; ``auto`` looks at the suffix and the first line.
    latitude, longitude, altitude : float, optional
        Place [°, °, m], needed where the file does not say; otherwise the file's own place is used for the sun.
    utc_offset : float, optional
        [h], needed for plain CSV and UMEP files.
    columns : mapping, optional
        For plain CSV: our name (``ghi dni dhi temp_air wind_speed``) -> header in the file.
    time : str, optional
        For plain CSV: header of the time stamp; the first column by default.
    shift_min : float, optional
        Minutes from the stamps as read to the middle of their intervals; fitted to the sun by default.
    wind_height_m : float, default 10
        Height of the anemometer [m].

    Returns
    -------
    Weather

    Raises
    ------
    InputError
        Unknown or unreadable format, missing place, offset or columns.
    """
    if not path.exists():
        raise InputError(
            f"{path}: there is no such weather file; check [weather] path, or leave it out to use normals.",
            f"{path}：没有此气象文件；请检查 [weather] path，或删去以使用月平均值。",
        )
    kind = _guess(path) if format == "auto" else format
    if kind not in _READERS:
        raise InputError(
            f"[weather] format = {format!r} is unknown; use one of {', '.join(FORMATS)}.",
            f"[weather] format = {format!r} 未知；可用 {', '.join(FORMATS)}。",
        )
    try:
        frame, place, convention = _READERS[kind](path, columns or {}, time)
        frame = _without_codes(kind, frame)
    except InputError:
        raise
    except (ValueError, KeyError, IndexError, TypeError, UnicodeDecodeError, pd.errors.ParserError) as error:
        raise InputError(
            f"{path}: cannot be read as {kind} ({error}); set [weather] format to one of {', '.join(FORMATS)}.",
            f"{path}：无法按 {kind} 读取（{error}）；请将 [weather] format 设为 {', '.join(FORMATS)} 之一。",
        ) from error
    where: dict[str, Any] = {
        "latitude": place.get("latitude", latitude),
        "longitude": place.get("longitude", longitude),
    }
    for key, value in where.items():
        if value is None:
            raise InputError(
                f"{path}: the file does not say its {key}; set [weather] {key}.",
                f"{path}：文件未说明 {key}；请设置 [weather] {key}。",
            )
    known: Any = place.get("altitude", np.nan)
    stands = float(known)  # codes such as -9999 are no height
    height = stands if stands > LOWEST_ALTITUDE_M else (altitude or 0.0)
    frame = _localise(path, frame, utc_offset, float(where["longitude"]))
    _check_unit(path, frame)
    label = place.get("label") or path.stem
    return checked_weather(
        frame, latitude=float(where["latitude"]), longitude=float(where["longitude"]), altitude=height,
        label=str(label), convention=convention, shift_min=shift_min, wind_height_m=wind_height_m,
    )  # fmt: skip


def _guess(path: Path) -> str:
    suffix = path.suffix.lower()
    with path.open(encoding="utf-8", errors="replace") as file:
        lines = [file.readline() for _ in range(3)]
    first = lines[0].lower()
    if suffix == ".epw" or first.startswith("location,"):
        return "epw"
    if suffix == ".json" or first.startswith("latitude (decimal degrees)"):
        head = path.read_text(encoding="utf-8", errors="replace")[:20000]
        return (
            "pvgis_tmy"
            if "irradiance_time_offset" in head.lower() or "tmy_hourly" in head or "G(h)" in head
            else "pvgis"
        )
    if first.startswith("source,location id"):
        return "nsrdb"
    if "kdown" in first and first.split()[:2] == ["iy", "id"]:
        return "suews"
    if "date (mm/dd/yyyy)" in lines[1].lower():
        return "tmy3"
    return "csv"


def _typical(frame: pd.DataFrame, index: pd.DatetimeIndex) -> pd.DataFrame:
    """Lay the months of a typical year, taken from different years, into one nominal year."""
    keep = ~((index.month == 2) & (index.day == 29))  # before dates are made: the nominal year has no such day
    out = frame.loc[keep, [c for c in _COLUMNS if c in frame]].reset_index(drop=True)
    index = index[keep]
    stamp = pd.to_datetime(
        {"year": _YEAR, "month": index.month, "day": index.day, "hour": index.hour, "minute": index.minute}
    )
    out.index = pd.DatetimeIndex(stamp).tz_localize(index.tz)
    return out.sort_index()


def _epw(path: Path, columns: Mapping[str, str], time: str | None) -> Raw:
    data, meta = pvlib.iotools.read_epw(path)
    place = {"latitude": meta["latitude"], "longitude": meta["longitude"], "altitude": meta["altitude"],
             "label": f"{meta['city']} ({meta['data_type']})"}  # fmt: skip
    return _typical(data, pd.DatetimeIndex(data.index)), place, "start"  # pvlib already moved the end stamps


def _tmy3(path: Path, columns: Mapping[str, str], time: str | None) -> Raw:
    data, meta = pvlib.iotools.read_tmy3(path, map_variables=True)
    index = pd.DatetimeIndex(data.index) - pd.Timedelta(hours=1)
    place = {
        "latitude": meta["latitude"],
        "longitude": meta["longitude"],
        "altitude": meta["altitude"],
        "label": meta["Name"],
    }
    return _typical(data, index), place, "start"


def _pvgis_place(meta: Mapping[str, Any]) -> dict[str, Any]:
    spot = meta.get("inputs", meta)
    spot = spot.get("location", spot) if isinstance(spot, Mapping) else meta
    found = {k: float(spot[k]) for k in ("latitude", "longitude") if k in spot}
    if "elevation" in spot:
        found["altitude"] = float(spot["elevation"])
    return {**found, "label": "PVGIS"}


def _check_level(path: Path, meta: Mapping[str, Any]) -> None:
    """Refuse PVGIS hours of a tilted or tracking plane: their sun is not that of the ground."""
    spot = meta.get("inputs", meta)
    mounts = spot.get("mounting_system")
    found = ""
    if isinstance(mounts, Mapping):
        slope = mounts.get("fixed", {}).get("slope", {}).get("value", 0)
        found = "" if "fixed" in mounts else f"a tracking plane ({', '.join(mounts)})"
    else:
        slope = str(spot.get("Slope", "0")).split("deg")[0].strip() or 0
    if not found and float(slope) > _LEVEL_DEG:
        found = f"a plane tilted by {float(slope):g}°"
    if found:
        raise InputError(
            f"{path}: these PVGIS hours are of {found}, not of level ground; fetch them again with Slope = 0, "
            "fixed mounting and radiation components (angle=0, components=1).",
            f"{path}：这些 PVGIS 数据属于 {found}，不是水平面；"
            "请以 Slope = 0、固定支架并含辐射分量重新下载（angle=0, components=1）。",
        )


def _pvgis(path: Path, columns: Mapping[str, str], time: str | None) -> Raw:
    data, meta = pvlib.iotools.read_pvgis_hourly(path, map_variables=True)
    _check_level(path, meta)
    if "poa_direct" in data:  # components on a level plane
        data["ghi"] = data["poa_direct"] + data["poa_sky_diffuse"] + data["poa_ground_diffuse"]
        data["dhi"] = data["poa_sky_diffuse"]
    elif "poa_global" in data:
        data["ghi"] = data["poa_global"]
    index = pd.DatetimeIndex(data.index)
    years = index.year.nunique()
    frame = data if years > 1 else _typical(data, index)
    return frame.loc[:, [c for c in _COLUMNS if c in frame]], _pvgis_place(meta), None


def _pvgis_tmy(path: Path, columns: Mapping[str, str], time: str | None) -> Raw:
    data, meta = pvlib.iotools.read_pvgis_tmy(path, map_variables=True)
    return _typical(data, pd.DatetimeIndex(data.index)), _pvgis_place(meta), None


def _nsrdb(path: Path, columns: Mapping[str, str], time: str | None) -> Raw:
    data, meta = pvlib.iotools.read_nsrdb_psm4(path, map_variables=True)
    place = {
        "latitude": meta["latitude"],
        "longitude": meta["longitude"],
        "altitude": meta["altitude"],
        "label": "NSRDB",
    }
    index = pd.DatetimeIndex(data.index)
    frame = _typical(data, index) if len(data) <= 8784 * (60 / max((index[1] - index[0]).seconds / 60, 1)) else data
    return frame.loc[:, [c for c in _COLUMNS if c in frame]], place, "middle"


def _suews(path: Path, columns: Mapping[str, str], time: str | None) -> Raw:
    data = pd.read_csv(path, sep=r"\s+").replace([-999.0, -999], np.nan)
    data.columns = data.columns.str.lower()
    stamp = pd.to_datetime(data["iy"].astype(int).astype(str), format="%Y")
    stamp += pd.to_timedelta(data["id"].astype(int) - 1, "D") + pd.to_timedelta(data["it"].astype(int), "h")
    stamp += pd.to_timedelta(data["imin"].astype(int), "min")
    names = {"kdown": "ghi", "kdir": "dni", "kdiff": "dhi", "tair": "temp_air", "u": "wind_speed"}
    frame = data[list(names)].rename(columns=names).dropna(axis=1, how="all")
    if "dhi" in frame and "dni" in frame and float(frame["dhi"].sum() + frame["dni"].sum()) == 0.0:
        frame = frame.drop(columns=["dhi", "dni"])
    index = pd.DatetimeIndex(stamp)
    if len(frame) <= 8784:
        return _typical(frame, index), {}, None
    frame.index = index
    return frame, {}, None


def _csv(path: Path, columns: Mapping[str, str], time: str | None) -> Raw:
    data = _read_csv(path)
    unknown = [k for k in columns if k not in _COLUMNS]
    if unknown:
        raise InputError(
            f"[weather.columns]: {listing(unknown)} is unknown; use {', '.join(_COLUMNS)}.",
            f"[weather.columns]：{listing(unknown)} 未知；可用 {', '.join(_COLUMNS)}。",
        )
    names = {header: ours for ours, header in columns.items()} or {c: c for c in _COLUMNS if c in data.columns}
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


def _localise(path: Path, frame: pd.DataFrame, utc_offset: float | None, longitude: float) -> pd.DataFrame:
    """Give naive stamps their offset, and move UTC stamps to local standard time, wrapping typical years."""
    index = pd.DatetimeIndex(frame.index)
    if index.tz is None:
        if utc_offset is None:
            raise InputError(
                f"{path}: time stamps have no UTC offset; set [weather] utc_offset (8 in China).",
                f"{path}：时间没有时区；请设置 [weather] utc_offset（中国为 8）。",
            )
        frame.index = index.tz_localize(_zone(utc_offset))
        return frame
    if index.tz.utcoffset(None) and index.tz.utcoffset(None).total_seconds():
        return frame
    offset = round(longitude / 15) if utc_offset is None else utc_offset
    local = index.tz_convert(_zone(offset))
    if index.year.nunique() == 1:
        local = pd.DatetimeIndex([t.replace(year=int(index[0].year)) for t in local])
    frame.index = local
    return frame.sort_index()


def _zone(offset: float) -> Any:
    from datetime import timedelta, timezone

    return timezone(timedelta(hours=float(offset)))


def _check_unit(path: Path, frame: pd.DataFrame) -> None:
    """Radiation in kW, kJ or MJ gives itself away by its high hours; one spike or a code for missing does not."""
    column = "ghi" if "ghi" in frame and is_radiation(frame["ghi"]).any() else "dni"
    if column not in frame:
        return
    values = frame[column].where(is_radiation(frame[column]))
    peak = float(values.quantile(_HIGH_HOURS))
    if peak < 5:
        raise InputError(
            f"{path}: {column} hardly exceeds {peak:.2f}; it must be in W/m² (this looks like kW/m² or MJ/m²).",
            f"{path}：{column} 最大仅约 {peak:.2f}；单位须为 W/m²（似为 kW/m² 或 MJ/m²）。",
        )
    if peak > 1600:
        raise InputError(
            f"{path}: {column} reaches {peak:.0f}; it must be in W/m² (this looks like kJ/m² or a wrong column).",
            f"{path}：{column} 高达 {peak:.0f}；单位须为 W/m²（似为 kJ/m² 或选错列）。",
        )


_READERS: dict[str, Callable[[Path, Mapping[str, str], str | None], Raw]] = {
    "epw": _epw,
    "tmy3": _tmy3,
    "pvgis": _pvgis,
    "pvgis_tmy": _pvgis_tmy,
    "nsrdb": _nsrdb,
    "suews": _suews,
    "csv": _csv,
}
FORMATS = ("auto", *_READERS)
"""Values of ``[weather] format``."""
