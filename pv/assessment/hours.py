"""Energy hour by hour of roofs, classes and townships, each under its own skyline.

A face keeps the skyline of a few of its cells. From it follows the share of its direct light that it gets in each hour
of the day of each month; even light comes at all hours of daylight. An hour's energy is that of its orientation class
in that hour, direct light times that share, and each month is scaled to what the survey found for the face. All of it
is linear in the faces, so groups are summed before the hours are laid out: a county costs little more than a roof.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import geopandas as gpd
import numpy as np
import pandas as pd

from guanghui.geo.compiled import njit
from guanghui.geo.errors import InputError
from guanghui.pv.assessment.ground import PvCity
from guanghui.pv.assessment.hour_faces import HourlyFaces
from guanghui.pv.assessment.survey import MONTH_COLUMNS, survey
from guanghui.pv.energy.system import ClassHours, class_hours, class_of

__all__ = ["HOURS", "Hours", "hourly", "hours"]

HOURS = 8760
_jit = njit(nogil=True, cache=True, error_model="numpy")
_DAYS = (5, 15, 25)
"""Days of a month whose suns tell the share of its direct light."""


@dataclass(frozen=True)
class Hours:
    """Roofs of a region, ready to be summed hour by hour."""

    roofs: gpd.GeoDataFrame
    """As :func:`pv.assess` gives them."""
    faces: tuple[HourlyFaces, ...]
    """By weather."""

    @cached_property
    def index(self) -> pd.DatetimeIndex:
        """Start of each hour in local standard time, of a year of 365 days."""
        return pd.date_range("2001-01-01", periods=HOURS, freq="h", tz=self.faces[0].weather.data.index.tz)

    @cached_property
    def _classes(self) -> list[tuple[np.ndarray, ClassHours]]:
        """Orientation class of each face and the hours of the classes, by weather."""
        return [_classes_of(part) for part in self.faces]

    def sums(self, groups: Sequence[object] | pd.Series | np.ndarray) -> pd.DataFrame:
        """Energy of groups of roofs in each hour of an average year.

        Parameters
        ----------
        groups : sequence
            Group of each roof, in the order of ``roofs``; roofs without one (None, NaN) are left out.

        Returns
        -------
        pandas.DataFrame
            [kWh], 8,760 rows, one column a group in sorted order; monthly sums are those of the survey.
        """
        number, names = pd.factorize(pd.Series(list(groups), dtype=object), sort=True)
        total = np.zeros((len(names), HOURS))
        of = pd.Series(number, index=self.roofs["building_id"].to_numpy())
        for part, ready in zip(self.faces, self._classes, strict=True):
            total += _summed(part, ready, part.table["building_id"].map(of).to_numpy(int), len(names))
        return pd.DataFrame(total.T, index=self.index, columns=pd.Index(names, name="group"))


def hours(city: PvCity, building_ids: Sequence[str] | None = None) -> Hours:
    """Survey roofs so that they can be summed hour by hour.

    Parameters
    ----------
    city : PvCity
        Outlines, surface, weather and settings.
    building_ids : sequence of str, optional
        Only these buildings.

    Raises
    ------
    InputError
        No outlines, or an id that no building has.
    """
    found = survey(city, building_ids, detail="hours")
    assert found.hours is not None
    return Hours(found.roofs, found.hours)


def hourly(
    city: PvCity, roof: str | None = None, *, building_class: str | None = None, township: str | None = None
) -> pd.Series:
    """Energy of a roof, a class or a township in each hour of an average year, under its own skyline.

    Parameters
    ----------
    city : PvCity
        Outlines, surface, weather and settings.
    roof : str, optional
        ``building_id``.
    building_class : str, optional
        All roofs of a class; with ``township`` those of it there.
    township : str, optional
        Name or code.

    Returns
    -------
    pandas.Series
        [kWh], 8,760 values in local standard time; monthly sums are those of the survey.

    Raises
    ------
    InputError
        If no roof is asked for, or there is none.

    Examples
    --------
    >>> import guanghui as gh
    >>> from guanghui import pv
    >>> city = gh.open("my-county.toml")  # doctest: +SKIP
    >>> pv.hourly(city, "b0012")  # doctest: +SKIP
    >>> pv.hourly(city, township="甘露镇").groupby(lambda t: t.hour).mean()  # doctest: +SKIP
    """
    buildings = city.buildings
    if roof is None and building_class is None and township is None:
        raise InputError(
            "pv.hourly: name a roof, a building_class or a township; pv.hours(city).sums(...) sums all groups at once.",
            "pv.hourly：请指定屋顶 roof、建筑类别 building_class 或乡镇 township；"
            "全部分组请用 pv.hours(city).sums(...)。",
        )
    ids: list[str] | None = None if roof is None else [roof]
    if roof is None and buildings is not None:
        here = np.ones(len(buildings), bool)
        if building_class is not None:
            here &= (buildings["building_class"] == building_class).to_numpy()
        if township is not None:
            codes, names = buildings["township_code"].astype(str), buildings["township"].astype(str)
            here &= ((codes == str(township)) | (names == township)).to_numpy()
        ids = buildings["building_id"].to_numpy()[here].tolist()
        if not ids:
            asked = " ".join(str(v) for v in (building_class, township) if v is not None)
            raise InputError(
                f"pv.hourly: there is no roof of {asked!r}; take names from city.buildings.",
                f"pv.hourly：没有 {asked!r} 的屋顶；请用 city.buildings 中的名称。",
            )
    found = hours(city, ids)
    return found.sums(np.zeros(len(found.roofs), int)).iloc[:, 0].rename("kwh")


def _classes_of(part: HourlyFaces) -> tuple[np.ndarray, ClassHours]:
    """Class of each face that gives energy (-1: none), and the hours of the classes."""
    used = (part.table[MONTH_COLUMNS].sum(axis=1) > 0).to_numpy()
    table = part.table[used]
    tilt, azimuth = class_of(table["module_tilt"].to_numpy(float), table["module_azimuth"].to_numpy(float))
    key = pd.DataFrame({"surface_tilt": tilt, "surface_azimuth": azimuth, "rack": table["rack"].to_numpy(bool)})
    classes = key.drop_duplicates(ignore_index=True)
    number = np.full(len(used), -1)
    number[used] = key.merge(classes.reset_index(), how="left", on=list(key.columns))["index"].to_numpy(int)
    return number, class_hours(part.weather, classes, part.settings)


def _summed(part: HourlyFaces, ready: tuple[np.ndarray, ClassHours], group: np.ndarray, groups: int) -> np.ndarray:
    """Hours of groups of the faces of one weather, shape (groups, 8760)."""
    out = np.zeros((groups, HOURS))
    number, year = ready
    use = (group >= 0) & (number >= 0)
    if not use.any():
        return out
    table, group, number = part.table[use], group[use], number[use]
    tilt, _ = class_of(table["module_tilt"].to_numpy(float), table["module_azimuth"].to_numpy(float))
    seen = _in_view(part, np.stack(table["skyline"].to_list()))
    even = table["sky_view"].to_numpy(float) / ((1 + np.cos(np.radians(tilt))) / 2)
    direct, diffuse = year.direct, year.diffuse
    slot, classes = _slots(), len(year.direct)
    direct_mh, diffuse_m = np.zeros((classes, 288)), np.zeros((classes, 12))
    for c in range(classes):
        direct_mh[c] = np.bincount(slot, direct[c], 288)
        diffuse_m[c] = np.bincount(slot // 24, diffuse[c], 12)
    energy = table[MONTH_COLUMNS].to_numpy(float)
    by_hour, by_month = np.zeros((groups, classes, 288)), np.zeros((groups, classes, 12))
    _gather(energy, seen, even, number, group, direct_mh, diffuse_m, by_hour, by_month)
    for t in range(288):
        at = np.flatnonzero(slot == t)
        out[:, at] = by_hour[:, :, t] @ direct[:, at] + by_month[:, :, t // 24] @ diffuse[:, at]
    return out


def _slots() -> np.ndarray:
    """Month times 24 and hour of the day of each hour of the year, shape (8760,)."""
    index = pd.date_range("2001-01-01", periods=HOURS, freq="h")
    return np.asarray((index.month - 1) * 24 + index.hour)


def _in_view(part: HourlyFaces, skyline: np.ndarray) -> np.ndarray:
    """Share of the direct light of each hour of the day of each month that a face gets [1], shape (f, 288)."""
    suns = part.weather.half_hour_suns
    index = pd.DatetimeIndex(part.weather.data.index)[suns.interval]
    some = np.isin(index.day, _DAYS) & (suns.zenith < 90.0) & (index.year == index.year[0])
    if len(np.unique(index.month[some])) < 12:
        some = np.isin(index.day, _DAYS) & (suns.zenith < 90.0)
    slot = np.asarray((index.month - 1) * 24 + index.hour)[some]
    nodes = part.model.table.nodes
    azimuth = (suns.azimuth[some] - part.model.convergence - nodes[0]) % 360.0
    gaps = np.append(nodes - nodes[0], 360.0)
    left = np.searchsorted(gaps, azimuth, side="right") - 1
    way = (azimuth - gaps[left]) / (gaps[left + 1] - gaps[left])
    sine = np.cos(np.radians(suns.zenith[some]))
    order = np.argsort(slot, kind="stable")
    return _visible(skyline, slot[order], left[order], way[order], sine[order])


@_jit
def _visible(skyline, slot, left, way, sine):  # type: ignore[no-untyped-def]
    """Mean over cells and suns of whether the sun of an hour stands above the skyline (sines in 255ths)."""
    count, cells, nodes = skyline.shape
    out = np.ones((count, 288))
    for f in range(count):
        k = 0
        while k < slot.size:
            here, seen, total = slot[k], 0.0, 0
            while k < slot.size and slot[k] == here:
                a, b = left[k], (left[k] + 1) % nodes
                for c in range(cells):
                    low = skyline[f, c, a] + way[k] * (np.float64(skyline[f, c, b]) - skyline[f, c, a])
                    if sine[k] * 255.0 > low:
                        seen += 1.0
                    total += 1
                k += 1
            out[f, here] = seen / total
    return out


@_jit
def _gather(energy, seen, even, number, group, direct, diffuse, by_hour, by_month):  # type: ignore[no-untyped-def]
    """Add every face to its group and class, its months scaled to what the survey found."""
    for f in range(number.size):
        c, g = number[f], group[f]
        for m in range(12):
            if energy[f, m] <= 0.0:
                continue
            total = even[f] * diffuse[c, m]
            for h in range(24):
                total += seen[f, m * 24 + h] * direct[c, m * 24 + h]
            if total <= 0.0:  # a month the class has no shape for: as the open plane
                for h in range(24):
                    total += direct[c, m * 24 + h]
                total += diffuse[c, m]
                if total <= 0.0:
                    continue
                for h in range(24):
                    by_hour[g, c, m * 24 + h] += energy[f, m] / total
                by_month[g, c, m] += energy[f, m] / total
                continue
            scale = energy[f, m] / total
            for h in range(24):
                by_hour[g, c, m * 24 + h] += scale * seen[f, m * 24 + h]
            by_month[g, c, m] += scale * even[f]
