"""Meters of a region: each plant found among roofs and sites, held against what it should have given in its weather."""

from __future__ import annotations

from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import pandas as pd

from guanghui.geo.errors import InputError, listing
from guanghui.plan.inputs.region import Region
from guanghui.pv.assessment.survey import MONTH_COLUMNS
from guanghui.pv.energy.system import plane_power
from guanghui.pv.meters.calibrate import Calibration, calibrate
from guanghui.pv.meters.index import Basis, MeterFindings, find_faults
from guanghui.pv.meters.read import Metered
from guanghui.pv.sun.weather import Weather

__all__ = ["Meters", "meters_of"]

_TILT = 10.0


@dataclass(frozen=True)
class Meters:
    """Findings with the places of the plants."""

    plants: pd.DataFrame
    """As :class:`pv.meters.index.MeterFindings`, with ``building_id township_code township suspects``."""
    months: pd.DataFrame
    suspects: pd.DataFrame
    shapes: gpd.GeoDataFrame | None = None
    """Roofs of suspects: ``plant fault since`` and the outline; None where none is on a roof."""
    calibration: Calibration | None = None
    """What sound plants say of the expected energy; it changes no yield."""


def meters_of(
    region: Region, roofs: gpd.GeoDataFrame | None, on_roof_kwp: pd.Series | None, *, seed: int = 1
) -> Meters | None:
    """Read ``[meters]`` and judge every plant; None without the section.

    Parameters
    ----------
    region : Region
        ``[meters]``, settings and weather.
    roofs : geopandas.GeoDataFrame, optional
        Surveyed roofs, where plants are looked for by id or name.
    on_roof_kwp : pandas.Series, optional
        Existing systems by building id; the power of a plant where it is known.
    seed : int, default 1
        Of the draw of sound plants into halves.
    """
    measured = region.meters
    section = region.file.meters
    if measured is None or section is None:
        return None
    plants = [str(p) for p in measured.kwh.columns]
    places = _places(plants, roofs)
    if section.expected is not None:
        expected = _given(region, measured)
        basis: dict[str, Basis] = dict.fromkeys(plants, "weather")
    else:
        expected, basis = _worked(region, measured, roofs, places, on_roof_kwp)
    found = find_faults(measured, expected, basis)
    _say(region, measured, found, places)
    factor = calibrate(found.plants, found.months, found.suspects, seed)
    _say_factor(region, factor)
    return replace(_with_places(found, places, roofs), calibration=factor)


def _places(plants: list[str], roofs: gpd.GeoDataFrame | None) -> dict[str, int]:
    """Plant -> row of its roof, by id, else by a name that one roof alone has."""
    if roofs is None:
        return {}
    ids = {str(b): k for k, b in enumerate(roofs["building_id"])}
    names: dict[str, list[int]] = {}
    if "name" in roofs:
        for k, name in enumerate(roofs["name"].fillna("").astype(str)):
            names.setdefault(name, []).append(k)
    found = {}
    for plant in plants:
        rows = [ids[plant]] if plant in ids else names.get(plant, []) if plant else []
        if len(rows) == 1:
            found[plant] = rows[0]
    return found


def _given(region: Region, measured: Metered) -> pd.DataFrame:
    other = region.meters_expected
    assert other is not None
    missing = sorted(set(measured.kwh.columns) - set(other.kwh.columns))
    if missing or other.hourly != measured.hourly:
        what = f"no plant {listing(missing)}" if missing else "another step than the meters"
        what_zh = f"缺少电站 {listing(missing)}" if missing else "时间步长与计量表不同"
        raise InputError(
            f"{region.path}: [meters] expected has {what}; give both in one form.",
            f"{region.path}：[meters] expected {what_zh}；请使两表一致。",
        )
    return other.kwh.reindex(measured.kwh.index)[measured.kwh.columns]


def _worked(
    region: Region, measured: Metered, roofs: gpd.GeoDataFrame | None, places: dict[str, int], on: pd.Series | None
) -> tuple[pd.DataFrame, dict[str, Basis]]:
    """Energy of the surveyed roofs, moved from the weather of the survey to that of the time where it is given."""
    index = measured.kwh.index
    out = pd.DataFrame(np.nan, index=index, columns=measured.kwh.columns)
    basis: dict[str, Basis] = dict.fromkeys(map(str, out.columns), "none")
    if roofs is None or not places:
        return out, basis
    month = index.month.to_numpy() - 1
    normal = _open_months(region, region.weather)
    year = region.meters_weather
    if year is None:
        shape = None
        factor = np.ones(len(index))
        if measured.hourly:
            shape = _open_hours(region, region.weather).groupby(_of_year).mean()
    else:
        hours = _open_hours(region, year)
        by_month = hours.groupby(hours.index.to_period("M").to_timestamp()).agg(["sum", "count"])
        full = by_month["sum"].where(by_month["count"] >= 0.95 * 24 * by_month.index.days_in_month)
        factor = full.reindex(index.to_period("M").to_timestamp()).to_numpy() / normal[month]
        shape = hours if measured.hourly else None
    for plant, row in places.items():
        roof = roofs.iloc[row]
        capacity = float(roof["capacity_kwp"])
        if capacity <= 0:
            continue
        known = 0.0 if on is None else float(on.get(roof["building_id"], 0.0))
        months = roof[MONTH_COLUMNS].to_numpy(float) * ((known if known > 0 else capacity) / capacity)
        whole = months[month] * factor
        if measured.hourly:
            whole = _into_hours(whole, index, shape, year is not None)
        out[plant] = whole
        basis[plant] = "weather" if year is not None else "neighbours"
    return out, basis


def _into_hours(whole: np.ndarray, index: pd.DatetimeIndex, shape: pd.Series | None, own_year: bool) -> np.ndarray:
    """Spread each month's energy over its hours as the open plane's."""
    assert shape is not None
    power = shape.reindex(index).to_numpy() if own_year else shape.reindex(_of_year(index)).to_numpy()
    sums = pd.Series(power, index).groupby(index.to_period("M")).transform("sum").to_numpy()
    return np.divide(whole * power, sums, out=np.full(len(whole), np.nan), where=sums > 0)


def _of_year(index: pd.DatetimeIndex) -> pd.Index:
    return pd.Index(index.month * 10_000 + index.day * 100 + index.hour)


def _open_hours(region: Region, weather: Weather) -> pd.Series:
    """Energy of an open plane by hour of local standard time [kWh/kWp]."""
    suns = weather.half_hour_suns
    air = weather.data["temp_air"].to_numpy(float)[suns.interval]
    wind = weather.data["wind_speed"].to_numpy(float)[suns.interval]
    azimuth = 180.0 if weather.latitude >= 0 else 0.0
    _, power = plane_power(suns, air, wind, _TILT, azimuth, rack=True, settings=region.settings.pv)
    energy = np.bincount(suns.interval, power, len(weather.data)) * suns.hours * weather.years
    start = pd.DatetimeIndex(weather.data.index) - pd.Timedelta(minutes=weather.step_min / 2)
    series = pd.Series(energy, start.tz_localize(None).round("min"))
    return series.resample("1h").sum()


def _open_months(region: Region, weather: Weather) -> np.ndarray:
    hours = _open_hours(region, weather)
    sums = hours.groupby(hours.index.month).sum().reindex(range(1, 13)).to_numpy(float)
    return np.asarray(sums / weather.years)


def _say(region: Region, measured: Metered, found: MeterFindings, places: dict[str, int]) -> None:
    """What could not be placed, and what the form of the meters cannot see."""
    section = region.file.meters
    lost = [p for p in map(str, measured.kwh.columns) if p not in places]
    if lost and section is not None and section.expected is None:
        region.notes.add(
            "meters", f"{listing(lost)}: no roof of that id or name; nothing is expected of them",
            f"{listing(lost)}：没有此编号或名称的屋顶，无法给出应发电量",
        )  # fmt: skip
    by = set(found.plants["judged_by"])
    if "months" in by or "neighbours" in by:
        region.notes.add(
            "meters",
            "months cannot tell dirt, shade and a capped noon apart, see no wrong clock and no loss below about 5 %"
            + ("" if measured.hours is not None else "; weeks that were not read look like a loss"),
            "按月数据分不清积灰、遮挡与限发，看不出时钟错误，也看不出约 5 % 以下的损失"
            + ("" if measured.hours is not None else "；漏采的天数会被当作损失"),
        )
    if "neighbours" in by:
        region.notes.add(
            "meters", "no weather of the time: plants are held against each other; what all of them lose is not seen",
            "没有当年气象：电站之间相互比较，共同的损失看不出来",
        )  # fmt: skip
    if "none" in by:
        region.notes.add(
            "meters", "plants without weather of the time and without enough neighbours are not judged; give [meters] "
            "weather or expected", "没有当年气象、邻近电站又不足的电站不作判断；请提供 [meters] weather 或 expected",
        )  # fmt: skip


def _say_factor(region: Region, c: Calibration) -> None:
    """The factor of the sound plants and how it did, or why there is none."""
    if not c.known:
        region.notes.add("meters", f"no calibration of yields by meters: {c.why_en}",
                         f"未用电表校准发电量：{c.why_zh}")  # fmt: skip
        return
    fit, test = c.count("fit"), c.count("test")
    inside = int(c.plants["inside"].sum())
    region.notes.add(
        "meters",
        f"{fit} sound plants gave {c.factor:.3f} of what was expected (single plant ±{100 * c.spread:.1f} %); on the "
        f"{test} others the mean error went from {c.error_before_pct:+.1f} to {c.error_after_pct:+.1f} %, and {inside} "
        "lie in the 90 % interval; no yield was changed by it",
        f"{fit} 座正常电站实测为应发的 {c.factor:.3f}（单站 ±{100 * c.spread:.1f} %）；用另外 {test} 座检验，"
        f"平均误差由 {c.error_before_pct:+.1f} % 变为 {c.error_after_pct:+.1f} %，{inside} 座落在 90 % 区间内；"
        "发电量未据此改动",
    )


def _with_places(found: MeterFindings, places: dict[str, int], roofs: gpd.GeoDataFrame | None) -> Meters:
    def placed(frame: pd.DataFrame) -> pd.DataFrame:
        out = frame.copy()
        for column in ("building_id", "township_code", "township"):
            values = [
                "" if roofs is None or str(p) not in places else str(roofs[column].iloc[places[str(p)]])
                for p in out["plant"]
            ]
            out.insert(1, column, values)
        return out

    plants, suspects = placed(found.plants), placed(found.suspects)
    faults = {str(p): ";".join(rows["fault"]) for p, rows in suspects.groupby("plant")}
    plants["suspects"] = [faults.get(str(p), "") for p in plants["plant"]]
    shapes = None
    ill = suspects[(suspects["building_id"] != "") & (suspects["fault"] != "gap")]
    if roofs is not None and len(ill):
        rows = [places[str(p)] for p in ill["plant"]]
        shapes = gpd.GeoDataFrame(
            {"plant": ill["plant"].astype(str).to_numpy(), "fault": ill["fault"].to_numpy(),
             "township_code": ill["township_code"].to_numpy()},
            geometry=roofs.geometry.iloc[rows].to_numpy(), crs=roofs.crs,
        )  # fmt: skip
    return Meters(plants, found.months, suspects, shapes)
