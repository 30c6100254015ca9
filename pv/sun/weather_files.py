"""Weather files: every format pvlib reads, UMEP/SUEWS columns, and plain tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pvlib

from guanghui.geo.errors import InputError
from guanghui.geo.notes import Note
from guanghui.pv.sun.weather import Weather
from guanghui.pv.sun.weather_checks import checked_weather
from guanghui.pv.sun.weather_codes import COLUMNS, without_codes
from guanghui.pv.sun.weather_tables import read_table_hours
from guanghui.pv.sun.weather_units import check_radiation_unit

__all__ = ["FORMATS", "read_weather"]

_YEAR = 2021  # nominal year of typical years; not a leap year
Raw = tuple[pd.DataFrame, dict[str, Any], str | None]
"""Frame with our column names, what the header says of the place, and what the stamps mark by the format's own rule."""


_LEVEL_DEG = 0.5
"""A plane of PVGIS is level up to this tilt [°]."""
LOWEST_ALTITUDE_M = -500.0
"""What is lower is a code for unknown [m]."""
_SAID_DEG, _SAID_M, _SAID_H = 0.1, 100.0, 0.25
"""From this difference a place or offset in the region file contradicts that of the weather file [°, m, h]."""


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
    near: tuple[float, float] | None = None,
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
        Place [°, °, m] as declared, needed where the file does not say; the file's own place wins, with a note where
        they contradict each other.
    utc_offset : float, optional
        [h], needed for plain CSV and UMEP files.
    columns : mapping, optional
        For plain CSV: our name (``ghi dni dhi temp_air wind_speed``) -> header in the file.
    time : str, optional
        For plain CSV: header of the time stamp; the first column by default.
    shift_min : float, optional
        Minutes from the stamps as read to the middle of their intervals; fitted to the sun by default.
    near : tuple of float, optional
        Longitude and latitude that stand in where neither the file nor the caller says the place [°].
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
        frame = without_codes(kind, frame)
    except InputError:
        raise
    except (ValueError, KeyError, IndexError, TypeError, UnicodeDecodeError, pd.errors.ParserError) as error:
        raise InputError(
            f"{path}: cannot be read as {kind} ({error}); set [weather] format to one of {', '.join(FORMATS)}.",
            f"{path}：无法按 {kind} 读取（{error}）；请将 [weather] format 设为 {', '.join(FORMATS)} 之一。",
        ) from error
    own: dict[str, Any] = {"latitude": latitude, "longitude": longitude, "altitude": altitude}
    notes = [*place.get("notes", ()), *_contradictions(path, place, own)]
    other = dict(zip(("longitude", "latitude"), near or (None, None), strict=True))
    where: dict[str, float] = {}
    for key in ("latitude", "longitude"):
        known = (place.get(key), own[key], other[key])
        value = next((v for v in known if v is not None), None)
        if value is None:
            raise InputError(
                f"{path}: the file does not say its {key}; set [weather] {key}.",
                f"{path}：文件未说明 {key}；请设置 [weather] {key}。",
            )
        where[key] = float(value)
    stands = float(place.get("altitude", np.nan))  # codes such as -9999 are no height
    where["altitude"] = stands if stands > LOWEST_ALTITUDE_M else (altitude or 0.0)
    frame = _localise(path, frame, utc_offset, where["longitude"], notes)
    check_radiation_unit(str(path), frame)
    label = place.get("label") or path.stem
    read = checked_weather(
        frame, latitude=where["latitude"], longitude=where["longitude"], altitude=where["altitude"],
        label=str(label), convention=convention, shift_min=shift_min, wind_height_m=wind_height_m,
    )  # fmt: skip
    return replace(read, notes=(*notes, *read.notes)) if notes else read


def _contradictions(path: Path, place: Mapping[str, Any], own: Mapping[str, Any]) -> list[Note]:
    """Say where the region file gives a place that the weather file contradicts; the weather file wins."""
    limits = {"latitude": (_SAID_DEG, "°"), "longitude": (_SAID_DEG, "°"), "altitude": (_SAID_M, " m")}
    notes = []
    for key, (most, unit) in limits.items():
        asked, said = own[key], place.get(key)
        if asked is None or said is None or (key == "altitude" and not float(said) > LOWEST_ALTITUDE_M):
            continue
        if abs(float(said) - asked) > most:
            notes.append(Note(path.name, f"[weather] {key} = {asked:g} contradicts the {float(said):g}{unit} of the "
                              "file, which was used; remove the key, or correct the file",
                              f"[weather] {key} = {asked:g} 与文件中的 {float(said):g}{unit} 矛盾，"
                              "已采用文件的值；请删去该键或更正文件"))  # fmt: skip
    return notes


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
    out = frame.loc[keep, [c for c in COLUMNS if c in frame]].reset_index(drop=True)
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
    return frame.loc[:, [c for c in COLUMNS if c in frame]], _pvgis_place(meta), None


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
    return frame.loc[:, [c for c in COLUMNS if c in frame]], place, "middle"


def _suews(path: Path, columns: Mapping[str, str], time: str | None) -> Raw:
    data = pd.read_csv(path, sep=r"\s+")
    data.columns = data.columns.str.lower()
    stamp = pd.to_datetime(data["iy"].astype(int).astype(str), format="%Y")
    stamp += pd.to_timedelta(data["id"].astype(int) - 1, "D") + pd.to_timedelta(data["it"].astype(int), "h")
    stamp += pd.to_timedelta(data["imin"].astype(int), "min")
    names = {"kdown": "ghi", "kdir": "dni", "kdiff": "dhi", "tair": "temp_air", "u": "wind_speed"}
    frame = data[list(names)].rename(columns=names)
    index = pd.DatetimeIndex(stamp)
    if len(frame) <= 8784:
        return _typical(frame, index), {}, None
    frame.index = index
    return frame, {}, None


def _localise(
    path: Path, frame: pd.DataFrame, utc_offset: float | None, longitude: float, notes: list[Note]
) -> pd.DataFrame:
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
    said = index.tz.utcoffset(None).total_seconds() / 3600 if index.tz.utcoffset(None) else 0.0
    if said:
        if utc_offset is not None and abs(utc_offset - said) > _SAID_H:
            notes.append(Note(path.name, f"[weather] utc_offset = {utc_offset:g} contradicts the {said:+g} h of the "
                              "file, which was used; remove the key, or correct the file",
                              f"[weather] utc_offset = {utc_offset:g} 与文件中的 {said:+g} 小时矛盾，"
                              "已采用文件的值；请删去该键或更正文件"))  # fmt: skip
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


_READERS: dict[str, Callable[[Path, Mapping[str, str], str | None], Raw]] = {
    "epw": _epw,
    "tmy3": _tmy3,
    "pvgis": _pvgis,
    "pvgis_tmy": _pvgis_tmy,
    "nsrdb": _nsrdb,
    "suews": _suews,
    "csv": read_table_hours,
}
FORMATS = ("auto", *_READERS)
"""Values of ``[weather] format``."""
