"""Performance index of plants by month, months that stand out, and suspects from hours where there are any."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from guanghui.pv.meters.hours import suspects_of_hours
from guanghui.pv.meters.read import Metered

__all__ = ["MONTH_FIELDS", "PLANT_FIELDS", "SUSPECT_FIELDS", "Basis", "MeterFindings", "find_faults"]

Basis = Literal["weather", "neighbours", "none"]
"""Whether the expected energy is for the weather of the time, or months are held against the other plants, or
nothing can be told."""
PLANT_FIELDS = ("plant", "first_month", "last_month", "measured_kwh", "expected_kwh", "index", "worst_month",
                "worst_index", "months_out", "judged_by")  # fmt: skip
MONTH_FIELDS = ("plant", "month", "measured_kwh", "expected_kwh", "read_share", "index", "own_index", "stands_out")
SUSPECT_FIELDS = ("plant", "fault", "since", "size", "hours", "seen_in")
_START_MONTHS = 4
_OUT, _OUT_PEERS = 0.95, 0.93
_READ = 0.95
"""Months read for a smaller part of their hours say nothing of the plant [1]."""
_PEERS = 8
_GAP_DAYS = 7


@dataclass(frozen=True)
class MeterFindings:
    """What meters tell."""

    plants: pd.DataFrame
    """One row a plant: ``PLANT_FIELDS``; ``index`` is measured over expected energy [1]."""
    months: pd.DataFrame
    """One row a plant and month: ``MONTH_FIELDS``; ``own_index`` is the index over that of the plant's own start."""
    suspects: pd.DataFrame
    """``SUSPECT_FIELDS``: kind of fault, the day since when, hours [h] (clock) or part lost [1], hours of the day."""


def find_faults(
    measured: Metered, expected: pd.DataFrame, basis: Mapping[str, Basis] | Basis = "weather"
) -> MeterFindings:
    """Hold meters against what was to be expected.

    Parameters
    ----------
    measured : Metered
        Hours or months.
    expected : pandas.DataFrame
        Energy expected, on the index and columns of ``measured.kwh`` [kWh]; NaN where nothing is known.
    basis : mapping or str
        What the expected energy knows of the weather, for each plant or for all.

    Notes
    -----
    With the weather of the time, a month below 0.95 of the plant's own start stands out. Without it, months are divided
    by the median of the other plants, and two in a row below 0.93 are needed; with fewer than eight plants nothing is
    said, for two thirds of sound plants would be called ill in a typical year's light.
    """
    kinds = dict.fromkeys(expected.columns, basis) if isinstance(basis, str) else dict(basis)
    months = _months(measured, expected)
    months["own_index"] = np.nan
    months["stands_out"] = False
    peers = _peers(months)
    suspects: list[dict[str, object]] = []
    judged: dict[str, str] = {}
    for plant, rows in months.groupby("plant", sort=False):
        name, kind = str(plant), kinds.get(plant, "none")
        index = rows["index"].where(rows["read_share"] >= _READ)
        if kind == "neighbours":
            index = index / peers.reindex(rows["month"]).to_numpy()
        start = index.dropna().iloc[:_START_MONTHS].median()
        own = index / start
        months.loc[rows.index, "own_index"] = own
        judged[name] = _judged_by(kind, measured.hourly, peers_known=bool(peers.notna().any()))
        if kind == "none" or (kind == "neighbours" and not peers.notna().any()):
            continue
        low = own < (_OUT if kind == "weather" else _OUT_PEERS)
        if kind == "neighbours":
            low = (low & low.shift(1, fill_value=False)) | (low & low.shift(-1, fill_value=False))
        low &= np.arange(len(low)) >= _START_MONTHS
        months.loc[rows.index, "stands_out"] = low.to_numpy()
        if measured.hourly and kind == "weather":
            suspects += _by_hours(name, measured, expected)
        elif low.any():
            first = rows["month"][low].iloc[0]
            size = float(1 - own[low].mean())
            suspects.append(
                {"plant": name, "fault": "loss", "since": first, "size": size, "hours": "", "seen_in": "months"}
            )
    suspects += _gaps(measured)
    table = pd.DataFrame(suspects, columns=list(SUSPECT_FIELDS))
    return MeterFindings(_plants(months, judged), months[list(MONTH_FIELDS)], table)


def _judged_by(kind: Basis, hourly: bool, *, peers_known: bool) -> str:
    if kind == "weather":
        return "hours" if hourly else "months"
    return "neighbours" if kind == "neighbours" and peers_known else "none"


def _months(measured: Metered, expected: pd.DataFrame) -> pd.DataFrame:
    """Sums by plant and month over the intervals that were read."""
    frames = []
    for plant in measured.kwh.columns:
        energy, wanted = measured.kwh[plant], expected[plant]
        known = energy.notna()
        month = energy.index.to_period("M").to_timestamp()
        sums = pd.DataFrame({"measured_kwh": energy.where(known), "expected_kwh": wanted.where(known)})
        sums = sums.groupby(month).sum(min_count=1)
        if measured.hourly:
            share = known.groupby(month).mean()
        elif measured.hours is not None:
            share = measured.hours[plant].set_axis(month) / (24 * month.days_in_month)
            sums["expected_kwh"] *= share.clip(upper=1)
        else:
            share = known.astype(float).groupby(month).mean()
        frames.append(sums.assign(plant=plant, read_share=share))
    out = pd.concat(frames).rename_axis("month").reset_index()
    out = out[out["measured_kwh"].notna()].reset_index(drop=True)
    wanted = out["expected_kwh"].where(out["expected_kwh"] > 0)
    out["index"] = out["measured_kwh"] / wanted
    return out


def _peers(months: pd.DataFrame) -> pd.Series:
    """Median index of all plants by month; NaN where there are too few."""
    known = months[months["read_share"] >= _READ].groupby("month")["index"]
    return known.median().where(known.count() >= _PEERS)


def _by_hours(plant: str, measured: Metered, expected: pd.DataFrame) -> list[dict[str, object]]:
    energy = measured.kwh[plant].to_numpy(float).reshape(-1, 24)
    wanted = expected[plant].to_numpy(float).reshape(-1, 24)
    found = suspects_of_hours(energy, wanted)
    start = measured.kwh.index[0]
    return [
        {
            "plant": plant, "fault": s.fault, "since": start + pd.Timedelta(days=s.first_day), "size": s.size,
            "hours": f"{s.hours[0]}-{s.hours[-1] + 1}" if s.hours else "", "seen_in": "hours",
        }
        for s in found
    ]  # fmt: skip


def _gaps(measured: Metered) -> list[dict[str, object]]:
    """Weeks that were not read: a matter of the meter, never of the plant."""
    if not measured.hourly:
        if measured.hours is None:
            return []
        days = measured.kwh.index.days_in_month.to_numpy()[:, None] - measured.hours.to_numpy(float) / 24
        days = pd.DataFrame(np.where(measured.kwh.notna(), days, np.nan), measured.kwh.index, measured.kwh.columns)
    else:
        read = measured.kwh.notna()
        inside = read.cummax() & read[::-1].cummax()[::-1]
        days = (inside & ~read).groupby(read.index.to_period("M").to_timestamp()).sum() / 24
    out: list[dict[str, object]] = []
    for plant in days.columns:
        missing = days[plant]
        if missing.sum() >= _GAP_DAYS:
            since = missing.index[int(np.argmax(missing.to_numpy() > 1))]
            out.append({"plant": plant, "fault": "gap", "since": since, "size": float(missing.sum()), "hours": "",
                        "seen_in": "hours" if measured.hourly else "months"})  # fmt: skip
    return out


def _plants(months: pd.DataFrame, judged: Mapping[str, str]) -> pd.DataFrame:
    rows = []
    for plant, own in months.groupby("plant", sort=False):
        known = own[own["expected_kwh"] > 0]
        index = known["measured_kwh"].sum() / known["expected_kwh"].sum() if len(known) else np.nan
        worst = own.loc[own["own_index"].idxmin()] if own["own_index"].notna().any() else None
        rows.append({
            "plant": plant, "first_month": own["month"].iloc[0], "last_month": own["month"].iloc[-1],
            "measured_kwh": own["measured_kwh"].sum(), "expected_kwh": known["expected_kwh"].sum(min_count=1),
            "index": index, "worst_month": pd.NaT if worst is None else worst["month"],
            "worst_index": np.nan if worst is None else worst["own_index"], "months_out": int(own["stands_out"].sum()),
            "judged_by": judged[str(plant)],
        })  # fmt: skip
    return pd.DataFrame(rows, columns=list(PLANT_FIELDS))
